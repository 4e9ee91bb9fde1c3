"""The check at an application's start: offline, in milliseconds, and of help even where a file is broken.

The catalog file is served but for the models that have an error; where nothing of it can be served, the
packaged catalog is, and the report says so. What was checked before is not checked again: the verdict about a
content is kept beside (`sidecar`). This module imports next to nothing, since a start-up waits for it.
"""

from __future__ import annotations

import os
import time

from kie_catalog.catalog import sidecar
from kie_catalog.catalog.startup_report import DAY, FILE, PACKAGE, StartupReport, epoch, seconds
from kie_catalog.catalog.synced import last_sync

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from typing import Final

    from kie_catalog.catalog.sidecar import Verdict
    from kie_catalog.domain.catalog import Catalog

CATALOG: Final = os.path.join("catalog", "models_pricing.yaml")


def startup_check(
    path: str | os.PathLike[str] | None = None,
    *,
    max_age: timedelta | float | None = None,
    strict: bool = False,
    now: float | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
) -> StartupReport:
    """Find out what can be served; asks no network, and takes milliseconds for a content that it has seen.

    Args:
        path: a catalog file, or a folder that holds one; the packaged catalog if `None`.
        max_age: how old the data may be, as a `timedelta` or in seconds, before the report calls them stale.
        strict: raise where otherwise a model would be disabled, the packaged catalog served, or old data.
        now: the time in seconds since the epoch; the clock's if `None`.
        cache_dir: where verdicts are kept; the user's cache folder if `None`.

    Raises:
        CatalogInvalid: nothing can be served: neither the file nor the packaged catalog; or, with `strict`,
            something is wrong with the file.
        UsageError: with `strict`, the data are older than `max_age`.
    """
    door = _Door(
        time.time() if now is None else now,
        sidecar.cache_folder() if cache_dir is None else os.fspath(cache_dir),
    )
    if path is None:
        state = door.state(packaged_file(), PACKAGE)
    else:
        state = door.state(file_of(os.fspath(path)), FILE)
    broken = state.verdict.broken
    if broken or (strict and state.verdict.disabled):
        instead = None if strict or path is None else door.state(packaged_file(), PACKAGE)
        if instead is None or instead.verdict.broken:
            raise _refused(state)
        state = instead
    report = _report(state, broken, door, max_age)
    if strict and report.is_stale:
        raise _too_old(report)
    return report


def file_of(path: str) -> str:
    """The catalog file that a user means by a file or a folder."""
    inside = os.path.join(path, CATALOG)
    if os.path.isfile(inside):
        return inside
    beside = os.path.join(path, os.path.basename(CATALOG))
    return beside if os.path.isfile(beside) else path


def packaged_file(name: str = "catalog.json") -> str:
    """A file of the package's built data."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return os.path.join(here, "_data", name)


def day(moment: float) -> str:
    """The day of a moment in UTC, as 'YYYY-MM-DD'."""
    return time.strftime("%Y-%m-%d", time.gmtime(moment))


def _report(state: _State, broken: str, door: _Door, max_age: timedelta | float | None) -> StartupReport:
    verdict, now = state.verdict, door.now
    born = epoch(verdict.last_updated)
    limit = None if max_age is None else seconds(max_age)
    return StartupReport(
        verdict,
        source=state.source,
        path=state.path,
        load=state.load,
        broken=broken,
        age_days=None if born is None else int(now - born) // DAY,
        is_stale=limit is not None and (born is None or now - born > limit),
        last_sync=(door.last_sync(state.path) if state.source == FILE else None)
        or verdict.last_updated
        or None,
        is_verdict_known=state.is_known,
    )


class _State:
    """One content and what is known of it."""

    __slots__ = ("is_known", "load", "path", "source", "verdict")

    def __init__(
        self, path: str, source: str, verdict: Verdict, load: Callable[[], Catalog], *, is_known: bool = False
    ) -> None:
        self.path = path
        self.source = source
        self.verdict = verdict
        self.load = load
        self.is_known = is_known


class _Door:
    """The way to what is known of a content: built with the package, kept from before, or found out now."""

    __slots__ = ("_folder", "_key", "now")

    def __init__(self, now: float, folder: str) -> None:
        self.now = now
        self._folder = folder
        self._key = ""

    def state(self, file: str, source: str) -> _State:
        """What can be served of a file."""
        try:
            with open(file, "rb") as opened:
                raw = opened.read()
        except OSError as error:
            broken = f"{file}: cannot be read ({error.strerror}); name a catalog file"
            return _State(file, source, sidecar.Verdict(models=0, last_updated="", broken=broken), _nothing)
        content = sidecar.digest(raw)
        known = self._known(content)
        if known is not None:
            return _State(
                file, source, known.verdict, lambda: self._kept(known, raw, file, content), is_known=True
            )
        from kie_catalog.catalog.glance import glance  # noqa: PLC0415 -- what was checked before needs no look

        seen = None if source == PACKAGE else glance(raw)
        if seen is not None:
            verdict = sidecar.Verdict(models=seen[0], last_updated=seen[1])
            self._keep(verdict, content, None)
            return _State(file, source, verdict, lambda: self._read(raw, file, content, None))
        verdict, body = self._found(raw, file, content)
        return _State(file, source, verdict, lambda: self._read(raw, file, content, body))

    def _kept(self, known: sidecar.Sidecar, raw: bytes, file: str, content: str) -> Catalog:
        """The models that are served, out of a sidecar."""
        body = known.body()
        if body == b"":  # built with the package, whose content has a file of its own
            from kie_catalog.catalog.verdicts import packaged_without  # noqa: PLC0415 -- slow, rarely needed

            return packaged_without(known.verdict.disabled)
        return self._read(raw, file, content, body)

    def _read(self, raw: bytes, file: str, content: str, body: bytes | None) -> Catalog:
        """The models that are served, out of what was kept or, where that lacks, of the content itself."""
        from kie_catalog.catalog.verdicts import catalog_from  # noqa: PLC0415 -- slow, and rarely needed

        return catalog_from(self._found(raw, file, content)[1] if body is None else body)

    def _found(self, raw: bytes, file: str, content: str) -> tuple[Verdict, bytes]:
        """What a check finds now; kept for the next start."""
        from kie_catalog.catalog.verdicts import judge  # noqa: PLC0415 -- slow, and rarely needed

        verdict, body = judge(raw, file, today=day(self.now))
        self._keep(verdict, content, body)
        return verdict, body

    def _keep(self, verdict: Verdict, content: str, body: bytes | None) -> None:
        key = self._key or sidecar.tool_key()
        written = sidecar.render(verdict, sources=[content], key=key, body=body)
        sidecar.write(sidecar.place(self._folder, content, key), written)

    def last_sync(self, file: str) -> str | None:
        """When a sync of the workspace of a file last succeeded, if one did so on this machine."""
        root = os.path.dirname(os.path.dirname(os.path.abspath(file)))
        return last_sync(root, self._folder)

    def _known(self, content: str) -> sidecar.Sidecar | None:
        built = sidecar.read(packaged_file("checked.sidecar"), source=content, key=sidecar.packaged_key())
        if built is not None:
            return built
        self._key = sidecar.tool_key()
        place = sidecar.place(self._folder, content, self._key)
        kept = sidecar.read(place, source=content, key=self._key)
        is_over = kept is not None and "" < kept.verdict.valid_until < day(self.now)
        return None if is_over else kept


def _nothing() -> Catalog:
    raise LookupError("nothing can be served")


def _refused(state: _State) -> Exception:
    from kie_catalog.catalog.verdicts import refusal  # noqa: PLC0415 -- only a failure pays for it

    return refusal(state.path, state.verdict)


def _too_old(report: StartupReport) -> Exception:
    from kie_catalog.domain.errors import UsageError  # noqa: PLC0415 -- only a failure pays for it

    age = "of unknown age" if report.age_days is None else f"{report.age_days} days old"
    return UsageError(report.path, f"its data are {age}, older than allowed", "sync it, or allow more")
