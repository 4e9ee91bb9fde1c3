"""What a failed validation says, as one line of ours."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError


@dataclass(frozen=True, slots=True)
class Problem:
    """The first thing that was wrong."""

    pointer: tuple[str, ...]
    fact: str

    def __str__(self) -> str:
        return f"{'.'.join(self.pointer)}: {self.fact}" if self.pointer else self.fact


def first_problem(error: ValidationError) -> Problem:
    """The first problem of a validation, without the value, which may be long or secret."""
    first = error.errors(include_url=False, include_input=False)[0]
    message = first["msg"].removeprefix("Value error, ")
    return Problem(tuple(map(str, first["loc"])), message[:1].lower() + message[1:])
