"""`sync/ownership.yaml`: which field of the catalog belongs to upstream, and which to people.

A field is named by its path in a model: `title_ru`, `modes/480p/credits`, `schema` (its input schema). A
pattern may have `*` in it, and speaks for all below what it names: `modes` is every field of every mode.
Of several that fit, the more exact decides: left to right a name before a wildcard, then the longer one.
What a model's own block says goes before all that holds for every model.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Final, TypeAlias

from kie_catalog.domain.document import Document
from kie_catalog.domain.shape import MODE_FIELDS, MODEL_FIELDS
from kie_catalog.domain.values import Pointer, Value
from kie_catalog.sync.settings_file import FormReader

Path: TypeAlias = tuple[str, ...]
"""The path of a field in its model."""

MODES: Final = "modes"
SCHEMA: Final = "schema"
_WILD: Final = frozenset("*?[")
_MODE_DEPTH: Final = 2
"""`modes/<id>`: what comes behind is a field of a mode."""


class Owner(enum.StrEnum):
    """To whom a field belongs."""

    UPSTREAM = "upstream"
    """A sync keeps it true; what people change stands until upstream moves it too."""
    HUMAN = "human"
    """A sync never touches it."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Whose the fields are that a pattern fits."""

    path: Path
    owner: Owner

    @property
    def rank(self) -> tuple[tuple[int, ...], bool]:
        """How exact it is; of two that are equally so, the one that protects people's work decides."""
        exactness = tuple(1 if part == "*" else 3 - (not _WILD.isdisjoint(part)) for part in self.path)
        return exactness, self.owner is Owner.HUMAN

    def fits(self, path: Path) -> bool:
        """Whether it speaks of a path."""
        return len(self.path) <= len(path) and all(map(fnmatchcase, path, self.path))


DEFAULT: Final = (
    Pattern(("*",), Owner.UPSTREAM),
    Pattern(("*_ru",), Owner.HUMAN),
    Pattern(("free",), Owner.HUMAN),
    Pattern((MODES, "*", "*_ru"), Owner.HUMAN),
)
"""What holds in a workspace without the file; the file of this project says the same."""


@dataclass(frozen=True)
class Ownership:
    """The owners of all fields."""

    patterns: Sequence[Pattern] = DEFAULT
    models: Mapping[str, Sequence[Pattern]] = field(default_factory=dict)
    """What differs for single models."""
    _known: dict[Path, Owner] = field(default_factory=dict, repr=False, compare=False)

    def owner(self, model: str, path: Path) -> Owner:
        """Whose a field is."""
        own = _decide(self.models.get(model, ()), path)
        return own or self._general(path)

    def is_human(self, model: str, path: Path) -> bool:
        """Whether a field belongs to people."""
        return self.owner(model, path) is Owner.HUMAN

    def _general(self, path: Path) -> Owner:
        # Thousands of modes share a dozen answers, so what no pattern names by its mode is asked once.
        key = path if self._names_modes else tuple("*" if at == 1 else part for at, part in enumerate(path))
        if key not in self._known:
            self._known[key] = _decide(self.patterns, path) or Owner.UPSTREAM
        return self._known[key]

    @cached_property
    def _names_modes(self) -> bool:
        return any(len(each.path) >= _MODE_DEPTH and each.path[1] != "*" for each in self.patterns)


def _decide(patterns: Sequence[Pattern], path: Path) -> Owner | None:
    fitting = [pattern for pattern in patterns if pattern.fits(path)]
    return max(fitting, key=lambda pattern: pattern.rank).owner if fitting else None


def read_ownership(document: Document) -> Ownership:
    """Read the file.

    Raises:
        CatalogInvalid: with every fault of form, each with line and column.
    """
    reader = FormReader(document)
    whole = reader.mapping(document.data, (), required=("fields",), optional=("models",))
    patterns = _patterns(reader, whole.get("fields"), ("fields",))
    models = {
        model: _patterns(reader, block, ("models", model))
        for model, block in reader.entries(whole.get("models"), ("models",)).items()
    }
    reader.refuse()
    return Ownership(patterns, models)


def _patterns(reader: FormReader, value: Value, pointer: Pointer) -> tuple[Pattern, ...]:
    entries = reader.entries(value, pointer)
    patterns: list[Pattern] = []
    for text in entries:
        path = tuple(text.split("/"))
        _check_path(reader, path, (*pointer, text))
        owner = reader.word(entries, text, pointer, words=tuple(Owner))
        if owner:
            patterns.append(Pattern(path, Owner(owner)))
    return tuple(patterns)


_MODEL_NAMES: Final = (*(each.name for each in MODEL_FIELDS if each.name != "id"), SCHEMA)
_MODE_NAMES: Final = tuple(each.name for each in MODE_FIELDS if each.name != "id")


def _check_path(reader: FormReader, path: Path, pointer: Pointer) -> None:
    """A pattern that can fit no field is a typo, and would leave people's work unprotected in silence."""
    if not any(fnmatchcase(name, path[0]) for name in _MODEL_NAMES):
        reader.unknown(path[0], _MODEL_NAMES, pointer)
    elif len(path) > 1 and not fnmatchcase(MODES, path[0]):
        reader.fault(pointer, f"{path[0]!r} has no parts; name the field alone", key=True)
    elif len(path) == _MODE_DEPTH + 1 and not any(fnmatchcase(name, path[2]) for name in _MODE_NAMES):
        reader.unknown(path[2], _MODE_NAMES, pointer)
    elif len(path) > _MODE_DEPTH + 1:
        reader.fault(pointer, "goes deeper than a field; end it at the field", key=True)
