"""The recorded pages: every one accounted for, the known faults found by rule, real traffic taken."""

import json
from dataclasses import replace

import pytest

from kie_catalog.domain.values import ABSENT
from kie_catalog.schemas.build import BuiltInput
from kie_catalog.schemas.endpoints import CREATE_TASK, ENDPOINTS
from kie_catalog.schemas.extraction import declarations
from kie_catalog.schemas.faults import BY_NAME
from kie_catalog.schemas.operations import find_operation
from kie_catalog.schemas.overrides import stray_overrides
from kie_catalog.schemas.validation import InputValidator
from kie_catalog.sources.facts import document_facts
from tests.schemas.upstream import KIE, RECORDINGS, cases, declared, inputs, known_ids, overrides, pages

recordings = pytest.mark.parametrize("name", RECORDINGS)


@recordings
def test_every_page_has_a_model_or_a_named_reason(name):
    found = declared(name)
    with_model = {each.page for each in found.models}
    without = {each.page: each.reason for each in (*found.without, *found.contested)}
    assert with_model | set(without) == {page.path for page in pages(name)}
    assert not with_model & set(without)
    assert all(without.values())


@recordings
def test_no_page_is_contested(name):
    assert declared(name).contested == ()


@recordings
def test_every_model_has_a_call_and_a_schema_that_says_something(name):
    for each in declared(name).models:
        assert each.endpoint.startswith("/")
        assert each.call.status or each.endpoint != CREATE_TASK
        assert each.schema.get("properties") or each.schema.get("oneOf") or each.schema.get("anyOf"), each.id


def test_the_dedicated_endpoints_are_models_with_input_schemas():
    ids = {each.id for each in declared("2026-08-22").models}
    assert {endpoint.model for endpoint in ENDPOINTS.values()} <= ids


def test_every_status_call_is_described_by_a_page_of_its_own():
    described = {
        operation.path
        for page in pages("2026-08-22")
        if (operation := find_operation(page.openapi)) and operation.method == "GET"
    }
    status = {each.call.status for each in declared("2026-08-22").models} - {None}
    assert status <= described


def faults(name):
    """Every fault of a recording, as rule and page."""
    found = declared(name)
    noted = [(each.page, (*each.corrections, *each.doubts)) for each in found.models]
    noted += [(each.page, each.notes) for each in (*found.without, *found.contested)]
    return {(note.rule, page) for page, notes in noted for note in notes}


KNOWN_FAULTS = [
    ("2026-04", "copied-model", "market/kling/v25-turbo-image-to-video-pro"),
    ("2026-08-11", "copied-model", "market/kling/v25-turbo-image-to-video-pro"),
    ("2026-08-22", "copied-model", "market/qwen2/text-to-image"),
    ("2026-04", "blank-name", "market/bytedance/seedance-2"),
    ("2026-08-22", "blank-name", "market/happyhorse/image-to-video"),
    ("2026-08-22", "blank-name", "suno-api/generate-persona"),
    ("2026-04", "wrong-server", "file-upload-api/upload-file-url"),
    ("2026-08-22", "lost-fragment", "market/wan/2-6-text-to-video"),
    ("2026-08-22", "dangling-reference", "market/chat/gpt-5-2"),
    ("2026-08-22", "path-is-not-id", "market/kling/text-to-video"),
    ("2026-08-22", "body-omits-input", "market/topaz/video-upscale"),
    ("2026-08-22", "required-in-prose", "market/bytedance/seedance-2"),
    ("2026-08-22", "default-outside-enum", "suno-api/generate-sounds"),
    ("2026-08-22", "default-of-other-type", "suno-api/generate-sounds"),
    ("2026-08-22", "default-is-sample", "market/happyhorse-1-1/image-to-video"),
    ("2026-08-22", "impossible-branch", "market/kling/v3-omni-text-to-video"),
    ("2026-08-22", "impossible-branch", "suno-api/separate-vocals"),
    ("2026-08-22", "branch-contradicts", "market/minimax-h3/reference-to-video"),
    ("2026-08-22", "branches-overlap", "market/gemini/gemini-3-5-flash"),
    ("2026-08-22", "type-against-samples", "market/gemini/gemini-3-5-flash-openai"),
    ("2026-08-22", "type-against-samples", "runway-api/generate-ai-video"),
    ("2026-08-22", "misspelled-name", "suno-api/suno-voice-regenerate"),
    ("2026-08-22", "misspelled-name", "market/grok/grok-4-3"),
    ("2026-08-22", "pages-disagree", "market/gemini/gemini-3-6-flash-openai"),
    ("2026-08-22", "prose-disagrees", "market/omnihuman-1-5"),
    ("2026-08-22", "example-unreadable", "market/kling/v25-turbo-image-to-video-pro"),
    ("2026-08-22", "example-breaks-schema", "market/grok-imagine/extend"),
]


@pytest.mark.parametrize(("name", "rule", "page"), KNOWN_FAULTS)
def test_a_known_fault_is_found_by_rule(name, rule, page):
    assert (rule, page) in faults(name)


@recordings
def test_a_mended_fault_keeps_both_values_and_the_evidence(name):
    for each in declared(name).models:
        for note in each.corrections:
            assert note.rule in BY_NAME
            assert note.was is not ABSENT or note.now is not ABSENT
            assert note.evidence


@recordings
def test_every_example_is_valid_or_a_reported_fault_of_its_page(name):
    by_page = {page.path: page for page in pages(name)}
    for each in declared(name).models:
        operation = find_operation(by_page[each.page].openapi)
        validator = InputValidator(each.schema)
        told = {note.evidence for note in each.doubts if note.rule == "example-breaks-schema"}
        for number, body in enumerate(operation.samples, 1):
            payload = body.get("input") if each.endpoint == CREATE_TASK else body
            if each.endpoint != CREATE_TASK:
                outside = {"callBackUrl", "model"} if each.call.names_model else {"callBackUrl"}
                payload = {key: value for key, value in body.items() if key not in outside}
            assert validator.is_valid(payload) or f"example {number}" in told, (each.id, number)


@recordings
def test_records_hold_facts_and_no_sentences(name):
    """No text of a record is as long as a sentence of a page, but for patterns and what we say ourselves."""

    def texts(value, key=""):
        if isinstance(value, dict):
            for own, each in value.items():
                yield from texts(each, own)
        elif isinstance(value, list):
            for each in value:
                yield from texts(each, key)
        elif isinstance(value, str) and key not in {"pattern", "evidence", "$schema"}:
            yield value

    for each in declared(name).models:
        assert all(len(text.split()) <= 4 for text in texts(each.schema)), each.id


def test_the_page_cases_of_peers_hold():
    by_page = {each.page: each for each in declared("2026-08-22").models}
    checked = 0
    for case in cases("page_to_schema"):
        address = case["input"].get("page", "")
        page = by_page.get(address.removeprefix("https://docs.kie.ai/").removesuffix(".md"))
        if page is None:
            continue
        checked += 1
        expected, properties = case["expected"], page.schema["properties"]
        assert page.id == expected["model"]
        assert sorted(page.schema.get("required", [])) == sorted(expected["required"])
        for name, facts in expected["fields"].items():
            own = {key: each for key, each in facts.items() if key != "required"}
            assert own.items() <= {key: properties[name].get(key) for key in own}.items(), (case["id"], name)
    assert checked == sum("page" in case["input"] for case in cases("page_to_schema"))


def test_the_input_cases_of_peers_hold():
    """PC-156 lets unknown models through, which is a peer's choice: ours are refused by name."""
    for case in cases("validate_input"):
        outcome = inputs("2026-08-22").build_input(case["input"]["model"], case["input"]["input"])
        if case["id"] == "PC-156":
            assert [each.code for each in outcome.problems] == ["unknown-model"]
        else:
            assert isinstance(outcome, BuiltInput) is case["expected"]["valid"]
            assert case["expected"]["error_about"].split(" ")[0] in [each.place for each in outcome.problems]


# Members that the page of the day did not know and the API let pass.
BEYOND_THE_PAGE = {"gpt-image-2-image-to-image", "gpt-image-2-text-to-image"}


def accepted_requests():
    for file in sorted((KIE / "wire").glob("api-v1-*code200*.json")):
        exchange = json.loads(file.read_text(encoding="utf-8"))
        body = exchange.get("request", {}).get("body")
        path = exchange["request"]["url"].removeprefix("https://api.kie.ai").partition("?")[0]
        if isinstance(body, dict):
            yield path, body


def test_what_the_api_took_is_taken():
    """Requests recorded in April 2026, against the pages of that month with the reviewed corrections."""
    schemas = inputs("2026-04")
    by_endpoint = {path: endpoint.model for path, endpoint in ENDPOINTS.items()}
    taken = 0
    for path, body in accepted_requests():
        if path != CREATE_TASK and path not in by_endpoint:
            continue
        model = body["model"] if path == CREATE_TASK else by_endpoint[path]
        payload = (
            body["input"] if path == CREATE_TASK else {k: v for k, v in body.items() if k != "callBackUrl"}
        )
        outcome = schemas.build_input(model, payload)
        assert isinstance(outcome, BuiltInput) or model in BEYOND_THE_PAGE, (model, outcome)
        taken += isinstance(outcome, BuiltInput)
    assert taken >= 36


def test_every_override_still_changes_something_and_none_is_astray():
    models = {each.id for each in declared("2026-08-22").models}
    assert list(stray_overrides(overrides().values(), models)) == []
    for model in overrides():
        record = inputs("2026-08-22").record(model)
        assert [note for note in record.doubts if note.rule.startswith("override")] == []
        assert [note for note in record.corrections if note.rule == "override"]


@recordings
def test_a_page_and_its_facts_alone_give_the_same_schemas(name):
    """What is kept of a page in a recording of facts is all that the schemas are made of."""
    facts = [replace(page, openapi=document_facts(page.openapi or {})) for page in pages(name)]
    alone = {each.id: each.schema for each in declarations(facts, known=known_ids()).models}
    whole = {each.id: each.schema for each in declared(name).models}
    assert {model for model in whole if alone.get(model) != whole[model]} == set()
