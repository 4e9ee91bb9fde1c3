"""The record of a model's input: its schema with the call, the page and the corrections beside it.

One file a model, `schemas/inputs/<model id>.json`: a JSON Schema that any validator reads, whose `x-kie` says
where it comes from and how the model is called. Facts only; the reviewed corrections stay in their own files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from kie_catalog.schemas.build import BuiltInput, InputBuilder, RefusedInput
from kie_catalog.schemas.endpoints import Call
from kie_catalog.schemas.extraction import DeclaredModel
from kie_catalog.schemas.near import nearest
from kie_catalog.schemas.notes import Correction, Doubt
from kie_catalog.schemas.openapi import DIALECT, JsonSchema
from kie_catalog.schemas.overrides import Override, apply_override
from kie_catalog.schemas.problems import Problem, show_value

RECORD: Final = "x-kie"


@dataclass(frozen=True, slots=True)
class InputRecord:
    """What is known of a model's input."""

    model: str
    page: str
    call: Call
    schema: JsonSchema
    corrections: tuple[Correction, ...] = ()
    doubts: tuple[Doubt, ...] = ()


def record_of(declared: DeclaredModel) -> InputRecord:
    """The record of a model as a page declares it."""
    return InputRecord(
        model=declared.id,
        page=declared.page,
        call=declared.call,
        schema=declared.schema,
        corrections=declared.corrections,
        doubts=declared.doubts,
    )


def render_record(record: InputRecord) -> str:
    """The text of the record's file: keys in a fixed order, the same bytes for the same facts."""
    schema = {name: each for name, each in record.schema.items() if name != "$schema"}
    document = {
        "$schema": DIALECT,
        RECORD: {
            "model": record.model,
            "page": record.page,
            "call": record.call.to_json(),
            "corrections": [each.to_json() for each in record.corrections],
            "open": [each.to_json() for each in record.doubts],
        },
        **schema,
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def parse_record(document: Mapping[str, Any]) -> InputRecord:
    """Read a record's file, as `render_record` writes it.

    Raises:
        KeyError: it is no such file; its key `x-kie`, or a part of that, is missing.
    """
    about = document[RECORD]
    return InputRecord(
        model=str(about["model"]),
        page=str(about["page"]),
        call=Call.from_json(about["call"]),
        schema={name: each for name, each in document.items() if name != RECORD},
        corrections=tuple(map(Correction.from_json, about["corrections"])),
        doubts=tuple(map(Doubt.from_json, about["open"])),
    )


def amended(record: InputRecord, override: Override | None) -> InputRecord:
    """The record with the model's reviewed corrections carried out."""
    if override is None:
        return record
    schema, notes = apply_override(record.schema, override)
    return replace(
        record,
        schema=schema,
        corrections=(*record.corrections, *(each for each in notes if isinstance(each, Correction))),
        doubts=(*record.doubts, *(each for each in notes if isinstance(each, Doubt))),
    )


class InputSchemas:
    """The inputs of all models, each loaded and compiled when it is first asked for, and kept."""

    def __init__(self, models: Iterable[str], load: Callable[[str], InputRecord]) -> None:
        """Know the models.

        Args:
            models: the ids.
            load: gives a model's record, reviewed corrections carried out; asked once a model.
        """
        self.models = frozenset(models)
        self._load = load
        self._records: dict[str, InputRecord] = {}
        self._builders: dict[str, InputBuilder] = {}

    def record(self, model: str) -> InputRecord | None:
        """The record of a model; `None` where there is none."""
        if model not in self.models:
            return None
        if model not in self._records:
            self._records[model] = self._load(model)
        return self._records[model]

    def builder(self, model: str) -> InputBuilder | None:
        """The compiled builder of a model's inputs; `None` where there is no such model."""
        if model not in self._builders:
            record = self.record(model)
            if record is None:
                return None
            self._builders[model] = InputBuilder(record.schema)
        return self._builders[model]

    def build_input(self, model: str, payload: Any) -> BuiltInput | RefusedInput:
        """Build an input of a model from what a person typed; an unknown model is refused by name."""
        builder = self.builder(model)
        if builder is None:
            near = nearest(model, self.models)
            return RefusedInput((Problem((), "unknown-model", given=show_value(model), near=near),))
        return builder.build(payload)
