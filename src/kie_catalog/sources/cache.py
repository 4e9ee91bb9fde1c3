"""What earlier fetches left behind, so that an unchanged page is neither sent nor parsed again.

A folder of plain files: `replies.json` (the validators of each URL and the hash of its body), `bodies/`
(each named for its hash) and `pages/` (parsed pages as JSON, each named for the hash of its text). Nothing
in it is believed: a body must have the hash it is named for, a parsed page the hash it says of itself, and
whatever is missing or broken is as if it had never been there. It never holds a reply that took a key.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from kie_catalog.domain.errors import SourceError
from kie_catalog.domain.snapshot import Page
from kie_catalog.sources.pages import ReadPage, parse_page
from kie_catalog.sources.progress import Tally
from kie_catalog.sources.replies import RECORD_AGAIN

PARSER: Final = 1
"""Grows when the same text is parsed into something else, so that old parses are forgotten."""

_DAYS: Final = 30
_SECONDS_A_DAY: Final = 86_400
_LONGEST_VALIDATOR: Final = 300


@dataclass(frozen=True, slots=True)
class Remembered:
    """A reply of an earlier run."""

    body: bytes
    validators: Mapping[str, str]
    """The headers that ask whether it changed."""


class ReplyCache(Protocol):
    """Remembers replies and parsed pages.

    Must never raise for what it holds; may forget anything at any time.
    """

    def recall(self, url: str) -> Remembered | None:
        """What stood at a URL, if upstream can be asked whether it changed."""

    def keep(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Keep what stands at a URL, where its headers allow the question."""

    def page(self, raw: bytes, path: str) -> Page | str | None:
        """What a page was parsed into, or the fault that it had; `None` if it is not known."""

    def keep_page(self, raw: bytes, path: str, parsed: Page | str) -> None:
        """Keep what a page was parsed into, or its fault."""

    def close(self) -> None:
        """Write down what must outlive the process."""


class NoCache:
    """Remembers nothing."""

    def recall(self, url: str) -> Remembered | None:  # noqa: ARG002 -- the protocol's signature
        """Nothing is known."""
        return None

    def keep(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Nothing is kept."""

    def page(self, raw: bytes, path: str) -> Page | str | None:  # noqa: ARG002 -- see above
        """Nothing is known."""
        return None

    def keep_page(self, raw: bytes, path: str, parsed: Page | str) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing is open."""


class FolderCache:
    """Remembers in a folder; one that can't be written is a cache that forgets."""

    def __init__(self, folder: Path, *, today: int) -> None:
        """Open a cache.

        Args:
            folder: made where it is not there.
            today: days since 1970; what was not used for 30 of them is forgotten.
        """
        self._folder = folder
        self._today = today
        self._entries = self._read_entries()
        self._changed = False

    def recall(self, url: str) -> Remembered | None:
        """What stood at a URL, if upstream can be asked whether it changed."""
        entry = self._entries.get(url)
        if entry is None:
            return None
        body = _bytes(self._folder / "bodies" / entry["body"])
        if body is None or _hash(body) != entry["body"]:
            return None
        self._changed |= entry["used"] != self._today
        entry["used"] = self._today
        return Remembered(body, entry["validators"])

    def keep(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Keep what stands at a URL, where its headers allow the question."""
        validators = {
            question: headers[answer]
            for question, answer in (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified"))
            if _is_plain(headers.get(answer, ""))
        }
        if not validators:
            return
        name = _hash(body)
        if self._write(self._folder / "bodies" / name, body):
            self._entries[url] = {"body": name, "validators": validators, "used": self._today}
            self._changed = True

    def page(self, raw: bytes, path: str) -> Page | str | None:
        """What a page was parsed into, or the fault that it had; `None` if it is not known."""
        stored = _bytes(self._page_file(raw, path))
        digest, _, text = (stored or b"").partition(b"\n")
        if not text or _hash(text).encode() != digest:
            return None
        parsed = json.loads(text)
        return parsed["fault"] or Page(path, parsed["title"], parsed["openapi"])

    def keep_page(self, raw: bytes, path: str, parsed: Page | str) -> None:
        """Keep what a page was parsed into, or its fault."""
        fault = parsed if isinstance(parsed, str) else None
        title, openapi = (parsed.title, parsed.openapi) if isinstance(parsed, Page) else ("", None)
        text = json.dumps(
            {"fault": fault, "title": title, "openapi": openapi}, separators=(",", ":")
        ).encode()
        self._write(self._page_file(raw, path), _hash(text).encode() + b"\n" + text)

    def close(self) -> None:
        """Write the entries down and forget the old."""
        if not self._changed:
            return
        fresh = {url: each for url, each in self._entries.items() if self._today - each["used"] <= _DAYS}
        self._write(self._folder / "replies.json", json.dumps(fresh).encode())
        bodies = {each["body"] for each in fresh.values()}
        self._sweep("bodies", lambda file: file.name not in bodies)
        self._sweep("pages", lambda file: self._today - file.stat().st_mtime // _SECONDS_A_DAY > _DAYS)

    def _page_file(self, raw: bytes, path: str) -> Path:
        name = _hash(b"%d\0%s\0%s" % (PARSER, path.encode(), raw))
        return self._folder / "pages" / name

    def _sweep(self, name: str, is_old: Callable[[Path], bool]) -> None:
        try:
            for file in (self._folder / name).iterdir():
                if is_old(file):
                    file.unlink(missing_ok=True)
        except OSError:
            return

    def _read_entries(self) -> dict[str, dict[str, Any]]:
        try:
            entries = json.loads(_bytes(self._folder / "replies.json") or b"{}")
        except ValueError:
            return {}
        if not isinstance(entries, dict):
            return {}
        return {url: each for url, each in entries.items() if _is_entry(each)}

    def _write(self, file: Path, content: bytes) -> bool:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=file.parent)
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            Path(draft).replace(file)
        except OSError:
            return False
        return True


def remembering(cache: ReplyCache, tally: Tally) -> ReadPage:
    """A reader of pages that parses none twice."""

    def read(raw: bytes, path: str) -> Page:
        known = cache.page(raw, path)
        if isinstance(known, Page):
            tally.recalled += 1
            return known
        if isinstance(known, str):
            tally.recalled += 1
            raise SourceError(path, known, RECORD_AGAIN)
        tally.parsed += 1
        try:
            page = parse_page(raw, path)
        except SourceError as error:
            cache.keep_page(raw, path, error.fact)
            raise
        cache.keep_page(raw, path, page)
        return page

    return read


def _is_entry(entry: Any) -> bool:
    match entry:
        case {"body": str(body), "validators": dict(validators), "used": int()}:
            texts = (*validators, *validators.values())
            return body.isalnum() and all(isinstance(each, str) and _is_plain(each) for each in texts)
    return False


def _is_plain(text: str) -> bool:
    """Whether a text can be sent back as a header."""
    return 0 < len(text) <= _LONGEST_VALIDATOR and text.isascii() and text.isprintable()


def _bytes(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
