"""The models of one documentation page: its request read, its claim weighed, its input schema mended."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from kie_catalog.domain.ids import ModelId, id_key, is_model_id
from kie_catalog.domain.snapshot import Page
from kie_catalog.schemas.classify import category_and_provider, model_type
from kie_catalog.schemas.declared import DeclaredModel, NoModel
from kie_catalog.schemas.endpoints import (
    CREATE_TASK,
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
from kie_catalog.schemas.identity import NAMELESS, Claim, Identity, claim_of, identify
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

_TRANSLATED_TAG: Final = "docs/zh"


@dataclass(frozen=True, slots=True)
class Reading:
    """A page with a request, before anything is decided."""

    page: Page
    operation: Operation
    claims: tuple[tuple[Claim, Mapping[str, Any]], ...]

    @property
    def is_translated(self) -> bool:
        """Whether it is a page in another language than English."""
        tags = self.operation.details.get("tags")
        return (
            any(str(tag).startswith(_TRANSLATED_TAG) for tag in tags if tag)
            if isinstance(tags, list)
            else False
        )


Outcome: TypeAlias = list[DeclaredModel] | NoModel


def read_page(page: Page) -> Reading | NoModel:
    """Find the request of a page and what it says about its model."""
    operation = find_operation(page.openapi)
    if operation is None:
        return NoModel(
            page.path, "no OpenAPI block" if page.openapi is None else "no operation that sends anything"
        )
    bodies = list(variants(operation.body))
    return Reading(
        page,
        operation,
        tuple((claim_of(page.path, page.title, operation, body), body) for body in bodies),
    )


@dataclass(frozen=True, slots=True)
class _OwnedElsewhere:
    """The ids that other pages than one own: only asked about, so that no page costs a look at all others."""

    owned: Mapping[str, set[str]]
    page: str

    def __contains__(self, model_id: object) -> bool:
        return bool(self.owned.get(str(model_id), set()) - {self.page})


@dataclass(frozen=True, slots=True)
class Declarer:
    """Makes the models of one page."""

    reading: Reading
    fragments: Fragments
    endpoints: Mapping[str, Endpoint]

    def declare(self, owned: Mapping[str, set[str]], known: Collection[str]) -> Outcome:
        """The page's models, or why it has none.

        Args:
            owned: by id, the pages that claim it and end as it does.
            known: ids that KIE names elsewhere.
        """
        page, operation = self.reading.page, self.reading.operation
        notes = (*operation.notes, *page_notes(page.openapi or {}, operation, host_of(operation.path)))
        if purpose := utility(operation.path):
            return NoModel(page.path, f"{operation.path} {purpose} and is no model's", notes)
        models: list[DeclaredModel] = []
        for claim, body in self.reading.claims:
            identity = self._identity(claim, owned, known)
            if identity.open_because is not None:
                pointer = f"{BODY}/properties/model"
                doubt = Doubt(identity.open_as, pointer, identity.open_because, "the page and its neighbours")
                return NoModel(page.path, identity.open_because, (*notes, doubt))
            models += self._models(identity, body, notes)
        return models

    def _identity(self, claim: Claim, owned: Mapping[str, set[str]], known: Collection[str]) -> Identity:
        path = self.reading.operation.path
        if model := chat_model(path):
            return Identity((model,)) if is_model_id(model) else NAMELESS
        if path == CREATE_TASK or is_chat(path):
            others = _OwnedElsewhere(owned, claim.page)
            return identify(claim, owned=() if self.reading.is_translated else others, known=known)
        if endpoint := self.endpoints.get(path):
            return Identity((endpoint.model,))
        reason = f"endpoint {path} has no reviewed model id"
        return Identity((), open_because=reason, open_as="unknown-endpoint")

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
