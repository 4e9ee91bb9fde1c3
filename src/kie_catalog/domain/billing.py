"""What KIE bills otherwise than the catalog says, as the generations of one workspace saw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

FREE: Final = "free"
"""In place of a ratio: quoted as nothing, and billed."""
MIXED: Final = "mixed"
"""In place of a ratio: there are several, and none of them stands for the others."""


@dataclass(frozen=True, slots=True)
class BilledOtherwise:
    """One way to use a model that costs other than it was quoted."""

    model: str
    modes: tuple[str, ...]
    """The modes that priced it together."""
    ratio: str
    """What was charged as a fraction of what was quoted, `3/2`; or `FREE`, or `MIXED`."""
    differing: int
    """Generations that were charged other than quoted."""
    billed: int
    """Generations of which both are known."""

    def to_json(self) -> dict[str, Any]:
        """As a file keeps it."""
        return {**asdict(self), "modes": list(self.modes)}

    @classmethod
    def from_json(cls, written: Any) -> BilledOtherwise:
        """Read what `to_json` wrote.

        Raises:
            ValueError: it is none.
        """
        if not isinstance(written, Mapping) or not isinstance(written.get("modes"), list):
            raise ValueError("an entry is no object with a model and its modes")  # noqa: TRY004 -- of a file
        model, ratio, modes = written.get("model"), written.get("ratio"), tuple(written["modes"])
        differing, billed = written.get("differing"), written.get("billed")
        if not all(isinstance(each, str) and each for each in (model, ratio, *modes)) or not modes:
            raise ValueError("an entry lacks a text")
        if not isinstance(differing, int) or not isinstance(billed, int) or not 0 < differing <= billed:
            raise ValueError("an entry lacks a number")
        return cls(str(model), modes, str(ratio), differing, billed)

    def __str__(self) -> str:
        if self.ratio == FREE:
            how = "charges for it, and the catalog says that it is free"
        elif self.ratio == MIXED:
            how = "charges several other prices"
        else:
            how = f"charges {self.ratio} of the catalog's price"
        return f"in {self.differing} of {self.billed} generations KIE {how}"
