"""The documentation of docs.kie.ai: an index, and pages of Markdown with one OpenAPI block each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from kie_catalog.domain.errors import SourceError
from kie_catalog.domain.snapshot import Fault, Page, Snapshot, SourceName
from kie_catalog.sources.asking import Unusable
from kie_catalog.sources.judging import text_of
from kie_catalog.sources.raw import FILES, INDEX, Raw, content_digest
from kie_catalog.sources.replies import read_text, refuse

if TYPE_CHECKING:
    from kie_catalog.sources.fetching import Fetched, Fetcher

SOURCE: Final = SourceName.PAGES
LOCALISED: Final = ("cn/",)
"""The trees of translations in the index; the page of the original says the same."""

FENCED: Final = re.compile(r"^```ya?ml *\n(.*?)^``` *$", re.MULTILINE | re.DOTALL)
_FENCE: Final = re.compile(r"^```", re.MULTILINE)
_ANNOUNCED: Final = re.compile(r"^## OpenAPI Specification *$", re.MULTILINE)
_HEADING: Final = re.compile(r"^# +(.+?) *$", re.MULTILINE)
_OPENAPI: Final = re.compile(r"^openapi:", re.MULTILINE)
_LINK: Final = re.compile(r"\]\((?P<url>[^()\s]+)\)")
_PATH: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._~-]*(?:/[A-Za-z0-9_][A-Za-z0-9._~-]*)*")
_SUFFIX: Final = ".md"
_LONGEST_PATH: Final = 200
_DOCS_HOST: Final = "docs.kie.ai"

ReadPage = Callable[[bytes, str], Page]


def parse_page(raw: bytes, path: str) -> Page:
    """Read one page.

    Args:
        raw: the page as `https://docs.kie.ai/<path>.md` gives it.
        path: its path without `.md`.

    Raises:
        SourceError: the page is empty, HTML, not UTF-8, cut off, or its OpenAPI block is not YAML.
    """
    from kie_catalog.sources import openapi_yaml  # noqa: PLC0415 -- pages parsed before need no YAML parser

    text = read_text(raw, path).replace("\r\n", "\n")
    block = openapi_block(text)
    if len(_FENCE.findall(text)) % 2:
        refuse(path, "it breaks off inside a block")
    if block is None:
        if _ANNOUNCED.search(text):
            # A page that lost its block must not look like one that never had a model.
            refuse(path, "it announces an OpenAPI block and has none")
        return Page(path, heading(text, path), None)
    document = openapi_yaml.load(block, path)
    if not isinstance(document, dict):
        refuse(path, "its OpenAPI block is not a mapping")
    return Page(path, heading(text, path), document)


def heading(text: str, path: str) -> str:
    """The title of a page: its first heading, or else the last part of its path."""
    found = _HEADING.search(text)
    return found.group(1) if found else path.rsplit("/", 1)[-1]


def openapi_block(text: str) -> str | None:
    """The text of a page's OpenAPI block; the last one, should it show others as examples."""
    return next((block for block in reversed(FENCED.findall(text)) if _OPENAPI.search(block)), None)


def parse(
    raw: Mapping[str, bytes], *, taken_at: str, place: str, read: ReadPage = parse_page
) -> Snapshot[Page]:
    """Read pages by path; a bad page is a fault and costs itself only.

    Args:
        raw: pages by path, without `.md`.
        taken_at: ISO date of the replies.
        place: where they lie, for messages.
        read: reads one page, or remembers it.

    Raises:
        SourceError: there is no page, or not one can be read.
    """
    pages: list[Page] = []
    faults: list[Fault] = []
    for path in sorted(raw):
        try:
            pages.append(read(raw[path], path))
        except SourceError as error:
            faults.append(Fault(SOURCE, path, error.fact))
    if not pages:
        refuse(place, f"none of its {len(raw)} pages can be read")
    return Snapshot(SOURCE, taken_at, tuple(pages), tuple(faults), content_digest(raw))


def file_of(path: str) -> str:
    """Where a recording keeps a page."""
    return f"{FILES[SOURCE]}/{path}{_SUFFIX}"


def pages_of(raw: Raw) -> dict[str, bytes]:
    """The pages of a recording by path, without its index."""
    folder = f"{FILES[SOURCE]}/"
    return {
        file.removeprefix(folder).removesuffix(_SUFFIX): content
        for file, content in raw.files.items()
        if file.startswith(folder)
    }


def read_index(text: str) -> tuple[tuple[str, ...], tuple[Fault, ...]]:
    """The paths that an index lists, without its translations, and the links that can't be paths.

    A path becomes part of a URL and of a file's name, so only what can be both is one.
    """
    paths: dict[str, None] = {}
    faults: dict[Fault, None] = {}
    for number, line in enumerate(text.splitlines(), 1):
        link = _LINK.search(line)
        if link is None or not link["url"].split("#")[0].endswith(_SUFFIX):
            continue
        path = _path_of(link["url"])
        if path is None:
            faults[
                Fault(SOURCE, f"{INDEX} line {number}", "links to what is no page of the documentation")
            ] = None
        elif not path.startswith(LOCALISED):
            paths[path] = None
    return tuple(paths), tuple(faults)


def _path_of(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    path = parts.path.removeprefix("/").removesuffix(_SUFFIX)
    is_ours = parts.netloc in {_DOCS_HOST, ""} and not parts.query and len(path) <= _LONGEST_PATH
    return path if is_ours and _PATH.fullmatch(path) and ".." not in path else None


async def fetch(fetcher: Fetcher) -> Raw:
    """Read the index and every page it lists.

    Raises:
        Unusable: the index can't be had or lists no page, or too many pages can't be had.
    """
    from kie_catalog.sources.fetching import together  # noqa: PLC0415 -- reading a folder needs no event loop

    settings = fetcher.line.settings
    base, asked = settings.hosts.docs, settings.sources.pages
    index = await fetcher.get(base + asked.index, text_of)
    paths, faults = read_index(index.value)
    if not paths:
        raise Unusable(base + asked.index, "the index lists no page")
    if len(paths) > asked.page_cap:
        raise Unusable(base + asked.index, f"lists {len(paths)} pages, more than {asked.page_cap}")
    fetcher.line.progress.begin(SOURCE, len(paths) + 1)
    visit = _Visit(fetcher, base, allowed=settings.limits.failed_share * len(paths))
    # So many that all connections are busy, and no more: a page is looked up while others are waited for.
    fetched = await together((visit.page(path) for path in paths), at_once=settings.connections.docs)
    files = {INDEX: index.raw}
    files |= {file_of(path): page.raw for path, page in zip(paths, fetched, strict=True) if page is not None}
    days = [index.day, *(page.day for page in fetched if page is not None)]
    return Raw(SOURCE, min(days), files, base, (*faults, *sorted(visit.faults, key=lambda each: each.place)))


class _Visit:
    """Fetches pages, and gives up once too many of them failed."""

    def __init__(self, fetcher: Fetcher, base: str, *, allowed: float) -> None:
        self._fetcher = fetcher
        self._base = base
        self._allowed = allowed
        self.faults: list[Fault] = []

    async def page(self, path: str) -> Fetched[str] | None:
        url = f"{self._base}/{path}{_SUFFIX}"
        try:
            return await self._fetcher.get(url, text_of, cap=self._fetcher.line.settings.limits.page_bytes)
        except Unusable as error:
            self.faults.append(Fault(SOURCE, path, error.fact))
            if len(self.faults) > self._allowed:
                many = f"{len(self.faults)} pages could not be had"
                raise Unusable(url, f"{many}, the last: {error.fact}") from None
            return None
