"""What a start-up check says: what is served, what is not and why, and how old the data are."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import timedelta
    from typing import Final

    from kie_catalog.catalog.sidecar import Verdict
    from kie_catalog.domain.catalog import Catalog

FILE, PACKAGE = "file", "package"
DAY: Final = 86_400


class StartupReport:
    """What can be served, and what an operator should know; no dataclass, which is slow to import."""

    __slots__ = (
        "_load",
        "age_days",
        "broken",
        "counts",
        "disabled",
        "is_stale",
        "is_verdict_known",
        "last_sync",
        "last_updated",
        "models",
        "path",
        "source",
    )

    def __init__(  # noqa: PLR0913 -- its fields
        self,
        verdict: Verdict,
        *,
        source: str,
        path: str,
        load: Callable[[], Catalog],
        broken: str,
        age_days: int | None,
        is_stale: bool,
        last_sync: str | None,
        is_verdict_known: bool,
    ) -> None:
        self.source = source
        """What is served: `file`, or `package` for the packaged catalog."""
        self.path = path
        """The file that is served."""
        self.broken = broken
        """Why the file asked for is not served; empty if it is."""
        self.models = verdict.models
        """How many models it has."""
        self.disabled: Mapping[str, Sequence[str]] = verdict.disabled
        """The models that are not served, each with the reasons, the first three of them."""
        self.counts: Mapping[str, int] | None = verdict.counts
        """How many findings there are, by severity; `None` if a glance was enough and nobody counted them."""
        self.last_updated: str = verdict.last_updated
        """The date of the data as 'YYYY-MM-DD'."""
        self.age_days = age_days
        """How old the data are in whole days; `None` if they have no date."""
        self.is_stale = is_stale
        """Whether they are older than was asked for."""
        self.last_sync = last_sync
        """When a sync last succeeded, as far as anybody knows: a date, or a moment in UTC."""
        self.is_verdict_known = is_verdict_known
        """Whether exactly this content had been checked before."""
        self._load = load

    @property
    def catalog(self) -> Catalog:
        """The models that are served; read when it is first asked for."""
        return self._load()

    @property
    def served(self) -> int:
        """How many models are served."""
        return self.models - len(self.disabled)

    @property
    def is_clean(self) -> bool:
        """Whether the file asked for is served, whole and in time."""
        return not (self.broken or self.disabled or self.is_stale)

    @property
    def lines(self) -> Iterator[str]:
        """The report in words, a fact a line."""
        if self.broken:
            yield f"not served: {self.broken}"
        what = "the packaged catalog" if self.source == PACKAGE else self.path
        out_of = "" if not self.disabled else f" of {self.models}"
        yield f"serving {what}: {self.served}{out_of} models"
        for model, reasons in self.disabled.items():
            yield f"disabled {model}: {' | '.join(reasons)}"
        age = "of unknown age" if self.age_days is None else f"{self.age_days} days old"
        stale = ", which is older than allowed" if self.is_stale else ""
        synced = f"last sync {self.last_sync or 'unknown'}"
        yield f"data of {self.last_updated or 'no date'}, {age}{stale}; {synced}"

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def to_json(self) -> dict[str, object]:
        """The report as JSON prints it."""
        return {
            "source": self.source,
            "path": self.path,
            "broken": self.broken or None,
            "models": self.models,
            "served": self.served,
            "disabled": {model: list(reasons) for model, reasons in self.disabled.items()},
            "findings": None if self.counts is None else dict(self.counts),
            "last_updated": self.last_updated or None,
            "age_days": self.age_days,
            "is_stale": self.is_stale,
            "last_sync": self.last_sync,
            "is_verdict_known": self.is_verdict_known,
        }


def epoch(date: str) -> int | None:
    """The seconds since the epoch at which a day began; `None` if it is none. No `datetime`: it is slow."""
    try:
        year, month, number = (int(part) for part in date.split("-"))
    except ValueError:
        return None
    years = year - (month < 3)  # noqa: PLR2004 -- years that begin in March end with their leap day
    days = 365 * years + years // 4 - years // 100 + years // 400
    return (days + (153 * ((month + 9) % 12) + 2) // 5 + number - 1 - 719_468) * DAY


def seconds(age: timedelta | float) -> float:
    """A span of time in seconds."""
    return age if isinstance(age, int | float) else age.total_seconds()
