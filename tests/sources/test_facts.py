import json
import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.domain.snapshot import SourceName, Upstream
from kie_catalog.schemas.extraction import declarations
from kie_catalog.sources import pages, reading, recordings
from kie_catalog.sources.facts import document_facts, facts_of, filler, index_facts, page_facts
from kie_catalog.sources.raw import FILES, Recording

DAYS = ["2026-04", "2026-08-11", "2026-08-22"]


@dataclass(frozen=True)
class Both:
    """A recording and its facts, raw and read."""

    full: Recording
    facts: Recording
    full_read: Upstream
    facts_read: Upstream


@pytest.fixture(scope="module", name="both", params=DAYS)
def _both(request, shared):
    full = recordings.load(shared / request.param)
    reduced = facts_of(full)
    return Both(full, reduced, reading.upstream(full), reading.upstream(reduced))


def test_the_same_models_and_schemas_result(both):
    full = declarations(both.full_read.pages.content)
    assert declarations(both.facts_read.pages.content) == full
    assert len(full.models) > 50


def test_the_same_rows_ids_and_announcements_result(both):
    for source in ("prices", "model_ids", "announcements"):
        assert getattr(both.facts_read, source) == getattr(both.full_read, source)


def test_facts_of_facts_are_the_same_bytes(both):
    """Of every fourth page, which are of all kinds."""
    for path, page in list(pages.pages_of(both.facts[SourceName.PAGES]).items())[::4]:
        assert page_facts(page, path) == page


def test_no_sentence_of_upstream_is_left(both):
    """A run of seven words is filler or stands in a title."""
    for name, content in both.facts.files.items():
        if name.endswith(".md"):
            lines = re.sub(
                r"^(?:# .*| *(?:title|summary|x-apidog-name): .*)$", "", content.decode(), flags=re.MULTILINE
            )
            runs = re.findall(r"\b[A-Za-z][a-z',]+(?: [A-Za-z][a-z',]+){6,}", lines)
            assert [run for run in runs if run.strip("x ")] == [], name


def test_it_gets_smaller(both):
    full, reduced = (sum(map(len, each.files.values())) for each in (both.full, both.facts))
    assert reduced < full * 0.8


def test_a_page_keeps_its_title_its_structure_and_what_it_announces():
    page = page_facts(
        b"# Title\n\nWords here.\n\n:::warning\nThis model is deprecated.\n:::\n\n"
        b"## OpenAPI Specification\n\n"
        b"```yaml\nopenapi: 3.0.1\ninfo:\n  description: Long words about it.\n```\n\n## More\n\nWords.\n",
        "p",
    )
    assert page.decode() == (
        "# Title\n\n::: warning\ndeprecation\n:::\n\n## OpenAPI Specification\n\n"
        "```yaml\nopenapi: 3.0.1\ninfo:\n  description: ''\n```\n"
    )


def schema(**keys):
    return {"openapi": "3.0.1", "x": {"type": "object", "properties": keys}}


def test_properties_may_be_named_as_the_words_of_openapi_are():
    document = schema(
        description={"type": "string", "description": "The words. (Max length: 5 characters)"},
        example={"type": "string", "enum": ["a sentence of some length that is a value"]},
        examples={"type": "array"},
        properties={"type": "object", "properties": {"summary": {"type": "integer"}}},
    )
    reduced = document_facts(document)["x"]["properties"]
    assert reduced["description"] == {"type": "string", "description": "Max length: 5 characters"}
    assert reduced["example"]["enum"] == ["a sentence of some length that is a value"]
    assert reduced["properties"] == {"type": "object", "properties": {"summary": {"type": "integer"}}}


def test_an_example_keeps_structure_types_and_short_values():
    document = {
        "example": {
            "model": "kling-3.0/video",
            "input": {
                "prompt": "A long prompt that somebody wrote for this page",
                "image_urls": ["https://static.aiquickdraw.com/tools/example/1_a.PNG?x=1", "asset://asset-1"],
                "duration": "5",
                "aspect_ratio": "16:9",
                "mode": "Text to Video",
                "sound": True,
                "seed": 0.5,
                "none": None,
                "param": '{"prompt":"A long prompt that somebody wrote for this page"}',
                "blank": " ",
            },
        }
    }
    given_input = document["example"]["input"]
    reduced = document_facts(document)["example"]["input"]
    assert reduced["prompt"] == filler(len(given_input["prompt"]))
    assert reduced["image_urls"] == ["https://example.com/1.png", "https://example.com/2"]
    assert json.loads(reduced["param"]) == {"prompt": filler(47)}
    for kept in ("duration", "aspect_ratio", "mode", "sound", "seed", "none", "blank"):
        assert reduced[kept] == given_input[kept]


def test_defaults_enums_and_bounds_are_facts_as_they_are():
    document = schema(
        a={"type": "string", "default": "a text of several words, kept", "enum": ["x y z, and so on"]}
    )
    assert document_facts(document) == document


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["description", "example", "properties", "default", "enum", "a", "b"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(["paths", "info", "components"]), json_values, max_size=3))
def test_reducing_twice_changes_nothing_and_keeps_every_key(document):
    once = document_facts(document)
    assert document_facts(once) == once
    assert skeleton(once) == skeleton(document)


def skeleton(value):
    if isinstance(value, dict):
        return {key: skeleton(each) for key, each in value.items()}
    if isinstance(value, list):
        return [skeleton(each) for each in value]
    return type(value)


@given(st.integers(1, 200))
def test_filler_has_the_length_it_should(length):
    assert len(filler(length)) == length
    assert filler(length).strip() == filler(length)


def test_an_index_keeps_titles_and_links():
    raw = b"# docs.kie.ai\n\n> Words.\n\n## Docs\n- A > B [T](https://docs.kie.ai/a.md): Words\n- No link\n"
    assert (
        index_facts(raw).decode() == "# docs.kie.ai\n\n\n## Docs\n- A > B [T](https://docs.kie.ai/a.md): \n"
    )


def test_a_page_that_can_not_be_read_stays_a_fault(complete):
    recording = recordings.load(complete)
    raw = recording[SourceName.PAGES]
    broken = {**raw.files, pages.file_of("bad"): b"# T\n```yaml\nopenapi: [\n```\n"}
    damaged = type(recording)(
        {**recording.sources, SourceName.PAGES: type(raw)(raw.source, raw.taken_at, broken, raw.place)}
    )
    assert reading.upstream(facts_of(damaged)).pages.faults == reading.upstream(damaged).pages.faults
    assert len(reading.upstream(damaged).pages.faults) == 1


def test_keyed_replies_and_groups_lose_their_prose_only(complete):
    recording = recordings.load(complete)
    full, reduced = reading.upstream(recording), reading.upstream(facts_of(recording))
    assert reduced.models.content == full.models.content
    assert reduced.schemas.content == full.schemas.content
    assert reduced.groups.content == full.groups.content
    assert b"description" not in facts_of(recording)[SourceName.MODELS].only
    assert FILES[SourceName.MODELS] == "models.json"
