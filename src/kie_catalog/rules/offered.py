"""Models and their schemas: each offered one has its own, of its media (KC307, KC410 to KC413)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kie_catalog.domain.catalog import ModelType
from kie_catalog.domain.finding import Related
from kie_catalog.rules.evidence import SchemaFile
from kie_catalog.rules.subject import Entry, Hit, Subject
from kie_catalog.rules.wording import clip

ABOUT: Final = "x-kie"
"""The key under which a schema's file says what it is about."""
_IMAGE, _VIDEO, _AUDIO = "image", "video", "audio"
_ANY: Final = frozenset({_IMAGE, _VIDEO, _AUDIO})
# Of each type: the media of which it needs one, and those that it may require.
_MEDIA: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = {
    ModelType.T2I: (frozenset(), frozenset()),
    ModelType.T2V: (frozenset(), frozenset()),
    ModelType.TTS: (frozenset(), frozenset({_AUDIO})),
    ModelType.SFX: (frozenset(), frozenset()),
    ModelType.I2I: (frozenset({_IMAGE}), frozenset({_IMAGE})),
    ModelType.BG_REMOVE: (frozenset({_IMAGE}), frozenset({_IMAGE})),
    ModelType.I2V: (frozenset({_IMAGE}), frozenset({_IMAGE})),
    ModelType.V2V: (frozenset({_VIDEO}), frozenset({_VIDEO, _IMAGE})),
    ModelType.STT: (frozenset({_AUDIO}), frozenset({_AUDIO, _VIDEO})),
    ModelType.AUDIO_ISOLATION: (frozenset({_AUDIO}), frozenset({_AUDIO, _VIDEO})),
    ModelType.UPSCALE: (frozenset({_IMAGE, _VIDEO}), frozenset({_IMAGE, _VIDEO})),
    ModelType.WATERMARK_REMOVE: (frozenset({_IMAGE, _VIDEO}), frozenset({_IMAGE, _VIDEO})),
    ModelType.LIP_SYNC: (_ANY, _ANY),
}
_NAMES: Final = (
    (_IMAGE, ("image", "frame", "photo", "picture")),
    (_VIDEO, ("video", "clip")),
    (_AUDIO, ("audio", "voice", "speech")),
)
_SETTINGS: Final = frozenset(
    [
        "size",
        "resolution",
        "count",
        "num",
        "max",
        "weight",
        "rate",
        "number",
        "format",
        "type",
        "mode",
        "switch",
        "setting",
        "id",
        "ids",
        "generate",
        "style",
    ]
)
_BRANCHES: Final = ("allOf", "anyOf", "oneOf")


def types_fit_media(subject: Subject) -> Iterator[Hit]:
    """A model's type is that of the media which its input schema takes.

    Why: a bot asks for what the type names. Of a text-to-video model that requires an image it asks for a
    text, and upstream refuses the request; of an image-to-image model without a property for an image it
    asks for a picture that it cannot send.

    Bad::

        # the schema requires `image_url`
        type: t2v

    Good::

        type: i2v

    Cure: correct the type; where the schema is wrong, correct that by an override.
    """
    for model, file in _with_schema(subject):
        kind = model.text("type") or ""
        if kind not in _MEDIA:
            continue
        needed, allowed = _MEDIA[kind]
        required, offered = media(file.schema)
        if surplus := sorted(required - allowed):
            fact = f"a model of type {kind} takes no {' or '.join(surplus)}, but its schema requires one"
        elif needed and not needed & offered and offered:
            fact = f"a model of type {kind} takes an {' or '.join(sorted(needed))}, but its schema has none"
        else:
            continue
        where = file.document.where(("required",) if surplus else ("properties",))
        yield model.hit(f"{fact}; correct the type", "type", related=(Related("the input schema", where),))


def schemas_are_filed_under_their_model(subject: Subject) -> Iterator[Hit]:
    """An input schema's file is named after the model that it says it is of.

    Why: a copied file is the schema of another model, and requests are built and priced by it.

    Bad::

        # schemas/inputs/z-image.json
        {"x-kie": {"model": "qwen/text-to-image"}}

    Good::

        # schemas/inputs/z-image.json
        {"x-kie": {"model": "z-image"}}

    Cure: remove the copy; a sync writes the right one.
    """
    for model, file in (subject.evidence.schemas or {}).items():
        named = _about(file).get("model")
        if isinstance(named, str) and named != model:
            where = file.document.where((ABOUT, "model"))
            message = f"the file of '{clip(model)}' says that it is of '{clip(named)}'; remove it, and sync"
            yield Hit((), message, model=model, where=where)


def schemas_have_a_model(subject: Subject) -> Iterator[Hit]:
    """Every input schema is that of a model in the catalog.

    Why: a leftover is checked, shipped and offered by the input builder though nobody sells it.

    Bad::

        # schemas/inputs/sora-2.json, and no such model

    Good::

        # schemas/inputs/z-image.json, and a model of that id

    Cure: remove the file, or add the model.
    """
    known = {model.model for model in subject.models}
    for model, file in (subject.evidence.schemas or {}).items():
        if model not in known and not subject.evidence.is_foreign:
            message = f"no model of the catalog is '{clip(model)}'; remove the file, or add the model"
            yield Hit((), message, model=model, where=file.document.where(()))


def offered_models_have_a_schema(subject: Subject) -> Iterator[Hit]:
    """An offered model has an input schema.

    Why: without it no input can be built or checked, and no condition of a price can be trusted.

    Bad::

        # no schemas/inputs/z-image.json
        - id: z-image
          status: active

    Good::

        # no schemas/inputs/z-image.json
        - id: z-image
          status: hidden

    Cure: sync, so that the page is read; where upstream has none, hide the model.
    """
    schemas = subject.evidence.schemas
    for model in subject.models if schemas is not None and not subject.evidence.is_foreign else ():
        if model.model and model.is_offered and model.model not in (schemas or {}):
            yield model.hit(f"{model.name} is offered without an input schema; sync, or hide the model", "id")


def pages_leave_nothing_open(subject: Subject) -> Iterator[Hit]:
    """Upstream's page of a model contradicts itself in nothing that is undecided.

    Why: nothing was chosen where the evidence does not decide, so a request may be refused that upstream
    would take, or the other way round.

    Bad::

        {"x-kie": {"open": [{"rule": "prose-disagrees", "pointer": "#/properties/prompt"}]}}

    Good::

        {"x-kie": {"open": []}}

    Cure: compare with real traffic, and record the answer in `schemas/overrides/` with its evidence.
    """
    for model, file in (subject.evidence.schemas or {}).items():
        open_points = _about(file).get("open")
        if isinstance(open_points, list) and open_points:
            first = open_points[0] if isinstance(open_points[0], Mapping) else {}
            more = f" and {len(open_points) - 1} more" if len(open_points) > 1 else ""
            point = f"{first.get('rule')} at {first.get('pointer')}"
            fact = f"open on the page of '{clip(model)}': {clip(point)}"
            where = file.document.where((ABOUT, "open", 0))
            yield Hit((), f"{fact}{more}; decide it by an override", model=model, where=where)


def media(schema: Mapping[str, Any]) -> tuple[frozenset[str], frozenset[str]]:
    """The media that a schema requires, and those that it takes at all."""
    properties = dict(_properties(schema))
    kinds = {name: kind for name, each in properties.items() if (kind := _medium(name, each))}
    required = schema.get("required")
    names = required if isinstance(required, list) else []
    wanted = frozenset(kinds[name] for name in names if isinstance(name, str) and name in kinds)
    return wanted, frozenset(kinds.values())


def _properties(schema: Mapping[str, Any], depth: int = 4) -> Iterator[tuple[str, Mapping[str, Any]]]:
    own = schema.get("properties")
    for name, each in own.items() if isinstance(own, Mapping) else ():
        yield name, each if isinstance(each, Mapping) else {}
    for key in _BRANCHES:
        branches = schema.get(key)
        for each in branches if isinstance(branches, list) and depth else ():
            if isinstance(each, Mapping):
                yield from _properties(each, depth - 1)


def _medium(name: str, schema: Mapping[str, Any]) -> str | None:
    """The medium that a property carries; `None` for a setting."""
    if "enum" in schema or schema.get("type") in ("boolean", "integer", "number"):
        return None
    inferred = schema.get("x-inferred")
    types = inferred.get("mediaTypes") if isinstance(inferred, Mapping) else None
    said = {str(each).partition("/")[0] for each in types} if isinstance(types, list) else set()
    if len(said & _ANY) == 1:
        return (said & _ANY).pop()
    words = _words(name)
    if words & _SETTINGS:
        return None
    return next((kind for kind, hints in _NAMES if any(hint in name.lower() for hint in hints)), None)


def _words(name: str) -> set[str]:
    spaced = "".join(f" {each}" if each.isupper() else each for each in name)
    return set(spaced.replace("_", " ").replace("-", " ").lower().split())


def _with_schema(subject: Subject) -> Iterator[tuple[Entry, SchemaFile]]:
    schemas = subject.evidence.schemas or {}
    return (
        (model, schemas[model.model]) for model in subject.models if model.model and model.model in schemas
    )


def _about(file: SchemaFile) -> Mapping[str, Any]:
    data = file.document.data
    about = data.get(ABOUT) if isinstance(data, Mapping) else None
    return about if isinstance(about, Mapping) else {}
