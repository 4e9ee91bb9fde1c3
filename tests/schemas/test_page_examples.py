"""Pages in small, one a fault: what is read from them, what is mended with which values, what stays open."""

from pathlib import Path

import pytest
import yaml

from kie_catalog.domain.snapshot import Page
from kie_catalog.domain.values import ABSENT
from kie_catalog.schemas.extraction import declarations
from kie_catalog.schemas.faults import FAULTS

FOLDER = Path(__file__).parents[1] / "examples" / "pages"
CASES = sorted(file.stem for file in FOLDER.glob("*.yaml"))
OF_OURS = {"override-idle", "override-astray", "override-malformed"}


def openapi(content):
    """The OpenAPI document that a case's short form stands for."""
    if "endpoint" in content:
        path, method, body = content["endpoint"], content.get("method", "post"), content.get("body")
    else:
        path, method = "/api/v1/jobs/createTask", "post"
        ids = content["model"] if isinstance(content["model"], list) else [content["model"]]
        body = {
            "type": "object",
            "properties": {"model": {"type": "string", "enum": ids}, "input": content["input"]},
            "required": content.get("required", ["model", "input"]),
        }
    operation = {key: content[key] for key in ("tags", "parameters", "responses") if key in content}
    if body is not None:
        shown = {"example": content.get("example")}
        if "examples" in content:
            shown["examples"] = {str(at): {"value": each} for at, each in enumerate(content["examples"])}
        operation["requestBody"] = {"content": {"application/json": {"schema": body, **shown}}}
    return {
        "paths": {path: {method: operation}},
        "servers": content.get("servers", []),
        "components": {"schemas": content.get("components", {})},
    }


def read(case):
    pages = [Page(path, path.rsplit("/", 1)[-1], openapi(each)) for path, each in case["pages"].items()]
    return declarations(pages, known=case.get("known", ()))


def shown(value):
    """A value as the case writes it: nothing is null, null is spelled out."""
    return None if value is ABSENT else "__null__" if value is None else value


def contains(schema, expected):
    """Whether a schema says all that is expected; what is expected of a property is all that it may say."""
    if not isinstance(expected, dict):
        return schema == expected
    return all(key in schema and schema[key] == each for key, each in expected.items())


@pytest.mark.parametrize("name", CASES)
def test_the_page_is_read_as_the_case_says(name):
    case = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    found, expect = read(case), case["expect"]
    models = {declared.id: declared for declared in found.models}
    assert set(models) == set(expect["models"]), case["why"]
    for model, wanted in expect["models"].items():
        declared = models[model]
        corrections = [
            [each.rule, each.pointer, shown(each.was), shown(each.now)] for each in declared.corrections
        ]
        assert sorted(corrections, key=str) == sorted(wanted["corrections"], key=str), case["why"]
        doubts = sorted([each.rule, each.pointer] for each in declared.doubts)
        assert doubts == sorted(wanted["doubts"]), case["why"]
        assert contains(declared.schema, wanted.get("schema", {})), declared.schema
        assert wanted.get("call", declared.call.to_json()) == declared.call.to_json()
    contested = {each.page: [note.rule for note in each.notes] for each in found.contested}
    assert contested == expect.get("contested", {}), case["why"]
    assert {each.page for each in found.without} == set(expect.get("without", ())), case["why"]
    notes = {each.page: [note.rule for note in each.notes] for each in found.without if each.notes}
    assert notes == expect.get("notes", {}), case["why"]


def test_every_class_of_fault_is_shown_by_a_case():
    told = set()
    for name in CASES:
        found = read(yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")))
        for each in found.models:
            told |= {note.rule for note in (*each.corrections, *each.doubts)}
        for each in (*found.without, *found.contested):
            told |= {note.rule for note in each.notes}
    assert told == {fault.name for fault in FAULTS} - OF_OURS
