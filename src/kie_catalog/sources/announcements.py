"""Announcements: what documentation pages warn of at their top.

KIE has no endpoint for announcements that anyone recorded. What it announces of a model stands as a
`:::warning` at the top of the model's page: a migration, a deprecation or a pause (CONTRACT section 10.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from kie_catalog.domain.errors import SourceError
from kie_catalog.domain.snapshot import Announcement, AnnouncementKind, Snapshot, SourceName
from kie_catalog.sources.raw import content_digest
from kie_catalog.sources.replies import read_text

SOURCE: Final = SourceName.ANNOUNCEMENTS
_SECTION: Final = re.compile(r"^## ", re.MULTILINE)
_WARNING: Final = re.compile(r"^::: ?warning(.*?)^:::", re.MULTILINE | re.DOTALL)
_WORDS: Final = {
    AnnouncementKind.MIGRATION: re.compile(r"\bmigrat", re.IGNORECASE),
    AnnouncementKind.DEPRECATION: re.compile(
        r"\bdeprecat|\bdiscontinu|\bretired?\b|\bno longer (?:available|supported)", re.IGNORECASE
    ),
    AnnouncementKind.PAUSE: re.compile(
        r"\bpaus(?:e|ed|ing)\b|\bsuspend|\bmaintenance\b|\btemporarily\b", re.IGNORECASE
    ),
}


def kinds_of(text: str) -> tuple[AnnouncementKind, ...]:
    """What the warnings before a page's first section are about; those about nothing of this are advice."""
    top = _SECTION.split(text, 1)[0]
    warnings = " ".join(_WARNING.findall(top))
    return tuple(kind for kind, words in _WORDS.items() if words.search(warnings))


def wording(kinds: Iterable[AnnouncementKind]) -> str:
    """A text that announces these kinds and says nothing else, for recordings that hold facts only."""
    return ", ".join(kinds)


def parse(pages: Mapping[str, bytes], *, taken_at: str) -> Snapshot[Announcement]:
    """Read the announcements of pages by path; one that can't be read is a fault of the pages already."""
    found: list[Announcement] = []
    for path in sorted(pages):
        try:
            text = read_text(pages[path], path)
        except SourceError:
            continue  # reported with the pages
        if kinds := kinds_of(text.replace("\r\n", "\n")):
            found.append(Announcement(path, kinds))
    digest = content_digest({each.page: ",".join(each.kinds).encode() for each in found})
    return Snapshot(SOURCE, taken_at, tuple(found), (), digest)
