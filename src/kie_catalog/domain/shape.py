"""The shape of the catalog file: one table for rules, reader, writer and JSON Schema."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from kie_catalog.domain.catalog import Category, Charge, ModelType, Status
from kie_catalog.domain.units import Unit


class Kind(enum.Enum):
    """What a field holds."""

    TEXT = "a text"
    ID = "an id"
    TITLE = "a text that is not empty"
    DATE = "a date as 'YYYY-MM-DD'"
    VERSION = "'1.0' or '2.0'"
    NUMBER = "a number"
    FLAG = "true or false"
    WORD = "one of the listed words"
    TEXTS = "a list of texts"
    CONDITIONS = "a mapping of input properties to conditions"
    MODES = "a list of modes"
    MODELS = "a list of models"


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a mapping in the file."""

    name: str
    kind: Kind
    required: frozenset[str] = frozenset()
    """The versions of the file in which the key must be there."""
    since: str = "1.0"
    """The first version of the file that knows the key."""
    words: tuple[str, ...] = ()
    """The legal words, for `Kind.WORD`."""


_BOTH: Final = frozenset({"1.0", "2.0"})
_TWO: Final = frozenset({"2.0"})


def _words(words: type[enum.StrEnum]) -> tuple[str, ...]:
    return tuple(word.value for word in words)


# In the order in which the writer writes them.
CATALOG_FIELDS: Final = (
    Field("version", Kind.VERSION, _BOTH),
    Field("source", Kind.TEXT, _BOTH),
    Field("last_updated", Kind.DATE, _BOTH),
    Field("models", Kind.MODELS, _BOTH),
)
MODEL_FIELDS: Final = (
    Field("id", Kind.ID, _BOTH),
    Field("title", Kind.TITLE, _TWO, since="2.0"),
    Field("title_ru", Kind.TITLE, _BOTH),
    Field("type", Kind.WORD, frozenset({"1.0"}), words=_words(ModelType)),
    Field("category", Kind.WORD, since="2.0", words=_words(Category)),
    Field("provider", Kind.TITLE, since="2.0"),
    Field("status", Kind.WORD, _TWO, since="2.0", words=_words(Status)),
    Field("page", Kind.TEXT, since="2.0"),
    Field("free", Kind.FLAG),
    Field("description_ru", Kind.TEXT),
    Field("required_inputs_ru", Kind.TEXTS),
    Field("output_type_ru", Kind.TEXT),
    Field("modes", Kind.MODES, _BOTH),
)
MODE_FIELDS: Final = (
    Field("id", Kind.ID, _TWO, since="2.0"),
    Field("charge", Kind.WORD, since="2.0", words=_words(Charge)),
    Field("unit", Kind.WORD, _BOTH, words=_words(Unit)),
    Field("per", Kind.NUMBER, since="2.0"),
    Field("credits", Kind.NUMBER, _BOTH),
    Field("official_usd", Kind.NUMBER, frozenset({"1.0"})),
    Field("included", Kind.NUMBER, since="2.0"),
    Field("when", Kind.CONDITIONS, since="2.0"),
    Field("status", Kind.WORD, since="2.0", words=_words(Status)),
    Field("title_ru", Kind.TEXT),
    Field("short_hint_ru", Kind.TEXT),
    Field("notes", Kind.TEXT),
)
