"""Bounds in words: the wordings of pages, their canonical form, and what says nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kie_catalog.schemas.bounds import Kind, Spoken, canonical, read_bounds

TEXT, NUMBER, LIST, MEDIA = Kind.TEXT, Kind.NUMBER, Kind.LIST, Kind.MEDIA

WORDINGS = [
    (TEXT, "The prompt to use (Max length: 5000 characters)", {"maxLength": 5000}),
    (TEXT, "Max length: 5000", {"maxLength": 5000}),
    (TEXT, "Maximum length is 2,500 characters.", {"maxLength": 2500}),
    (TEXT, "- Maximum length: `210` characters", {"maxLength": 210}),
    (TEXT, "must not exceed 3,072 characters.", {"maxLength": 3072}),
    (TEXT, "Text prompts, up to 20,000 characters", {"maxLength": 20000}),
    (TEXT, "Min length: 3, Max length: 20000 characters", {"minLength": 3, "maxLength": 20000}),
    (TEXT, "length is between 1 and 7000 characters.", {"minLength": 1, "maxLength": 7000}),
    (TEXT, "length is limited to 3-5000 characters.", {"minLength": 3, "maxLength": 5000}),
    (
        TEXT,
        "with a minimum of 2 characters and a maximum of 5,000 characters",
        {"minLength": 2, "maxLength": 5000},
    ),
    (TEXT, "Max 5,000 non‑Chinese characters or 2,500 Chinese characters", {"maxLength": 5000}),
    (LIST, "Supports up to 10 images", {"maxItems": 10}),
    (LIST, "Reference images (1-8 images)", {"minItems": 1, "maxItems": 8}),
    (LIST, "Exactly 2 images are required", {"minItems": 2, "maxItems": 2}),
    (LIST, "multi-file upload, up to 7 files", {"maxItems": 7}),
    (NUMBER, "Duration of the video, 4-15 seconds", {"minimum": 4, "maximum": 15}),
    (NUMBER, "supporting integer values from 4 to 15 seconds", {"minimum": 4, "maximum": 15}),
    (NUMBER, "(Min: 0, Max: 1, Step: 0.1) (step: 0.1)", {"minimum": 0, "maximum": 1, "step": 0.1}),
    (NUMBER, "Minimum: -1, Maximum: 2147483647", {"minimum": -1, "maximum": 2147483647}),
    (NUMBER, "range: [0, 2147483647]", {"minimum": 0, "maximum": 2147483647}),
    (NUMBER, "Range 0–1, up to 2 decimal places", {"minimum": 0, "maximum": 1}),
    (NUMBER, "step 4", {"step": 4}),
    (MEDIA, "(File URL after upload; Max size: 10.0MB)", {"maxMegabytes": 10}),
    (MEDIA, "File size: up to 100 MB", {"maxMegabytes": 100}),
    (MEDIA, "single image size not exceeding 500 KB", {"maxMegabytes": 500 / 1024}),
    (MEDIA, "video between 3 to 30 seconds", {"minSeconds": 3, "maxSeconds": 30}),
    # what bounds something else, or nothing
    (TEXT, "Maximum 5 character IDs allowed", {}),
    (TEXT, "All text fields combined must not exceed 5000 characters", {}),
    (NUMBER, "vocalEnd - vocalStart must be between 10–30 seconds", {}),
    (NUMBER, "The time interval (end - start) must be between 6 and 60 seconds", {}),
    (LIST, "maximum 2 boxes per image", {}),
    (MEDIA, "The image is 10 MB", {}),
    (TEXT, "up to 10 images", {}),
    (NUMBER, "Max length: 5000 characters", {}),
]


@pytest.mark.parametrize(("kind", "text", "bounds"), WORDINGS)
def test_a_wording_reads_as_its_bounds(kind, text, bounds):
    assert dict(read_bounds(text, kind).bounds) == bounds


@pytest.mark.parametrize(("kind", "text", "bounds"), WORDINGS)
def test_a_wording_and_its_canonical_form_read_the_same(kind, text, bounds):
    spoken = read_bounds(text, kind)
    again = read_bounds(canonical(spoken), kind)
    assert (dict(again.bounds), again.media_types) == (bounds, spoken.media_types)


def test_of_several_bounds_the_loosest_counts_and_they_are_told():
    """One a mode of the model, say: only what is beyond all of them is surely too much."""
    spoken = read_bounds("- **V4**: Maximum 3000 characters\n- **V5**: Maximum 5000 characters", TEXT)
    assert dict(spoken.bounds) == {"maxLength": 5000}
    assert spoken.several == {"maxLength"}


@pytest.mark.parametrize(
    ("text", "types"),
    [
        (
            "Accepted types: image/jpeg, image/png, image/webp; Max size: 10.0MB",
            ("image/jpeg", "image/png", "image/webp"),
        ),
        ("Supported formats: PNG, JPG, WEBP", ("image/jpeg", "image/png", "image/webp")),
        ("supports MP4, MOV", ("video/mp4", "video/quicktime")),
        ("a video/mp4 file", ("video/mp4",)),
        ("looks like a png", ()),
    ],
)
def test_media_types_are_read_by_name_and_by_ending(text, types):
    assert read_bounds(text, MEDIA).media_types == types
    assert read_bounds(text, TEXT).media_types == ()


numbers = st.one_of(st.integers(0, 10**9), st.decimals(0, 1000, places=2).map(float))


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["maxLength", "maxItems", "minLength", "minItems"]), st.integers(0, 10**9)
    ),
    st.dictionaries(
        st.sampled_from(["minimum", "maximum", "maxMegabytes", "maxSeconds", "minSeconds"]), numbers
    ),
    st.lists(st.sampled_from(["image/png", "video/mp4", "audio/x-wav"]), unique=True),
)
def test_the_canonical_form_loses_nothing(sizes, amounts, types):
    spoken = Spoken({**sizes, **amounts}, tuple(sorted(types)))
    again = read_bounds(canonical(spoken), TEXT | NUMBER | LIST | MEDIA)
    assert (dict(again.bounds), again.media_types) == (dict(spoken.bounds), spoken.media_types)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.sampled_from([TEXT, NUMBER, LIST | MEDIA, TEXT | NUMBER | LIST | MEDIA]))
def test_no_text_is_too_odd_to_read(text, kind):
    found = read_bounds(text, kind)
    assert read_bounds(text, kind) == found
