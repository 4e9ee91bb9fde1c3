"""The ids that the playground knows: `playground/model-paths`, no key needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from kie_catalog.domain.ids import is_model_id
from kie_catalog.domain.snapshot import Fault, Snapshot, SourceName
from kie_catalog.domain.values import digest_bytes
from kie_catalog.sources.asking import Unusable
from kie_catalog.sources.judging import data_of
from kie_catalog.sources.raw import FILES, Raw
from kie_catalog.sources.replies import read_list, recorded_json

if TYPE_CHECKING:
    from kie_catalog.sources.fetching import Fetcher

SOURCE: Final = SourceName.MODEL_IDS


def parse_model_ids(raw: bytes, *, taken_at: str, place: str) -> Snapshot[str]:
    """Read the playground's ids: a JSON list of texts.

    Raises:
        SourceError: the reply can't be used.
    """
    ids = read_list(raw, place)
    return snapshot_of_ids(SOURCE, ids, taken_at, digest_bytes(recorded_json(ids, place)))


def snapshot_of_ids(source: SourceName, ids: Sequence[Any], taken_at: str, digest: str) -> Snapshot[str]:
    """Sort out what can be a model id; what can't is a fault."""
    good = [each for each in ids if isinstance(each, str) and is_model_id(each)]
    bad = [number for number, each in enumerate(ids, 1) if not (isinstance(each, str) and is_model_id(each))]
    faults = tuple(Fault(source, f"entry {number}", "is no model id") for number in bad)
    return Snapshot(source, taken_at, tuple(good), faults, digest)


async def fetch(fetcher: Fetcher) -> Raw:
    """Read all ids.

    Raises:
        Unusable: they can't be had, or can't be believed.
    """
    settings = fetcher.line.settings
    url = settings.hosts.api + settings.sources.model_ids.path
    fetched = await fetcher.get(url, _read)
    return Raw(SOURCE, fetched.day, {FILES[SOURCE]: recorded_json(fetched.value, url)}, settings.hosts.api)


def _read(raw: bytes, place: str) -> list[Any]:
    ids = data_of(raw, place)
    if not isinstance(ids, list):
        raise Unusable(place, f"the reply holds {type(ids).__name__}, not a list")
    if not ids:
        raise Unusable(place, "the list is empty, which looks like a broken upstream")
    return ids
