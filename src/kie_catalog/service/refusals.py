"""Refusals of ours, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NoReturn

from kie_catalog.client.errors import CallerError
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.schemas.problems import Problem
from kie_catalog.service.breaker import Trouble


@dataclass(eq=False)
class InputRefused(CallerError):
    """The model does not take the input; every reason is here, and no text of the caller's is repeated."""

    problems: tuple[Problem, ...] = field(default=(), repr=False)

    def message(self, language: str = "en") -> str:
        """What to correct, in English or Russian, without repeating texts that were given."""
        return "; ".join(each.hint(language) for each in self.quiet_problems)

    @property
    def quiet_problems(self) -> tuple[Problem, ...]:
        """The problems, without the texts that were given."""
        return tuple(_quiet(each) for each in self.problems)


def refuse_input(problems: tuple[Problem, ...]) -> NoReturn:
    """Refuse an input.

    Raises:
        InputRefused: always.
    """
    places = "; ".join(f"{each.place or 'input'}: {each.code}" for each in problems)
    raise InputRefused(ErrorCode.VALIDATION, detail=places[:300], problems=problems)


def _quiet(problem: Problem) -> Problem:
    return replace(problem, given="…") if '"' in problem.given else problem


@dataclass(eq=False)
class ModelRefused(CallerError):
    """A model that is not offered, with the reason."""


@dataclass(eq=False)
class ModelPaused(ModelRefused):
    """A model that keeps failing upstream; nothing was sent, and `retry_after` says when to come back."""

    trouble: Trouble | None = field(default=None, repr=False)

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later: it may."""
        return True

    @property
    def next_step(self) -> str:
        """What whoever asked should do."""
        return f"come back in {self.retry_after or 0:.0f} s, or choose another model"

    def message(self, language: str = "en") -> str:
        """A sentence for the end user, in English, or in Russian for `ru`."""
        return self.trouble.message(language) if self.trouble else super().message(language)


def refuse_troubled(trouble: Trouble) -> NoReturn:
    """Refuse a model that keeps failing upstream.

    Raises:
        ModelPaused: always.
    """
    raise ModelPaused(
        ErrorCode.UNAVAILABLE, detail=str(trouble), retry_after=trouble.retry_after, trouble=trouble
    )
