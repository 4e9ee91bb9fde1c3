"""The parts of a price, which move together or not at all: an amount means nothing without its unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kie_catalog.domain.change import Conflicted, Held
from kie_catalog.sync.policy import Policy, Settled

CREDITS: Final = "credits"
USD: Final = "official_usd"
PARTS: Final = ("charge", "unit", "per", CREDITS, USD)


def settle_price(settled: Mapping[str, Settled], policy: Policy) -> dict[str, Settled]:
    """Settle the parts of a mode's price as one thing.

    Where one part is held, so are the others. Where people changed one and upstream moved another, that is a
    conflict, though no single field has two new values. The USD price only says the credits again, so it goes
    along with them, and nobody is asked about both.

    Args:
        settled: every field of the mode, each settled alone.
        policy: the rules of people.

    Returns:
        The parts of the price that are settled otherwise now.
    """
    parts = {name: settled[name] for name in PARTS if name in settled}
    changed = _usd_along(parts)
    parts |= changed
    taken = {name: each for name, each in parts.items() if each.takes}
    held = next((name for name, each in parts.items() if isinstance(each.waits, Held)), None)
    if held is not None:
        return {**changed, **{name: _held_with(each, held) for name, each in taken.items()}}
    if any(each.is_edited for each in parts.values()):
        asked = {name: policy.contested(each) for name, each in taken.items()}
        return {**changed, **asked, **_usd_along({**parts, **asked})}
    return changed


def _held_with(settled: Settled, other: str) -> Settled:
    place = settled.place
    reason = f"moves only together with {other}, which is held"
    held = Held(place.model, place.mode, place.field, settled.ours, settled.theirs, reason)
    return settled.left(remembered=settled.base, waits=held)


def _usd_along(parts: Mapping[str, Settled]) -> dict[str, Settled]:
    """The USD price, where the credits decide for it."""
    credits, usd = parts.get(CREDITS), parts.get(USD)
    if credits is None or usd is None:
        return {}
    if credits.is_edited or credits.waits:
        # Upstream's dollars are those of other credits. They are not even accepted, so that they follow
        # once the credits do, and never look like an edit of people.
        is_moved = usd.takes or usd.waits is not None
        return {USD: usd.left(remembered=usd.base if is_moved else usd.remembered)}
    if credits.takes and isinstance(usd.waits, Conflicted):
        return {USD: usd.left(remembered=usd.base)}
    return {}
