"""Inputs held against their model's schema, beside plain jsonschema and check-jsonschema.

Ours also refuses names that the model does not know, and what JSON has no form for.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema

from benchmarks.measuring import OURS, ROOT, TIMES, in_turns, least, processes
from benchmarks.rows import Limit, Row
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.domain.catalog import Model
from kie_catalog.pricing.quote import quote
from kie_catalog.schemas.build import BuiltInput, InputBuilder

EACH_CALL = Limit(
    50.0, "`jsonschema.validate` compiles and judges the schema each time; ours compiles once", is_least=True
)
COMPILED = Limit(
    2.0,
    "the fast engine passes what is plainly right; only the rest is asked of the plain one",
    is_least=True,
)
PROCESS = Limit(1.0, "a script that builds an input pays no more than one that only checks it", is_least=True)
IN_STEP = Limit(1.2, "inputs have nothing to do with each other")
MODEL = "nano-banana-2"


def rows(place: Path) -> Iterator[Row]:
    schemas = Workspace(ROOT).schemas()
    spent = least(lambda: [InputBuilder(each).build({}) for each in schemas.values()])
    yield Row("compile all input schemas", spent, size=f"{len(schemas)} schemas")
    builders = {model: InputBuilder(schema) for model, schema in schemas.items()}
    taken = {}
    for model, builder in builders.items():
        built = builder.build(required_of(builder.schema))
        if isinstance(built, BuiltInput):
            taken[model] = built.input
    compiled = {model: jsonschema.Draft202012Validator(schemas[model]) for model in taken}
    for times in TIMES:
        pairs = [*taken.items()] * times
        works: dict[str, Callable[[], object]] = {
            "ours": lambda pairs=pairs: [builders[model].validator.is_valid(each) for model, each in pairs],
            "jsonschema, compiled": lambda pairs=pairs: [
                compiled[model].is_valid(each) for model, each in pairs
            ],
        }
        if times == 1:
            works["jsonschema.validate"] = lambda: [
                jsonschema.validate(taken[each], schemas[each]) for each in taken
            ]
        best = {name: spent / len(pairs) for name, spent in in_turns(works).items()}
        limits = {"jsonschema, compiled": COMPILED, "jsonschema.validate": EACH_CALL}
        for name in best.keys() - {"ours"}:
            yield Row(
                "validate one input",
                best["ours"],
                size=f"of {len(pairs):,}",
                beside=name,
                other=best[name],
                limit=limits[name],
            )
        yield Row(
            "validate inputs",
            best["ours"] * len(pairs),
            times,
            f"{len(pairs):,} inputs",
            growth=IN_STEP if times == TIMES[-1] else None,
        )
    spent = least(lambda: [builders[model].build(each) for model, each in taken.items()]) / len(taken)
    yield Row("build one input", spent, size=f"of {len(taken)} models")
    yield price(taken, schemas)
    yield from whole(place, taken[MODEL])


def price(taken: Mapping[str, Any], schemas: Mapping[str, Any]) -> Row:
    """A quote, exact and line by line."""
    from kie_catalog import packaged_catalog  # noqa: PLC0415 -- beside its only use

    models: dict[str, Model] = {model.id: model for model in packaged_catalog() if model.id in taken}
    spent = least(lambda: [quote(model, schemas[name], taken[name]) for name, model in models.items()])
    return Row("price one input", spent / len(models), size=f"of {len(models)} models")


def whole(place: Path, given: dict[str, Any]) -> Iterator[Row]:
    """One input in a process of its own."""
    other = shutil.which("check-jsonschema", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if other is None:
        raise SystemExit("check-jsonschema is not installed: pip install 'kie-catalog[bench]'")
    file = place / "input.json"
    file.write_text(json.dumps(given), encoding="utf-8")
    words = [f"{name}:={json.dumps(value)}" for name, value in given.items()]
    best = processes(
        {
            "theirs": [other, "--schemafile", str(ROOT / f"schemas/inputs/{MODEL}.json"), str(file)],
            "ours": [*OURS, "input", MODEL, *words],
        },
        5,
    )
    yield Row(
        "kie-catalog input, whole process",
        best["ours"],
        beside="check-jsonschema, whole process",
        other=best["theirs"],
        limit=PROCESS,
    )


def required_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A value for everything that a schema requires."""
    branch = next(iter(schema.get("oneOf", schema.get("anyOf", ()))), {})
    properties = {**branch.get("properties", {}), **schema.get("properties", {})}
    names = [*schema.get("required", ()), *branch.get("required", ())]
    return {name: value_of(properties.get(name, {})) for name in names}


def value_of(schema: Mapping[str, Any]) -> Any:
    """A value of a schema's type, or its first option."""
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "array":
        return [value_of(schema.get("items", {}))] * max(1, schema.get("minItems", 1))
    if kind == "object":
        return required_of(schema)
    simple = {"integer": schema.get("minimum", 5), "number": schema.get("minimum", 5), "boolean": False}
    return simple.get(str(kind), "https://files.example/a.png")
