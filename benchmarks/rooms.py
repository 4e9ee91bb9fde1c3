"""Measures the pure rooms inside one process: reading pages, naming prices, checking and building inputs.

Growth is shown at 1x, 10x and 100x of the price rows and models; the ratio to 1x is what compares between
machines.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import islice, product
from pathlib import Path
from typing import Any

from kie_catalog.catalog.planning import declared_by
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.domain.change import Added, Change, Conflicted, FieldChanged, Repriced
from kie_catalog.domain.declared import Declarations, DeclaredModel
from kie_catalog.domain.ids import ModelId
from kie_catalog.domain.plan import Plan, Totals
from kie_catalog.domain.snapshot import PriceRow, Upstream
from kie_catalog.reports.markdown import render_plan
from kie_catalog.schemas.build import BuiltInput, InputBuilder
from kie_catalog.schemas.extraction import declarations
from kie_catalog.sources.recordings import read_recording
from kie_catalog.sync.theirs import read_theirs

ROOT = Path(__file__).resolve().parents[1]
NEWEST = max((ROOT / "sync" / "recordings").iterdir())
REPEATS = 2


def best(work: Callable[[], object]) -> float:
    """The least processor time in seconds of several runs: how busy the machine is says nothing about us."""
    times = []
    for _ in range(REPEATS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


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


def main() -> None:
    """Run and print."""
    upstream = read_recording(NEWEST)
    pages = upstream.pages.content
    say("read the recording", best(lambda: read_recording(NEWEST)))
    say(f"extract the inputs of {len(pages)} pages", best(lambda: declarations(pages)))

    workspace = Workspace(ROOT)
    schemas = workspace.schemas()
    builders = {model: InputBuilder(schema) for model, schema in schemas.items()}
    say(
        f"compile {len(builders)} schemas",
        best(lambda: [InputBuilder(s).build({}) for s in schemas.values()]),
    )
    taken = {}
    for model, builder in builders.items():
        built = builder.build(required_of(builder.schema))
        if isinstance(built, BuiltInput):
            taken[model] = (builder, built.input)
    say(
        f"check one input, mean of {len(taken)}",
        best(lambda: [builder.validator.is_valid(each) for builder, each in taken.values()]) / len(taken),
    )
    say(
        f"build one input, mean of {len(taken)}",
        best(lambda: [builder.build(each) for builder, each in taken.values()]) / len(taken),
    )

    plan = busy_plan(1000)
    say("render a report of 1000 changes", best(lambda: render_plan(plan)))

    aliases, first = workspace.aliases(), 0.0
    for times in (1, 10, 100):
        grown, declared = grow(upstream, declared_by(upstream), times)
        seconds = best(lambda grown=grown, declared=declared: read_theirs(grown, declared, aliases=aliases))
        first = first or seconds
        growth = f"{seconds / first:.0f}x of 1x"
        say(f"resolve {len(grown.prices.content)} rows over {len(declared.models)} models", seconds, growth)


def busy_plan(changes: int) -> Plan:
    """A plan that moves prices, adds models and asks for decisions, in equal parts."""
    price = {"credits": Decimal(4), "official_usd": Decimal("0.02")}
    mode = {"unit": "second", **price}
    made: list[Change] = []
    for at in range(changes // 4):
        made += [
            Repriced(f"a/{at}", "480p", price, {"credits": Decimal(5 + at)}),
            Added(f"b/{at}", {"title": "One", "type": "t2v"}, {"480p": mode}, ()),
            FieldChanged(f"c/{at}", "title", "One", "Two"),
            Conflicted(f"d/{at}", "480p", "credits", Decimal(1), Decimal(2), Decimal(3)),
        ]
    rows = {"rows": 0, "resolved": 0, "ignored": 0, "unresolved": 0}
    return Plan("2026-08-22", {}, tuple(made), {}, rows, (), (), (), (), (), Totals(0, 0))


def grow(upstream: Upstream, declared: Declarations, times: int) -> tuple[Upstream, Declarations]:
    """An upstream that sells everything several times, each time under a name of its own."""
    models, rows = list(declared.models), list(upstream.prices.content)
    for letters in islice(product("bcdfghjklm", repeat=2), times - 1):
        tag = "q" + "".join(letters)
        models += [
            replace(
                model,
                id=ModelId(f"{model.id}-{tag}"),
                title=f"{model.title} {tag}",
                page=f"{model.page}-{tag}",
            )
            for model in declared.models
        ]
        rows += [tagged(row, tag) for row in upstream.prices.content]
    numbered = tuple(replace(row, number=at) for at, row in enumerate(rows, 1))
    prices = replace(upstream.prices, content=numbered)
    return replace(upstream, prices=prices), replace(declared, models=tuple(models))


def copy_of(model: DeclaredModel, tag: str) -> DeclaredModel:
    """The model under a name of its own."""
    model_id = ModelId(f"{model.id}-{tag}")
    return replace(model, id=model_id, title=f"{model.title} {tag}", page=f"{model.page}-{tag}")


def tagged(row: PriceRow, tag: str) -> PriceRow:
    """The row of a model's copy."""
    name, comma, rest = row.description.partition(",")
    anchor = f"{row.anchor}-{tag}" if "?model=" in row.anchor else row.anchor
    return replace(row, description=f"{name} {tag}{comma}{rest}", anchor=anchor)


def say(label: str, seconds: float, note: str = "") -> None:
    """Print one row of the table."""
    print(f"| {label} | {1000 * seconds:.2f} | {note} |", flush=True)


if __name__ == "__main__":
    print("| inside one process | ms of processor time | growth |\n| --- | ---: | ---: |")
    main()
