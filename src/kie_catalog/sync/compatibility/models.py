"""Rules about models: which there are, and how they are called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kie_catalog.domain.values import ABSENT
from kie_catalog.sync.compatibility.rule import Compatibility

_BREAKING, _COMPATIBLE = Compatibility.BREAKING, Compatibility.COMPATIBLE


@dataclass(frozen=True, slots=True)
class InputShape:
    """What a caller of one model relies on."""

    schema: Mapping[str, Any]
    page: str = ""
    call: Mapping[str, Any] | None = None
    """How it is called (`endpoint`, `status`, `place`, `callback` …); `None` where that is not known."""


Shapes = Mapping[str, InputShape]


@dataclass(frozen=True, slots=True)
class ModelDifference:
    """A model that a rule found changed."""

    model: str
    part: str
    base: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class ModelRule:
    """One kind of change of a set of models."""

    id: str
    sentence: str
    severity: Compatibility
    find: Callable[[Shapes, Shapes], Iterator[ModelDifference]]


def _renamed_to(base: Shapes, theirs: Shapes) -> dict[str, str]:
    """The models whose page stayed and declares one other model now."""
    gone = {shape.page: model for model, shape in base.items() if model not in theirs and shape.page}
    new: dict[str, list[str]] = {}
    for model, shape in theirs.items():
        if model not in base:
            new.setdefault(shape.page, []).append(model)
    return {model: new[page][0] for page, model in gone.items() if len(new.get(page, ())) == 1}


def _gone(base: Shapes, theirs: Shapes) -> Iterator[ModelDifference]:
    renamed = _renamed_to(base, theirs)
    for model in sorted(set(base) - set(theirs) - set(renamed)):
        yield ModelDifference(model, "", model, ABSENT)


def _renamed(base: Shapes, theirs: Shapes) -> Iterator[ModelDifference]:
    for model, name in sorted(_renamed_to(base, theirs).items()):
        yield ModelDifference(model, "", model, name)


def _new(base: Shapes, theirs: Shapes) -> Iterator[ModelDifference]:
    names = set(_renamed_to(base, theirs).values())
    for model in sorted(set(theirs) - set(base) - names):
        yield ModelDifference(model, "", ABSENT, model)


def _page_moved(base: Shapes, theirs: Shapes) -> Iterator[ModelDifference]:
    for model in sorted(set(base) & set(theirs)):
        pages = base[model].page, theirs[model].page
        if all(pages) and pages[0] != pages[1]:
            yield ModelDifference(model, "page", *pages)


def _call_moved(*parts: str) -> Callable[[Shapes, Shapes], Iterator[ModelDifference]]:
    def find(base: Shapes, theirs: Shapes) -> Iterator[ModelDifference]:
        for model in sorted(set(base) & set(theirs)):
            before, after = base[model].call, theirs[model].call
            for part in parts if before is not None and after is not None else ():
                values = (before or {}).get(part), (after or {}).get(part)
                if values[0] != values[1]:
                    yield ModelDifference(model, part, *values)

    return find


def _callback(*, becomes_required: bool) -> Callable[[Shapes, Shapes], Iterator[ModelDifference]]:
    def find(base: Shapes, theirs: Shapes) -> Iterator[ModelDifference]:
        for each in _call_moved("callback")(base, theirs):
            if (each.theirs == "required") is becomes_required and "required" in {each.base, each.theirs}:
                yield each

    return find


MODEL_RULES: Final = (
    ModelRule("model-gone", "a model is gone", _BREAKING, _gone),
    ModelRule("model-renamed", "a model has another id", _BREAKING, _renamed),
    ModelRule("model-added", "there is a new model", _COMPATIBLE, _new),
    ModelRule("endpoint-moved", "a model is called otherwise", _BREAKING, _call_moved("endpoint", "method")),
    ModelRule(
        "place-moved",
        "the input stands elsewhere in the request",
        _BREAKING,
        _call_moved("place", "names_model"),
    ),
    ModelRule("status-moved", "a task's state is asked for elsewhere", _BREAKING, _call_moved("status")),
    ModelRule(
        "callback-required", "a callback address became required", _BREAKING, _callback(becomes_required=True)
    ),
    ModelRule(
        "callback-optional",
        "a callback address is no longer required",
        _COMPATIBLE,
        _callback(becomes_required=False),
    ),
    ModelRule("page-moved", "a model's page is elsewhere", _COMPATIBLE, _page_moved),
)
