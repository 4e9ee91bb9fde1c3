"""The recorded upstream beside the checkout; tests of it skip where a user's machine has none."""

import functools
import json
from pathlib import Path

import pytest

from kie_catalog.schemas.extraction import declarations
from kie_catalog.schemas.overrides import parse_override
from kie_catalog.schemas.records import InputSchemas, amended, record_of
from kie_catalog.sources.recordings import read_recording

ROOT = Path(__file__).parents[2]
KIE = ROOT.parent / "shared" / "kie"
RECORDINGS = ("2026-04", "2026-08-11", "2026-08-22")


@functools.cache
def pages(name):
    folder = KIE / "recordings" / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is not on this machine: the recorded upstream is not part of the project")
    return read_recording(folder).pages.content


@functools.cache
def known_ids():
    return tuple(
        json.loads((KIE / "recordings" / "2026-08-22" / "model-paths.json").read_text(encoding="utf-8"))
    )


@functools.cache
def declared(name):
    return declarations(pages(name), known=known_ids())


@functools.cache
def overrides():
    folder = ROOT / "schemas" / "overrides"
    files = {
        file.relative_to(folder).as_posix().removesuffix(".json"): file for file in folder.rglob("*.json")
    }
    return {
        model: parse_override(json.loads(file.read_text(encoding="utf-8")), model=model, path=str(file))
        for model, file in sorted(files.items())
    }


@functools.cache
def inputs(name):
    """The input schemas of a recording, reviewed corrections carried out."""
    records = {each.id: record_of(each) for each in declared(name).models}
    return InputSchemas(records, lambda model: amended(records[model], overrides().get(model)))


@functools.cache
def cases(kind):
    file = KIE / "cases.json"
    if not file.exists():
        pytest.skip(f"{file} is not on this machine")
    return [each for each in json.loads(file.read_text(encoding="utf-8")) if each["kind"] == kind]
