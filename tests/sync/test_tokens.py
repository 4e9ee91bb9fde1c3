"""A description is split into what its parts can mean by their form alone, in one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.sync.tokens import (
    Kind,
    anchor_model,
    anchor_page,
    name_words,
    normalise,
    numbers,
    segments,
    tail,
    tokens,
)

WORD, NUMBER, SIZE = Kind.WORD, Kind.NUMBER, Kind.SIZE


def said(text, typos=None):
    return [(each.kind, *each.values) for each in tokens(text, typos or {})]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kling", [(WORD, "kling")]),
        ("3.0", [(NUMBER, "3")]),
        ("2.6.10", [(NUMBER, "2", "6", "10")]),
        ("02", [(NUMBER, "2")]),
        ("v3", [(WORD, "v"), (NUMBER, "3")]),
        ("720p", [(SIZE, "720p")]),
        ("720p/1080p", [(SIZE, "720p", "1080p")]),
        ("1/2K", [(SIZE, "1k", "2k")]),
        ("1k/2k/4K", [(SIZE, "1k", "2k", "4k")]),
        ("1.5k", [(SIZE, "1.5k")]),
        ("x720p", [(WORD, "x"), (NUMBER, "720"), (WORD, "p")]),
        ("5s", [(Kind.SECONDS, "5")]),
        ("5.0s", [(Kind.SECONDS, "5")]),
        ("2.50s", [(Kind.SECONDS, "2.5")]),
        ("10.0s", [(Kind.SECONDS, "10")]),
        ("up to 15 secondss", [(Kind.LIMIT, "15")]),
        ("up to 15 second", [(Kind.LIMIT, "15")]),
        ("4x", [(Kind.FACTOR, "4")]),
        ("upscale factor 1x/2x", [(Kind.FACTOR, "1", "2")]),
        ("factor 8x", [(Kind.FACTOR, "8")]),
        ("720p -> 1080p", [(Kind.CONVERSION, "720p", "1080p")]),
        ("720p→1080p", [(Kind.CONVERSION, "720p", "1080p")]),
        ("with audio", [(Kind.MEDIA, "audio", "yes")]),
        ("without video", [(Kind.MEDIA, "video", "no")]),
        ("no video input", [(Kind.MEDIA, "video", "no")]),
        ("image input", [(Kind.CHARGE, "input_image")]),
        ("input video", [(Kind.CHARGE, "input_video")]),
        ("audio output", [(Kind.CHARGE, "output")]),
        ("Cached input", [(Kind.CHARGE, "cached_input")]),
        ("cache writes", [(Kind.CHARGE, "cache_write")]),
        ("cache write", [(Kind.CHARGE, "cache_write")]),
        ("input, 1K", [(Kind.CHARGE, "input"), (SIZE, "1k")]),
        ("input x", [(WORD, "input"), (WORD, "x")]),
        ("output", [(Kind.CHARGE, "output")]),
        ("first image free", [(Kind.INCLUDED, "image")]),
        ("text-to-video", [(Kind.OPERATION, "text-to-video")]),
        ("Image to Image", [(Kind.OPERATION, "image-to-image")]),
        ("text / image-to-video", [(Kind.OPERATION, "text-to-video", "image-to-video")]),
        ("text/image/video to video",
         [(Kind.OPERATION, "text-to-video", "image-to-video", "video-to-video")]),
        ("r2v", [(Kind.OPERATION, "reference-to-video")]),
        ("lip sync", [(Kind.OPERATION, "lip-sync")]),
        ("lipsync", [(Kind.OPERATION, "lip-sync")]),
        ("video edit", [(Kind.OPERATION, "video-edit")]),
        ("videoedit", [(Kind.OPERATION, "video-edit")]),
        ("image-edit", [(Kind.OPERATION, "image-edit")]),
        ("（480p）", [(SIZE, "480p")]),
        ("Цена", [(WORD, "цена")]),
        ("1s.1", [(NUMBER, "1"), (WORD, "s"), (NUMBER, "1")]),
        ("1k.5", [(NUMBER, "1"), (WORD, "k"), (NUMBER, "5")]),
        ("720p/480p.2", [(SIZE, "720p"), (NUMBER, "480"), (WORD, "p"), (NUMBER, "2")]),
        ("5s. 1080p.", [(Kind.SECONDS, "5"), (SIZE, "1080p")]),
        ("-_, ./()", []),
    ],
)  # fmt: skip
def test_each_form_is_its_kind_in_one_spelling(text, expected):
    assert said(text) == expected


@given(st.text(max_size=30))
def test_no_text_is_too_odd_and_tokens_keep_their_order(text):
    found = tokens(text, {})
    plain, reached = normalise(text), 0
    for each in found:
        reached = plain.index(each.text, reached) + len(each.text)
        assert each.text
        assert all(each.values)


@given(st.text(max_size=30))
def test_a_normal_text_is_normal(text):
    once = normalise(text)
    assert normalise(once) == once
    assert once == once.strip()
    assert "  " not in once


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  Kling\t 3.0\n", "kling 3.0"),
        ("ＡＢ，c", "ab,c"),
        ("a\u200bb\u00adc", "abc"),
        ("a\u00a0b", "a b"),
        ("a\x00b\x7fc", "abc"),
        ("a\x1cb", "a b"),
        ("720p→1080p", "720p->1080p"),
    ],
)
def test_spellings_that_look_the_same_are_the_same(text, plain):
    assert normalise(text) == plain


def test_misspellings_are_read_as_what_they_stand_for_and_only_as_whole_words():
    typos = {"aiduo": "audio", "vedio": "video"}
    assert said("with aiduo", typos) == [(Kind.MEDIA, "audio", "yes")]
    assert said("text to Vedio", typos) == [(Kind.OPERATION, "text-to-video")]
    assert said("aiduos", typos) == [(WORD, "aiduos")]


@pytest.mark.parametrize(
    ("text", "parts"),
    [("2.6", ["2", "6"]), ("3.0", ["3"]), ("3.0.0", ["3"]), ("0", ["0"]), ("0.0", ["0"]), ("02", ["2"]),
     ("1.0.1", ["1", "0", "1"]), ("10", ["10"])],
)  # fmt: skip
def test_a_version_is_its_parts_without_idle_zeros(text, parts):
    assert numbers(text) == parts


def test_a_name_is_its_words_and_numbers():
    assert name_words("wan/2-7-r2v") == ("wan", "2", "7", "r", "2", "v")
    assert name_words("Kling_3.0 Turbo") == ("kling", "3", "turbo")
    assert name_words("") == ()


@pytest.mark.parametrize(
    ("text", "parts", "behind"),
    [
        ("Kling 3.0,  Text to Video , 720P ", ["kling 3.0", "text to video", "720p"], "Text to Video , 720P"),
        ("Kling", ["kling"], None),
        ("Kling, ", ["kling", ""], None),
        ("", [""], None),
    ],
)
def test_the_tail_is_verbatim_and_the_segments_are_not(text, parts, behind):
    assert segments(text) == parts
    assert tail(text) == behind


@pytest.mark.parametrize(
    ("anchor", "model", "page"),
    [
        ("https://kie.ai/kling?model=kling%2F3.0", "kling/3.0", "kling"),
        (" https://www.kie.ai/market/kling/?model=a ", "a", "kling"),
        ("https://kie.ai/kling?other=a", None, "kling"),
        ("https://kie.ai/kling?model=a&model=b", None, "kling"),
        ("https://kie.ai/kling?model=%20", None, "kling"),
        ("https://kie.ai/kling?model=", None, "kling"),
        ("https://kie.ai/?model=a", "a", None),
        ("https://kie.ai", None, None),
        ("https://evil.example/kling?model=a", None, None),
        ("https://kie.ai.evil.example/kling?model=a", None, None),
        ("http://[?model=a", None, None),
        ("Gemini, model=a", None, None),
        ("", None, None),
    ],
)
def test_an_anchor_speaks_on_kies_own_host_only(anchor, model, page):
    assert anchor_model(anchor) == model
    assert anchor_page(anchor) == page
