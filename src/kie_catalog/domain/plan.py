"""A plan: the ordered changes of one run, with what they rest on. `apply` takes a plan and nothing else."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from kie_catalog.domain.change import (
    Change,
    Version,
    change_from_json,
    change_to_json,
    is_effective,
    version_from_json,
    version_to_json,
)
from kie_catalog.domain.finding import Finding, finding_from_json
from kie_catalog.domain.values import digest

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class UnresolvedRow:
    """A price row that prices nothing, and why."""

    number: int
    description: str
    anchor: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """One source that was read."""

    source: str
    taken_at: str
    count: int
    digest: str


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """One source that was not read."""

    source: str
    reason: str


class Effect(enum.StrEnum):
    """What a guard does when it trips."""

    REFUSE = "refuse"
    """The run writes nothing."""
    WITHHOLD = "withhold"
    """The models that tripped it keep their old values; the rest goes on."""
    REVIEW = "review"
    """It is told, nothing more."""


@dataclass(frozen=True, slots=True)
class GuardReading:
    """What one guard measured, and where it stands to its limit."""

    name: str
    measured: str
    limit: str
    is_tripped: bool
    is_lifted: bool = False
    effect: str = Effect.REFUSE.value

    @property
    def refuses(self) -> bool:
        """Whether it stops the run."""
        return self.is_tripped and not self.is_lifted and self.effect == Effect.REFUSE


@dataclass(frozen=True, slots=True)
class Kept:
    """A value that people changed and that stands, since upstream has not moved."""

    model: str
    mode: str | None
    field: str | None
    """`None` when people removed the model or the mode as a whole."""
    ours: Version
    theirs: Version


@dataclass(frozen=True, slots=True)
class Totals:
    """The catalog in numbers."""

    models: int
    modes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run would do."""

    taken_at: str
    """ISO date of the newest source."""
    made_for: Mapping[str, str]
    """Digests of the files the plan was made against, by their place; empty text for a file not there."""
    changes: tuple[Change, ...]
    base: Mapping[str, Any]
    """The merge base that follows, as its file holds it."""
    accounting: Mapping[str, int]
    """Where the rows went: `rows`, `resolved`, `ignored`, `unresolved`."""
    unresolved: tuple[UnresolvedRow, ...]
    remarks: tuple[str, ...]
    """What is odd upstream and cost nothing, or only itself."""
    unmeasured: tuple[Unmeasured, ...]
    provenance: tuple[Provenance, ...]
    guards: tuple[GuardReading, ...]
    before: Totals
    kept: tuple[Kept, ...] = ()
    findings: tuple[Finding, ...] = ()
    """What is wrong with the decisions that people recorded."""
    made_from: Mapping[str, str] = field(default_factory=dict)
    """Digests of what people wrote and the plan was made from, such as decisions and limits, by place. Once
    one moved, the plan is stale as well; its own digest leaves them out, since what follows from them is in
    the changes."""

    @property
    def digest(self) -> str:
        """Equal for equal changes to equal files, whatever the hour and the order of the sources."""
        written = [change_to_json(change) for change in self.changes]
        return digest({"changes": written, "made_for": dict(self.made_for)})  # type: ignore[dict-item]  # JSON by construction

    @property
    def is_effective(self) -> bool:
        """Whether applying it changes the catalog or a schema."""
        return any(map(is_effective, self.changes))

    def to_json(self) -> dict[str, Any]:
        """The plan as a plan file holds it, sealed by a digest over all of it."""
        written = {
            "format": FORMAT,
            "digest": self.digest,
            "taken_at": self.taken_at,
            "made_for": dict(self.made_for),
            "made_from": dict(self.made_from),
            "changes": [change_to_json(change) for change in self.changes],
            "accounting": dict(self.accounting),
            "unresolved": [asdict(each) for each in self.unresolved],
            "remarks": list(self.remarks),
            "unmeasured": [asdict(each) for each in self.unmeasured],
            "provenance": [asdict(each) for each in self.provenance],
            "guards": [asdict(each) for each in self.guards],
            "before": asdict(self.before),
            "kept": [_kept_to_json(each) for each in self.kept],
            "findings": [each.to_json() for each in self.findings],
            "base": self.base,
        }
        return {**written, "seal": digest(written)}  # type: ignore[arg-type]  # JSON by construction


def plan_from_json(written: Any) -> Plan:
    """Read a plan back; numbers must have been read as `Decimal`.

    Raises:
        ValueError: it has not the form of a plan, or was edited since it was made.
    """
    try:
        if written["format"] != FORMAT:
            raise ValueError(f"format {written['format']} is unknown")
        plan = Plan(
            taken_at=written["taken_at"],
            made_for=written["made_for"],
            changes=tuple(map(change_from_json, written["changes"])),
            base=written["base"],
            accounting={name: int(count) for name, count in written["accounting"].items()},
            unresolved=tuple(UnresolvedRow(**_whole(each)) for each in written["unresolved"]),
            remarks=tuple(written["remarks"]),
            unmeasured=tuple(Unmeasured(**each) for each in written["unmeasured"]),
            provenance=tuple(Provenance(**_whole(each)) for each in written["provenance"]),
            guards=tuple(GuardReading(**each) for each in written["guards"]),
            before=Totals(**_whole(written["before"])),
            kept=tuple(map(_kept_from_json, written["kept"])),
            findings=tuple(map(finding_from_json, written["findings"])),
            made_from=written["made_from"],
        )
        seal = digest({name: value for name, value in written.items() if name != "seal"})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it has not the form of a plan ({error!r})") from None
    if plan.digest != written["digest"] or seal != written.get("seal"):
        raise ValueError("its digest is not that of its content: it was edited")
    return plan


def _kept_to_json(kept: Kept) -> dict[str, Any]:
    versions = {"ours": version_to_json(kept.ours), "theirs": version_to_json(kept.theirs)}
    return {"model": kept.model, "mode": kept.mode, "field": kept.field, **versions}


def _kept_from_json(written: Mapping[str, Any]) -> Kept:
    ours, theirs = version_from_json(written["ours"]), version_from_json(written["theirs"])
    return Kept(written["model"], written["mode"], written["field"], ours, theirs)


def _whole(written: Mapping[str, Any]) -> dict[str, Any]:
    """Counts as `int`, which JSON read exactly gives as `Decimal`."""
    return {
        name: int(value) if name in {"number", "count", "models", "modes"} else value
        for name, value in written.items()
    }
