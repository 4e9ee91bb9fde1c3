"""Reading upstream from wherever it is: the live hosts, one other host, or a recording's folder."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from pydantic import ValidationError

from kie_catalog.domain.errors import SourceError, UsageError
from kie_catalog.domain.snapshot import NotMeasured, Page, Snapshot, SourceName, Upstream
from kie_catalog.sources import groups, id_lists, keyed, pages, price_feed, reading, recordings
from kie_catalog.sources.asking import LATER, NotOffered
from kie_catalog.sources.cache import FolderCache, NoCache, ReplyCache
from kie_catalog.sources.fetching import Fetcher, Line, Pace, World, together
from kie_catalog.sources.pages import ReadPage, parse_page
from kie_catalog.sources.problems import first_problem
from kie_catalog.sources.progress import SILENT, Progress, Tally
from kie_catalog.sources.raw import RECORDED, Raw, Recording
from kie_catalog.sources.replies import RECORD_AGAIN
from kie_catalog.sources.secret import Key
from kie_catalog.sources.settings import Settings, is_loopback

Fetch: TypeAlias = Callable[[Fetcher], Awaitable[Raw]]
Read: TypeAlias = tuple[Raw | NotMeasured, Snapshot[Any] | NotMeasured]

STAND_IN_KEY: Final = "stand-in"
"""What a stand-in on this machine gets for a key: it takes any, and a real one has no business there."""

_SECONDS_A_DAY: Final = 86_400
_REAL: Final = World()
_FETCHES: Final[Mapping[SourceName, Fetch]] = {
    SourceName.PRICES: price_feed.fetch,
    SourceName.PAGES: pages.fetch,
    SourceName.MODEL_IDS: id_lists.fetch,
    SourceName.GROUPS: groups.fetch,
}


@dataclass(frozen=True, slots=True)
class Taking:
    """What one reading of upstream brought home.

    It shows little of itself: `asyncio.run` builds the text of its task's result, whole, when it ends.
    """

    recording: Recording = field(repr=False)
    """The raw replies that were believed."""
    upstream: Upstream = field(repr=False)
    """The same, read."""
    tallies: Mapping[SourceName, Tally]
    """What each source cost; empty for a folder."""


def read_upstream(
    where: str | Path | None,
    *,
    settings: Settings | None = None,
    progress: Progress = SILENT,
    cache_dir: Path | None = None,
    key: Key | None = None,
    world: World = _REAL,
) -> Upstream:
    """Read everything that upstream says of its models.

    Args:
        where: a recording's folder; the URL of one host that serves all paths, as the stand-in does; or
            `None` for the live hosts of the settings.
        settings: of `sync/sources.yaml`; the defaults, which say the same, if there is none.
        progress: is told how a fetch goes on.
        cache_dir: where earlier fetches and parses are remembered; without it nothing is.
        key: for the keyed API (`secret.key_from(os.environ)`); without it that API is not measured.
        world: time, chance and the network.

    Raises:
        UsageError: there is no such folder, no such host can be, or the extra `runtime` is not installed.
        SourceError: a file of the recording is broken, or not one source of a host could be read.
    """
    return take(
        where, settings=settings, progress=progress, cache_dir=cache_dir, key=key, world=world
    ).upstream


def take(
    where: str | Path | None,
    *,
    settings: Settings | None = None,
    progress: Progress = SILENT,
    cache_dir: Path | None = None,
    key: Key | None = None,
    world: World = _REAL,
) -> Taking:
    """Read upstream as `read_upstream` does, and keep the raw replies: what a recording is made of.

    Not to be called where an event loop runs; `take_async` is for there.
    """
    if where is not None and not is_url(where):
        return _take_folder(Path(where), _cache(cache_dir, world))
    coroutine = take_async(
        where, settings=settings, progress=progress, cache_dir=cache_dir, key=key, world=world
    )
    return asyncio.run(coroutine)


async def take_async(
    where: str | Path | None,
    *,
    settings: Settings | None = None,
    progress: Progress = SILENT,
    cache_dir: Path | None = None,
    key: Key | None = None,
    world: World = _REAL,
) -> Taking:
    """Read upstream inside a running event loop; see `take`."""
    cache = _cache(cache_dir, world)
    if where is not None and not is_url(where):
        return _take_folder(Path(where), cache)
    asked = settings or Settings()
    if where is not None:
        asked = _settings_at(asked, str(where))
        if is_loopback(asked.hosts.api) and not (key and key.goes_to(asked.hosts.api)):
            key = Key(STAND_IN_KEY, origins=(asked.hosts.api,))
    transport = world.transport(asked)
    pace = Pace(asked.sources.models.per_second, world)
    line = Line(asked, transport, world, cache, pace, key, progress)
    try:
        return await _fetch(line, ask_minimum=where is None)
    finally:
        await transport.close()
        cache.close()


def _take_folder(folder: Path, cache: ReplyCache) -> Taking:
    recording = recordings.load(folder)
    return Taking(
        recording, reading.upstream(recording, read_page=remembering(cache, Tally())), MappingProxyType({})
    )


def _cache(folder: Path | None, world: World) -> ReplyCache:
    today = int(world.now().timestamp()) // _SECONDS_A_DAY
    return FolderCache(folder, today=today) if folder else NoCache()


def is_url(where: str | Path) -> bool:
    """Whether upstream is to be read over HTTP."""
    return str(where).lower().startswith(("http://", "https://"))


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
