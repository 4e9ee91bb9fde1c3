"""Warnings from bounds that were read out of a page's words: told, never enforced."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from kie_catalog.schemas.json_kinds import is_multiple, is_number, number_of
from kie_catalog.schemas.mending.wording import INFERRED
from kie_catalog.schemas.problems import Path, Problem, What, show_value
from kie_catalog.schemas.readings import is_address

_SUFFIX: Final = re.compile(r"\.([a-z0-9]{2,5})(?:[?#].*)?$", re.IGNORECASE)
_TYPE_OF_SUFFIX: Final = {
    **dict.fromkeys(("jpg", "jpeg"), "image/jpeg"),
    **{each: f"image/{each}" for each in ("png", "webp", "gif", "bmp", "heic", "heif", "tiff")},
    **{each: f"video/{each}" for each in ("mp4", "webm")},
    "mov": "video/quicktime",
    "mkv": "video/x-matroska",
    "avi": "video/x-msvideo",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    **{each: f"audio/{each}" for each in ("wav", "ogg", "flac", "aac")},
}
# One media type under several names.
_SAME_TYPE: Final = {
    "image/jpg": "image/jpeg",
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/m4a": "audio/mp4",
    "video/mov": "video/quicktime",
    "video/avi": "video/x-msvideo",
}


def warnings(value: Any, schema: Mapping[str, Any], path: Path = ()) -> Iterator[Problem]:
    """What in a valid value is beyond the inferred bounds of its schema."""
    inferred = schema.get(INFERRED)
    if isinstance(inferred, dict):
        yield from _beyond(value, inferred, path)
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        for name, each in value.items():
            inner = properties.get(name)
            if isinstance(inner, dict):
                yield from warnings(each, inner, (*path, name))
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for at, each in enumerate(value):
            yield from warnings(each, schema["items"], (*path, at))


def _beyond(value: Any, inferred: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    number = value if is_number(value) else number_of(value) if isinstance(value, str) else None
    size = len(value) if isinstance(value, str | list) else None
    start = inferred.get("minimum", 0)
    checks: tuple[tuple[str, str, Any, Callable[[Any, Any], bool]], ...] = (
        ("minLength", "too-short", size if isinstance(value, str) else None, lambda has, bound: has < bound),
        ("maxLength", "too-long", size if isinstance(value, str) else None, lambda has, bound: has > bound),
        ("minItems", "too-few", size if isinstance(value, list) else None, lambda has, bound: has < bound),
        ("maxItems", "too-many", size if isinstance(value, list) else None, lambda has, bound: has > bound),
        ("minimum", "too-small", number, lambda has, bound: has < bound),
        ("maximum", "too-large", number, lambda has, bound: has > bound),
        ("step", "wrong-step", number, lambda has, step: not is_multiple(has, step, start=start)),
    )
    for key, code, has, is_broken in checks:
        if key in inferred and has is not None and is_broken(has, inferred[key]):
            yield Problem(path, code, given=str(has), limit=str(inferred[key]))
    if inferred.get("format") == "uri" and isinstance(value, str) and not is_address(value):
        yield Problem(path, "not-an-address", given=show_value(value))
    if "mediaTypes" in inferred:
        yield from _media(value, tuple(inferred["mediaTypes"]), path)


def _media(value: Any, accepted: tuple[str, ...], path: Path) -> Iterator[Problem]:
    """What an address's ending says of its type; an address without one says nothing."""
    if isinstance(value, list):
        for at, each in enumerate(value):
            yield from _media(each, accepted, (*path, at))
        return
    match = _SUFFIX.search(value) if isinstance(value, str) else None
    media_type = _TYPE_OF_SUFFIX.get(match.group(1).lower()) if match else None
    if media_type and media_type not in {_SAME_TYPE.get(each, each) for each in accepted}:
        yield Problem(path, "media-type", What(choices=accepted), show_value(media_type).strip('"'))
