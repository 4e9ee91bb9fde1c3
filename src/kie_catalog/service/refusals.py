"""Refusals of ours, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NoReturn

from kie_catalog.client.errors import CallerError
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.schemas.problems import Problem


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
