"""The results in a finished task's record, in whichever of the families' forms they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kie_catalog.client.envelope import parse_json

_ADDRESS: Final = re.compile(r"https?://[^\s\"'<>\\\]]+", re.IGNORECASE)
_UNDERLINE: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

# The members that hold results, best first: the first of these groups that has any decides.
_MAIN: Final = (
    ("result_urls", "full_result_urls"),
    ("result_video_url", "result_url"),
    ("audio_wav_url",),
    ("audio_url",),
    ("video_url",),
    ("vocal_url", "instrumental_url"),
    ("result_image_url",),
    ("images",),
    ("urls", "url", "mask_urls", "mask_url"),
    ("image_urls",),
    ("image_url",),
    ("stream_audio_url", "source_audio_url"),
    ("origin_urls", "origin_image_url", "origin_url"),
)
_CARRIERS: Final = (
    "response",
    "result_json",
    "result_object",
    "result_info_json",
    "video_info",
    "info",
    "vocal_separation_info",
    "vocal_removal_info",
    "suno_data",
    "origin_data",
    "segments",
    "data",
)
"""The members that results stand in. A request echoed beside them (`param`, `paramJson`) is none."""
_CONTENT: Final = ("result_object", "data", "result", "midi_data", "instruments", "text", "images")
_BOOKKEEPING: Final = re.compile(
    r"(?:parent_|record_)?task_id|record_id|state|status|success_flag|type|operation_type|model|progress|msg"
    r"|(?:create|complete|update|cost|generate)_time|param.*|generate_param|fail_.*|error.*|call_?back.*"
    r"|credits_.*|fallback_flag|expire_flag|parent_music_id"
)
_DEPTH: Final = 6


@dataclass(frozen=True, slots=True)
class Found:
    """What stands in a record."""

    urls: tuple[str, ...]
    extras: dict[str, tuple[str, ...]] = field(default_factory=dict)
    content: Any = None


def results_in(record: Mapping[str, Any]) -> Found:
    """Find the results of a record.

    Args:
        record: `data` of a status call or a callback.
    """
    named: dict[str, list[str]] = {}
    for name, url in _addresses(record, 0):
        urls = named.setdefault(name, [])
        if url not in urls:
            urls.append(url)
    chosen = next((group for group in _MAIN if any(name in named for name in group)), ())
    main = next((named[name] for name in chosen if name in named), [])
    if chosen and chosen[0] in {"vocal_url", "mask_urls"}:  # each of these is a result of its own
        main = [url for name in chosen for url in named.get(name, ())]
    extras = {
        name: tuple(urls) for name, urls in named.items() if urls != main and not set(urls) <= set(main)
    }
    return Found(tuple(main), extras, _content(record))


def snake(name: str) -> str:
    """A member's name in the one spelling that is compared: `resultUrls` and `result_urls` are the same."""
    return _UNDERLINE.sub("_", name).lower()


def _addresses(value: Mapping[str, Any], depth: int) -> Iterator[tuple[str, str]]:
    for name, each in value.items():
        key = snake(str(name))
        if key in _CARRIERS:
            yield from _inside(key, each, depth + 1)
        elif key.endswith(("url", "urls", "images")) and "call_back" not in key and key != "callback_url":
            yield from ((key, url) for url in _urls(each))


def _inside(key: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEPTH:
        return
    if isinstance(value, str):
        parsed = parse_json(value)
        if isinstance(parsed, dict | list):
            value = parsed
        elif key in {"result_json", "response"}:  # a bare address, or a text that is no JSON
            yield from (("result_urls", url) for url in _urls(value))
    if isinstance(value, list):
        for each in value:
            yield from _inside(key, each, depth + 1) if not isinstance(each, str) else _listed(key, each)
    if isinstance(value, dict):
        yield from _addresses(value, depth)


def _listed(key: str, text: str) -> Iterator[tuple[str, str]]:
    if key in {"result_json", "response"}:
        yield from (("result_urls", url) for url in _urls(text))


def _urls(value: Any) -> list[str]:
    """The addresses of a member: a text, a list, a list as a text, or objects that hold one each."""
    if isinstance(value, str):
        return _ADDRESS.findall(value)
    if isinstance(value, list):
        return [url for each in value for url in _urls(each)]
    if isinstance(value, dict):
        return [url for each in value.values() if isinstance(each, str) for url in _ADDRESS.findall(each)]
    return []


def _content(record: Mapping[str, Any]) -> Any:
    """The result where it is no file; `None` where there is none."""
    for name in ("response", "resultJson", "result_json"):
        carrier = record.get(name)
        carrier = parse_json(carrier) if isinstance(carrier, str) else carrier
        if isinstance(carrier, dict) and carrier:
            found = _content_of(carrier)
            if found:
                return found
        elif isinstance(carrier, list) and carrier:
            return carrier
    return _content_of(record) or _rest(record)


def _rest(record: Mapping[str, Any]) -> Any:
    """What a record of an undocumented form (Suno's voices) says beside its bookkeeping."""
    if any(name in record for name in ("response", "resultJson")):
        return None
    rest = {name: each for name, each in record.items() if not _BOOKKEEPING.fullmatch(snake(str(name)))}
    return {name: each for name, each in rest.items() if each} or None


def _content_of(value: Mapping[str, Any]) -> Any:
    for name, each in value.items():
        if snake(str(name)) in _CONTENT and each:
            return each
    return None
