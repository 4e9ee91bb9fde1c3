"""Documentation pages read into input schemas, and price rows resolved to models and modes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.grown import RECORDING, pages, upstream
from benchmarks.measuring import ROOT, TIMES, least
from benchmarks.rows import Limit, Row
from kie_catalog.catalog.planning import declared_by
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.schemas.extraction import declarations
from kie_catalog.sources.recordings import read_recording
from kie_catalog.sync.theirs import read_theirs

PAGE_BY_PAGE = Limit(1.2, "a page is read by itself; what pages share is looked up by name")
ROW_BY_ROW = Limit(1.5, "a row is held against the models that its first words name, not against all")


def rows(place: Path) -> Iterator[Row]:
    del place
    recorded = read_recording(RECORDING)
    declared = declared_by(recorded)
    for times in TIMES:
        many = pages(recorded.pages.content, declared, times)
        yield Row(
            "extract input schemas",
            least(lambda many=many: declarations(many), 3 if times == 1 else 1),
            times,
            f"{len(many):,} pages",
            growth=PAGE_BY_PAGE if times == TIMES[-1] else None,
        )
    aliases = Workspace(ROOT).aliases()
    for times in TIMES:
        grown, models = upstream(recorded, declared, times)
        yield Row(
            "resolve price rows",
            least(
                lambda grown=grown, models=models: read_theirs(grown, models, aliases=aliases),
                3 if times == 1 else 1,
            ),
            times,
            f"{len(grown.prices.content):,} rows over {len(models.models):,} models",
            growth=ROW_BY_ROW if times == TIMES[-1] else None,
        )
