"""Whole catalogs at random: what was accepted, what people made of it, what upstream says now.

The histories that lead to a base are drawn by a seed, which is some ten times as fast as drawing every row
of them; what upstream says now is drawn row by row, so that a failing case shrinks to something readable.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from functools import cache
from random import Random

from hypothesis import strategies as st

from kie_catalog.domain.snapshot import PriceRow, Snapshot, SourceName, Upstream
from tests.sync.test_plan import World
from tests.sync.upstreams import IDS, TAILS, page, row, upstream

DAYS = tuple(f"2026-08-{day:02}" for day in range(11, 30))
UNITS = ("per second", "per second", "per second", "per video", "")
OPTIONS = (("480p",), ("480p", "720p"))
MODEL_EDITS = (
    ("title", "Ours"),
    ("type", "t2i"),
    ("provider", "Ours"),
    ("provider", "Acme"),
    ("status", "hidden"),
    ("title_ru", "Название"),
    ("description_ru", "Слова людей"),
    ("free", True),
)
MODE_EDITS = (
    ("credits", Decimal(1)),
    ("credits", Decimal(2)),
    ("credits", Decimal(7)),
    ("official_usd", Decimal("0.01")),
    ("unit", "video"),
    ("notes", "ours"),
    ("title_ru", "Режим"),
    ("short_hint_ru", "Подсказка"),
    ("status", "hidden"),
)


def spoken(pages, rows, silent: str, taken_at: str) -> Upstream:
    """An upstream of these pages and rows; `silent` names what was not measured."""
    up = upstream(
        None if silent in ("pages", "both") else pages,
        None if silent in ("rows", "both") else rows,
        taken_at=taken_at,
    )
    return replace(up, model_ids=Snapshot(SourceName.MODEL_IDS, taken_at, ("a/one", "c"), (), "sha256:0"))


def rows_of(model_id: str, prices: dict[str, int], unit: str, pages: dict[str, object]) -> list[PriceRow]:
    """A row a price; an id without a slash is certain only where a page declares it."""
    if "/" not in model_id and model_id not in pages:
        return []
    return [row(model_id, tail, price, unit=unit) for tail, price in prices.items()]


def random_upstream(random: Random) -> Upstream:
    pages = {each: page(each, options=random.choice(OPTIONS)) for each in IDS if random.random() < 0.7}
    rows = []
    for model_id in IDS:
        prices = {tail: random.randint(1, 3) for tail in TAILS if random.random() < 0.6}
        rows += rows_of(model_id, prices, random.choice(UNITS), pages)
    silent = random.choice(["", "", "", "pages", "rows"])
    return spoken(pages.values(), rows, silent, random.choice(DAYS))


def random_edits(random: Random, world: World) -> World:
    """The world after people edited its catalog and its input schemas."""
    data, schemas = deepcopy(dict(world.data)), dict(world.schemas)
    for model in list(data["models"]):
        for name, value in random.sample(MODEL_EDITS, random.choice([0, 0, 1, 2])):
            model[name] = value
        for mode in list(model["modes"]):
            for name, value in random.sample(MODE_EDITS, random.choice([0, 0, 0, 1, 2])):
                mode[name] = value
            if random.random() < 0.1:
                model["modes"].remove(mode)
        if random.random() < 0.1:
            data["models"].remove(model)
        elif random.random() < 0.1:
            schemas[model["id"]] = {"type": "object", "title": "ours"}
    return World(data, world.base, schemas)


def random_world(seed: int) -> World:
    """Any base, any catalog: of one history with edits of people, or of two that never met."""
    random = Random(seed)
    world = World()
    for _ in range(random.randint(1, 3)):
        world = world.sync(random_upstream(random))
        if random.random() < 0.3:
            world = random_edits(random, world)
    if random.random() < 0.2:
        other = World().sync(random_upstream(random))
        world = World(other.data, world.base, other.schemas)
    return random_edits(random, world)


worlds = st.integers(0, 400).map(cache(random_world))
"""Some hundred worlds, each made once a process; a law sees each with several upstreams."""


@st.composite
def said(draw, *, unmeasured: bool = False) -> Upstream:
    """Anything upstream may say about the pool of models, some sources silent if need be."""
    pages = {
        model_id: page(model_id, options=OPTIONS[kind - 1])
        for model_id, kind in zip(IDS, draw(st.tuples(*[st.integers(0, 2)] * len(IDS))), strict=True)
        if kind
    }
    rows = []
    for model_id in IDS:
        amounts = draw(st.tuples(*[st.integers(0, 3)] * len(TAILS)))
        prices = {tail: amount for tail, amount in zip(TAILS, amounts, strict=True) if amount}
        rows += rows_of(model_id, prices, draw(st.sampled_from(UNITS)), pages)
    silent = draw(st.sampled_from(["", "pages", "rows", "both"])) if unmeasured else ""
    return spoken(pages.values(), rows, silent, draw(st.sampled_from(DAYS)))
