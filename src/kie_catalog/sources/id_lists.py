"""Lists of model ids: the playground's public one and the keyed models API."""

from __future__ import annotations

from typing import Any

from kie_catalog.domain.ids import is_model_id
from kie_catalog.domain.snapshot import Fault, Snapshot, SourceName
from kie_catalog.domain.values import digest_bytes
from kie_catalog.sources.replies import read_json, read_list, refuse


def parse_model_ids(raw: bytes, *, taken_at: str, place: str) -> Snapshot[str]:
    """Read the playground's ids: a JSON list of texts (`playground/model-paths`, no key needed).

    Raises:
        SourceError: the reply can't be used.
    """
    return _snapshot(SourceName.MODEL_IDS, read_list(raw, place), taken_at=taken_at, raw=raw)


def parse_models(raw: bytes, *, taken_at: str, place: str) -> Snapshot[str]:
    """Read the keyed models API's list: `{"models": [{"model": id, …}]}` (`/api/v1/models`).

    Raises:
        SourceError: the reply can't be used.
    """
    reply = read_json(raw, place)
    models = reply.get("models") if isinstance(reply, dict) else reply
    if not isinstance(models, list) or not models:
        refuse(place, "there is no list of models in it")
    ids = [each.get("model") if isinstance(each, dict) else each for each in models]
    return _snapshot(SourceName.MODELS, ids, taken_at=taken_at, raw=raw)


def _snapshot(source: SourceName, ids: list[Any], *, taken_at: str, raw: bytes) -> Snapshot[str]:
    good = [each for each in ids if isinstance(each, str) and is_model_id(each)]
    bad = [number for number, each in enumerate(ids, 1) if not (isinstance(each, str) and is_model_id(each))]
    faults = tuple(Fault(source, f"entry {number}", "is no model id") for number in bad)
    return Snapshot(source, taken_at, tuple(good), faults, digest_bytes(raw))
