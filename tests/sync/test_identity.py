"""Which names a model goes by, which operations it has, and how well a row spells it."""

from __future__ import annotations

from collections import Counter

import pytest

from kie_catalog.domain.catalog import Category
from kie_catalog.domain.ids import ModelId
from kie_catalog.sync.aliases import parse_aliases
from kie_catalog.sync.identity import KnownModel, operations_of, stem, words_of_operation

FACT = {"date": "2026-08-22", "evidence": "seen"}
LINK = {"type": "string"}


def known(model_id, category=None, title="", page="", provider="", aliases=None, **properties):
    schema = {"properties": properties} if properties else None
    aliases = parse_aliases(aliases or {})
    return KnownModel(ModelId(model_id), category, schema, title, page, provider, aliases)


def test_a_model_goes_by_its_id_its_title_its_page_and_reviewed_names():
    names = {
        "names": [
            {"text": "Horse 1.0", "means": "x", "scope": "happy/*", **FACT},
            {"text": "Not this", "means": "x", "scope": "other/*", **FACT},
        ]
    }
    model = known("happy/vocals-2", title="Happy!", page="market/happy/v2", aliases=names)
    assert model.names == (("happy", "vocal", "2"), ("happy",), ("happy", "v", "2"), ("horse", "1"))
    assert known("a/b", title="A B").names == (("a", "b"),)


def test_its_words_are_those_of_its_names_and_of_its_shelf():
    model = known("kling/3.0", title="Turbo", provider="Kuaishou Images")
    assert model.words == {"kling", "3", "turbo", "kuaishou", "image"}


@pytest.mark.parametrize(
    ("parts", "has"),
    [(("1", "1"), True), (("1",), True), (("1", "0"), False), (("2",), False), (("5",), True),
     (("1", "5"), False), (("1", "1", "video"), True), (("1", "1", "video", "x"), False)],
)  # fmt: skip
def test_a_version_is_its_numbers_one_after_the_other(parts, has):
    assert known("wan/1-1-video", provider="Pro 5").has_version(parts) is has


@pytest.mark.parametrize(
    ("name", "operations"),
    [
        ("kling/text-to-video", {"text-to-video"}),
        ("kling_text_to_video", {"text-to-video"}),
        ("Kling Image To Video", {"image-to-video"}),
        ("wan/2-7-r2v", {"reference-to-video"}),
        ("wan/videoedit", {"video-edit"}),
        ("seedream/4.5-edit", {"image-edit"}),
        ("ideogram/v3-remix", {"image-edit"}),
        ("ideogram/v3-reframe", {"image-edit"}),
        ("ideogram/v3-remixed", set()),
        ("wan/video-edit", {"video-edit"}),
        ("a/text-to-image-edit", {"text-to-image", "image-edit"}),
        ("a/image-to-image-remix", {"image-to-image"}),
        ("context-to-video", set()),
        ("nano-banana", set()),
    ],
)
def test_operations_are_read_from_a_name(name, operations):
    assert operations_of(name) == operations


@pytest.mark.parametrize(
    ("model", "operation", "has"),
    [
        (known("a/text-to-video"), "text-to-video", True),
        (known("a/text-to-video", Category.VIDEO, image_url=LINK), "image-to-video", False),
        (known("a/4.5-edit"), "image-to-image", True),
        (known("a/video-edit"), "video-to-video", True),
        (known("a/video-edit"), "image-to-image", False),
        (known("a/4.5-edit"), "video-to-video", False),
        (known("a/video-edit"), "text-to-video", False),
        (known("a/4.5-edit"), "audio-to-video", False),
        (known("a", Category.VIDEO), "text-to-video", True),
        (known("a", Category.IMAGE), "text-to-video", False),
        (known("a", Category.VIDEO, image_url=LINK), "image-to-video", True),
        (known("a", Category.VIDEO, video_url=LINK), "image-to-video", False),
        (known("a", Category.VIDEO, video_url=LINK), "video-to-video", True),
        (known("a", Category.VIDEO), "speech-to-text", False),
        (known("a"), "text-to-video", False),
        (known("a"), "speech-to-text", False),
    ],
)
def test_a_model_has_an_operation_by_its_name_or_by_what_goes_in_and_out(model, operation, has):
    assert model.has_operation(operation) is has


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [
        ("vocals", "vocal"),
        ("gas", "gas"),
        ("cats", "cat"),
        ("glass", "glass"),
        ("s", "s"),
        ("banana", "banana"),
    ],
)
def test_a_plural_is_its_singular(word, stemmed):
    assert stem(word) == stemmed


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("text-to-video", {"text", "to", "video"}),
        ("reference-to-video", {"reference", "to", "video", "r", "2", "v", "r2v"}),
        ("video-edit", {"video", "edit", "videoedit"}),
        ("video-to-video", {"video", "to"}),
        ("lip-sync", {"lip", "sync"}),
        ("no-operation", set()),
    ],
)
def test_an_operation_covers_its_words(operation, words):
    assert words_of_operation(operation) == words


@pytest.mark.parametrize(
    ("model", "said", "covered", "names_operation", "lacking"),
    [
        (known("kling/3-turbo"), ["kling", "3", "turbo"], set(), False, 0),
        (known("kling/3-turbo"), ["kling", "3"], set(), False, 1),
        (known("kling/3-turbo-pro"), ["kling", "3"], set(), False, 2),
        (known("kling/3-turbo"), ["kling", "turbo"], set(), False, None),
        (known("kling/3-turbo"), ["kling", "3"], {"turbo"}, False, 0),
        (known("kling/0-turbo"), ["kling", "turbo"], set(), False, 1),
        (known("end-of-the-line"), ["end", "line"], set(), False, 0),
        (known("kling/text-to-video"), ["kling"], set(), False, 1),
        (known("kling/text-to-video"), ["kling"], set(), True, 2),
        (known("kling/text-to-video"), ["kling"], {"text", "to", "video"}, True, 0),
        (known("wan/wan-2"), ["wan", "2"], set(), False, 1),
        (known("kling/3-turbo-pro", title="Kling turbo"), ["kling"], set(), False, 1),
        (known("kling/3", title="3 Kling"), ["kling"], set(), False, None),
    ],
)
def test_what_a_row_leaves_unsaid_of_the_best_name(model, said, covered, names_operation, lacking):
    assert model.lacking(Counter(said), frozenset(covered), names_operation=names_operation) == lacking


def test_values_that_mean_another_operation():
    values = {
        "values": [
            {"text": "image-to-video", "when": {"mode": "i2v"}, "scope": "a", **FACT},
            {"text": "text-to-video", "when": {"mode": "t2v"}, "scope": "*", **FACT},
            {"text": "video-edit", "when": {"mode": "edit"}, "scope": "b", **FACT},
        ]
    }
    model = known("a", aliases=values)
    assert list(model.other_operations("text-to-video")) == [("mode", "i2v")]
    assert list(model.other_operations("lip-sync")) == [("mode", "t2v"), ("mode", "i2v")]


def test_a_model_with_a_schema_is_declared():
    assert known("a", prompt=LINK).is_declared
    assert not known("a").is_declared
