"""What the tests of the sources share: recordings, a world without waiting, a stand-in that runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kie_catalog.domain.snapshot import SourceName, Upstream
from kie_catalog.sandbox.server import StandIn, running
from kie_catalog.sources import recordings
from kie_catalog.sources.raw import FILES, Raw, Recording
from kie_catalog.sources.settings import Connections, Limits, Prices, Settings, Sources
from tests.sources.worlds import FakeWorld

TESTS = Path(__file__).parents[1]
SHARED = TESTS.parents[1] / "shared" / "kie" / "recordings"


@pytest.fixture(scope="session", name="small")
def _small() -> Path:
    """A recording of the repository: 130 rows, 5 pages, 177 ids; neither groups nor keyed replies."""
    return TESTS / "examples" / "recordings" / "small"


@pytest.fixture(scope="session", name="shared")
def _shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not here: the full recordings are not part of the repository")
    return SHARED


@pytest.fixture(scope="session", name="complete")
def _complete(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small recording with the sources that nobody recorded, in the shape that KIE's clients describe."""
    known = recordings.load(small)
    models = [
        {"model": name, "slug": name, "title": name, "provider": "P", "taskType": ["X"], "description": None}
        for name in ("kling-3.0/video", "z-image", "nano-banana-2")
    ]
    groups = [
        {
            "groupName": f"Group {n}",
            "path": f"group-{n} ",
            "provider": "P",
            "taskType": ["Text to Video"],
            "count": n,
        }
        for n in range(120)
    ]
    added = {
        SourceName.MODELS: {FILES[SourceName.MODELS]: {"total": 3, "models": models}},
        SourceName.GROUPS: {FILES[SourceName.GROUPS]: groups},
        SourceName.SCHEMAS: {
            f"model-schemas/{each['model']}.json": {"model": each["model"], "openapi": openapi}
            for each, openapi in zip(
                models, ({"openapi": "3.1.0", "paths": {}}, None, {"openapi": "3.1.0"}), strict=True
            )
        },
    }
    raws = {
        source: Raw(source, "2026-08-22", {name: _json(value) for name, value in files.items()}, "here")
        for source, files in added.items()
    }
    folder = tmp_path_factory.mktemp("recordings") / "complete"
    recordings.save(Recording({**known.sources, **raws}), folder, form="full")
    return folder


@pytest.fixture(scope="session", name="recorded")
def _recorded(complete: Path) -> Upstream:
    """What the complete recording says."""
    return recordings.read_recording(complete)


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


@pytest.fixture(scope="session", name="running_stand_in")
def _running_stand_in(complete: Path) -> Iterator[StandIn]:
    with running(complete) as stand_in:
        yield stand_in


@pytest.fixture(name="stand_in")
def _stand_in(running_stand_in: StandIn) -> StandIn:
    """A stand-in that serves the complete recording, with all faults off and an empty journal."""
    running_stand_in.switch()
    running_stand_in.stand.journal.clear()
    return running_stand_in


@pytest.fixture(scope="session", name="quick")
def _quick() -> Settings:
    """The default settings, but impatient, and with pages so small that the small feed has several."""
    return Settings(
        connections=Connections(api=4, docs=4),
        limits=Limits(
            silence_seconds=0.25, reply_seconds=0.5, reply_bytes=2_000_000, page_bytes=1_000_000, attempts=3
        ),
        sources=Sources(prices=Prices(page_size=50)),
    )


@pytest.fixture(name="world")
def _world() -> FakeWorld:
    return FakeWorld(datetime(2026, 11, 23, 12, tzinfo=UTC))
