"""`kie-catalog input`: show the input that a model would be sent, or everything that stands in its way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from kie_catalog.catalog.inputs import INPUTS, OVERRIDES, RESTORE
from kie_catalog.cli import console
from kie_catalog.cli.completing import models
from kie_catalog.cli.examples import examples
from kie_catalog.cli.meant import no_such_model
from kie_catalog.domain.errors import UsageError
from kie_catalog.schemas.build import BuiltInput, Reading, RefusedInput
from kie_catalog.schemas.openapi import misused_at
from kie_catalog.schemas.overrides import parse_override
from kie_catalog.schemas.problems import Problem, show_path, show_value
from kie_catalog.schemas.records import InputRecord, InputSchemas, amended, parse_record

REFUSED: Final = 1
_REMAKE: Final = "make it again with `kie-catalog sync`"
# What a reading did, by its kind: English, Russian.
_DID: Final = {
    "name": ("{place}: read from {was}", "{place}: взято из {was}"),
    "value": ("{place}: {was} is read as {now}", "{place}: {was} прочитано как {now}"),
    "default": ("{place}: {now} by default", "{place}: {now} по умолчанию"),
}
_WARNING: Final = ("warning: ", "внимание: ")


@click.command(
    "input",
    epilog=examples(
        "input nano-banana-2 prompt='a lighthouse' resolution=4K",
        "input bytedance/seedance-2 prompt=cat duration:=5 --language ru",
    ),
)
@click.argument("model", shell_complete=models)
@click.argument("given", nargs=-1, metavar="[KEY=VALUE | KEY:=JSON]...")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to print it."
)
@click.option("--language", type=click.Choice(["en", "ru"]), default="en", help="The language of the hints.")
@click.option("--root", type=click.Path(path_type=Path), default=None, help="The checkout with schemas/.")
def input_command(model: str, given: tuple[str, ...], form: str, language: str, root: Path | None) -> int:
    """Build an input for MODEL and show it.

    A value after `=` is text and is read as what the model takes: `duration=5`, `image_urls=https://…`.
    A key that stands several times makes a list. A value after `:=` is JSON.
    """
    return show_input(read_schemas(root or Path()), model, parse_given(given), form=form, language=language)


def show_input(
    schemas: InputSchemas, model: str, payload: Mapping[str, Any], *, form: str = "text", language: str = "en"
) -> int:
    """Build an input, print it, and give the exit code: 0, or 1 where it is refused.

    Raises:
        UsageError: there is no such model.
    """
    record = schemas.record(model)
    if record is None:
        raise no_such_model(model, schemas.models, "is no model with an input schema")
    outcome = schemas.build_input(model, payload)
    if form == "json":
        console.say_json(_as_json(record, outcome))
    else:
        _say(outcome, language)
    return REFUSED if isinstance(outcome, RefusedInput) else 0


def parse_given(given: Iterable[str]) -> dict[str, Any]:
    """Read `key=value` and `key:=json` arguments; a key that stands several times makes a list.

    Raises:
        UsageError: an argument is of neither form, or its JSON is none.
    """
    values: dict[str, list[Any]] = {}
    for argument in given:
        key, separator, text = argument.partition("=")
        if not separator or not key.strip(":"):
            raise UsageError(argument, "is neither key=value nor key:=json", "write it like duration=5")
        values.setdefault(key.removesuffix(":"), []).append(_json(key, text) if key.endswith(":") else text)
    return {key: each[0] if len(each) == 1 else each for key, each in values.items()}


def _json(key: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise UsageError(
            f"{key}=", f"is no JSON ({error})", "write text after `=`, JSON after `:=`"
        ) from error


def _as_json(record: InputRecord, outcome: BuiltInput | RefusedInput) -> dict[str, Any]:
    about = {"model": record.model, "endpoint": record.call.endpoint, "status": record.call.status}
    if isinstance(outcome, RefusedInput):
        return {**about, "problems": [each.to_json() for each in outcome.problems]}
    return {
        **about,
        "input": outcome.input,
        "readings": [
            {"path": show_path(each.path), "kind": each.kind, "was": each.was, "now": each.now}
            for each in outcome.readings
        ],
        "warnings": [each.to_json() for each in outcome.warnings],
    }


def _say(outcome: BuiltInput | RefusedInput, language: str) -> None:
    if isinstance(outcome, RefusedInput):
        for problem in outcome.problems:
            console.error(problem.hint(language))
        return
    console.say_json(outcome.input)
    for reading in outcome.readings:
        console.note(_reading(reading, language))
    for warning in outcome.warnings:
        console.note(_warning(warning, language))


def _reading(reading: Reading, language: str) -> str:
    words = _DID[reading.kind][language == "ru"]
    was = reading.was if reading.kind == "name" else show_value(reading.was)
    return words.format(place=show_path(reading.path), was=was, now=show_value(reading.now))


def _warning(problem: Problem, language: str) -> str:
    return _WARNING[language == "ru"] + problem.hint(language)


def read_schemas(root: Path) -> InputSchemas:
    """The input schemas of a checkout, read one by one as they are asked for.

    Raises:
        UsageError: there are none; later, of a model whose file is damaged.
    """
    folder = root / INPUTS
    files = {
        file.relative_to(folder).as_posix().removesuffix(".json"): file for file in folder.rglob("*.json")
    }
    if not files:
        raise UsageError(str(folder), "holds no input schemas", "name the checkout with --root")

    def load(model: str) -> InputRecord:
        record = _record(files[model])
        file = root / OVERRIDES / f"{model}.json"
        override = (
            parse_override(_read(file, RESTORE), model=model, path=str(file)) if file.exists() else None
        )
        return amended(record, override)

    return InputSchemas(files, load)


def _record(file: Path) -> InputRecord:
    try:
        record = parse_record(_read(file, _REMAKE))
    except (AttributeError, LookupError, TypeError, ValueError):
        raise UsageError(str(file), "is no record of an input", _REMAKE) from None
    if (place := misused_at(record.schema)) is not None:
        raise UsageError(str(file), f"is no JSON Schema at {place}", _REMAKE)
    return record


def _read(file: Path, cure: str) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(str(file), f"cannot be read ({error})", cure) from error
