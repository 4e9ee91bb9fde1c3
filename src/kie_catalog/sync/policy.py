"""What becomes of one value: the verdict of the merge, tempered by owners, decisions and memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from kie_catalog.domain.change import Conflicted, Held, Version
from kie_catalog.domain.plan import Kept
from kie_catalog.domain.values import NOT_MEASURED
from kie_catalog.sync.decision_book import DecisionBook
from kie_catalog.sync.memory import Memory, is_flipping, remember
from kie_catalog.sync.ownership import MODES, Ownership, Path
from kie_catalog.sync.reconcile import Conflict, OursStands, TheirsWins, reconcile, same
from kie_catalog.sync.run import Run


@dataclass(frozen=True, slots=True)
class Place:
    """A field of a model, or of one of its modes."""

    model: str
    mode: str | None
    field: str

    @property
    def path(self) -> Path:
        """Its path in the model."""
        return (self.field,) if self.mode is None else (MODES, self.mode, self.field)


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of one value."""

    place: Place
    base: Version
    ours: Version
    theirs: Version
    takes: bool
    """Whether upstream's value is written."""
    remembered: Version
    """What counts as accepted from now on."""
    waits: Conflicted | Held | None = None
    """What people are told or asked, where something is not as either side has it."""
    is_human: bool = False
    """Whether the field belongs to people."""
    is_return: bool = False
    """Whether it was held while it flipped, and has come to rest."""

    @property
    def is_edited(self) -> bool:
        """Whether people changed the value, to another one than upstream's."""
        is_moved = self.theirs is not NOT_MEASURED and not same(self.ours, self.theirs)
        return is_moved and not same(self.ours, self.base)

    @property
    def kept(self) -> Kept | None:
        """The edit of people that stands, where it is one of upstream's fields and nobody need decide."""
        if self.is_human or self.waits or not self.is_edited:
            return None
        place = self.place
        return Kept(place.model, place.mode, place.field, self.ours, self.theirs)

    def left(self, *, remembered: Version, waits: Conflicted | Held | None = None) -> Settled:
        """The same with nothing written."""
        return replace(self, takes=False, remembered=remembered, waits=waits)


@dataclass
class Recall:
    """The memory of one model: as it was, and as the run leaves it."""

    before: Memory
    run: Run
    heard: dict[Path, tuple[Version, ...]] = field(default_factory=dict)

    def hears(self, path: Path, base: Version, theirs: Version) -> tuple[Version, ...]:
        """Take note of what upstream says of a field; give its last values, if it moved lately."""
        values = self.before.recent.get(path, ())
        if theirs is not NOT_MEASURED and (values or not same(base, theirs)):
            values = remember(values, base, theirs, is_new_run=self.run.is_new)
            self.heard[path] = values
        return values

    @property
    def after(self) -> dict[Path, tuple[Version, ...]]:
        """The last values of what moved lately; what upstream said nothing of stays as it was."""
        return {path: values for path, values in {**self.before.recent, **self.heard}.items() if values}

    def misses(self, runs_before: int, most: int) -> int:
        """One more run without something, at most as many as count."""
        return min(runs_before + 1, most) if self.run.is_new or not runs_before else runs_before


@dataclass(frozen=True)
class Policy:
    """The rules of people for a whole merge."""

    ownership: Ownership
    book: DecisionBook

    def settle(
        self, place: Place, recall: Recall | None, *, base: Version, ours: Version, theirs: Version
    ) -> Settled:
        """Decide what becomes of one value; without a memory, whether it flips does not count."""
        resting = base if theirs is NOT_MEASURED else theirs
        settled = Settled(place, base, ours, theirs, takes=False, remembered=resting)
        if self.ownership.is_human(place.model, place.path):
            return replace(settled, is_human=True)
        before = recall.before.recent.get(place.path, ()) if recall else ()
        values = recall.hears(place.path, base, theirs) if recall else ()
        match reconcile(base, ours, theirs):
            case TheirsWins():
                return self._taken(settled, flips=is_flipping(values), did_flip=is_flipping(before))
            case Conflict():
                return self.contested(settled)
            case OursStands() if settled.is_edited:
                # An accepted divergence is of use even while upstream rests.
                self.is_accepted(place, ours, theirs)
        return settled

    def is_accepted(self, place: Place, ours: Version, theirs: Version) -> bool:
        """Whether a decision keeps our value against exactly this one of upstream's."""
        return self.book.keeps_ours(place.model, place.mode, place.field, ours=ours, theirs=theirs)

    def contested(self, settled: Settled) -> Settled:
        """People and upstream both moved: ask, unless people answered already or hold the field.

        The base stays in any case: once the decision ends, the question is there again.
        """
        place = settled.place
        if self.is_accepted(place, settled.ours, settled.theirs):
            return settled.left(remembered=settled.base)
        if reason := self.held(place.model, place.mode, place.field):
            return _held(settled, reason)
        asked = Conflicted(place.model, place.mode, place.field, settled.base, settled.ours, settled.theirs)
        return settled.left(remembered=settled.base, waits=asked)

    def _taken(self, settled: Settled, *, flips: bool, did_flip: bool) -> Settled:
        """Upstream's value is written, unless it is held."""
        place = settled.place
        if reason := self.held(place.model, place.mode, place.field):
            return _held(settled, reason)
        if flips:
            return _held(settled, "flips to and fro")
        return replace(settled, takes=True, is_return=did_flip)

    def held(self, model: str, mode: str | None, field: str | None) -> str | None:
        """Why a model, a mode or a field is to stay as it is; `None` where it is not."""
        hold = self.book.hold(model, mode, field)
        if hold is None:
            return None
        self.book.use(hold)
        return f"on hold until {hold.grounds.expires}: {hold.grounds.reason}"


def _held(settled: Settled, reason: str) -> Settled:
    place = settled.place
    held = Held(place.model, place.mode, place.field, settled.ours, settled.theirs, reason)
    return settled.left(remembered=settled.base, waits=held)
