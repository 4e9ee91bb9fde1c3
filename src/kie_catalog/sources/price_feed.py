"""The public price feed: `model-pricing/count` and `/page` of api.kie.ai, no key needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from kie_catalog.domain.snapshot import Fault, PriceRow, Snapshot, SourceName
from kie_catalog.domain.values import digest_bytes
from kie_catalog.sources.asking import NotOffered, Unusable
from kie_catalog.sources.judging import data_of
from kie_catalog.sources.problems import first_problem
from kie_catalog.sources.raw import FILES, Raw
from kie_catalog.sources.replies import read_list, recorded_json, refuse

if TYPE_CHECKING:
    from kie_catalog.sources.fetching import Fetcher

SOURCE: Final = SourceName.PRICES


def _as_text(value: Any) -> Any:
    """Numbers and nulls as text: the recorded feeds quote every number, which nothing promises."""
    if value is None:
        return ""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(_as_text)]


class Record(BaseModel):
    """A record as upstream names it; keys that say nothing about the price are left aside."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    modelDescription: str  # noqa: N815 -- upstream's spelling dies here
    interfaceType: Text = ""  # noqa: N815 -- see above
    provider: Text = ""
    creditPrice: Text = ""  # noqa: N815 -- see above
    creditUnit: Text = ""  # noqa: N815 -- see above
    usdPrice: Text = ""  # noqa: N815 -- see above
    anchor: Text = ""

    def row(self, number: int) -> PriceRow:
        """The record in our words."""
        return PriceRow(
            number=number,
            description=self.modelDescription,
            interface=self.interfaceType,
            provider=self.provider,
            credits=self.creditPrice,
            unit=self.creditUnit,
            usd=self.usdPrice,
            anchor=self.anchor,
        )


def parse(raw: bytes, *, taken_at: str, place: str) -> Snapshot[PriceRow]:
    """Read the records of a feed.

    Args:
        raw: a JSON list of records, as the feed's pages hold them one after the other.
        taken_at: ISO date of the reply.
        place: where the reply lies, for messages.

    Raises:
        SourceError: the reply can't be used, or not one of its records can. A single bad record is a fault.
    """
    rows: list[PriceRow] = []
    faults: list[Fault] = []
    records = read_list(raw, place)
    for number, record in enumerate(records, 1):
        try:
            rows.append(Record.model_validate(record).row(number))
        except ValidationError as error:
            faults.append(Fault(SOURCE, f"row {number}", str(first_problem(error))))
    if not rows:
        refuse(place, f"none of its {len(faults)} records can be read ({faults[0].fact})")
    return Snapshot(SOURCE, taken_at, tuple(rows), tuple(faults), digest_bytes(recorded_json(records, place)))


async def fetch(fetcher: Fetcher) -> Raw:
    """Read the whole feed, and check it against its own count.

    Raises:
        Unusable: it can't be had, or can't be believed.
    """
    from kie_catalog.sources import paging  # noqa: PLC0415 -- reading a folder needs no event loop

    settings = fetcher.line.settings
    base, asked = settings.hosts.api, settings.sources.prices
    faults: set[Fault] = set()

    async def counted() -> int | None:
        try:
            return (await fetcher.get(base + asked.count, _read_count)).value
        except NotOffered:
            raise
        except Unusable as error:
            # The pages' own totals still have to agree; that the second opinion is missing is said.
            faults.add(Fault(SOURCE, "count", error.fact))
            return None

    plan = paging.Plan(base + asked.page, asked.page_size, asked.page_cap, asked.readings)
    reading = await paging.read_all(fetcher, plan, counted)
    file = {FILES[SOURCE]: recorded_json(reading.records, plan.url)}
    return Raw(SOURCE, reading.day, file, base, tuple(faults))


def _read_count(raw: bytes, place: str) -> int:
    data = data_of(raw, place)
    count = data.get("all") if isinstance(data, dict) else None
    if not isinstance(count, int) or isinstance(count, bool):
        raise Unusable(place, "the reply holds no count of all rows")
    return count
