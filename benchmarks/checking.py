"""Every rule over the catalog, beside what people use now: PyYAML with dataclasses, and check-jsonschema."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from benchmarks.grown import CATALOG, SCHEMA, catalog_text, models_in
from benchmarks.measuring import OURS, TIMES, each_of, in_turns, least, processes
from benchmarks.rows import Limit, Row
from kie_catalog import CatalogCache
from kie_catalog.catalog.checking import check_bytes
from kie_catalog.catalog.read import catalog_of
from kie_catalog.catalog.workspace import read_document

TODAY = "2026-08-25"
READS = 10_000

AT_ONCE = Limit(1.0, "an editor that checks on every save must not be felt")
IN_STEP = Limit(1.2, "every rule looks at a model and its few neighbours, never at all pairs")
READ = Limit(1.0, "a bot asks for the catalog with each request")
AGAINST_PLAIN = Limit(
    8.0, "whoever leaves the plain loader for places and exact money must not pay for it", is_least=True
)
AGAINST_CHECKER = Limit(
    3.0, "more is checked, so it may not take longer than what people have in CI", is_least=True
)


def rows(place: Path) -> Iterator[Row]:
    os.environ["XDG_CACHE_HOME"] = str(place / "xdg")
    yield from full(place)
    yield from loaders(place)
    yield from beside_checker(place)


def full(place: Path) -> Iterator[Row]:
    """In this process, with lines and columns."""
    for times in TIMES:
        raw = catalog_text(times).encode()
        rounds = {1: 9, 10: 3}.get(times, 1)
        seconds = least(lambda raw=raw: check_bytes(raw, "c.yaml", today=TODAY), rounds)
        yield Row(
            "full check",
            seconds,
            times,
            models_in(raw.decode()),
            beside="150 ms a 1x",
            other=0.150 * times,
            limit=AT_ONCE if times == 1 else None,
            growth=IN_STEP if times == TIMES[-1] else None,
        )
    cache = CatalogCache(CATALOG, cache_dir=place / "reads")
    cache.get()
    yield Row("read from memory", each_of(cache.get, READS), beside="10 µs", other=1e-5, limit=READ)


@dataclass
class PlainMode:
    """A mode as such loaders have it."""

    unit: str
    credits: float
    official_usd: float | None = None
    notes: str | None = None
    id: str | None = None
    when: dict[str, Any] | None = None


@dataclass
class PlainModel:
    """A model as such loaders have it."""

    id: str
    title_ru: str
    type: str | None
    modes: list[PlainMode]


def plain_loader(file: Path) -> list[PlainModel]:
    """The loader that bots use now: no places, no rules, floats for money."""
    data = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    known = {field.name for field in fields(PlainMode)}
    return [
        PlainModel(
            model["id"],
            model["title_ru"],
            model.get("type"),
            [PlainMode(**{key: mode[key] for key in mode.keys() & known}) for mode in model["modes"]],
        )
        for model in data["models"]
    ]


def loaders(place: Path) -> Iterator[Row]:
    """A catalog in memory, by ours and by the plain loader."""
    for times in TIMES[:2]:
        file = place / f"load{times}.yaml"
        file.write_text(catalog_text(times), encoding="utf-8")
        best = in_turns(
            {
                "plain": lambda file=file: plain_loader(file),
                "ours": lambda file=file: catalog_of(read_document(file, "c.yaml").data),
            },
            5 if times == 1 else 2,
        )
        yield Row(
            "load with places and exact numbers",
            best["ours"],
            times,
            models_in(file.read_text(encoding="utf-8")),
            beside="PyYAML's SafeLoader with dataclasses",
            other=best["plain"],
            limit=AGAINST_PLAIN,
        )


def beside_checker(place: Path) -> Iterator[Row]:
    """Whole processes on the same file and our JSON Schema of it."""
    other = shutil.which("check-jsonschema", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if other is None:
        raise SystemExit("check-jsonschema is not installed: pip install 'kie-catalog[bench]'")
    for times in TIMES[:2]:
        copy = place / f"copy{times}.yaml"
        copy.write_text(catalog_text(times), encoding="utf-8")
        best = processes(
            {
                "theirs": [other, "--schemafile", str(SCHEMA), str(copy)],
                "ours": [*OURS, "check", str(copy)],
            },
            5 if times == 1 else 1,
        )
        yield Row(
            "kie-catalog check, whole process",
            best["ours"],
            times,
            models_in(copy.read_text(encoding="utf-8")),
            beside="check-jsonschema, whole process",
            other=best["theirs"],
            limit=AGAINST_CHECKER,
        )
