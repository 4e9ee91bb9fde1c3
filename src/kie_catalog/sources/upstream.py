"""Reading upstream from wherever it is: the live hosts, one other host, or a recording's folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from kie_catalog.domain.snapshot import SourceName, Upstream
from kie_catalog.sources import reading, recordings
from kie_catalog.sources.cache import FolderCache, NoCache, ReplyCache, remembering
from kie_catalog.sources.progress import SILENT, Progress, Tally
from kie_catalog.sources.raw import Recording
from kie_catalog.sources.secret import Key

if TYPE_CHECKING:
    from kie_catalog.sources.fetching import World
    from kie_catalog.sources.settings import Settings

_SECONDS_A_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Means:
    """What a reading of upstream may use."""

    settings: Settings | None = None
    """Of `sync/sources.yaml`; the defaults, which say the same, if there is none."""
    progress: Progress = SILENT
    """Is told how a fetch goes on."""
    cache_dir: Path | None = None
    """Where earlier fetches and parses are remembered; without it nothing is."""
    key: Key | None = None
    """For the keyed API (`secret.key_from(os.environ)`); without it that API is not measured."""
    world: World | None = None
    """Time, chance and the network; the real ones if there is none."""

    def cache(self) -> ReplyCache:
        """What earlier runs left behind."""
        if self.cache_dir is None:
            return NoCache()
        now = self.world.now() if self.world else datetime.now(UTC)
        return FolderCache(self.cache_dir, today=int(now.timestamp()) // _SECONDS_A_DAY)


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
    world: World | None = None,
) -> Upstream:
    """Read everything that upstream says of its models; see `Means` for what it may use.

    Args:
        where: a recording's folder; the URL of one host that serves all paths, as the stand-in does; or
            `None` for the live hosts of the settings.
        settings: see `Means`, as for all that follow.
        progress: see there.
        cache_dir: see there.
        key: see there.
        world: see there.

    Raises:
        UsageError: there is no such folder, no such host can be, or the extra `runtime` is not installed.
        SourceError: a file of the recording is broken, or not one source of a host could be read.
    """
    return take(where, Means(settings, progress, cache_dir, key, world)).upstream


def take(where: str | Path | None, means: Means | None = None) -> Taking:
    """Read upstream as `read_upstream` does, and keep the raw replies: what a recording is made of.

    Not to be called where an event loop runs; `take_async` is for there.
    """
    means = means or Means()
    if where is not None and not is_url(where):
        return _take_folder(Path(where), means)
    import asyncio  # noqa: PLC0415 -- a folder needs no event loop

    return asyncio.run(take_async(where, means))


async def take_async(where: str | Path | None, means: Means | None = None) -> Taking:
    """Read upstream inside a running event loop; see `take`."""
    means = means or Means()
    if where is not None and not is_url(where):
        return _take_folder(Path(where), means)
    from kie_catalog.sources import live  # noqa: PLC0415 -- needs the network, which a folder does not

    return await live.take(None if where is None else str(where), means)


def is_url(where: str | Path) -> bool:
    """Whether upstream is to be read over HTTP."""
    return str(where).lower().startswith(("http://", "https://"))


def _take_folder(folder: Path, means: Means) -> Taking:
    recording = recordings.load(folder)
    cache = means.cache()
    upstream = reading.upstream(recording, read_page=remembering(cache, Tally()))
    cache.close()
    return Taking(recording, upstream, MappingProxyType({}))
