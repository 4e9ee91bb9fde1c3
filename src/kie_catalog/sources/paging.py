"""Reading a list that upstream gives out in pages while it may be changing.

A page holds no mark of its version, so one reading proves little: a row that moves between two requests is
read twice or not at all. A reading counts only if its numbers agree, and is believed only when the one
before holds the same records. The two are cut into pages of different sizes: what stands at the edge of a
page in one stands in the middle of a page in the other.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from kie_catalog.sources.asking import Unusable
from kie_catalog.sources.fetching import Fetched, Fetcher, together
from kie_catalog.sources.judging import data_of

Record: TypeAlias = Mapping[str, Any]
Counts: TypeAlias = Callable[[], Awaitable[int | None]]


@dataclass(frozen=True, slots=True)
class Plan:
    """How one list is read."""

    url: str
    page_size: int
    page_cap: int
    readings: int
    """How often it is read at most."""


@dataclass(frozen=True, slots=True)
class Reading:
    """All pages of one reading."""

    pages: tuple[tuple[Any, ...], ...]
    """The records of each."""
    size: int
    """How many records were asked for, a page."""
    day: str
    fault: str | None
    """Why its numbers do not agree; `None` where they do."""

    @property
    def records(self) -> tuple[Any, ...]:
        """All records in upstream's order."""
        return tuple(record for page in self.pages for record in page)

    @property
    def content(self) -> Counter[str]:
        """Its records without their order: of records that rank alike, upstream promises none."""
        return Counter(json.dumps(each, sort_keys=True) for each in self.records)

    def confirms(self, other: Reading | None) -> bool:
        """Whether this reading and an earlier one prove each other.

        Of pages cut alike the same records prove it only where none stands twice: a list that overlaps at
        the edges of its pages does so in both.
        """
        if other is None or self.content != other.content:
            return False
        return self.size != other.size or max(self.content.values()) == 1


@dataclass(frozen=True, slots=True)
class _Page:
    records: tuple[Any, ...]
    total: int


async def read_all(fetcher: Fetcher, plan: Plan, counted: Counts | None = None) -> Reading:
    """Read a list until it can be believed.

    Args:
        fetcher: asks for the pages.
        plan: how they are asked for.
        counted: asks how many records there should be, where upstream says so elsewhere too.

    Raises:
        Unusable: a page can't be had, there are more than the cap, or no two readings agree.
    """
    last: Reading | None = None
    fault = "changes while it is read"
    for turn in range(plan.readings):
        # Every other reading has the full size again, should upstream not give out pages of another.
        smaller = turn * (plan.page_size // 20 or 1) if turn % 2 else 0
        reading = await _read_once(fetcher, plan, max(1, plan.page_size - smaller), counted)
        if reading.fault is None and (len(reading.pages) == 1 or reading.confirms(last)):
            return reading
        last = last if reading.fault else reading
        fault = reading.fault or fault
        if turn:
            await fetcher.line.world.sleep(turn * fetcher.line.settings.limits.first_wait_seconds)
    raise Unusable(plan.url, f"{fault} ({plan.readings} readings)")


async def _read_once(fetcher: Fetcher, plan: Plan, size: int, counted: Counts | None) -> Reading:
    first = await _page(fetcher, plan, size, 1)
    if not first.value.total or not first.value.records:
        raise Unusable(plan.url, "the list is empty, which looks like a broken upstream")
    wanted = -(-first.value.total // size)
    if wanted > plan.page_cap:
        raise Unusable(
            plan.url, f"announces {first.value.total} records, more than {plan.page_cap} pages of {size}"
        )
    rest = await together(_page(fetcher, plan, size, number) for number in range(2, wanted + 1))
    said = await counted() if counted else None
    fetched = [first, *rest]
    pages = [each.value for each in fetched]
    fault = _fault(pages, size, said)
    return Reading(tuple(page.records for page in pages), size, min(each.day for each in fetched), fault)


async def _page(fetcher: Fetcher, plan: Plan, size: int, number: int) -> Fetched[_Page]:
    return await fetcher.post(plan.url, {"pageNum": number, "pageSize": size}, _read_page)


def _read_page(raw: bytes, place: str) -> _Page:
    data = data_of(raw, place)
    records = data.get("records") if isinstance(data, dict) else None
    total = data.get("total") if isinstance(data, dict) else None
    number = int(total[:9]) if isinstance(total, str) and total.isascii() and total.isdigit() else total
    if not isinstance(records, list) or not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise Unusable(place, "the reply holds no records with their total")
    return _Page(tuple(records), number)


def _fault(pages: list[_Page], size: int, said: int | None) -> str | None:
    """What does not agree in one reading."""
    totals = {page.total for page in pages}
    total = pages[-1].total
    if len(totals) > 1:
        return f"says {min(totals)} records on one page and {max(totals)} on another"
    if said is not None and said != total:
        return f"counts {said} records and lists {total}"
    if len(pages) > 1 and pages[0].records == pages[1].records:
        return "gives the same page twice"
    held = sum(len(page.records) for page in pages)
    if held != total or any(len(page.records) != size for page in pages[:-1]):
        return f"says {total} records and gives {held}"
    return None
