"""Fetching all sources of a host at once; whatever goes wrong with one costs it alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from pydantic import ValidationError

from kie_catalog.domain.errors import SourceError, UsageError
from kie_catalog.domain.snapshot import NotMeasured, Snapshot, SourceName
from kie_catalog.sources import groups, id_lists, keyed, pages, price_feed, reading
from kie_catalog.sources.asking import LATER, NotOffered
from kie_catalog.sources.cache import remembering
from kie_catalog.sources.fetching import Fetcher, Line, Pace, World, together
from kie_catalog.sources.problems import first_problem
from kie_catalog.sources.raw import RECORDED, Raw, Recording
from kie_catalog.sources.secret import Key
from kie_catalog.sources.settings import Settings, is_loopback
from kie_catalog.sources.upstream import Means, Taking

Fetch: TypeAlias = Callable[[Fetcher], Awaitable[Raw]]
Read: TypeAlias = tuple[Raw | NotMeasured, Snapshot[Any] | NotMeasured]

STAND_IN_KEY: Final = "stand-in"
"""What a stand-in on this machine gets for a key: it takes any, and a real one has no business there."""

_FETCHES: Final[Mapping[SourceName, Fetch]] = {
    SourceName.PRICES: price_feed.fetch,
    SourceName.PAGES: pages.fetch,
    SourceName.MODEL_IDS: id_lists.fetch,
    SourceName.GROUPS: groups.fetch,
}


async def take(url: str | None, means: Means) -> Taking:
    """Fetch all sources.

    Args:
        url: of one host that serves all paths; `None` for the live hosts of the settings.
        means: what the fetch may use.

    Raises:
        UsageError: there can be no such host, or the extra `runtime` is not installed.
        SourceError: not one source could be read.
    """
    settings, key, world = means.settings or Settings(), means.key, means.world or World()
    if url is not None:
        settings = _settings_at(settings, url)
        base = settings.hosts.api
        if is_loopback(base) and not (key and key.goes_to(base)):
            key = Key(STAND_IN_KEY, origins=(base,))
    transport, cache = world.transport(settings), means.cache()
    pace = Pace(settings.sources.models.per_second, world)
    try:
        line = Line(settings, transport, world, cache, pace, key, means.progress)
        return await _fetch(line, ask_minimum=url is None)
    finally:
        await transport.close()
        cache.close()


def _settings_at(settings: Settings, url: str) -> Settings:
    try:
        return settings.at(url)
    except ValidationError as error:
        fact = first_problem(error).fact
        raise UsageError("--upstream", f"the URL {fact}", "name a host, as in https://example.com") from None


async def _fetch(line: Line, *, ask_minimum: bool) -> Taking:
    fetchers = {source: Fetcher(source, line) for source in (*_FETCHES, keyed.LIST, keyed.SCHEMAS)}

    async def source(name: SourceName, fetch: Fetch) -> Read:
        return await _guarded(fetchers[name], fetch, ask_minimum=ask_minimum)

    async def keyed_api() -> list[Read]:
        listed = await source(keyed.LIST, keyed.fetch_models)
        models = listed[0]
        if isinstance(models, NotMeasured):
            missing = NotMeasured(keyed.SCHEMAS, models.reason)
            return [listed, (missing, missing)]
        return [listed, await source(keyed.SCHEMAS, lambda fetcher: keyed.fetch_schemas(fetcher, models))]

    async def public(name: SourceName, fetch: Fetch) -> list[Read]:
        return [await source(name, fetch)]

    results = await together([*(public(name, fetch) for name, fetch in _FETCHES.items()), keyed_api()])
    found = {raw.source: (raw, read) for each in results for raw, read in each}
    recording = Recording({name: found[name][0] for name in RECORDED})
    if not recording.measured:
        raise SourceError(line.settings.hosts.api, f"nothing could be read: {_reasons(recording)}", LATER)
    upstream = reading.assemble(recording, {name: read for name, (_, read) in found.items()})
    return Taking(recording, upstream, {name: each.tally for name, each in fetchers.items()})


def _reasons(recording: Recording) -> str:
    """Why nothing could be read, each reason once with the sources it holds for."""
    sources: dict[str, list[str]] = {}
    for each in recording.missing:
        # Where a host is down all its paths are, and the path says nothing.
        sources.setdefault(each.reason.split(": ", 1)[-1], []).append(each.source)
    return "; ".join(f"{reason} ({', '.join(names)})" for reason, names in sources.items())


async def _guarded(fetcher: Fetcher, fetch: Fetch, *, ask_minimum: bool) -> Read:
    """Fetch and read one source; whatever goes wrong with it costs it alone."""
    source, line = fetcher.source, fetcher.line
    line.progress.begin(source, None)
    found = await _attempt(fetcher, fetch, ask_minimum=ask_minimum)
    outcome = (
        f"not measured: {found.reason}"
        if isinstance(found, NotMeasured)
        else f"{len(found[1].content)} read" + (f", {len(found[1].faults)} faults" if found[1].faults else "")
    )
    line.progress.end(source, outcome, fetcher.tally)
    return (found, found) if isinstance(found, NotMeasured) else found


async def _attempt(
    fetcher: Fetcher, fetch: Fetch, *, ask_minimum: bool
) -> tuple[Raw, Snapshot[Any]] | NotMeasured:
    source, settings = fetcher.source, fetcher.line.settings
    asked = getattr(settings.sources, source.replace("-", "_"))
    if not asked.enabled:
        return NotMeasured(source, "is switched off in sync/sources.yaml")
    try:
        async with asyncio.timeout(settings.limits.source_seconds):
            raw = await fetch(fetcher)
        snapshot = reading.snapshot(raw, remembering(fetcher.line.cache, fetcher.tally))
    except TimeoutError:
        return NotMeasured(source, f"took longer than {settings.limits.source_seconds:g} s")
    except NotOffered as error:
        return NotMeasured(source, error.fact)
    except SourceError as error:
        return NotMeasured(source, f"{urlsplit(error.place).path or error.place}: {error.fact}")
    if ask_minimum and len(snapshot.content) < asked.minimum:
        return NotMeasured(
            source, f"gave {len(snapshot.content)} entries; below {asked.minimum} it looks broken"
        )
    return raw, snapshot
