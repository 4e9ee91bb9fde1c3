"""From raw replies to what upstream said: the parsers of all sources, in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from kie_catalog.domain.snapshot import NotMeasured, Snapshot, SourceName, Upstream
from kie_catalog.sources import announcements, groups, id_lists, keyed, pages, price_feed
from kie_catalog.sources.pages import ReadPage, parse_page
from kie_catalog.sources.raw import Raw, Recording

_PARSERS: Final[Mapping[SourceName, Callable[[Raw, ReadPage], Snapshot[Any]]]] = {
    SourceName.PRICES: lambda raw, _: price_feed.parse(raw.only, taken_at=raw.taken_at, place=raw.place),
    SourceName.PAGES: lambda raw, read: pages.parse(
        pages.pages_of(raw), taken_at=raw.taken_at, place=raw.place, read=read
    ),
    SourceName.MODEL_IDS: lambda raw, _: id_lists.parse_model_ids(
        raw.only, taken_at=raw.taken_at, place=raw.place
    ),
    SourceName.MODELS: lambda raw, _: keyed.parse_models(raw.only, taken_at=raw.taken_at, place=raw.place),
    SourceName.SCHEMAS: lambda raw, _: keyed.parse_schemas(raw.files, taken_at=raw.taken_at, place=raw.place),
    SourceName.GROUPS: lambda raw, _: groups.parse(raw.only, taken_at=raw.taken_at, place=raw.place),
}


def upstream(recording: Recording, *, read_page: ReadPage = parse_page) -> Upstream:
    """Read all sources of a recording.

    Args:
        recording: the raw replies.
        read_page: reads one documentation page, or remembers it.

    Raises:
        SourceError: the replies of a source can't be used.
    """
    read = {
        source: each if isinstance(each, NotMeasured) else snapshot(each, read_page)
        for source, each in recording.sources.items()
    }
    return assemble(recording, read)


def snapshot(raw: Raw, read_page: ReadPage = parse_page) -> Snapshot[Any]:
    """Read the replies of one source; what could not be had of it is among the faults.

    Raises:
        SourceError: they can't be used.
    """
    parsed = _PARSERS[raw.source](raw, read_page)
    return replace(parsed, faults=(*raw.faults, *parsed.faults)) if raw.faults else parsed


def assemble(recording: Recording, read: Mapping[SourceName, Snapshot[Any] | NotMeasured]) -> Upstream:
    """Put what was read of each source together, with the announcements that stand on its pages."""
    documentation = recording[SourceName.PAGES]
    return Upstream(
        prices=read[SourceName.PRICES],
        pages=read[SourceName.PAGES],
        model_ids=read[SourceName.MODEL_IDS],
        models=read[SourceName.MODELS],
        schemas=read[SourceName.SCHEMAS],
        groups=read[SourceName.GROUPS],
        announcements=NotMeasured(SourceName.ANNOUNCEMENTS, documentation.reason)
        if isinstance(documentation, NotMeasured)
        else announcements.parse(pages.pages_of(documentation), taken_at=documentation.taken_at),
    )
