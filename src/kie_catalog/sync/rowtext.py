"""The words of a price row: normalised, split, and what they may not contradict."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from kie_catalog.domain.ids import id_key
from kie_catalog.domain.snapshot import PriceRow

_BLANKS: Final = re.compile(r"\s+")
_ZERO_WIDTH: Final = re.compile(r"[\u200b-\u200f\u2060\ufeff]")
_ANCHOR_HOSTS: Final = frozenset({"kie.ai", "www.kie.ai"})

# Each operation with the words for it; `text-to-video` is also the `text to video` of many rows.
_OPERATIONS: Final = (
    "text-to-video",
    "image-to-video",
    "video-to-video",
    "reference-to-video",
    "speech-to-video",
    "text-to-image",
    "image-to-image",
    "text-to-speech",
    "text-to-dialogue",
    "video-edit",
    "upscale",
    "extend",
    "layer-decomposition",
    "motion-control",
)
_SAME: Final = {"videoedit": "video-edit", "r2v": "reference-to-video", "edit": "image-to-image"}
# Grades that make another model, or a value of one: Pro is not Standard.
_GRADES: Final = frozenset(
    {
        "pro",
        "standard",
        "master",
        "turbo",
        "fast",
        "lite",
        "ultra",
        "mini",
        "flex",
        "max",
        "plus",
        "preview",
        "omni",
    }
)
# Words that make a row a price of something beside the output.
_SURCHARGE: Final = re.compile(
    r"\b(?:image input|input image|video input|audio input|input|first image free|get (?:4k|1080p) video)\b"
)
_NO_SURCHARGE: Final = re.compile(r"\b(?:with|no|without) (?:video|image|audio) input\b")
_VERSION: Final = re.compile(r"\d+(?:\.\d+)*")


def normalise(text: str) -> str:
    """One form for all spellings: full-width characters, arrows, zero-width ones, runs of blanks."""
    plain = _ZERO_WIDTH.sub("", unicodedata.normalize("NFKC", text)).replace("→", "->")
    return _BLANKS.sub(" ", plain).strip()


def squeeze(text: str) -> str:
    """Letters and digits only, for comparing a row's name with an id."""
    return re.sub(r"[^a-z0-9]+", "", normalise(text).lower())


def segments(description: str) -> list[str]:
    """The comma-separated parts of a description, normalised; a comma in brackets splits too."""
    return [part.strip() for part in normalise(description).split(",")]


def tail(description: str) -> str | None:
    """Everything behind the first comma, verbatim but for blanks at its ends; `None` if nothing is there."""
    _, comma, rest = description.partition(",")
    return rest.strip() or None if comma else None


def anchor_model(anchor: str) -> str | None:
    """The id in an anchor's `?model=`, on KIE's own host only; an anchor may be any text."""
    try:
        url = urlsplit(anchor.strip())
    except ValueError:
        return None
    if url.hostname not in _ANCHOR_HOSTS:
        return None
    values = parse_qs(url.query).get("model", [])
    return values[0].strip() or None if len(values) == 1 else None


def is_surcharge(row: PriceRow) -> bool:
    """Whether the row's words price an input or a post-processing rather than the output."""
    words = _NO_SURCHARGE.sub(" ", normalise(row.description).lower())
    return _SURCHARGE.search(words) is not None


def operations(text: str) -> frozenset[str]:
    """The operations that a text or an id names."""
    words = "-" + re.sub(r"[^a-z0-9]+", "-", normalise(text).lower()) + "-"
    named = {each for each in _OPERATIONS if f"-{each}" in words}
    return frozenset(named | {name for word, name in _SAME.items() if f"-{word}-" in words})


def contradictions(row: PriceRow, model_id: str, schema: Mapping[str, Any] | None) -> Iterator[str]:
    """What in a row's text speaks against a model that its anchor names.

    The anchors of the recorded feeds are wrong on some rows (`grok-imagine, text-to-image` points at
    `grok-imagine/text-to-video`), so an anchor counts only where the text raises no objection.
    """
    text = normalise(row.description).lower()
    said, meant = operations(text), operations(model_id)
    if said and meant and not said & meant:
        yield f"the text says {_and(said)}, the id {_and(meant)}"
    if (grades := _grades(text) - _grades(model_id) - _legal_words(schema)) and grades:
        yield f"the text says {_and(grades)}, which is neither in the id nor a value of its schema"
    digits = _digits(model_id)
    missing = [each for each in _versions(segments(text)[0]) if each not in digits]
    if digits and missing:
        yield f"the text says version {_and(missing)}, which is not in the id"
    if not _shares_a_name(text, model_id):
        yield "no word of the id is in the text"


def _grades(text: str) -> set[str]:
    return set(_GRADES) & set(re.split(r"[^a-z]+", text.lower()))


def _legal_words(schema: Mapping[str, Any] | None) -> set[str]:
    """Every word of an enum value in a schema."""
    words: set[str] = set()
    for definition in (schema or {}).get("properties", {}).values():
        for value in definition.get("enum", ()) if isinstance(definition, Mapping) else ():
            words.update(re.split(r"[^a-z]+", str(value).lower()))
    return words


def _versions(name: str) -> list[str]:
    """Version numbers in a row's first segment, a trailing `.0` dropped: `kling 2.6`, `Qwen image 3.0`."""
    return [re.sub(r"(?:\.0)+$", "", each).lstrip("0") or "0" for each in _VERSION.findall(name)]


def _digits(model_id: str) -> set[str]:
    """Every version an id could mean: `v2-5-turbo` means 2.5, 2 and 5; `02` means 2."""
    groups = [each.lstrip("0") or "0" for each in re.findall(r"\d+", model_id)]
    return set(groups) | {f"{first}.{second}" for first, second in pairwise(groups)}


def _shares_a_name(text: str, model_id: str) -> bool:
    operation_words = {word for each in _OPERATIONS for word in each.split("-")}
    names = {word for word in re.split(r"[^a-z]+", id_key(model_id)) if len(word) > 2} - operation_words  # noqa: PLR2004 -- `to`, `v` and `api` name nothing
    letters = re.sub(r"[^a-z]+", "", text)
    return not names or any(name in letters for name in names)


def _and(words: Iterable[str]) -> str:
    return " and ".join(sorted(words))
