"""The three versions of a catalog that a sync compares, in one form: fields, modes and a schema by model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from kie_catalog.domain.catalog import Status
from kie_catalog.domain.change import Version
from kie_catalog.domain.ids import mode_ids
from kie_catalog.domain.values import NOT_MEASURED, Absence, Fields
from kie_catalog.sync.memory import Memory

PRICE_FIELDS: Final = ("credits", "official_usd")


@dataclass(frozen=True, slots=True)
class ModelState:
    """One model as one version has it."""

    fields: Mapping[str, Version]
    """In upstream's version only what was measured, with `ABSENT` where it was asked and had nothing."""
    modes: Mapping[str, Fields]
    schema: str | Absence = NOT_MEASURED
    """Digest of its input schema."""
    seen_in: frozenset[str] = frozenset()
    """The sources that speak of it."""
    rows: Mapping[str, str] = field(default_factory=dict)
    """The description of the row behind each mode."""
    why: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """How each word of that row was explained."""
    memory: Memory = field(default_factory=Memory)
    """What the base remembers of earlier runs; empty in the other versions."""


State: TypeAlias = Mapping[str, ModelState]


def state_of_catalog(data: Mapping[str, Any]) -> dict[str, ModelState]:
    """The catalog file's content as a state ("ours"); what has no id is left to the rules."""
    state: dict[str, ModelState] = {}
    for model in data.get("models") or ():
        fields = {key: value for key, value in model.items() if key not in {"id", "modes"}}
        modes = dict(_modes(model.get("modes") or ()))
        state[str(model["id"])] = ModelState(fields, modes)
    return state


def _modes(modes: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Fields]]:
    for mode_id, mode in zip(mode_ids(modes), modes, strict=True):
        yield mode_id, {key: value for key, value in mode.items() if key != "id"}


def status_of(fields: Mapping[str, Any]) -> str:
    """The status of a model or a mode; one that says nothing of it is active."""
    return str(fields.get("status", Status.ACTIVE.value))


def present(fields: Mapping[str, Version]) -> Iterator[tuple[str, Any]]:
    """The fields that have a value."""
    return ((name, value) for name, value in fields.items() if not isinstance(value, Absence))


def in_order(*mappings: Mapping[str, object]) -> list[str]:
    """The keys of all mappings, in the order in which they first appear."""
    return list(dict.fromkeys(key for mapping in mappings for key in mapping))
