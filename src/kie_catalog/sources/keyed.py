"""The keyed models API: its list of models, and one OpenAPI document for each.

It is free, takes a key and allows one request a second (CONTRACT section 10.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from kie_catalog.domain.errors import SourceError
from kie_catalog.domain.snapshot import Fault, ModelSchema, Snapshot, SourceName
from kie_catalog.domain.values import digest_bytes
from kie_catalog.sources.asking import NotOffered, Unusable
from kie_catalog.sources.id_lists import snapshot_of_ids
from kie_catalog.sources.judging import data_of
from kie_catalog.sources.raw import FILES, Raw, content_digest
from kie_catalog.sources.replies import read_json, recorded_json, refuse

if TYPE_CHECKING:
    from kie_catalog.sources.fetching import Fetcher

LIST: Final = SourceName.MODELS
SCHEMAS: Final = SourceName.SCHEMAS
NO_KEY: Final = "KIE_API_KEY is not set"
_SUFFIX: Final = ".json"


def parse_models(raw: bytes, *, taken_at: str, place: str) -> Snapshot[str]:
    """Read the list: `{"models": [{"model": id, …}]}`, or the bare list in it.

    Raises:
        SourceError: the reply can't be used.
    """
    reply = read_json(raw, place)
    ids = _ids(reply)
    if not ids:
        refuse(place, "there is no list of models in it")
    return snapshot_of_ids(LIST, ids, taken_at, digest_bytes(recorded_json(reply, place)))


def _ids(reply: Any) -> list[Any]:
    models = reply.get("models") if isinstance(reply, dict) else reply
    if not isinstance(models, list):
        return []
    return [each.get("model") if isinstance(each, dict) else each for each in models]


def parse_schemas(raw: Mapping[str, bytes], *, taken_at: str, place: str) -> Snapshot[ModelSchema]:
    """Read one document a model; a bad one is a fault and costs itself only.

    Args:
        raw: by path in a recording, `model-schemas/<id>.json`: `{"model": id, "openapi": document or null}`.
        taken_at: ISO date of the replies.
        place: where they lie, for messages.

    Raises:
        SourceError: there is not one that can be read.
    """
    schemas: list[ModelSchema] = []
    faults: list[Fault] = []
    for path in sorted(raw):
        model = path.removeprefix(f"{FILES[SCHEMAS]}/").removesuffix(_SUFFIX)
        try:
            schemas.append(_read_schema(read_json(raw[path], path), path, model))
        except SourceError as error:
            faults.append(Fault(SCHEMAS, model, error.fact))
    if not schemas:
        refuse(place, f"none of its {len(raw)} schemas can be read")
    return Snapshot(SCHEMAS, taken_at, tuple(schemas), tuple(faults), content_digest(raw))


def _read_schema(data: Any, place: str, model: str) -> ModelSchema:
    openapi = data.get("openapi") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(openapi, dict | None):
        raise Unusable(place, "holds no OpenAPI document and does not say that there is none")
    if data.get("model", model) != model:
        raise Unusable(place, "is the schema of another model")
    return ModelSchema(model, openapi)


async def fetch_models(fetcher: Fetcher) -> Raw:
    """Read the list.

    Raises:
        Unusable: there is no key, or the list can't be had or believed.
    """
    settings = fetcher.line.settings
    url = settings.hosts.api + settings.sources.models.path
    _require_key(fetcher, url)
    fetched = await fetcher.get(url, _read_list, keyed=True)
    return Raw(LIST, fetched.day, {FILES[LIST]: recorded_json(fetched.value, url)}, settings.hosts.api)


def _read_list(raw: bytes, place: str) -> Any:
    data = data_of(raw, place)
    ids = _ids(data)
    if not ids:
        raise Unusable(place, "there is no list of models in it")
    total = data.get("total") if isinstance(data, dict) else None
    if isinstance(total, int) and total != len(ids):
        raise Unusable(place, f"says {total} models and gives {len(ids)}")
    return data


async def fetch_schemas(fetcher: Fetcher, models: Raw) -> Raw:
    """Read the schema of each model of the list, one after the other.

    Raises:
        Unusable: there is no key, or too many of them can't be had.
    """
    settings = fetcher.line.settings
    path = settings.sources.schemas.path
    _require_key(fetcher, settings.hosts.api + path)
    ids = parse_models(models.only, taken_at=models.taken_at, place=models.place).content
    fetcher.line.progress.begin(SCHEMAS, len(ids))
    files: dict[str, bytes] = {}
    faults: list[Fault] = []
    days: list[str] = []
    allowed = settings.limits.failed_share * len(ids)
    for model in dict.fromkeys(ids):
        # The slash inside an id stays as it is; nothing is a model id that a path could not hold.
        url = settings.hosts.api + path.replace("{model}", model)
        try:
            fetched = await fetcher.get(url, data_of, keyed=True)
        except NotOffered:
            raise
        except Unusable as error:
            faults.append(Fault(SCHEMAS, model, error.fact))
        else:
            files[f"{FILES[SCHEMAS]}/{model}{_SUFFIX}"] = recorded_json(fetched.value, url)
            days.append(fetched.day)
        if len(faults) > allowed:
            raise Unusable(url, f"{len(faults)} of {len(ids)} schemas could not be had: {faults[-1].fact}")
    return Raw(SCHEMAS, min(days), files, settings.hosts.api, tuple(faults))


def _require_key(fetcher: Fetcher, url: str) -> None:
    if fetcher.line.key is None:
        raise NotOffered(url, NO_KEY)
    if not fetcher.line.key.goes_to(url):
        raise NotOffered(url, "the API key may not go to this host")
