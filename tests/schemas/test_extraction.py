"""What pages declare: each page is a model's, or accounted for by a reason."""

from __future__ import annotations

from copy import deepcopy

import pytest

from kie_catalog.domain.catalog import Category, ModelType
from kie_catalog.domain.snapshot import Page, Snapshot
from kie_catalog.schemas.classify import category_and_provider, model_type
from kie_catalog.schemas.extraction import declarations
from kie_catalog.schemas.openapi import Translator, without_words
from kie_catalog.sources.recordings import read_recording
from tests.sync.upstreams import page


def with_example(declared: Page, model_id: str, path: str) -> Page:
    operation = declared.openapi["paths"]["/api/v1/jobs/createTask"]["post"]
    operation["requestBody"]["content"]["application/json"]["example"] = {"model": model_id}
    return Page(path, declared.title, declared.openapi)


def test_a_page_declares_its_model_with_the_schema_of_its_input():
    (model,) = declarations([page("a/one", options=("480p", "720p"))]).models
    assert (model.id, model.category, model.provider, model.page) == (
        "a/one",
        Category.VIDEO,
        "Acme",
        "market/a/one",
    )
    assert model.schema["properties"]["resolution"] == {"type": "string", "enum": ["480p", "720p"]}


def test_an_enum_copied_from_another_page_yields_to_the_example():
    copied = with_example(page("qwen2/image-edit"), "qwen2/text-to-image", "market/qwen2/text-to-image")
    declared = declarations([page("qwen2/image-edit"), copied])
    assert [model.id for model in declared.models] == ["qwen2/image-edit", "qwen2/text-to-image"]
    assert declared.contested == ()


def test_of_two_pages_with_one_id_the_one_that_spells_it_keeps_it():
    other = page("kling/v2-1-master-image-to-video")
    copied = Page("market/kling/v25-turbo-image-to-video-pro", "V2.5", other.openapi)
    declared = declarations([other, copied])
    assert [model.page for model in declared.models] == [other.path]
    assert [each.page for each in declared.contested] == [copied.path]


def test_where_nothing_decides_no_page_is_believed():
    one, two = page("a/one"), page("a/one")
    declared = declarations([Page("market/x", "X", one.openapi), Page("market/y", "Y", two.openapi)])
    assert declared.models == ()
    assert len(declared.contested) == 2


def test_a_translated_page_gives_way():
    original = page("a/one")
    translated = deepcopy(original.openapi)
    translated["paths"]["/api/v1/jobs/createTask"]["post"]["tags"] = ["docs/zh/市场/视频"]
    declared = declarations([original, Page("38308980e0", "图", translated)])
    assert [model.page for model in declared.models] == ["market/a/one"]
    assert [each.reason for each in declared.without] == ["translation of the page of a/one"]


@pytest.mark.parametrize("recording", ["2026-04", "2026-08-11", "2026-08-22"])
def test_every_page_is_accounted_for(shared, recording):
    pages = read_recording(shared / "recordings" / recording).pages
    assert isinstance(pages, Snapshot)
    declared = declarations(pages.content)
    told = {each.page for each in (*declared.models, *declared.without, *declared.contested)}
    assert told == {each.path for each in pages.content}
    assert all(model.category for model in declared.models)
    assert sum(model.type is None for model in declared.models) <= len(declared.models) // 20


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"minimum": 1, "exclusiveMinimum": False}, {"minimum": 1}),
        ({"description": "prose", "examples": ["x"], "x-apidog-orders": [], "title": "T"}, {}),
        ({"oneOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#/components/schemas/A"}}]},
         {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "integer"}}]}),
        ({"$ref": "#/components/schemas/A", "default": 3}, {"type": "integer", "default": 3}),
        ({"required": []}, {}),
        ({"deprecated": False}, {}),
        ({"additionalProperties": False}, {"additionalProperties": False}),
    ],
)  # fmt: skip
def test_openapi_becomes_json_schema(schema, expected):
    translator = Translator({"components": {"schemas": {"A": {"type": "integer", "description": "prose"}}}})
    assert without_words(translator.translate(schema)) == expected
    assert translator.doubts == []


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        ({"$ref": "#/components/schemas/Nowhere"}, "leads nowhere"),
        ({"$ref": "https://elsewhere.example/s.json"}, "leads nowhere"),
        ({"$ref": "#/components/schemas/Loop"}, "refers to itself"),
        ({"$ref": "#/components/schemas/Tree"}, "inside itself"),
    ],
)
def test_a_reference_that_cannot_be_followed_allows_all_and_is_said(schema, fault):
    loop = {"$ref": "#/components/schemas/Loop"}
    tree = {"properties": {"child": {"$ref": "#/components/schemas/Tree"}}}
    translator = Translator({"components": {"schemas": {"Loop": loop, "Tree": tree}}})
    translator.translate(schema)
    assert any(fault in each.fact for each in translator.doubts)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("docs/en/Market/Video Models/Bytedance", (Category.VIDEO, "Bytedance")),
        ("docs/en/Market/Image    Models/Z-image", (Category.IMAGE, "Z-image")),
        ("docs/en/Market/Suno API/Music Generation", (Category.MUSIC, "Suno")),
        ("docs/en/Market", (None, None)),
        (None, (None, None)),
    ],
)
def test_a_tag_tells_shelf_and_provider(tag, expected):
    assert category_and_provider([tag]) == expected


@pytest.mark.parametrize(
    ("model_id", "title", "category", "schema", "expected"),
    [
        ("wan/2-6-text-to-video", "", Category.VIDEO, None, ModelType.T2V),
        ("seedream/4.5-edit", "", Category.IMAGE, None, ModelType.I2I),
        ("happyhorse/video-edit", "", Category.VIDEO, None, ModelType.V2V),
        ("topaz/video-upscale", "", Category.VIDEO, None, ModelType.UPSCALE),
        ("x", "Wan 2.2 Speech to Video", Category.VIDEO, None, ModelType.LIP_SYNC),
        ("x", "X", Category.VIDEO, {"required": ["image_url"]}, ModelType.I2V),
        ("x", "X", Category.VIDEO, {"required": ["video_url"]}, ModelType.V2V),
        ("x", "X", Category.IMAGE, {"properties": {"prompt": {}}}, ModelType.T2I),
        ("x", "X", Category.CHAT, None, ModelType.CHAT),
        ("x", "X", None, None, None),
        ("x", "X", Category.VIDEO, None, None),
    ],
)
def test_a_type_is_said_or_left_open(model_id, title, category, schema, expected):
    assert model_type(model_id, title, category, schema) is expected
