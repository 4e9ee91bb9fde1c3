"""Structure: the file has the fields, kinds and words that its version asks for (KC101 to KC108)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from kie_catalog.domain.catalog import VERSIONS
from kie_catalog.domain.money import parse_amount
from kie_catalog.domain.shape import CATALOG_FIELDS, MODE_FIELDS, MODEL_FIELDS, Field, Kind
from kie_catalog.domain.values import ABSENT, Absence, Value
from kie_catalog.rules.mending import in_kind, kind_fix, other_word, renamed
from kie_catalog.rules.subject import Entry, Hit, Subject, is_list
from kie_catalog.rules.wording import amount_text, clip, nearest, say

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LISTS: Final = frozenset({Kind.TEXTS, Kind.MODES, Kind.MODELS})
_SHAPES: Final = {"file": CATALOG_FIELDS, "model": MODEL_FIELDS, "mode": MODE_FIELDS}


def file_is_a_mapping(subject: Subject) -> Iterator[Hit]:
    """A catalog file is one mapping, with the models in a list under `models`.

    Why: a list or a text at the top has no version, so no loader can tell how to read it.

    Bad::

        - id: flux-2/pro-text-to-image

    Good::

        version: '2.0'
        models:
        - id: flux-2/pro-text-to-image

    Cure: put the list under `models`, and give the file its `version`.
    """
    if subject.root is None:
        found = say(subject.document.data)
        yield Hit((), f"the file is {found}; it must be a mapping with `version` and `models`")


def version_is_known(subject: Subject) -> Iterator[Hit]:
    """The `version` is one of those that this tool can read.

    Why: the version decides which fields there are; a guess would judge the file by a wrong law.

    Bad::

        version: '3.0'

    Good::

        version: '2.0'

    Cure: write the version the file has; `kie-catalog migrate` makes a 2.0 of a 1.0.
    """
    version = subject.root.text("version") if subject.root else None
    if subject.root and version is not None and version not in VERSIONS:
        message = f"version '{clip(version)}' is unknown; write {Kind.VERSION.value}"
        yield subject.root.hit(message, "version")


def keys_are_known(subject: Subject) -> Iterator[Hit]:
    """Every key is one that the file's version knows at that place.

    Why: a loader skips a key it does not know, so a slip of the pen silently loses what it was to say.

    Bad::

        modes:
        - unit: image
          note: Pro

    Good::

        modes:
        - unit: image
          notes: Pro

    Cure: correct the key, move it to where it belongs, or remove it.
    """
    known = {noun: _known_keys(shape, subject.versions) for noun, shape in _SHAPES.items()}
    for entry in subject.entries:
        for key in entry.fields:
            if key not in known[entry.noun]:
                yield _unknown(entry, f"{key}", known[entry.noun])


def fields_are_there(subject: Subject) -> Iterator[Hit]:
    """Every field that the file's version requires is there.

    Why: a bot that starts with half a model fails later, at the buyer's request.

    Bad::

        - unit: image
          official_usd: 0.07

    Good::

        - unit: image
          credits: 14
          official_usd: 0.07

    Cure: add the field.
    """
    who = f"version {min(subject.versions)}" if len(subject.versions) == 1 else "every version"
    for entry in subject.entries:
        for field in _SHAPES[entry.noun]:
            if field.name not in entry.fields and subject.versions <= field.required:
                message = f"{entry.name} has no `{field.name}`, which {who} requires; add it"
                yield entry.hit(message, about=field.name)


def kinds_are_right(subject: Subject) -> Iterator[Hit]:
    """Every field holds what its kind says: a text, a number, a list.

    Why: `credits: '14'` is a text, and text times a quantity is no price.

    Bad::

        credits: '14'
        notes: 1080

    Good::

        credits: 14
        notes: '1080'

    Cure: quote what is meant as a text, unquote what is meant as a number, list what is a list.
    """
    for entry in subject.entries:
        for field in _SHAPES[entry.noun]:
            value = entry.fields.get(field.name, ABSENT)
            if not isinstance(value, Absence) and (field.kind in _LISTS or not _fits(field.kind, value)):
                yield from _wrong_kinds(entry, field, value)


def words_are_known(subject: Subject) -> Iterator[Hit]:
    """A field with a vocabulary holds one of its words.

    Why: `unit`, `type`, `category`, `status` and `charge` steer how a price is reckoned and what is offered.

    Bad::

        unit: seconds

    Good::

        unit: second

    Cure: take the word that the message proposes, or one of those it lists.
    """
    for entry, field, word in _texts(subject, Kind.WORD):
        if word not in field.words:
            yield _unknown_word(entry, field, word)


def texts_say_something(subject: Subject) -> Iterator[Hit]:
    """A title or a provider is not empty.

    Why: it is a button's label; an empty one is a button that nobody can read.

    Bad::

        title_ru: ''

    Good::

        title_ru: Flux 2 Pro

    Cure: write the name that people know.
    """
    for entry, field, text in _texts(subject, Kind.TITLE):
        if not text.strip():
            yield entry.hit(f"`{field.name}` is an empty text; write what people are to read", field.name)


def dates_are_real(subject: Subject) -> Iterator[Hit]:
    """A date is a day of the calendar, written as 'YYYY-MM-DD'.

    Why: reports and bots order states of the catalog by it, and as text that works in this form only.

    Bad::

        last_updated: '2026-02-30'

    Good::

        last_updated: '2026-02-28'

    Cure: write the day of the last change.
    """
    for entry, field, text in _texts(subject, Kind.DATE):
        if not _is_date(text):
            message = f"`{field.name}` is '{clip(text)}', which is no day; write it as 'YYYY-MM-DD'"
            yield entry.hit(message, field.name)


def _texts(subject: Subject, kind: Kind) -> Iterator[tuple[Entry, Field, str]]:
    """All texts that stand in fields of a kind."""
    fields = {noun: [each for each in shape if each.kind is kind] for noun, shape in _SHAPES.items()}
    for entry in subject.entries:
        for field in fields[entry.noun]:
            text = entry.text(field.name)
            if text is not None:
                yield entry, field, text


def _known_keys(shape: Iterable[Field], versions: frozenset[str]) -> frozenset[str]:
    return frozenset(each.name for each in shape if any(version >= each.since for version in versions))


def _unknown(entry: Entry, key: str, known: frozenset[str]) -> Hit:
    meant = nearest(key, sorted(known))
    since = next((field.since for field in _SHAPES[entry.noun] if field.name == key), None)
    if since is not None:
        # One wrong version makes a fault of every newer key: they are told as one.
        message = (
            f"`{key}` belongs to version {since}; remove it, or upgrade the file with `kie-catalog migrate`"
        )
        return entry.hit(message, key, key=True, about=key, cause=f"keys of version {since}")
    fact = f"a {entry.noun} has no `{clip(key)}`"
    if meant:
        fix = renamed(entry, key, meant)
        return entry.hit(f"{fact}; did you mean `{meant}`?", key, key=True, meant=meant, fix=fix, about=meant)
    homes = [noun for noun, shape in _SHAPES.items() if any(field.name == key for field in shape)]
    cure = f"; it belongs to a {homes[0]}" if homes else "; remove it"
    return entry.hit(fact + cure, key, key=True, about=clip(key))


def _unknown_word(entry: Entry, field: Field, word: str) -> Hit:
    fact, meant = f"`{field.name}` has no word '{clip(word)}'", nearest(word, field.words)
    if meant is None:
        return entry.hit(f"{fact}; it must be one of {', '.join(field.words)}", field.name)
    fix = other_word((*entry.pointer, field.name), word, meant)
    return entry.hit(f"{fact}; did you mean `{meant}`?", field.name, meant=meant, new=meant, fix=fix)


def _wrong_kinds(entry: Entry, field: Field, value: Value) -> Iterator[Hit]:
    if not _fits(field.kind, value):
        must = f"one of {', '.join(field.words)}" if field.words else field.kind.value
        fact = f"`{field.name}` is {say(value)}; it must be {must}"
        new = in_kind(field.kind, value)
        fix = None if isinstance(new, Absence) else kind_fix((*entry.pointer, field.name), new)
        yield entry.hit(fact + _cure(field.kind, value), field.name, new=new, fix=fix)
    elif field.kind in _LISTS and isinstance(value, Sequence):
        is_right, must = (_is_text, "a text") if field.kind is Kind.TEXTS else (_is_mapping, "a mapping")
        for index, each in enumerate(value):
            if not is_right(each):
                yield entry.hit(
                    f"an entry of `{field.name}` is {say(each)}; it must be {must}", field.name, index
                )


def _fits(kind: Kind, value: Value) -> bool:
    match kind:
        case Kind.NUMBER:
            return isinstance(value, Decimal)
        case Kind.FLAG:
            return isinstance(value, bool)
        case Kind.CONDITIONS:
            return _is_mapping(value)
        case Kind.TEXTS | Kind.MODES | Kind.MODELS:
            return is_list(value)
        case _:
            return _is_text(value)


def _cure(kind: Kind, value: Value) -> str:
    match value:
        case str() if kind is Kind.NUMBER and (amount := parse_amount(value)) is not None:
            return f"; write {amount_text(amount)}, without quotes"
        case str() if kind is Kind.FLAG and value.lower() in {"true", "false"}:
            return f"; write {value.lower()}, without quotes"
        case str() | Mapping() if kind in _LISTS:
            return "; begin each entry with a hyphen"
        case Decimal() if _fits(kind, ""):
            return f"; put it in quotes: '{clip(str(value))}'"
    return ""


def _is_text(value: Value) -> bool:
    return isinstance(value, str)


def _is_mapping(value: Value) -> bool:
    return isinstance(value, Mapping)


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
