"""The incidents: what went wrong upstream or between people, and what the sync must make of it.

An incident runs through all of it: a folder of raw replies is read, its rows are resolved, a plan is made,
its guards are asked, and where they let it pass it is applied.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from kie_catalog.catalog.apply import apply_plan
from kie_catalog.catalog.nodes import parse
from kie_catalog.catalog.planning import plan_sync
from kie_catalog.catalog.transaction import STATE
from kie_catalog.catalog.workspace import CATALOG, Workspace
from kie_catalog.domain.change import (
    Added,
    Change,
    Conflicted,
    Corrected,
    FieldChanged,
    Held,
    ModeChanged,
    RenameAsked,
    Renamed,
    Repriced,
    Returned,
    StillRemoved,
    Withheld,
    is_effective,
)
from kie_catalog.domain.errors import CatalogError, SourceError
from kie_catalog.domain.plan import Effect, Plan
from kie_catalog.domain.snapshot import Upstream
from kie_catalog.domain.values import Absence, canonical, plain_number
from kie_catalog.sources import reading
from kie_catalog.sources.pages import parse_page
from kie_catalog.sources.recordings import load
from kie_catalog.sync.guards import require_safe
from kie_catalog.sync.ownership import SCHEMA
from tests.incidents.replies import MANIFEST, Replies, as_json, patched, start

FOLDER = Path(__file__).parents[1] / "examples" / "incidents"
START = yaml.safe_load((FOLDER / "start.yaml").read_text(encoding="utf-8"))
NAMES = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())
TODAY = "2026-09-01"
KEYS = {"what", "before", "people", "files", "upstream", "lift", "expected"}
EXPECTED = {"verdict", "error", "refused", "withheld", "review", "changes", "unresolved", "remarks"}
EXPECTED |= {"findings", "unmeasured", "kept"}


@dataclass
class Outcome:
    """What the sync made of one upstream."""

    error: CatalogError | None = None
    plan: Plan | None = None
    told: list[str] = field(default_factory=list)

    @property
    def changes(self) -> tuple[Change, ...]:
        return self.plan.changes if self.plan else ()

    @property
    def refused(self) -> list[str]:
        return [each.name for each in self.plan.guards if each.refuses] if self.plan else []

    @property
    def review(self) -> list[str]:
        guards = self.plan.guards if self.plan else ()
        return [each.name for each in guards if each.is_tripped and each.effect == Effect.REVIEW]

    @property
    def withheld(self) -> dict[str, list[str]]:
        return {each.model: list(each.guards) for each in self.changes if isinstance(each, Withheld)}

    @property
    def verdict(self) -> str:
        """The one word for it: what matters most comes first."""
        if isinstance(self.error, SourceError):
            return "unusable"
        if self.error is not None:
            return "refused" if self.refused else "malformed"
        kinds = {type(each) for each in self.changes}
        words = {Withheld: "withheld", Conflicted: "conflict", RenameAsked: "asked", Held: "held"}
        words |= {StillRemoved: "reported"}
        for kind, word in words.items():
            if kind in kinds:
                return word
        plan = self.plan
        assert plan is not None
        if plan.findings:
            return "finding"
        if any(map(is_effective, self.changes)):
            return "changed"
        return "unresolved" if plan.unresolved else "ignored"


class Incident:
    """One folder of the corpus, at work in a folder of its own."""

    def __init__(self, name: str, place: Path) -> None:
        self.folder = FOLDER / name
        self.written = yaml.safe_load((self.folder / "incident.yaml").read_text(encoding="utf-8"))
        assert set(self.written) <= KEYS, set(self.written) - KEYS
        self.expected: Mapping[str, Any] = self.written["expected"]
        assert set(self.expected) <= EXPECTED, set(self.expected) - EXPECTED
        self.place = place
        self.root = place / "root"
        self.root.mkdir()
        self._day = 11
        self._write("sync/aliases.yaml", b"{}\n")

    @staticmethod
    def expectation(name: str) -> Mapping[str, Any]:
        """What must become of an incident."""
        written = yaml.safe_load((FOLDER / name / "incident.yaml").read_text(encoding="utf-8"))
        wanted: Mapping[str, Any] = written["expected"]
        return wanted

    def prepare(self) -> None:
        """Accept the start, let people do what they did, and accept what upstream said on the days after."""
        for name, content in _started().items():
            self._write(name, content)
        for name, text in self.written.get("files", {}).items():
            self._write(name, text.encode())
        for edit in self.written.get("people", ()):
            self._edit(edit)
        for patch in self.written.get("before", ()):
            done = self.run(self._recorded(patch), lifted=("all",))
            assert done.error is None, done.error

    def happen(self) -> tuple[Path, Outcome]:
        """What upstream says now, and what the sync makes of it."""
        recording = self._recorded(self.written["upstream"])
        return recording, self.run(recording, lifted=tuple(self.written.get("lift", ())))

    def run(self, recording: Path, *, lifted: Collection[str] = (), dry: bool = False) -> Outcome:
        outcome = Outcome()
        workspace = Workspace(self.root)
        try:
            settings = workspace.settings(lifted=lifted, today=TODAY)
            outcome.plan = plan_sync(_read(recording), workspace, settings)
            outcome.told = [line(each) for each in outcome.plan.changes]
            require_safe(outcome.plan.guards)
            if not dry:
                apply_plan(outcome.plan, workspace)
        except CatalogError as error:
            outcome.error = error
        return outcome

    def files(self) -> dict[str, bytes]:
        return held(self.root)

    def _recorded(self, patch: Mapping[str, Any]) -> Path:
        """The folder of a recording that differs from the start as a patch says; a day later each time."""
        self._day += 1
        day = f"2026-08-{self._day}"
        folder = self.place / day
        manifest = {MANIFEST: as_json({"taken_at": day})}
        for name, raw in patched({**_replies(), **manifest}, patch, self.folder).items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(raw)
        return folder

    def _write(self, name: str, content: bytes) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def _edit(self, edit: Mapping[str, Any]) -> None:
        """An edit of people: the first such place of a file, or of a model or a mode in the catalog."""
        file = self.root / edit.get("in", CATALOG.as_posix())
        if edit.get("remove"):
            file.unlink()
            return
        text = file.read_text(encoding="utf-8")
        start = 0
        for name in edit.get("at", ()):
            start = text.index(f"- id: {name}\n", start)
        if "cut" in edit:
            ends = {"model": ("\n- id: ",), "mode": ("\n  - id: ", "\n- id: ")}[edit["cut"]]
            end = min(at for each in ends if (at := text.find(each, start)) >= 0) + 1
            start = text.rindex("\n", 0, start) + 1
            text = text[:start] + text[end:]
        else:
            at = text.index(edit["old"], start)
            text = text[:at] + edit["new"] + text[at + len(edit["old"]) :]
        file.write_text(text, encoding="utf-8")


@cache
def _replies() -> Replies:
    return start(START)


@cache
def _started() -> dict[str, bytes]:
    """The files of a workspace that accepted the start."""
    import tempfile  # noqa: PLC0415 -- once for all incidents

    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        recording, root = place / "recording", place / "root"
        root.mkdir()
        for file, raw in {**_replies(), MANIFEST: as_json({"taken_at": START["taken_at"]})}.items():
            (recording / file).parent.mkdir(parents=True, exist_ok=True)
            (recording / file).write_bytes(raw)
        workspace = Workspace(root)
        apply_plan(plan_sync(_read(recording), workspace), workspace)
        return held(root)


def held(root: Path) -> dict[str, bytes]:
    """Every file of a workspace but what is of this machine only."""
    return {
        file.relative_to(root).as_posix(): file.read_bytes()
        for file in sorted(root.rglob("*"))
        if file.is_file() and STATE not in file.parts
    }


_page = cache(parse_page)


def _read(recording: Path) -> Upstream:
    return reading.upstream(load(recording), read_page=_page)


def line(change: Change) -> str:
    """A change in one short line, as the expectations have it."""
    return " ".join([change.kind, *_words(change)])


def _words(change: Change) -> Iterator[str]:  # noqa: C901 -- one line a kind of change
    yield from (part for part in (change.model, getattr(change, "mode", None)) if part)
    match change:
        case Repriced(_, _, ours, theirs) | Corrected(_, _, ours, theirs):
            name = "credits" if "credits" in theirs else "official_usd"
            yield f"{name} {_value(ours.get(name))} -> {_value(theirs[name])}"
        case FieldChanged(_, name, ours, theirs) | ModeChanged(_, _, name, ours, theirs):
            yield f"{name} {_value(ours)} -> {_value(theirs)}"
        case Conflicted(_, _, name) if name in (None, SCHEMA):
            yield name or "as a whole"
        case Conflicted(_, _, name, base, ours, theirs):
            yield f"{name} {_value(base)}, {_value(ours)}, {_value(theirs)}"
        case Held(_, _, name):
            yield name or "as a whole"
        case Added(_, fields):
            yield str(fields["status"])
        case Returned(_, status):
            yield status
        case Renamed(_, was):
            yield f"was {was}"
        case RenameAsked(_, to):
            yield f"to {to}"
        case Withheld(_, guards):
            yield ", ".join(guards)


def _value(version: Any) -> str:
    if isinstance(version, Absence) or version is None:
        return "nothing"
    if isinstance(version, str):
        return version
    return canonical(version) if isinstance(version, Mapping) else plain_number(version)


def prices_in(files: Mapping[str, bytes]) -> dict[tuple[str, str], Any]:
    """Every price of a catalog, by model and mode."""
    data: Any = parse(files[CATALOG.as_posix()].decode(), "catalog").data
    return {
        (model["id"], mode["id"]): (mode["credits"], mode["unit"], mode.get("official_usd"))
        for model in data["models"]
        for mode in model["modes"]
    }
