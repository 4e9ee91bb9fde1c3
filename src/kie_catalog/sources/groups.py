"""The groups that the playground shows its models in: `pagePlaygroundGroup`, no key needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kie_catalog.domain.snapshot import Fault, Group, Snapshot, SourceName
from kie_catalog.domain.values import digest_bytes
from kie_catalog.sources.raw import FILES, Raw
from kie_catalog.sources.replies import read_list, recorded_json, refuse

if TYPE_CHECKING:
    from kie_catalog.sources.fetching import Fetcher

SOURCE: Final = SourceName.GROUPS


def parse(raw: bytes, *, taken_at: str, place: str) -> Snapshot[Group]:
    """Read a JSON list of groups; no recording holds one, so their shape is CONTRACT section 10.1's.

    Raises:
        SourceError: the reply can't be used, or not one of its groups can. A single bad group is a fault.
    """
    records = read_list(raw, place)
    groups: list[Group] = []
    faults: list[Fault] = []
    for number, record in enumerate(records, 1):
        group = _group(record)
        if group is None:
            faults.append(Fault(SOURCE, f"group {number}", "has no name and path"))
        else:
            groups.append(group)
    if not groups:
        refuse(place, f"none of its {len(records)} groups can be read")
    return Snapshot(
        SOURCE, taken_at, tuple(groups), tuple(faults), digest_bytes(recorded_json(records, place))
    )


def _group(record: Any) -> Group | None:
    match record:
        case {"groupName": str(name), "path": str(path)}:
            types, count = record.get("taskType"), record.get("count")
            return Group(
                name=name,
                path=path,
                provider=str(record.get("provider") or ""),
                task_types=tuple(map(str, types)) if isinstance(types, list) else (),
                count=count if isinstance(count, int) and not isinstance(count, bool) else None,
            )
    return None


async def fetch(fetcher: Fetcher) -> Raw:
    """Read all groups.

    Raises:
        Unusable: they can't be had, or can't be believed.
    """
    from kie_catalog.sources import paging  # noqa: PLC0415 -- reading a folder needs no event loop

    settings = fetcher.line.settings
    base, asked = settings.hosts.api, settings.sources.groups
    plan = paging.Plan(base + asked.page, asked.page_size, asked.page_cap, asked.readings)
    reading = await paging.read_all(fetcher, plan)
    return Raw(SOURCE, reading.day, {FILES[SOURCE]: recorded_json(reading.records, plan.url)}, base)
