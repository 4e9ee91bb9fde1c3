"""A stand-in for GitHub on loopback: one repository, its git over HTTP and the part of the API that is used.

It holds what GitHub holds: a token has the rights that its job declares and no others, a pull request's head
is what the branch is, and one whose branch is gone is closed.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from werkzeug import Request, Response

OWNER, NAME = "studio", "prices"
REPOSITORY = f"{OWNER}/{NAME}"
_API = re.compile(rf"/api/repos/{REPOSITORY}/(.+)")
_GIT = re.compile(rf"/{REPOSITORY}(?:\.git)?(/.+)")


def git(folder: Path, *arguments: str, given: bytes | None = None) -> str:
    """Git, as people use it."""
    who = ["-c", "user.name=A Person", "-c", "user.email=person@example.org"]
    command = ["git", *who, "-C", str(folder), *arguments]
    # Nothing of whoever runs the tests: no hooks, no signing, no names of theirs.
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(command, input=given, capture_output=True, check=True, env=environment)
    return done.stdout.decode().strip()


@dataclass
class Hub:
    """One repository on a GitHub of our own."""

    bare: Path
    url: str
    pulls: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    sarifs: list[dict[str, Any]] = field(default_factory=list)
    tokens: dict[str, dict[str, str]] = field(default_factory=dict)
    may_create_pulls: bool = True
    """The setting of the repository that lets workflows open pull requests."""
    told: list[dict[str, Any]] = field(default_factory=list)
    """What a chat beside it was sent."""
    seen: list[str] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)
    """By request, what happens once just before it: how others come in between."""

    def token(self, permissions: dict[str, str]) -> str:
        """A token with the rights that a job declares."""
        name = f"ghs_{len(self.tokens):040}"
        self.tokens[name] = dict(permissions)
        return name

    def head(self, branch: str) -> str | None:
        """What a branch is at."""
        found = git(self.bare, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")
        return found or None

    def open(self) -> list[dict[str, Any]]:
        """The pull requests that are open."""
        return [each for each in self.pulls if self._state(each) == "open"]

    def merge(self, number: int) -> None:
        """Merge a pull request and delete its branch, as the button does."""
        pull = self._pull(number)
        git(self.bare, "update-ref", f"refs/heads/{pull['base']['ref']}", self.head(pull["head"]["ref"]))
        git(self.bare, "update-ref", "-d", f"refs/heads/{pull['head']['ref']}")
        pull |= {"state": "closed", "merged_at": "2026-08-22T00:00:00Z"}

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        name = f"{request.method} {request.path.removeprefix(f'/api/repos/{REPOSITORY}/')}"
        self.seen.append(name)
        if (meanwhile := self.before.pop(name, None)) is not None:
            meanwhile()
        if found := _API.fullmatch(request.path):
            return self._api(request, found.group(1))
        if found := _GIT.fullmatch(request.path):
            return self._git(request, found.group(1))
        if request.path == "/chat":
            self.told.append(request.get_json())
            return Response("")
        return _say(404, message="Not Found")

    # -- the API

    def _api(self, request: Request, place: str) -> Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self.tokens:
            return _say(401, message="Bad credentials")
        right = "security-events" if place.startswith("code-scanning") else "pull-requests"
        if request.method != "GET" and self.tokens[token].get(right) != "write":
            return _say(403, message="Resource not accessible by integration")
        for (method, pattern), answer in self._answers().items():
            found = re.fullmatch(pattern, place)
            if method == request.method and found:
                return answer(request, *found.groups())
        return _say(404, message="Not Found")

    def _answers(self) -> dict[tuple[str, str], Callable[..., Response]]:
        return {
            ("GET", "pulls"): self._list,
            ("POST", "pulls"): self._create,
            ("PATCH", r"pulls/(\d+)"): self._edit,
            ("POST", r"issues/(\d+)/labels"): self._add_labels,
            ("DELETE", r"issues/(\d+)/labels/(.+)"): self._remove_label,
            ("GET", r"issues/(\d+)/comments"): self._comments,
            ("POST", r"issues/(\d+)/comments"): self._comment,
            ("PATCH", r"issues/comments/(\d+)"): self._edit_comment,
            ("POST", "code-scanning/sarifs"): self._sarif,
        }

    def _edit(self, request: Request, number: str) -> Response:
        pull, sent = self._pull(int(number)), request.get_json()
        pull.update({name: sent[name] for name in ("title", "body", "state") if name in sent})
        return _json(self._shown(pull))

    def _add_labels(self, request: Request, number: str) -> Response:
        labels = self._pull(int(number))["labels"]
        labels += [{"name": name} for name in request.get_json()["labels"] if {"name": name} not in labels]
        return _json(labels)

    def _remove_label(self, _: Request, number: str, name: str) -> Response:
        self._pull(int(number))["labels"].remove({"name": name})
        return _json(self._pull(int(number))["labels"])

    def _comments(self, request: Request, number: str) -> Response:
        size, page = int(request.args["per_page"]), int(request.args["page"])
        found = [each for each in self.comments if each["issue"] == int(number)]
        return _json(found[size * (page - 1) : size * page])

    def _comment(self, request: Request, number: str) -> Response:
        comment = {
            "id": len(self.comments) + 1,
            "issue": int(number),
            "body": request.get_json()["body"],
            "user": {"type": "Bot"},
            "author_association": "NONE",
        }
        self.comments.append(comment)
        return _json(comment, 201)

    def _edit_comment(self, request: Request, number: str) -> Response:
        comment = self.comments[int(number) - 1]
        comment["body"] = request.get_json()["body"]
        return _json(comment)

    def _sarif(self, request: Request) -> Response:
        self.sarifs.append(request.get_json())
        return _json({"id": "1"}, 202)

    def _list(self, request: Request) -> Response:
        owner, _, branch = request.args["head"].partition(":")
        assert owner == OWNER
        found = [
            self._shown(each)
            for each in reversed(self.pulls)
            if each["head"]["ref"] == branch
            and each["base"]["ref"] == request.args["base"]
            and self._state(each) == request.args["state"]
        ]
        return _json(found[: int(request.args["per_page"])])

    def _create(self, request: Request) -> Response:
        sent = request.get_json()
        if not self.may_create_pulls:
            fact = "GitHub Actions is not permitted to create or approve pull requests."
            return _say(403, message=fact)
        if any(each["head"]["ref"] == sent["head"] for each in self.open()):
            return _say(422, message="Validation Failed", errors=[{"message": "It exists already"}])
        if self.head(sent["head"]) in {None, self.head(sent["base"])}:
            return _say(422, message="Validation Failed", errors=[{"message": "No commits between them"}])
        number = len(self.pulls) + 1
        pull = {
            "number": number,
            "html_url": f"{self.url}/{REPOSITORY}/pull/{number}",
            "title": sent["title"],
            "body": sent["body"],
            "state": "open",
            "merged_at": None,
            "labels": [],
            "head": {"ref": sent["head"]},
            "base": {"ref": sent["base"]},
        }
        self.pulls.append(pull)
        return _json(self._shown(pull), 201)

    def _pull(self, number: int) -> dict[str, Any]:
        return self.pulls[number - 1]

    def _state(self, pull: dict[str, Any]) -> str:
        if pull["state"] == "open" and self.head(pull["head"]["ref"]) is None:
            pull["state"] = "closed"
        return pull["state"]

    def _shown(self, pull: dict[str, Any]) -> dict[str, Any]:
        head = self.head(pull["head"]["ref"]) or "0" * 40
        return {**pull, "head": {**pull["head"], "sha": head}}

    # -- git

    def _git(self, request: Request, place: str) -> Response:
        is_push = "git-receive-pack" in request.full_path
        if is_push and not self._may_push(request.headers.get("Authorization", "")):
            return Response("Write access to repository not granted.", 403)
        body = request.get_data()
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.bare),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": "x-access-token" if is_push else "",
            "PATH_INFO": place,
            "QUERY_STRING": request.query_string.decode(),
            "REQUEST_METHOD": request.method,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        }
        done = subprocess.run(
            ["git", "http-backend"], input=body, capture_output=True, check=True, env=environment
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        return Response(content, int(headers.pop("Status", "200").split()[0]), headers)

    def _may_push(self, authorization: str) -> bool:
        scheme, _, packed = authorization.partition(" ")
        if scheme.lower() != "basic":
            return False
        _, _, token = base64.b64decode(packed).decode().partition(":")
        return self.tokens.get(token, {}).get("contents") == "write"


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")


def _say(status: int, **said: Any) -> Response:
    return _json(said, status)
