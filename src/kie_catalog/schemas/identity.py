"""Which model a page is about: what its schema, its examples and its address say, weighed against each other.

Pages are made by copying a page, and the copy often keeps the model of the original in its schema. So a
page's claim to a model that another page spells in its address is not believed where this page's example,
its wording, or the one known id that its address or title spells say otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kie_catalog.domain.ids import is_model_id
from kie_catalog.schemas.notes import BODY, Correction, Note
from kie_catalog.schemas.openapi import as_mapping
from kie_catalog.schemas.operations import Operation
from kie_catalog.schemas.stated import stated_by

_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")
_MUST_BE: Final = re.compile(r"model id: (\S+?)(?=;|$)")
_SHELVES: Final = re.compile(r"^(?:old-model/)?(?:cn)?(?:market/)?")


def squash(text: str) -> str:
    """Letters and digits only: `kling/v2-5-turbo` and `v25-turbo` differ in the folder alone."""
    return _NOT_WORD.sub("", text.lower())


@dataclass(frozen=True, slots=True)
class Claim:
    """What one body of one page says about its model."""

    page: str
    title: str
    schema: tuple[str, ...]
    """The ids of the schema's `model`: its enum, or else its default or its examples."""
    examples: tuple[str, ...]
    """The ids of the payloads that the page shows."""
    wording: tuple[str, ...]
    """The id that the wording demands."""

    def spells(self, model_id: str) -> bool:
        """Whether the page's address or title is the id, punctuation aside."""
        return squash(model_id) in {squash(_SHELVES.sub("", self.page)), squash(self.title)}

    def ends_as(self, model_id: str) -> bool:
        """Whether the page's address ends as the id does."""
        return squash(self.page).endswith(squash(model_id.rsplit("/", 1)[-1]))


def claim_of(page: str, title: str, operation: Operation, body: Mapping[str, Any]) -> Claim:
    """Collect what a body of a page says about its model."""
    model = as_mapping(as_mapping(body.get("properties")).get("model"))
    wording = _MUST_BE.findall(stated_by(model))
    shown = [as_mapping(sample).get("model") for sample in operation.samples]
    return Claim(page, title, _schema_ids(model), _ids([*shown, *operation.named_in_text]), _ids(wording))


def _schema_ids(model: Mapping[str, Any]) -> tuple[str, ...]:
    for candidates in (
        model.get("enum"),
        [model.get("const")],
        [model.get("default")],
        model.get("examples"),
    ):
        if ids := _ids(candidates):
            return ids
    return ()


def _ids(candidates: Any) -> tuple[str, ...]:
    names = candidates if isinstance(candidates, list) else []
    stripped = [each.strip() for each in names if isinstance(each, str)]
    return tuple(dict.fromkeys(each for each in stripped if is_model_id(each)))


@dataclass(frozen=True, slots=True)
class Identity:
    """The models that a body is about, or why that is open."""

    ids: tuple[str, ...]
    notes: tuple[Note, ...] = ()
    open_because: str | None = None
    open_as: str = "copied-model"
    """The fault that it is where it is open."""


NAMELESS: Final = Identity((), open_because="names no model id", open_as="nameless-model")


def identify(claim: Claim, *, owned: Container[str], known: Iterable[str]) -> Identity:
    """Decide which models a body of a page is about.

    Args:
        claim: what it says.
        owned: the ids that other pages claim and spell in their address.
        known: ids that KIE names elsewhere.
    """
    said = claim.schema or claim.examples or claim.wording
    copied = bool(claim.schema) and all(each in owned and not claim.ends_as(each) for each in claim.schema)
    if not copied and not _example_objects(claim, owned):
        return Identity(said) if said else NAMELESS
    named = [*claim.examples, *claim.wording, *(each for each in sorted(set(known)) if claim.spells(each))]
    free = list(dict.fromkeys(each for each in named if each not in claim.schema and each not in owned))
    if len(free) > 1:
        free = [each for each in free if claim.spells(each)] or free
    if len(free) != 1:
        owner = (
            "the model of another page"
            if copied
            else f"not what its example says, {', '.join(claim.examples)}"
        )
        return Identity((), open_because=f"declares {', '.join(claim.schema)}, which is {owner}")
    return Identity((free[0],), (_correction(claim, free[0]),))


def _example_objects(claim: Claim, owned: Container[str]) -> bool:
    """Whether the example names another model than the schema, and is not itself the copied part."""
    if not claim.schema or not claim.examples or set(claim.schema) & set(claim.examples):
        return False
    spells_schema = any(claim.spells(each) or claim.ends_as(each) for each in claim.schema)
    spells_example = any(claim.spells(each) or claim.ends_as(each) for each in claim.examples)
    is_copied = (spells_schema and not spells_example) or all(each in owned for each in claim.examples)
    return not is_copied


def _correction(claim: Claim, model_id: str) -> Correction:
    evidence = [
        words
        for words, holds in (
            ("the example names it", model_id in claim.examples),
            ("the wording demands it", model_id in claim.wording),
            ("address or title spell it", claim.spells(model_id)),
            ("the schema's is another page's", claim.schema),
        )
        if holds
    ]
    pointer = f"{BODY}/properties/model/enum"
    return Correction("copied-model", pointer, list(claim.schema), [model_id], "; ".join(evidence))
