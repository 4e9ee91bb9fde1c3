"""The canonical wording of bounds in prose, and that nothing else of the prose is left."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.schemas.stated import fragments
from kie_catalog.sources import recordings

EXAMPLES = [
    (
        "The text prompt. Required field. (Min length: 3, Max length: 20000 characters)",
        "required; Min length: 3 characters; Max length: 20000 characters",
    ),
    ("Maximum length is 2,500 characters.", "Max length: 2500 characters"),
    ("Text prompts, up to 20,000 characters.", "Max length: 20000 characters"),
    ("It must not be empty, and must not exceed 3,072 characters.", "Max length: 3072 characters"),
    (
        "Shot text, a maximum of 500 characters per shot. Each @element occupies 37 characters.",
        "Max length: 500 characters",
    ),
    (
        "Max 5,000 non\u2011Chinese characters or 2,500 Chinese characters; extra is cut.",
        "Max length: 5000 non-Chinese characters or 2500 Chinese characters",
    ),
    (
        "length must be between 3-5000 characters. (Maximum length: 5000 characters)",
        "Length: 3-5000 characters; Max length: 5000 characters",
    ),
    ("Recommended 300 characters or less. Maximum length: `1000` characters.", "Max length: 1000 characters"),
    (
        "with a minimum of 2 characters and a maximum of 5,000 characters. (Max length: 1500 characters)",
        "Min length: 2 characters; Max length: 5000 characters; Max length: 1500 characters",
    ),
    ("Maximum 5 character IDs allowed.", "up to 5 character IDs"),
    ("Use -1 for random. (Min: -1, Max: 2147483647, Step: 1) (step: 1)", "Min: -1; Max: 2147483647; Step: 1"),
    ("Seconds. - Minimum: `2` - Maximum: `15` - Default: `5`", "Min: 2; Max: 15; Default: 5"),
    (
        "Must be between 40 to 120, (must be multiple of 4) (Min: 40, Max: 120, Step: 4)",
        "Range: 40-120; multiple of 4; Min: 40; Max: 120; Step: 4",
    ),
    ("The value must be an integer in the range [3, 15]. Default: 5", "Range: 3-15; Default: 5"),
    ("Value ranges from 0 (most strict) to 6 (permissive).", "Range: 0-6"),
    ("Random seed. Range: `0-2147483647`.", "Range: 0-2147483647"),
    ("How closely to follow (0-1).", "Range: 0-1"),
    ("Optional. Range 0\u20131, up to 2 decimal places.", "Range: 0-1; up to 2 decimal places"),
    ("Video duration in 4-15 seconds.", "4-15 seconds"),
    ("The audio must be between 5 and 30 seconds.", "5-30 seconds"),
    ("Optional duration: 3s - 15s", "3-15 seconds"),
    ("trimmed between 3,000 and 8,000 milliseconds", "Combined: 3000-8000 milliseconds"),
    (
        "Single [2, 15] s, maximum 3 reference audios, total duration of all not exceeding 15 s.",
        "2-15 seconds; up to 3 reference audios; Max total duration: 15 seconds",
    ),
    ("the duration cannot exceed 5 minutes", "Max duration: 5 minutes"),
    ("The interval must be at least 10 seconds.", "Combined: Min duration: 10 seconds"),
    (
        "(File URL; Accepted types: image/jpeg, image/png, image/webp; Max size: 10.0MB)",
        "Accepted types: image/jpeg, image/png, image/webp; Max size: 10.0MB",
    ),
    (
        "Supported file types: `image/jpeg`, `image/png`, and `image/gif`. Maximum file size: 10 MB per one.",
        "Accepted types: image/jpeg, image/png, image/gif; Max size: 10MB",
    ),
    ("Image size must not exceed 30 MB", "Max size: 30MB"),
    ("size is limited to 100M,", "Max size: 100MB"),
    ("maximum total size 10MB across all", "Max total size: 10MB"),
    ("File size: 10 MB maximum.", "Max size: 10MB"),
    ("Images must be in JPG, JPEG, or PNG format;", "Formats: JPG, JPEG, PNG"),
    ("- Supports PNG, JPEG - Does not support HEIC, HEIF", "Formats: PNG, JPEG"),
    ("HTTP, HTTPS, and OSS URLs are supported. Supports HTTP, HTTPS addresses", ""),
    ("input images for editing,up to 10 images.", "up to 10 images"),
    ("reference a maximum of three elements.", "up to 3 elements"),
    ("Exactly one image is required.", "exactly 1 image"),
    ("Only `1` image is supported.", "only 1 image"),
    ("Provide 1\u20139 images.", "1-9 images"),
    ("Supports 1 or 2 images:", "1-2 images"),
    ("The total number of images and videos cannot exceed 5.", "Max total count: 5"),
    ("the number of video character subjects must not exceed 3", "up to 3 video character subjects"),
    ("Aspect ratio: Between 1:2.5 and 2.5:1.", "Aspect ratio: 1:2.5-2.5:1"),
    (
        "Aspect ratio (width/height): (0.4, 2.5) Width and height (px): (300, 6000)",
        "Aspect ratio: 0.4-2.5; Sides: 300-6000 px",
    ),
    ("these aspect ratios are not supported: 5:4, 4:5", ""),
    ("both width and height must be at least 300 px", "Min side: 300 px"),
    (
        "max 16MP, max dimension 4096px, min dimension 256px",
        "Max megapixels: 16; Max side: 4096 px; Min side: 256 px",
    ),
    ("total pixels must not exceed 8,294,400", "Max total pixels: 8294400"),
    ("Bitrate: 1\u201330 Mbps. Frame rate: 24\u201360 fps.", "Bitrate: 1-30 Mbps; Frame rate: 24-60 fps"),
    ("Defaults to false. You can set it to false", "Default: false"),
    ('Default value: "" (Max length: 500 characters)', 'Default: ""; Max length: 500 characters'),
    ("The default is an empty array.", ""),
    ("Leave empty to use the default of 4096.", "Default: 4096"),
    ("is set to auto by default", "Default: auto"),
    ("Valid values: 720P, 1080P (default).", "Options: 720P, 1080P; Default: 1080P"),
    ("Options: 16:9; 9:16; 1:1", "Options: 16:9, 9:16, 1:1"),
    ("Must be either 480p or 720p.", "Options: 480p, 720p"),
    ("A sentence about the generated image, and no fact.", ""),
    ("", ""),
    ("\u751f\u6210\u89c6\u9891\u65f6\u957f [3, 15]", ""),
]


@pytest.mark.parametrize(("description", "facts"), EXAMPLES)
def test_a_bound_keeps_its_number_and_loses_its_sentence(description, facts):
    assert fragments(description) == facts


@pytest.mark.parametrize("facts", sorted({facts for _, facts in EXAMPLES}))
def test_facts_are_facts_already(facts):
    assert fragments(facts) == facts


WORDS = [
    "max",
    "length",
    "characters",
    ":",
    "5",
    "10",
    "images",
    "(",
    ")",
    "[",
    "]",
    ",",
    ";",
    "-",
    "seconds",
    "MB",
    "default",
    "is",
    "range",
    "to",
    "size",
    "step",
    "min",
    "up",
    "options",
    "a",
    "720p",
]


@given(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join))
def test_stating_them_settles_them(text):
    """Reading facts out of facts ends: after a second time nothing moves any more."""
    twice = fragments(fragments(text))
    assert fragments(twice) == twice


@given(st.text(max_size=300))
def test_any_text_can_be_read(text):
    assert "\n" not in fragments(text)


def descriptions(value):
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "description" and isinstance(each, str):
                yield each
            else:
                yield from descriptions(each)
    elif isinstance(value, list):
        for each in value:
            yield from descriptions(each)


STATED = re.compile(
    r"(?:max|min)(?:imum)? (?:length|file size|size)|(?:min|max)(?:imum)?: `?-?\d|accepted (?:file )?types|"
    r"step: |up to \d+ (?:image|video|audio|file)|\d ?[-\u2013] ?\d+ (?:seconds|images)|default value",
    re.IGNORECASE,
)


@pytest.fixture(scope="module", name="texts", params=["2026-04", "2026-08-22"])
def _texts(request, shared):
    """Every description of a recording."""
    upstream = recordings.read_recording(shared / request.param)
    return {text for page in upstream.pages.content for text in descriptions(page.openapi)}


def test_every_stated_bound_of_the_recordings_is_kept(texts):
    """What states a bound in the usual words gives a fact, and facts give themselves."""
    stated = [text for text in texts if STATED.search(text)]
    assert len(stated) > 100
    assert [text for text in stated if not fragments(text)] == []
    assert [text for text in texts if fragments(fragments(text)) != fragments(text)] == []


def test_no_number_is_made_up(texts):
    """Every number of a fact stands in the text it was read from."""
    for text in texts:
        plain = re.sub(r"(?i)\bone\b", "1", text.replace(",", "").replace("three", "3"))
        for number in re.findall(r"\d+(?:\.\d+)?", fragments(text)):
            assert number in plain, (text, number)
