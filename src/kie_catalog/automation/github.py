"""GitHub's REST API: the few things a run needs. The token goes to this host only, and into no message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kie_catalog.automation.actions import Surroundings
from kie_catalog.domain.errors import UsageError
from kie_catalog.reports.text import clean

if TYPE_CHECKING:
    import httpx

_PAGE: Final = 100
_MOST_PAGES: Final = 20
_SECONDS: Final = 30.0
_FORBIDDEN: Final = frozenset({401, 403, 404})
_INVALID: Final = 422
_FAILED: Final = 400
_TRUSTED: Final = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})


@dataclass(eq=False)
class GitHubFailed(UsageError):
    """GitHub did not do what it was asked for."""


@dataclass(eq=False)
class Forbidden(GitHubFailed):
    """The token may not do this."""


@dataclass(eq=False)
class Refused(GitHubFailed):
    """What was asked for cannot be, as things stand there."""


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request."""

    number: int
    url: str
    body: str
    head: str
    """The commit of its branch."""
    labels: tuple[str, ...]
    is_merged: bool


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a pull request."""

    id: int
    body: str


class GitHub:
    """One repository on GitHub."""

    def __init__(self, client: httpx.Client, here: Surroundings) -> None:
        self._client = client
        self._here = here

    def pull_of(self, branch: str, base: str) -> Pull | None:
        """The open pull request of a branch against a base."""
        found = self._pulls(branch, base, "open", 1)
        return found[0] if found else None

    def last_closed(self, branch: str, base: str) -> Pull | None:
        """The pull request of a branch that was closed or merged last."""
        found = self._pulls(branch, base, "closed", 1)
        return found[0] if found else None

    def _pulls(self, branch: str, base: str, state: str, most: int) -> Sequence[Pull]:
        asked = {
            "state": state,
            "head": f"{self._here.owner}:{branch}",
            "base": base,
            "sort": "created",
            "direction": "desc",
            "per_page": str(most),
        }
        return [_pull(each) for each in self._ask("GET", "pulls", "pull-requests: read", params=asked)]

    def open_pull(self, branch: str, base: str, title: str, body: str) -> Pull:
        """Open a pull request.

        Raises:
            Refused: there is one already, or nothing to propose.
            Forbidden: the token may not.
        """
        sent = {"title": title, "body": body, "head": branch, "base": base, "maintainer_can_modify": True}
        return _pull(self._ask("POST", "pulls", "pull-requests: write", json=sent))

    def edit_pull(self, number: int, **fields: str) -> Pull:
        """Change a pull request's title, body or state."""
        return _pull(self._ask("PATCH", f"pulls/{number}", "pull-requests: write", json=fields))

    def label(self, number: int, add: Sequence[str], remove: Sequence[str]) -> None:
        """Put labels on a pull request and take others off; a label that is new is made on the way."""
        if add:
            self._ask("POST", f"issues/{number}/labels", "pull-requests: write", json={"labels": list(add)})
        for name in remove:
            self._ask("DELETE", f"issues/{number}/labels/{name}", "pull-requests: write")

    def comments(self, number: int) -> Iterator[Comment]:
        """The comments of those who may write to the repository, the oldest first."""
        for page in range(1, _MOST_PAGES + 1):
            asked = {"per_page": str(_PAGE), "page": str(page)}
            found = self._ask("GET", f"issues/{number}/comments", "pull-requests: read", params=asked)
            yield from (Comment(each["id"], each.get("body") or "") for each in found if _is_trusted(each))
            if len(found) < _PAGE:
                return

    def comment(self, number: int, body: str) -> None:
        """Write a comment."""
        self._ask("POST", f"issues/{number}/comments", "pull-requests: write", json={"body": body})

    def edit_comment(self, comment: Comment, body: str) -> None:
        """Write a comment anew."""
        self._ask("PATCH", f"issues/comments/{comment.id}", "pull-requests: write", json={"body": body})

    def upload_sarif(self, sarif: str, *, commit: str, ref: str) -> None:
        """Hand findings to code scanning.

        Args:
            sarif: the log, gzipped and in base64, as the API takes it.
            commit: that was checked.
            ref: the full name of what it belongs to, `refs/pull/7/head`.
        """
        sent = {"commit_sha": commit, "ref": ref, "sarif": sarif, "tool_name": "kie-catalog"}
        self._ask("POST", "code-scanning/sarifs", "security-events: write", json=sent)

    def _ask(self, method: str, place: str, right: str, **sent: Any) -> Any:
        """One request; what the reply holds.

        Raises:
            GitHubFailed: with what GitHub says, and the right that the job needs.
        """
        import httpx  # noqa: PLC0415 -- an extra, and half of a start-up

        shown = f"{method} {place}"
        try:
            reply = self._client.request(method, f"/repos/{self._here.repository}/{place}", **sent)
        except httpx.HTTPError as error:
            fact = f"got no answer from {self._here.api} ({type(error).__name__})"
            raise GitHubFailed(shown, fact, "run again later") from None
        if reply.status_code >= _FAILED or reply.is_redirect:
            raise _failure(shown, reply.status_code, _message(reply), right)
        if not reply.content:
            return None
        try:
            return reply.json()
        except ValueError:
            raise GitHubFailed(shown, "got an answer that is no JSON", "run again later") from None


@contextmanager
def github(here: Surroundings) -> Iterator[GitHub]:
    """The repository of this run.

    Raises:
        UsageError: the extra `runtime` is not installed.
    """
    try:
        import httpx  # noqa: PLC0415 -- an extra
    except ImportError as error:
        cure = "pip install 'kie-catalog[runtime]'"
        raise UsageError("GitHub's API", "needs httpx, which is not installed", cure) from error
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {here.token}",
        "User-Agent": "kie-catalog",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    # Only a connection that was never made is tried again: a comment must not be written twice.
    transport = httpx.HTTPTransport(retries=3)
    with httpx.Client(base_url=here.api, headers=headers, timeout=_SECONDS, transport=transport) as client:
        yield GitHub(client, here)


def _pull(each: Mapping[str, Any]) -> Pull:
    return Pull(
        number=int(each["number"]),
        url=str(each.get("html_url", "")),
        body=each.get("body") or "",
        head=str(each["head"]["sha"]),
        labels=tuple(label["name"] for label in each.get("labels", ())),
        is_merged=bool(each.get("merged_at")),
    )


def _is_trusted(comment: Mapping[str, Any]) -> bool:
    """Whether one of those wrote it who may write here; anybody else may copy a mark of ours."""
    is_robot = (comment.get("user") or {}).get("type") == "Bot"
    return is_robot or comment.get("author_association") in _TRUSTED


def _message(reply: httpx.Response) -> str:
    try:
        said = reply.json()
        errors = [
            str(each.get("message", "")) for each in said.get("errors") or () if isinstance(each, Mapping)
        ]
        return clean("; ".join(part for part in (str(said.get("message", "")), *errors) if part))
    except (ValueError, AttributeError):
        return ""


def _failure(shown: str, status: int, said: str, right: str) -> GitHubFailed:
    fact = f"GitHub answers {status}{f' ({said})' if said else ''}"
    if "not permitted to create" in said:
        cure = (
            "allow it: Settings, Actions, General, Allow GitHub Actions to create and approve pull requests"
        )
        return Forbidden(shown, fact, cure)
    if "rate limit" in said.lower():
        return GitHubFailed(shown, fact, "run again in an hour")
    if status in _FORBIDDEN:
        return Forbidden(shown, fact, f"give the job `{right}`, and look at the token")
    if status == _INVALID:
        return Refused(shown, fact, "see what GitHub says of it")
    return GitHubFailed(shown, fact, "run again later; https://www.githubstatus.com tells more")
