"""Who a model is to a price row: the names it goes by, and which operations it has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Final

from kie_catalog.domain.catalog import Category
from kie_catalog.domain.ids import ModelId
from kie_catalog.domain.values import Value
from kie_catalog.sync.aliases import Aliases
from kie_catalog.sync.properties import Properties
from kie_catalog.sync.tokens import name_words, normalise

_OPERATIONS: Final = {
    "text-to-video": ("text", "to", "video"),
    "image-to-video": ("image", "to", "video"),
    "video-to-video": ("video", "to", "video"),
    "reference-to-video": ("reference", "to", "video"),
    "speech-to-video": ("speech", "to", "video"),
    "text-to-image": ("text", "to", "image"),
    "image-to-image": ("image", "to", "image"),
    "text-to-speech": ("text", "to", "speech"),
    "text-to-dialogue": ("text", "to", "dialogue"),
    "speech-to-text": ("speech", "to", "text"),
    "video-edit": ("video", "edit"),
    "image-edit": ("image", "edit"),
    "lip-sync": ("lip", "sync"),
}
# What an operation takes in and gives out, where an id names none.
_MEDIA: Final = {
    "text-to-video": (None, Category.VIDEO),
    "image-to-video": ("image", Category.VIDEO),
    "video-to-video": ("video", Category.VIDEO),
    "reference-to-video": ("image", Category.VIDEO),
    "speech-to-video": ("audio", Category.VIDEO),
    "video-edit": ("video", Category.VIDEO),
    "lip-sync": ("audio", Category.VIDEO),
    "text-to-image": (None, Category.IMAGE),
    "image-to-image": ("image", Category.IMAGE),
    "image-edit": ("image", Category.IMAGE),
    "text-to-speech": (None, Category.MUSIC),
    "text-to-dialogue": (None, Category.MUSIC),
}
_JOINING: Final = frozenset({"to", "and", "from", "a", "v", "the", "of"})
"""Words that carry no name: in one spelling of an id and not in the other."""


@dataclass(frozen=True)
class KnownModel:
    """A model that a row may be about, with what is known of it."""

    id: ModelId
    category: Category | None = None
    schema: Mapping[str, Any] | None = None
    title: str = ""
    page: str = ""
    provider: str = ""
    aliases: Aliases = field(default_factory=Aliases, compare=False)

    @cached_property
    def properties(self) -> Properties:
        """The properties of its input."""
        return Properties(self.schema or {})

    @property
    def is_declared(self) -> bool:
        """Whether a page declares it; else only a list of ids knows it."""
        return self.schema is not None

    @cached_property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """Its names as words: the id, the title, the page's path, and reviewed ones."""
        texts = [self.id, self.title, "/".join(self.page.split("/")[-2:])]
        texts += [str(alias.text) for alias in self.aliases.names_of(self.id)]
        return tuple(dict.fromkeys(words for text in texts if (words := _stems(name_words(text)))))

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of every name, and of the shelf that the documentation files it under."""
        shelf = _stems(name_words(self.provider))
        return frozenset((*shelf, *(word for name in self.names for word in name)))

    def has_version(self, parts: tuple[str, ...]) -> bool:
        """Whether one of its names has a version's numbers one after the other: 1.1 is not 1.0."""
        return any(
            name[at : at + len(parts)] == parts
            for name in (*self.names, _stems(name_words(self.provider)))
            for at in range(len(name) - len(parts) + 1)
        )

    @cached_property
    def operations(self) -> frozenset[str]:
        """The operations that its id names; titles speak more loosely."""
        return operations_of(self.id)

    def has_operation(self, operation: str) -> bool:
        """Whether it does an operation: by its name, or else by what it takes in and gives out."""
        if operation in self.operations:
            return True
        if self.operations:
            return _includes(self, operation)
        takes, gives = _MEDIA.get(operation, (None, None))
        if gives is None or gives is not self.category:
            return False
        return takes is None or bool(self.properties.media(takes))

    def other_operations(self, operation: str) -> Iterator[tuple[str, Value]]:
        """The listed values of its input that reviewed facts declare to mean another operation."""
        for other in _OPERATIONS:
            alias = self.aliases.value_for(other, self.id) if other != operation else None
            if alias is not None and isinstance(alias.meaning, Mapping):
                yield from alias.meaning.items()

    def lacking(self, said: Counter[str], covered: frozenset[str], *, names_operation: bool) -> int | None:
        """How many words of its best-fitting name a row leaves unsaid; `None` if a number is among them.

        A row that leaves out a number of each name is about another version, or about none in particular.
        An operation that the row does not name counts as one word, however many it is written in.
        """
        unsaid = frozenset() if names_operation else self._operation_words
        costs = [cost for name in self._counted if (cost := _cost(name, said, covered | unsaid)) is not None]
        return min(costs, default=None) if not unsaid or not costs else min(costs) + 1

    @cached_property
    def _counted(self) -> tuple[Counter[str], ...]:
        return tuple(Counter(name) for name in self.names)

    @cached_property
    def _operation_words(self) -> frozenset[str]:
        return frozenset(word for each in self.operations for word in words_of_operation(each))


def _includes(model: KnownModel, operation: str) -> bool:
    """`edit` of images is image to image, in ids that say so (`seedream/4.5-edit`)."""
    if operation == "image-to-image":
        return "image-edit" in model.operations
    return operation == "video-to-video" and "video-edit" in model.operations


def _cost(name: Counter[str], said: Counter[str], covered: frozenset[str]) -> int | None:
    cost = 0
    for word, times in name.items():
        if times > said[word]:
            if word.isdigit() and word != "0":
                return None
            cost += word not in covered and word not in _JOINING
    return cost


def _stems(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(stem(word) for word in words)


def stem(word: str) -> str:
    """A word without the plural's `s`: the feed says `Vocal`, the id `vocals`."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word  # noqa: PLR2004 -- `gas` is no plural


def operations_of(name: str) -> frozenset[str]:
    """The operations that an id or a title names."""
    words = normalise(name).replace("_", "-").replace("/", "-").replace(" ", "-").split("-")
    joined = f"-{'-'.join(word for word in words if word)}-"
    named = {operation for operation in _OPERATIONS if f"-{operation}-" in joined}
    if "-r2v-" in joined:
        named.add("reference-to-video")
    if "-videoedit-" in joined:
        named.add("video-edit")
    if not named and ("-edit-" in joined or "-remix-" in joined or "-reframe-" in joined):
        named.add("image-edit")
    return frozenset(named)


@cache
def words_of_operation(operation: str) -> frozenset[str]:
    """The words that an operation covers in a name."""
    words = set(_OPERATIONS.get(operation, ()))
    if operation == "reference-to-video":
        words |= {"r", "2", "v", "r2v"}
    if operation == "video-edit":
        words |= {"videoedit"}
    return frozenset(words)
