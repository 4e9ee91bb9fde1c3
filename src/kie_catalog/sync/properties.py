"""The properties of an input schema as a price row may speak of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, Final

from kie_catalog.domain.values import Scalar, Value

_MEDIA_NAMES: Final = {
    "image": re.compile(r"image|frame|photo"),
    "video": re.compile(r"video"),
    "audio": re.compile(r"audio"),
}
_LINKS: Final = re.compile(r"url|image|video|audio|input|list|frame", re.IGNORECASE)
_DURATION: Final = re.compile(
    r"^(?:duration|.*_duration|duration_.*|seconds|extend_times|n_frames)$", re.IGNORECASE
)
_SOUND: Final = re.compile(r"audio|sound", re.IGNORECASE)
_FACTOR: Final = re.compile(r"factor|scale", re.IGNORECASE)
_SIZE_NAMES: Final = ("resolution", "quality", "size", "mode", "image_resolution", "image_size")
_WORDS: Final = re.compile(r"[a-z]+|\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Property:
    """One property, however deep in the schema's branches it is declared."""

    name: str
    schema: Mapping[str, Any]

    @property
    def options(self) -> tuple[Any, ...]:
        """The listed legal values; both of a boolean."""
        options = self.schema.get("enum")
        if isinstance(options, list):
            return tuple(options)
        return (True, False) if self.kind == "boolean" else ()

    @property
    def kind(self) -> str | None:
        """Its JSON type; of several the first that is not null."""
        kind = self.schema.get("type")
        kinds = kind if isinstance(kind, list) else [kind]
        return next((each for each in kinds if each != "null"), None)

    def allows_number(self, number: Decimal) -> Scalar | None:
        """A number as a value of this property, if the schema allows it."""
        if self.options:
            return next((_scalar(each) for each in self.options if _as_number(each) == number), None)
        if self.kind not in {"integer", "number", "string"}:
            return None
        bounds = {**_inferred(self.schema), **self.schema}
        low, high = bounds.get("minimum"), bounds.get("maximum")
        if (low is not None and number < Decimal(str(low))) or (
            high is not None and number > Decimal(str(high))
        ):
            return None
        return format(number, "f") if self.kind == "string" else number


def _inferred(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found = schema.get("x-inferred")
    return found if isinstance(found, Mapping) else {}


def _scalar(option: Any) -> Scalar:
    if isinstance(option, int | float) and not isinstance(option, bool):
        return Decimal(str(option))
    return option if isinstance(option, str | bool | Decimal) else str(option)


def _as_number(option: Any) -> Decimal | None:
    """A listed value as a number: 5, `5`, `5s`; `sNaN` is a number to `Decimal`, and to nobody else."""
    try:
        number = Decimal(str(option).lower().removesuffix("s"))
    except InvalidOperation:
        return None
    return None if isinstance(option, bool) or not number.is_finite() else number


class Properties:
    """All properties of one input schema."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema

    @cached_property
    def by_name(self) -> dict[str, Property]:
        """Every property, also of the schema's branches; the first declaration counts."""
        found: dict[str, Property] = {}
        for name, schema in _declared(self._schema):
            found.setdefault(name, Property(name, schema))
        return found

    @cached_property
    def by_option(self) -> dict[str, dict[str, Scalar]]:
        """The properties that list a value, by how the value is spelled, whatever its case."""
        found: dict[str, dict[str, Scalar]] = {}
        for each in self.by_name.values():
            for option in each.options:
                if not isinstance(option, bool):
                    found.setdefault(str(option).lower(), {}).setdefault(each.name, _scalar(option))
        return found

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word that may state a condition: a listed value, or a part of one that tells models apart."""
        variants = self.by_name["model"].options if "model" in self.by_name else ()
        parts = (part for option in variants for part in _WORDS.findall(str(option).lower()))
        return frozenset((*self.by_option, *parts))

    def with_size(self, size: str) -> dict[str, Value]:
        """The condition that a size like `720p` or `2k` states; empty if no property lists it."""
        owners = self.by_option.get(size, {})
        if len(owners) > 1:
            owners = {name: option for name, option in owners.items() if name in _SIZE_NAMES[:2]} or owners
        return dict(owners) if len(owners) == 1 else {}

    def with_duration(self, seconds: Decimal) -> dict[str, Value]:
        """The condition that a duration states."""
        owners = [each for each in self.by_name.values() if _DURATION.match(each.name)]
        if len(owners) != 1 or (value := owners[0].allows_number(seconds)) is None:
            return {}
        return {owners[0].name: value}

    def with_sound(self, *, has: bool) -> dict[str, Value]:
        """The condition that sound states: the one boolean that speaks of it."""
        owners = [
            each.name for each in self.by_name.values() if each.kind == "boolean" and _SOUND.search(each.name)
        ]
        return {owners[0]: has} if len(owners) == 1 else {}

    def media(self, medium: str) -> list[str]:
        """The properties that take links to a medium."""
        pattern = _MEDIA_NAMES[medium]
        return [
            each.name
            for each in self.by_name.values()
            if pattern.search(each.name.lower())
            and _LINKS.search(each.name)
            and not each.options
            and each.kind in {"string", "array", None}
        ]

    def with_media(self, medium: str, *, has: bool) -> dict[str, Value]:
        """The condition that an input of a medium states."""
        owners = self.media(medium)
        return {owners[0]: {"present": has}} if len(owners) == 1 else {}

    def with_factor(self, factor: str) -> dict[str, Value]:
        """The condition that a factor like `2x` states."""
        number = Decimal(factor)
        owners = [each for each in self.by_name.values() if _FACTOR.search(each.name)]
        values = {each.name: value for each in owners if (value := each.allows_number(number)) is not None}
        return dict(values) if len(values) == 1 else {}

    def with_word(self, word: str) -> dict[str, Value]:
        """The condition that a word states: a listed value, or the word that tells one from the others."""
        exact = self.by_option.get(word)
        told = _told_apart(self.by_name["model"], word) if not exact and "model" in self.by_name else None
        found = exact or ({"model": told} if told is not None else {})
        return dict(found) if len(found) == 1 else {}

    def is_required(self, names: Iterable[str]) -> bool:
        """Whether the schema's root requires one of the properties."""
        return bool(set(names) & set(self._schema.get("required") or ()))


def _told_apart(each: Property, word: str) -> Scalar | None:
    """The one listed value with a word in it, where all of them share a stem: `veo3_fast` by `fast`."""
    holding = [option for option in each.options if word in _WORDS.findall(str(option).lower())]
    return _scalar(holding[0]) if len(holding) == 1 else None


def _declared(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, each in (schema.get("properties") or {}).items():
        if isinstance(each, Mapping):
            yield name, each
    for key in ("oneOf", "anyOf", "allOf"):
        for branch in schema.get(key) or ():
            if isinstance(branch, Mapping):
                yield from _declared(branch)
