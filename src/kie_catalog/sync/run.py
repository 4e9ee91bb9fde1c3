"""One asking of upstream, told from the next: what was read twice must not count twice."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from kie_catalog.domain.change import version_to_json
from kie_catalog.domain.values import digest
from kie_catalog.sync.state import ModelState
from kie_catalog.sync.theirs import Theirs

_SHOWN = 12
"""Letters of a digest that tell two runs of one day apart."""


class Run:
    """What one run knows of itself."""

    def __init__(self, taken_at: str, theirs: Theirs, last: str | None) -> None:
        """Know the run before.

        Args:
            taken_at: ISO date of what upstream said.
            theirs: what it said.
            last: the stamp of the last run that left something to remember.
        """
        self._taken_at = taken_at
        self._theirs = theirs
        self._last = last

    @cached_property
    def stamp(self) -> str:
        """The same for the same content of the same day, however and how often it was read."""
        models = {name: _said(model) for name, model in self._theirs.state.items()}
        said = digest({"measured": sorted(self._theirs.measured), "models": models})
        return f"{self._taken_at} {said.partition(':')[2][:_SHOWN]}"

    @cached_property
    def is_new(self) -> bool:
        """Whether upstream was asked anew since something was remembered."""
        return self._last is None or self.stamp != self._last


def _said(model: ModelState) -> Any:
    fields = {name: version_to_json(value) for name, value in model.fields.items()}
    return [fields, version_to_json(model.schema), dict(model.modes)]
