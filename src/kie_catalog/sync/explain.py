"""One row against one model: what each token of the row is, if the row is about that model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from kie_catalog.domain.catalog import Category, Charge
from kie_catalog.domain.snapshot import PriceRow
from kie_catalog.domain.units import Sold, Unit
from kie_catalog.domain.values import Value, canonical
from kie_catalog.sync.aliases import Alias
from kie_catalog.sync.identity import KnownModel, stem, words_of_operation
from kie_catalog.sync.resolution import Explained, Role
from kie_catalog.sync.tokens import Kind, Token, name_words

SOURCE_RESOLUTION: Final = "source_resolution"
"""A measurement, not an input: the resolution of the video that is given to be upscaled."""

_NAMING: Final = frozenset({Kind.WORD, Kind.NUMBER, Kind.OPERATION})
_SHELVES: Final = frozenset(Category)
_ECHOES: Final = frozenset({Unit.SECOND, Unit.IMAGE})
"""Units with which `1.0s` says nothing: the price of a second is for one second."""


@dataclass
class Reading:
    """What a row says if it is about a model."""

    model: KnownModel
    explained: list[Explained] = field(default_factory=list)
    choices: list[tuple[Token, list[dict[str, Value]]]] = field(default_factory=list)
    """Conditions by token; several of one token are several modes."""
    charge: Charge = Charge.OUTPUT
    included: Decimal = Decimal(0)
    unexplained: list[Token] = field(default_factory=list)
    named: int = 0
    """How many tokens are of the model's name."""

    @property
    def is_named(self) -> bool:
        """Whether the row may be about the model at all: its name and its operation fit."""
        return self.named > 0 and not any(token.kind in _NAMING for token in self.unexplained)


class RowReader:
    """Reads one row against models."""

    def __init__(self, row: PriceRow, tokens: Sequence[Token], sold: Sold | None) -> None:
        self._row = row
        self._tokens = tokens
        self._sold = sold
        self._provider = frozenset(stem(word) for word in name_words(row.provider))
        self._said = Counter(_said(tokens))

    def lacking(self, model: KnownModel, operations: Sequence[str]) -> int | None:
        """How many words of the model's name the row leaves out; `None` if a number is among them.

        Args:
            model: the model the row may be about.
            operations: those that the row names.
        """
        covered = frozenset(word for each in operations for word in words_of_operation(each))
        return model.lacking(self._said, covered, names_operation=bool(operations))

    def read(self, model: KnownModel, operation: str | None) -> Reading:
        """Explain every token that can be.

        Args:
            model: the model the row may be about.
            operation: which of the operations that the row names; `None` if it names none.
        """
        reading = Reading(model)
        if operation is not None:
            self._operation(reading, operation)
        for token in self._tokens:
            if token.kind is not Kind.OPERATION and not _READERS[token.kind](self, reading, token):
                reading.unexplained.append(token)
                if token.kind in _NAMING:
                    break  # the row is not about this model, whatever the other words say
        return reading

    def _operation(self, reading: Reading, operation: str) -> None:
        token = next(each for each in self._tokens if operation in each.values)
        if self._by_alias(reading, token, operation):
            return
        if not reading.model.has_operation(operation):
            reading.unexplained.append(token)
            return
        reading.explained.append(Explained(token.text, Role.OPERATION, operation))
        condition = {
            **_condition_of_operation(reading.model, operation),
            **_not_other_operations(reading.model, operation),
        }
        if condition:
            reading.choices.append((token, [condition]))

    def _word(self, reading: Reading, token: Token) -> bool:
        word = token.values[0]
        model = reading.model
        if model.aliases.value_for(word, model.id):
            reading.named += 1
            return self._by_alias(reading, token, word)
        if stem(word) in model.words:
            reading.named += word not in _SHELVES
            return _note(reading, token, Role.IDENTITY, f"names {model.id}")
        if self._by_alias(reading, token, word):
            return True
        if condition := model.properties.with_word(word):
            return _choose(reading, token, [condition])
        if stem(word) in self._provider:
            return _note(reading, token, Role.NOISE, "the provider")
        if word == self._row.interface.strip().lower():
            return _note(reading, token, Role.NOISE, "the shelf")
        return False

    def _number(self, reading: Reading, token: Token) -> bool:
        if reading.model.has_version(token.values):
            return _note(reading, token, Role.IDENTITY, f"names {reading.model.id}")
        if set(token.values) <= self._provider:
            return _note(reading, token, Role.NOISE, "the provider")
        return self._by_alias(reading, token, token.text)

    def _by_alias(self, reading: Reading, token: Token, text: str) -> bool:
        aliases = reading.model.aliases
        if (alias := aliases.value_for(text, reading.model.id)) and isinstance(alias.meaning, Mapping):
            return _choose(reading, token, [dict(alias.meaning)], alias)
        if alias := aliases.noise_for(text, reading.model.id):
            return _note(reading, token, Role.NOISE, f"reviewed {alias.date}: {alias.evidence}")
        return False

    def _size(self, reading: Reading, token: Token) -> bool:
        found = [self._one_size(reading, value) for value in token.values]
        if all(found):
            return _choose(reading, token, found)
        words = [word for value in token.values for word in name_words(value)]
        if set(words) <= reading.model.words:
            return _note(reading, token, Role.IDENTITY, f"names {reading.model.id}")
        return len(token.values) == 1 and self._by_alias(reading, token, token.values[0])

    def _one_size(self, reading: Reading, size: str) -> dict[str, Value]:
        if condition := reading.model.properties.with_size(size):
            return condition
        alias = reading.model.aliases.value_for(size, reading.model.id)
        return dict(alias.meaning) if alias and isinstance(alias.meaning, Mapping) else {}

    def _seconds(self, reading: Reading, token: Token) -> bool:
        seconds = Decimal(token.values[0])
        if seconds == 1 and self._sold is not None and self._sold.unit in _ECHOES:
            return _note(reading, token, Role.NOISE, "the unit again")
        condition = reading.model.properties.with_duration(seconds)
        if condition:
            return _choose(reading, token, [condition])
        return self._by_alias(reading, token, f"{token.values[0]} seconds")

    def _limit(self, reading: Reading, token: Token) -> bool:
        return self._by_alias(reading, token, f"up to {token.values[0]} seconds")

    def _factor(self, reading: Reading, token: Token) -> bool:
        found = [reading.model.properties.with_factor(value) for value in token.values]
        return all(found) and _choose(reading, token, found)

    def _conversion(self, reading: Reading, token: Token) -> bool:
        source, target = token.values
        condition = reading.model.properties.with_size(target)
        return bool(condition) and _choose(reading, token, [{**condition, SOURCE_RESOLUTION: source}])

    def _media(self, reading: Reading, token: Token) -> bool:
        medium, has = token.values[0], token.values[1] == "yes"
        properties = reading.model.properties
        if medium == "audio":
            condition = properties.with_sound(has=has)
        else:
            condition = properties.with_media(medium, has=has)
        if condition:
            return _choose(reading, token, [condition])
        return self._by_alias(reading, token, f"{'with' if has else 'no'} {medium}")

    def _charge(self, reading: Reading, token: Token) -> bool:
        charge = _charge_of(token.values[0], reading.model, self._sold)
        if charge is None:
            return False
        reading.charge = charge
        return _note(reading, token, Role.CHARGE, charge.value)

    def _included(self, reading: Reading, token: Token) -> bool:
        reading.included = Decimal(1)
        return _note(reading, token, Role.CHARGE, "one unit is included")


def _said(tokens: Sequence[Token]) -> list[str]:
    words: list[str] = []
    for token in tokens:
        if token.kind in {Kind.WORD, Kind.MEDIA}:
            words.append(stem(token.values[0]))
        elif token.kind is Kind.NUMBER:
            words += token.values
        elif token.kind is Kind.SIZE:
            words += [word for value in token.values for word in name_words(value)]
    return words


def _note(reading: Reading, token: Token, role: Role, meaning: str) -> bool:
    reading.explained.append(Explained(token.text, role, meaning))
    return True


def _choose(
    reading: Reading, token: Token, conditions: list[dict[str, Value]], alias: Alias | None = None
) -> bool:
    said = " or ".join(canonical(condition) for condition in conditions)
    source = f" (reviewed {alias.date}: {alias.evidence})" if alias else ""
    reading.choices.append((token, conditions))
    return _note(reading, token, Role.VALUE, f"{said}{source}")


def _condition_of_operation(model: KnownModel, operation: str) -> dict[str, Value]:
    """For a model that does several: text to video is the request without an image, and so on."""
    if model.operations:
        return {}
    images = model.properties.media("image")
    if len(images) != 1 or model.properties.is_required(images):
        return {}
    if operation.startswith("text-to-"):
        return {images[0]: {"present": False}}
    return {images[0]: {"present": True}} if operation.startswith("image-to-") else {}


def _not_other_operations(model: KnownModel, operation: str) -> dict[str, Value]:
    """Where a listed value means another operation, this one is the request without it or with another."""
    condition: dict[str, Value] = {}
    for name, value in model.other_operations(operation):
        options = model.properties.by_name[name].options if name in model.properties.by_name else ()
        if value in options:
            condition[name] = [None, *(each for each in options if each != value)]
    return condition


def _charge_of(said: str, model: KnownModel, sold: Sold | None) -> Charge | None:
    """What is billed; an input that a model does not take can't be billed."""
    if said == "output":
        return Charge.OUTPUT
    by_tokens = sold is not None and sold.unit is Unit.MILLION_TOKENS
    if said in {"input", "cached_input", "cache_write"} and (by_tokens or model.category is Category.CHAT):
        return Charge(said)
    medium = "image" if said == "input" and model.category is Category.IMAGE else said.removeprefix("input_")
    if medium in {"image", "video"} and model.properties.media(medium):
        return Charge(f"input_{medium}")
    return None


_READERS: Final[Mapping[Kind, Callable[[RowReader, Reading, Token], bool]]] = {
    Kind.WORD: RowReader._word,  # noqa: SLF001 -- the table of this class's own methods
    Kind.NUMBER: RowReader._number,  # noqa: SLF001 -- see above
    Kind.SIZE: RowReader._size,  # noqa: SLF001 -- see above
    Kind.SECONDS: RowReader._seconds,  # noqa: SLF001 -- see above
    Kind.LIMIT: RowReader._limit,  # noqa: SLF001 -- see above
    Kind.FACTOR: RowReader._factor,  # noqa: SLF001 -- see above
    Kind.CONVERSION: RowReader._conversion,  # noqa: SLF001 -- see above
    Kind.MEDIA: RowReader._media,  # noqa: SLF001 -- see above
    Kind.CHARGE: RowReader._charge,  # noqa: SLF001 -- see above
    Kind.INCLUDED: RowReader._included,  # noqa: SLF001 -- see above
}
