"""Which models a price row may be about, before any of them is read against it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Final

from kie_catalog.domain.ids import ModelId, id_key, is_model_id, is_qualified_id
from kie_catalog.domain.snapshot import PriceRow
from kie_catalog.sync.aliases import Aliases
from kie_catalog.sync.identity import KnownModel, stem
from kie_catalog.sync.tokens import Kind, Token, anchor_model, anchor_page, name_words, segments

_IN_FORM: Final = re.compile(r"[a-z]+(?:-[a-z0-9]+)+")
"""A chat model's id as the feed writes it: `grok-4-6`."""
_POINTED: Final = re.compile(r"[a-z]+(?:[-.][a-z0-9]+)+")
"""One with a point may be a mere spelling (`gpt-5.5` is `gpt-5-5`), unless the row's link speaks for it."""
_NEARLY: Final = 0.8


class Candidates:
    """The known models by the words that they can explain.

    A row is about a model only if the model explains every word of it, so the models that can be meant are
    those that are in every word's list. The shortest list bounds the work, however many models there are.
    """

    def __init__(self, models: Iterable[KnownModel], aliases: Aliases) -> None:
        self._aliases = aliases
        self._models = {model.id: replace(model, aliases=aliases) for model in models}
        self._by_key: dict[str, list[KnownModel]] = defaultdict(list)
        self._named: dict[str, set[ModelId]] = defaultdict(set)
        self._valued: dict[str, set[ModelId]] = defaultdict(set)
        self._letters: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self._known: dict[str, frozenset[ModelId]] = {}
        for model_id in sorted(self._models):
            model = self._models[model_id]
            self._by_key[id_key(model_id)].append(model)
            for word in model.words:
                self._named[word].add(model_id)
            for word in model.properties.words:
                self._valued[word].add(model_id)
            digits, letters = _split(model_id)
            self._letters[digits].append(letters)

    def of(self, row: PriceRow, split: Sequence[Token]) -> list[KnownModel]:
        """The models that the row may be about, by id; where none explains every word, the nearest ones.

        Args:
            row: the row.
            split: its tokens.
        """
        first = segments(row.description)[0]
        if exact := self._by_key.get(id_key(first)):
            return exact
        if unknown := self._undeclared(row, first):
            return [KnownModel(unknown, aliases=self._aliases)]
        words = list(dict.fromkeys(each.values[0] for each in split if each.kind is Kind.WORD))
        numbers = {part for each in split if each.kind is Kind.NUMBER for part in each.values}
        versions = [self._named.get(number, set()) for number in numbers]
        found = self._explaining(words, row, versions)
        if not found:
            found = self._nearest(words, versions)
        return [self._models[model_id] for model_id in sorted(found)]

    def _explaining(
        self, words: Sequence[str], row: PriceRow, versions: Sequence[AbstractSet[ModelId]]
    ) -> AbstractSet[ModelId]:
        """The models that can explain every word; the provider and the shelf explain themselves."""
        said_anyway = {*map(stem, name_words(row.provider)), row.interface.strip().lower()}
        telling = [word for word in words if stem(word) not in said_anyway and word not in said_anyway]
        holding = [self._holding(word) for word in telling]
        if not holding:
            holding = [set().union(*(self._named.get(stem(word), ()) for word in words))]
        return _in_all([*holding, *versions])

    def _holding(self, word: str) -> AbstractSet[ModelId]:
        """The models that a word names, or with which it is a listed value, a reviewed value or noise."""
        if word not in self._known:
            facts = (*self._aliases.values.get(word, ()), *self._aliases.noise.get(word, ()))
            aliased = (each for each in self._models if any(fact.holds_for(each) for fact in facts))
            named, valued = self._named.get(stem(word), ()), self._valued.get(word, ())
            self._known[word] = frozenset((*named, *valued, *(aliased if facts else ())))
        return self._known[word]

    def _nearest(
        self, words: Sequence[str], versions: Sequence[AbstractSet[ModelId]]
    ) -> AbstractSet[ModelId]:
        """The models that the most telling words name, as far as any model has them together."""
        named = sorted((self._named[word] for word in map(stem, words) if word in self._named), key=len)
        found: AbstractSet[ModelId] = named[0] if named else frozenset()
        for each in named[1:]:
            found = found & each or found
        return _in_all([found, *versions])

    def _undeclared(self, row: PriceRow, first: str) -> ModelId | None:
        """An id that no source declares but the row spells: by its anchor too, or in the form of an id.

        One that has the numbers of a known id and nearly its letters is that id mistyped, and no new one.
        """
        page = anchor_page(row.anchor) if row.interface == "chat" else None
        for named in (anchor_model(row.anchor), page):
            if (
                named
                and is_model_id(named)
                and id_key(named) == id_key(first)
                and any(map(str.isdigit, named))
            ):
                return ModelId(named)
        linked = page is not None and set(name_words(page)) <= set(name_words(first))
        in_form = row.interface == "chat" and (_POINTED if linked else _IN_FORM).fullmatch(first)
        spelled = is_qualified_id(first) or in_form
        return ModelId(first) if spelled and not self._is_mistyped(first) else None

    def _is_mistyped(self, text: str) -> bool:
        digits, letters = _split(text)
        near = SequenceMatcher(None, b=letters)
        for known in self._letters.get(digits, ()):
            near.set_seq1(known)
            if near.real_quick_ratio() > _NEARLY and near.quick_ratio() > _NEARLY and near.ratio() > _NEARLY:
                return True
        return False


def _split(text: str) -> tuple[tuple[str, ...], str]:
    """The numbers of an id, and its letters."""
    words = name_words(text)
    return tuple(each for each in words if each.isdigit()), "".join(
        each for each in words if not each.isdigit()
    )


def _in_all(sets: Sequence[AbstractSet[ModelId]]) -> AbstractSet[ModelId]:
    shortest, *others = sorted(sets, key=len)
    return frozenset(shortest).intersection(*others)
