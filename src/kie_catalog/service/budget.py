"""The guard before money is spent: it lets pass, warns, asks, or refuses."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from kie_catalog.client.errors import BudgetRefused
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.domain.values import plain_number
from kie_catalog.pricing.quote import Answer, Quote


class Guard(enum.StrEnum):
    """What the guard says, in growing severity."""

    PASS = "pass"  # noqa: S105 -- a word, no password
    WARN = "warn"
    CONFIRM = "confirm"
    REFUSE = "refuse"


_SEVERITY = tuple(Guard)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the guard says of one generation, and why."""

    guard: Guard
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits, in credits; none is set by default."""

    warn_above: Decimal | None = None
    confirm_above: Decimal | None = None
    refuse_above: Decimal | None = None
    """Of one generation, as for the two above."""
    total: Decimal | None = None
    """Of all generations of this service; what a failed one held comes back."""
    unquoted: Guard | None = None
    """What to do where the catalog can't tell the price, as where only the finished media tell it. By default
    it is refused where a limit is set, since that could not be kept, and else let pass with a warning."""

    @property
    def for_unquoted(self) -> Guard:
        """What to do where the catalog can't tell the price."""
        if self.unquoted is not None:
            return self.unquoted
        has_limit = any(each is not None for each in (self.confirm_above, self.refuse_above, self.total))
        return Guard.REFUSE if has_limit else Guard.WARN


Confirm: TypeAlias = Callable[[Answer, str], Awaitable[bool]]
"""Asks whether to spend: is given the quote, or why there is none, and the reason."""
Warn: TypeAlias = Callable[[Answer, str], None]


class BudgetGuard:
    """Keeps a budget."""

    def __init__(
        self, budget: Budget | None = None, confirm: Confirm | None = None, warn: Warn | None = None
    ) -> None:
        """Make a guard.

        Args:
            budget: the limits.
            confirm: asks whoever may decide; without it what must be confirmed is refused.
            warn: is told what is let pass with a warning.
        """
        self.budget = budget or Budget()
        self._confirm = confirm
        self._warn = warn
        self.spent = Decimal(0)
        """Credits of what was let pass and did not fail, as quoted."""

    def judge(self, answer: Answer) -> Verdict:
        """What the guard says; nothing is spent by asking."""
        if not isinstance(answer, Quote):
            return Verdict(self.budget.for_unquoted, f"no price is known: {answer}")
        credits, budget = answer.credits, self.budget
        shown = plain_number(credits)
        if budget.total is not None and self.spent + credits > budget.total:
            left = plain_number(max(budget.total - self.spent, Decimal(0)))
            return Verdict(Guard.REFUSE, f"{shown} credits are more than the {left} left of the budget")
        limits = (
            (Guard.REFUSE, budget.refuse_above),
            (Guard.CONFIRM, budget.confirm_above),
            (Guard.WARN, budget.warn_above),
        )
        for guard, limit in limits:
            if limit is not None and credits > limit:
                return Verdict(guard, f"{shown} credits are above the limit of {plain_number(limit)}")
        return Verdict(Guard.PASS)

    async def spend(self, answer: Answer) -> Decimal:
        """Let one generation pass and count its price.

        Returns:
            What was counted, for `give_back`.

        Raises:
            BudgetRefused: it may not pass.
        """
        verdict = self.judge(answer)
        if verdict.guard is Guard.CONFIRM and self._confirm and await self._confirm(answer, verdict.reason):
            again = self.judge(answer)  # others may have spent while this one was asked for
            verdict = again if again.guard is Guard.REFUSE else Verdict(Guard.PASS)
        if _SEVERITY.index(verdict.guard) >= _SEVERITY.index(Guard.CONFIRM):
            raise BudgetRefused(ErrorCode.BUDGET, detail=verdict.reason)
        if verdict.guard is Guard.WARN and self._warn:
            self._warn(answer, verdict.reason)
        credits = answer.credits if isinstance(answer, Quote) else Decimal(0)
        self.spent += credits
        return credits

    def give_back(self, credits: Decimal) -> None:
        """Count no more what was surely not charged."""
        self.spent -= credits
