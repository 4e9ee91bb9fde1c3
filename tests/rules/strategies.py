"""Catalogs for laws: valid ones, and ones with anything anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from kie_catalog.domain.catalog import Category, Charge, ModelType, Status
from kie_catalog.domain.finding import Where
from kie_catalog.domain.money import usd_of
from kie_catalog.domain.shape import CATALOG_FIELDS, MODE_FIELDS, MODEL_FIELDS
from kie_catalog.domain.units import Unit
from kie_catalog.domain.values import Pointer
from kie_catalog.rules.evidence import Decided, Evidence, Recorded, Row, SchemaFile

IDS = st.from_regex(r"[a-z0-9][a-z0-9.-]{0,8}(/[a-z0-9][a-z0-9.-]{0,8})?", fullmatch=True)
TITLES = st.text(min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
TEXTS = st.text(max_size=12)
CREDITS = st.integers(0, 10**7).map(lambda cents: Decimal(cents) / 100)
DATES = st.dates().map(lambda day: day.isoformat())
SCALARS = TEXTS | st.booleans() | st.integers(-9, 99).map(Decimal)
CONDITIONS = (
    SCALARS
    | st.lists(SCALARS, min_size=1, max_size=3)
    | st.fixed_dictionaries({"present": st.booleans()})
    | st.fixed_dictionaries({"min": st.integers(0, 5).map(Decimal), "max": st.integers(5, 9).map(Decimal)})
)

ALL_KEYS = [field.name for shape in (CATALOG_FIELDS, MODEL_FIELDS, MODE_FIELDS) for field in shape]
ALL_WORDS = [word.value for words in (ModelType, Category, Status, Charge, Unit) for word in words]

KEYS = st.sampled_from(ALL_KEYS) | st.text(max_size=8)
NUMBERS = (
    st.integers(-(10**6), 10**6).map(Decimal)
    | st.decimals(-100, 100, places=2)
    | st.sampled_from([Decimal(0), Decimal("0.5"), Decimal("1e3"), Decimal("1e12"), Decimal(10**12 - 1)])
)
ODD_NUMBERS = st.sampled_from(
    [Decimal(text) for text in ("NaN", "sNaN", "-Infinity", "1e999999", "1e-999999", "0e99999", "-0")]
)
LEAVES = (
    st.none()
    | st.booleans()
    | NUMBERS
    | st.sampled_from(
        [*ALL_WORDS, "", " ", "1.0", "2.0", "2026-08-22", "2026-13-01", "a/b", "../a", "a b", "a\n"]
    )
    | st.text(max_size=8)
)

WORDS = st.sampled_from([*ALL_WORDS, "", "Image"])
NEAR_IDS = st.text(alphabet="aZ9./_-\n ", max_size=6) | st.sampled_from(["a" * 100, "a" * 101])
# Values that are nearly right where they stand: anything at all seldom comes near an edge.
NEAR_ENDS = st.dictionaries(
    st.sampled_from(["min", "max", "present", "from"]), SCALARS | st.none(), max_size=2
)
NEAR = {
    "version": st.sampled_from(["1.0", "2.0", "3.0", "1.0\n", Decimal(2)]),
    "last_updated": st.from_regex(r"[0-9]{4}-[01][0-9]-[0-3][0-9]\n?", fullmatch=True),
    "id": NEAR_IDS,
    "title": st.text(alphabet=" \t\u00a0\u2028a", max_size=2),
    "title_ru": st.text(alphabet=" \t\u00a0\x1ca", max_size=2),
    "type": WORDS,
    "category": WORDS,
    "status": WORDS,
    "charge": WORDS,
    "unit": WORDS,
    "per": NUMBERS,
    "credits": NUMBERS,
    "official_usd": NUMBERS,
    "when": st.dictionaries(TEXTS, NEAR_ENDS | st.lists(SCALARS | st.none(), max_size=2), max_size=2),
}


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Any YAML value over the leaves."""
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
        max_leaves=8,
    )


@st.composite
def modes(draw: st.DrawFn, version: str, number: int) -> dict[str, Any]:
    """A valid mode; the condition on `n` sets it apart from its siblings."""
    price = draw(CREDITS)
    mode = {"unit": draw(st.sampled_from(Unit)).value, "credits": price, "official_usd": usd_of(price)}
    if version == "1.0":
        return {**mode, "notes": f"mode {number}"}
    extra = {"charge": st.sampled_from(Charge).map(str), "status": st.sampled_from(Status).map(str)}
    texts = {"title_ru": TEXTS, "short_hint_ru": TEXTS, "notes": TEXTS}
    optional = draw(st.fixed_dictionaries({}, optional={**extra, **texts, "per": st.just(Decimal(4))}))
    when = draw(st.dictionaries(st.text(max_size=6), CONDITIONS, max_size=2))
    return {"id": f"m{number}", **mode, **optional, "when": {**when, "n": Decimal(number)}}


@st.composite
def models(draw: st.DrawFn, version: str, model_id: str) -> dict[str, Any]:
    """A valid model."""
    count = draw(st.integers(1, 3))
    model = {
        "id": model_id,
        "title_ru": draw(TITLES),
        "type": draw(st.sampled_from(ModelType)).value,
        "modes": [draw(modes(version, number)) for number in range(count)],
    }
    if version == "2.0":
        model |= {"title": draw(TITLES), "status": draw(st.sampled_from(Status)).value}
        optional = {"category": st.sampled_from(Category).map(str), "provider": TITLES, "page": TEXTS}
        model |= draw(st.fixed_dictionaries({}, optional=optional))
    texts = {
        "description_ru": TEXTS,
        "required_inputs_ru": st.lists(TEXTS, max_size=2),
        "free": st.booleans(),
    }
    return model | draw(st.fixed_dictionaries({}, optional=texts))


@st.composite
def catalogs(draw: st.DrawFn, least: int = 0) -> dict[str, Any]:
    """A catalog without an error."""
    version = draw(st.sampled_from(["1.0", "2.0"]))
    ids = sorted(draw(st.lists(IDS, min_size=least, max_size=3, unique=True)))
    return {
        "version": version,
        "source": draw(TEXTS),
        "last_updated": draw(DATES),
        "models": [draw(models(version, model_id)) for model_id in ids],
    }


@st.composite
def mutated(draw: st.DrawFn, leaves: st.SearchStrategy[Any] = LEAVES) -> Any:
    """A catalog in which some parts were replaced, removed or added."""
    data = draw(catalogs(least=1))
    for _ in range(draw(st.integers(0, 3))):
        if draw(st.booleans()):
            _come_near(draw, data)
        else:
            _change(draw, draw(st.sampled_from(list(_parts(data)))), nested(leaves))
    return data


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for each in value.values() if isinstance(value, dict) else value:
            yield from _parts(each)


def _come_near(draw: st.DrawFn, data: Any) -> None:
    """Replace a value by one that is nearly right there."""
    fields = [(part, key) for part in _parts(data) if isinstance(part, dict) for key in part if key in NEAR]
    if fields:
        part, key = draw(st.sampled_from(fields))
        part[key] = draw(NEAR[key])


def _change(draw: st.DrawFn, part: Any, values: st.SearchStrategy[Any]) -> None:
    """Replace, remove or add any value."""
    is_mapping = isinstance(part, dict)
    places = list(part) if is_mapping else list(range(len(part)))
    way = draw(st.sampled_from(["replace", "remove", "add"])) if places else "add"
    if way == "add" and not is_mapping:
        part.append(draw(values))
        return
    place = draw(KEYS) if way == "add" else draw(st.sampled_from(places))
    if way == "remove":
        del part[place]
    else:
        part[place] = draw(values)


KEYWORDS = st.sampled_from(["type", "enum", "default", "minimum", "maximum", "minLength", "maxItems"]) | (
    st.sampled_from(["required", "properties", "items", "anyOf", "x-kie", "pattern"])
)
SCHEMAS = st.dictionaries(
    KEYWORDS,
    st.recursive(
        st.none() | st.booleans() | st.integers(-3, 9) | st.floats() | st.sampled_from(["string", "[", "a"]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYWORDS | IDS, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)


@dataclass(frozen=True)
class _File:
    """A schema's file, which has every place."""

    data: Any
    path: str = "schema.json"

    def where(self, pointer: Pointer, *, key: bool = False) -> Where:
        return Where(self.path, 1 + key, 1, pointer)


@st.composite
def evidence(draw: st.DrawFn) -> Evidence:
    """Evidence of any shape: rows and schemas, mostly of other models than the catalog has."""
    ids = draw(st.lists(IDS | NEAR_IDS, max_size=3, unique=True))
    rows = [
        Row(draw(TEXTS), each, draw(TEXTS), draw(modes("2.0", 0)), Where("feed"), draw(st.none() | NEAR_IDS))
        for each in ids
    ]
    schemas = {each: SchemaFile(_File(schema), schema) for each in ids for schema in [draw(SCHEMAS)]}
    return Evidence(
        today=draw(st.none() | DATES),
        recorded=(Recorded(draw(DATES), "feed", tuple(rows), frozenset(ids)),),
        schemas=schemas,
        decisions=tuple(
            Decided(draw(st.sampled_from(["keep-ours", "tombstone"])), each, None, Where("d"), draw(DATES))
            for each in ids
        ),
    )
