"""`quote`: what a request costs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from kie_catalog.cli import console
from kie_catalog.cli.completing import models
from kie_catalog.cli.examples import examples
from kie_catalog.cli.opened import open_aliases, open_catalog, open_schemas, require_model
from kie_catalog.cli.options import JSON, TEXT, format_option, root_option
from kie_catalog.domain.errors import UsageError
from kie_catalog.domain.values import plain_number, to_json
from kie_catalog.pricing.match import MEASUREMENTS, declared_properties, holds
from kie_catalog.pricing.quote import Quote, Refusal, quote
from kie_catalog.sync.aliases import Aliases

REFUSED = 1


@click.command(
    "quote",
    epilog=examples(
        "quote bytedance/seedance-2 resolution=720p duration=5",
        "quote nano-banana-2 resolution=4K --format json",
        "quote infinitalk/from-audio resolution=480p --measure output_seconds=8",
    ),
)
@click.argument("model_id", metavar="MODEL", shell_complete=models)
@click.argument("given", metavar="KEY=VALUE …", nargs=-1)
@click.option(
    "--measure", "measured", multiple=True, metavar="KEY=VALUE", help="A measurement, as input_seconds=8."
)
@root_option
@format_option(TEXT, JSON)
def quote_command(
    model_id: str, given: tuple[str, ...], measured: tuple[str, ...], root: Path | None, form: str
) -> int:
    """Price a request line by line, in credits and USD; or say what is missing.

    VALUE is read as JSON where it is JSON, and as text elsewhere: duration=8 prompt="a cat" sound=true.
    """
    model = require_model(open_catalog(root), model_id)
    schema = open_schemas(root).get(model.id, {})
    request, measurements = translated(
        read_pairs(given), schema, model.id, open_aliases(root), measured=read_pairs(measured)
    )
    answer = quote(model, schema, request, measurements)
    if form == JSON:
        console.say_json(_to_json(answer))
    else:
        _say(answer)
    return REFUSED if isinstance(answer, Refusal) else 0


def read_pairs(pairs: tuple[str, ...]) -> dict[str, Any]:
    """`key=value` arguments as an input.

    Raises:
        UsageError: one of them has no `=`.
    """
    read: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UsageError(pair, "is no KEY=VALUE", "write it as duration=8")
        try:
            read[key] = json.loads(value)
        except ValueError:
            read[key] = value
    return read


def translated(
    given: Mapping[str, Any],
    schema: Mapping[str, Any],
    model_id: str,
    aliases: Aliases,
    *,
    measured: Mapping[str, Any] | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The input, and the measurements, that a request in the feed's words means.

    `resolution=720p` is what everybody says; where a model has no such property, a reviewed fact may tell
    that it means `mode: std`.

    Raises:
        UsageError: it means something else than what is said besides.
    """
    known = declared_properties(schema)
    request = {name: value for name, value in given.items() if name in known}
    measurements = dict(measured or {})
    for name, value in given.items():
        if name in known:
            continue
        alias = aliases.value_for(str(value).lower(), model_id)
        if alias is None or not isinstance(alias.meaning, Mapping):
            request[name] = value
            continue
        for key, meant in alias.meaning.items():
            said = measurements if key in MEASUREMENTS else request
            said.setdefault(key, meant)
            if not holds(meant, key, said):
                fact = f"means {key}={meant} with {model_id}, beside which {key}={said[key]} is given"
                raise UsageError(f"{name}={value}", fact, "leave one of them out")
    return request, measurements


def _say(answer: Quote | Refusal) -> None:
    if isinstance(answer, Refusal):
        console.say(f"no quote: {answer.cause}")
        for missing in answer.missing:
            console.say(f"  {missing}")
        return
    for line in answer.lines:
        pack = "" if line.per == 1 else f" / {plain_number(line.per)}"
        count = f"{plain_number(line.price)} x {plain_number(line.quantity)}{pack} {line.unit}"
        console.say(f"{line.charge}  {line.mode}  {count} = {plain_number(line.credits)} credits")
    console.say(f"total {plain_number(answer.credits)} credits, ${plain_number(answer.usd)}")


def _to_json(answer: Quote | Refusal) -> dict[str, Any]:
    if isinstance(answer, Refusal):
        return {"model": answer.model, "refused": answer.cause, "missing": list(answer.missing)}
    return {
        "model": answer.model,
        "credits": to_json(answer.credits),
        "usd": to_json(answer.usd),
        "lines": [
            {
                "charge": line.charge,
                "mode": line.mode,
                "unit": line.unit,
                "quantity": to_json(line.quantity),
                "per": to_json(line.per),
                "price": to_json(line.price),
                "credits": to_json(line.credits),
                "usd": to_json(line.usd),
            }
            for line in answer.lines
        ],
    }
