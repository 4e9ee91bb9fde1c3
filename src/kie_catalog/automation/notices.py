"""What people are told of a plan: new models and prices that rose, in words of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from kie_catalog.domain.change import Added, Change, Corrected, Repriced
from kie_catalog.domain.plan import Plan
from kie_catalog.domain.values import Fields
from kie_catalog.reports.text import clean, count, number, percent

MOST: Final = 25
"""How many lines a message has; more are counted."""

_LIVE: Final = re.compile(r"([@#]|://|www\.)")
_BRACKETS: Final = str.maketrans(
    {"<": "‹", ">": "›", "&": "+", "`": "'", "*": "·", "[": "(", "]": ")", "|": "/"}
)


@dataclass(frozen=True, slots=True)
class Notice:
    """One line of news."""

    key: str
    """The same for the same news, whichever plan holds it."""
    line: str


def notices_of(plan: Plan) -> tuple[Notice, ...]:
    """The news of a plan, new models first, then rises with the greatest first."""
    rises = [each for each in plan.changes if _is_rise(each)]
    rises.sort(key=lambda each: (-(each.share or Decimal(0)), each.model, each.mode))  # type: ignore[union-attr]  # rises have a share
    return (*map(_new, (each for each in plan.changes if isinstance(each, Added))), *_rises(rises))


def fallen(plan: Plan) -> tuple[str, ...]:
    """The beginnings of the keys that hold no more: of prices that fell, and may rise to the same again."""
    return tuple(
        _price_key(each)
        for each in plan.changes
        if isinstance(each, Repriced | Corrected) and (each.share or 0) < 0
    )


def title_of(plan: Plan, notices: tuple[Notice, ...]) -> str:
    """The title of a message about some of a plan's news."""
    new = sum(each.key.startswith("new ") for each in notices)
    parts = [
        count(amount, noun)
        for amount, noun in ((new, "new model"), (len(notices) - new, "price rise"))
        if amount
    ]
    return f"KIE AI catalog {plan.taken_at}: {', '.join(parts)}"


def text_of(notices: tuple[Notice, ...]) -> str:
    """The message: plain text, a line each."""
    lines = [each.line for each in notices[:MOST]]
    if len(notices) > MOST:
        lines.append(f"and {len(notices) - MOST} more")
    return "\n".join(lines)


def inert(text: str) -> str:
    """Upstream's words for a chat: no mention, no link and no markup, whatever the chat makes of text."""
    return _LIVE.sub("\\1\u2060", clean(text).translate(_BRACKETS))


def _is_rise(change: Change) -> bool:
    return isinstance(change, Repriced | Corrected) and (change.share or 0) > 0


def _new(added: Added) -> Notice:
    prices = [each for mode in added.modes.values() if (each := _credits(mode)) is not None]
    cost = f", from {number(min(prices))} credits" if prices else ", no price yet"
    kind = added.fields.get("type")
    about = f" ({inert(kind)})" if isinstance(kind, str) else ""
    hidden = "; not offered yet" if added.gaps else ""
    return Notice(f"new {added.model}", f"New: {inert(added.model)}{about}{cost}{hidden}")


def _rises(rises: list[Change]) -> Iterator[Notice]:
    for each in rises:
        if isinstance(each, Repriced | Corrected):
            old, new = _credits(each.ours), _credits(each.theirs)
            said = f"{_shown(old)} → {_shown(new)} credits ({percent(each.share)})"
            key = f"{_price_key(each)}{_shown(old)}>{_shown(new)}"
            yield Notice(key, f"Dearer: {inert(each.model)} {inert(each.mode)}: {said}")


def _price_key(change: Repriced | Corrected) -> str:
    return f"price {change.model} {change.mode} "


def _credits(fields: Fields) -> Decimal | None:
    found = fields.get("credits")
    return found if isinstance(found, Decimal) else None


def _shown(value: Decimal | None) -> str:
    return "?" if value is None else number(value)
