"""`sync/base.json`: what upstream said when it was last accepted, the base of the merge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kie_catalog.domain.values import ABSENT, NOT_MEASURED, digest, to_json
from kie_catalog.sync.memory import memory_from_json
from kie_catalog.sync.state import ModelState, State

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Base:
    """The last accepted upstream."""

    models: State = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    """How much each source held, by its name: what a later run is measured against."""
    run: str | None = None
    """The stamp of the last run that left something to count on; `None` where nothing is under way."""

    def to_json(self) -> dict[str, Any]:
        """The base as its file holds it; equal bases give equal files."""
        return {
            "format": FORMAT,
            "counts": dict(sorted(self.counts.items())),
            **({"run": self.run} if self.run else {}),
            "models": {model_id: _model_to_json(self.models[model_id]) for model_id in sorted(self.models)},
        }

    @property
    def digest(self) -> str:
        """Over the content."""
        return digest(self.to_json())


def _model_to_json(model: ModelState) -> dict[str, Any]:
    written: dict[str, Any] = {
        "seen_in": sorted(model.seen_in),
        "fields": {
            name: to_json(value)
            for name, value in sorted(model.fields.items())
            if value is not ABSENT and value is not NOT_MEASURED
        },
    }
    if isinstance(model.schema, str):
        written["schema"] = model.schema
    if model.modes:
        written["modes"] = {mode_id: _mode_to_json(model, mode_id) for mode_id in model.modes}
    if memory := model.memory.to_json():
        written["memory"] = memory
    return written


def _mode_to_json(model: ModelState, mode_id: str) -> dict[str, Any]:
    written = _fields_to_json(model.modes[mode_id])
    if mode_id in model.rows:
        written["$row"] = model.rows[mode_id]
    if mode_id in model.why:
        written["$why"] = list(model.why[mode_id])
    return written


def _fields_to_json(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: to_json(value) for name, value in fields.items()}


def base_from_json(written: Any) -> Base:
    """Read a base; numbers must have been read as `Decimal`.

    Raises:
        ValueError: it has not the form of a base.
    """
    try:
        if written["format"] != FORMAT:
            raise ValueError(f"format {written['format']} is unknown")
        models = {model_id: _model_from_json(model) for model_id, model in written["models"].items()}
        counts = {name: int(count) for name, count in written["counts"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it has not the form of a base ({error!r})") from None
    return Base(models, counts, written.get("run"))


def _model_from_json(written: Mapping[str, Any]) -> ModelState:
    modes = written.get("modes", {})
    return ModelState(
        fields=dict(written["fields"]),
        modes={
            mode_id: {name: value for name, value in mode.items() if not name.startswith("$")}
            for mode_id, mode in modes.items()
        },
        schema=written.get("schema", ABSENT),
        seen_in=frozenset(written["seen_in"]),
        rows={mode_id: mode["$row"] for mode_id, mode in modes.items() if "$row" in mode},
        why={mode_id: tuple(mode["$why"]) for mode_id, mode in modes.items() if "$why" in mode},
        memory=memory_from_json(written.get("memory", {})),
    )
