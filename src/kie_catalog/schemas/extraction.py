"""Which models a documentation page declares, and the input schema of each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from kie_catalog.domain.catalog import Category, ModelType
from kie_catalog.domain.ids import ModelId, id_key
from kie_catalog.domain.snapshot import Page
from kie_catalog.schemas.classify import category_and_provider, model_type
from kie_catalog.schemas.compare import differences
from kie_catalog.schemas.endpoints import (
    CREATE_TASK,
    ENDPOINTS,
    RECORD_INFO,
    Call,
    Callback,
    Endpoint,
    Place,
    chat_model,
    host_of,
    is_chat,
    utility,
)
from kie_catalog.schemas.examples import example_notes
from kie_catalog.schemas.fragments import collect_fragments
from kie_catalog.schemas.identity import Claim, Identity, claim_of, identify
from kie_catalog.schemas.mending import mend
from kie_catalog.schemas.mending.names import Fragments
from kie_catalog.schemas.mending.wording import read_wording
from kie_catalog.schemas.notes import BODY, INPUT, PAGE, Correction, Doubt, Note
from kie_catalog.schemas.openapi import DIALECT, JsonSchema, Translator, as_mapping, without_words
from kie_catalog.schemas.operations import (
    CALLBACK,
    Operation,
    find_operation,
    page_notes,
    split_callback,
    take_out,
    variants,
)


@dataclass(frozen=True, slots=True)
class DeclaredModel:
    """A model as one page declares it."""

    id: ModelId
    title: str
    category: Category | None
    provider: str | None
    type: ModelType | None
    page: str
    call: Call
    """The request that the model is called with, and the one that tells its state."""
    schema: JsonSchema
    """JSON Schema 2020-12 of the request's `input` (of its whole body where the endpoint has no `input`)."""
    corrections: tuple[Correction, ...] = ()
    """What was mended in the schema, or in the page's claim to the model."""
    doubts: tuple[Doubt, ...] = ()
    """What is wrong on the page and left as it is, because nothing there decides it."""

    @property
    def endpoint(self) -> str:
        """The path of the request that makes a task."""
        return self.call.endpoint

    @property
    def status_endpoint(self) -> str | None:
        """The path of the request that tells a task's state; `None` where the first one answers at once."""
        return self.call.status

    @property
    def faults(self) -> tuple[str, ...]:
        """The doubts as `pointer: fact`."""
        return tuple(f"{each.pointer}: {each.fact}" for each in self.doubts)


@dataclass(frozen=True, slots=True)
class NoModel:
    """A page that declares no model, and why."""

    page: str
    reason: str
    notes: tuple[Note, ...] = ()
    """What is wrong on the page."""


@dataclass(frozen=True, slots=True)
class Declarations:
    """Everything that a set of pages declares; every page is in one of the three."""

    models: tuple[DeclaredModel, ...]
    without: tuple[NoModel, ...]
    """Pages that have no model to declare, by nature."""
    contested: tuple[NoModel, ...]
    """Pages whose declaration can't be believed: a finding each."""


_TRANSLATED_TAG: Final = "docs/zh"
_LEGACY: Final = "old-model/"


@dataclass(frozen=True, slots=True)
class _Reading:
    """A page with a request, before anything is decided."""

    page: Page
    operation: Operation
    claims: tuple[tuple[Claim, Mapping[str, Any]], ...]

    @property
    def is_translated(self) -> bool:
        tags = self.operation.details.get("tags")
        return (
            any(str(tag).startswith(_TRANSLATED_TAG) for tag in tags if tag)
            if isinstance(tags, list)
            else False
        )


_Outcome: TypeAlias = list[DeclaredModel] | NoModel


def declarations(
    pages: Iterable[Page], *, known: Iterable[str] = (), endpoints: Mapping[str, Endpoint] = ENDPOINTS
) -> Declarations:
    """Read all pages and settle who declares which model.

    An id that several pages declare belongs to the one whose address spells it; a translated page and one
    of an older endpoint give way to the original. Where that does not decide, all of them are contested and
    none is believed.

    Args:
        pages: the documentation pages of one snapshot.
        known: ids that KIE names elsewhere (the playground, anchors of prices), as evidence where a page's
            own claim can't be believed.
        endpoints: the reviewed models of the endpoints that name none.
    """
    ordered = sorted(pages, key=lambda page: page.path)
    readings = [(page, _read(page)) for page in ordered]
    found = [each for _, each in readings if isinstance(each, _Reading)]
    owned = _owned(found)
    fragments = collect_fragments((each.page.path, each.page.openapi or {}) for each in found)
    known = frozenset(known)
    without: list[NoModel] = []
    contested: list[NoModel] = []
    claims: dict[ModelId, list[tuple[DeclaredModel, bool]]] = {}
    for _, reading in readings:
        if isinstance(reading, NoModel):
            without.append(reading)
            continue
        outcome = _Declarer(reading, fragments, endpoints).declare(owned, known)
        if isinstance(outcome, NoModel):
            (without if utility(reading.operation.path) else contested).append(outcome)
            continue
        for declared in outcome:
            claims.setdefault(declared.id, []).append((declared, reading.is_translated))
    models: list[DeclaredModel] = []
    for model_id in sorted(claims):
        kept, gone, lost = _settle(claims[model_id])
        models += kept
        without += gone
        contested += lost
    return Declarations(tuple(models), tuple(without), tuple(contested))


def _read(page: Page) -> _Reading | NoModel:
    operation = find_operation(page.openapi)
    if operation is None:
        return NoModel(
            page.path, "no OpenAPI block" if page.openapi is None else "no operation that sends anything"
        )
    bodies = list(variants(operation.body))
    return _Reading(
        page,
        operation,
        tuple((claim_of(page.path, page.title, operation, body), body) for body in bodies),
    )


def _owned(readings: Iterable[_Reading]) -> dict[str, set[str]]:
    """By id, the pages that claim it and end as it does."""
    owned: dict[str, set[str]] = {}
    for reading in readings:
        for claim, _ in reading.claims:
            for each in (*claim.schema, *claim.examples[: 0 if claim.schema else None]):
                if claim.ends_as(each):
                    owned.setdefault(each, set()).add(claim.page)
    return owned


@dataclass(frozen=True, slots=True)
class _Declarer:
    """Makes the models of one page."""

    reading: _Reading
    fragments: Fragments
    endpoints: Mapping[str, Endpoint]

    def declare(self, owned: Mapping[str, set[str]], known: Collection[str]) -> _Outcome:
        page, operation = self.reading.page, self.reading.operation
        notes = (*operation.notes, *page_notes(page.openapi or {}, operation, host_of(operation.path)))
        if purpose := utility(operation.path):
            return NoModel(page.path, f"{operation.path} {purpose} and is no model's", notes)
        models: list[DeclaredModel] = []
        for claim, body in self.reading.claims:
            identity = self._identity(claim, owned, known)
            if identity.open_because is not None:
                rule = "unknown-endpoint" if identity.open_because.startswith("endpoint ") else "copied-model"
                doubt = Doubt(
                    rule, f"{BODY}/properties/model", identity.open_because, "the page and its neighbours"
                )
                return NoModel(page.path, identity.open_because, (*notes, doubt))
            models += self._models(identity, body, notes)
        return models

    def _identity(self, claim: Claim, owned: Mapping[str, set[str]], known: Collection[str]) -> Identity:
        path = self.reading.operation.path
        if model := chat_model(path):
            return Identity((model,))
        if path == CREATE_TASK or is_chat(path):
            others = {each for each, pages in owned.items() if pages - {claim.page}}
            return identify(claim, owned=() if self.reading.is_translated else others, known=known)
        if endpoint := self.endpoints.get(path):
            return Identity((endpoint.model,))
        return Identity((), open_because=f"endpoint {path} has no reviewed model id")

    def _models(
        self, identity: Identity, body: Mapping[str, Any], page_wide: tuple[Note, ...]
    ) -> Iterable[DeclaredModel]:
        operation = self.reading.operation
        translator = Translator(self.reading.page.openapi or {})
        call, schema, notes = self._input(translator, body)
        samples = [_payload(each, call) for each in operation.samples]
        mended = mend(schema, samples=samples, fragments=self.fragments)
        mended += read_wording(schema)
        schema = {"$schema": DIALECT, **without_words(schema)}
        schema.setdefault("type", "object")
        mended += example_notes(schema, operation.samples, samples, identity.ids)
        every = (*page_wide, *identity.notes, *notes, *translator.doubts, *mended)
        for model_id in identity.ids:
            yield self._declared(
                model_id,
                call,
                schema,
                (*every, *_path_notes(self.reading.page.path, model_id, call.endpoint)),
            )

    def _input(self, translator: Translator, body: Mapping[str, Any]) -> tuple[Call, JsonSchema, list[Note]]:
        """The call of the body's models, the schema of what it takes, and what was found on the way."""
        operation = self.reading.operation
        properties = as_mapping(body.get("properties"))
        if operation.path == CREATE_TASK:
            callback, _ = split_callback(
                translator.translate({**body, "properties": _bare(properties)}, BODY)
            )
            schema = translator.translate(properties.get("input"), INPUT)
            notes = _omits_input(body, schema)
            return Call(CREATE_TASK, RECORD_INFO, callback=_callback(callback)), schema, notes
        schema = translator.translate(body, INPUT)
        callback, notes = split_callback(schema)
        names_model = "model" in properties and is_chat(operation.path)
        if names_model:
            take_out(schema, ["model"])
        endpoint = self.endpoints.get(operation.path)
        call = Call(
            operation.path,
            endpoint.status if endpoint else None,
            operation.method,
            Place.QUERY if operation.method == "GET" else Place.BODY,
            names_model,
            _callback(callback),
        )
        return call, schema, notes

    def _declared(
        self, model_id: str, call: Call, schema: JsonSchema, notes: tuple[Note, ...]
    ) -> DeclaredModel:
        page = self.reading.page
        category, provider = category_and_provider(self.reading.operation.details.get("tags"))
        return DeclaredModel(
            id=ModelId(model_id),
            title=page.title,
            category=category,
            provider=provider,
            type=model_type(model_id, page.title, category, schema),
            page=page.path,
            call=call,
            schema=schema,
            corrections=tuple(each for each in notes if isinstance(each, Correction)),
            doubts=tuple(each for each in notes if isinstance(each, Doubt)),
        )


def _bare(properties: Mapping[str, Any]) -> dict[str, Any]:
    """A body's properties by name only: enough to find the callback address."""
    return {str(name): {} for name in properties}


def _callback(required: bool | None) -> Callback:
    if required is None:
        return Callback.NONE
    return Callback.REQUIRED if required else Callback.OPTIONAL


def _payload(sample: Any, call: Call) -> Any:
    """The input that a sample payload sends."""
    if not isinstance(sample, Mapping):
        return None
    if call.place is Place.INPUT:
        return sample.get("input")
    outside = {CALLBACK, "callbackUrl", "callback_url"} | ({"model"} if call.names_model else set())
    return {name: each for name, each in sample.items() if name not in outside}


def _omits_input(body: Mapping[str, Any], schema: JsonSchema) -> list[Note]:
    required = body.get("required")
    if not isinstance(required, list) or "input" in required or not schema.get("required"):
        return []
    evidence = "the input has required properties"
    return [Correction("body-omits-input", f"{BODY}/required", required, [*required, "input"], evidence)]


def _path_notes(path: str, model_id: str, endpoint: str) -> tuple[Note, ...]:
    if id_key(path.removeprefix("market/")) == id_key(model_id):
        return ()
    evidence = f"the request to {endpoint}"
    return (Correction("path-is-not-id", f"{PAGE}/path", path, model_id, evidence),)


def _settle(
    claims: list[tuple[DeclaredModel, bool]],
) -> tuple[list[DeclaredModel], list[NoModel], list[NoModel]]:
    """Who keeps an id; which pages give way by nature; which are contested."""
    everyone = [each for each, _ in claims]
    originals = [each for each, is_translated in claims if not is_translated] or everyone[:1]
    current = [each for each in originals if not each.page.startswith(_LEGACY)] or originals
    gone = [
        NoModel(
            each.page, f"{'translation' if each not in originals else 'older form'} of the page of {each.id}"
        )
        for each in everyone
        if each not in current
    ]
    if len(current) == 1:
        rest = [each for each in everyone if each not in current and each not in originals]
        return [_compared(current[0], rest)], gone, []
    spelled = [each for each in current if _spells(each)]
    kept = spelled if len(spelled) == 1 else []
    owner = kept[0].page if kept else "another page"
    lost = [
        NoModel(
            each.page,
            f"declares {each.id}, which is the model of {owner}",
            (
                Doubt(
                    "copied-model",
                    f"{BODY}/properties/model",
                    f"{each.id} is declared by {owner} too",
                    "the pages",
                ),
            ),
        )
        for each in current
        if each not in kept
    ]
    return kept, gone, lost


def _compared(kept: DeclaredModel, others: Iterable[DeclaredModel]) -> DeclaredModel:
    """The model that is kept, with what its other pages say differently."""
    doubts = tuple(
        Doubt("pages-disagree", pointer, fact, f"the page {other.page}")
        for other in others
        for pointer, fact in differences(kept.schema, other.schema)
    )
    return replace(kept, doubts=(*kept.doubts, *doubts))


def _spells(declared: DeclaredModel) -> bool:
    """Whether the page's path ends as the id does: `kling/v2-1-master-image-to-video`."""
    return id_key(declared.page).endswith("/" + id_key(declared.id).rsplit("/", 1)[-1])
