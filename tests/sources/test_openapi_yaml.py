import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.domain.errors import SourceError
from kie_catalog.sources.openapi_yaml import dump, load
from tests.sources.worlds import outcome

numbers = st.integers(-(10**15), 10**15) | st.floats(
    allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15
).filter(lambda number: number == 0 or abs(number) > 1e-20)
texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x85\u2028\u2029\ufeff\ufffe\uffff")
) | st.sampled_from(
    [
        "16:9",
        "on",
        "yes",
        "null",
        "~",
        "1e3",
        "0x10",
        "2026-08-22",
        "- a",
        "a: b",
        "#x",
        "true",
        "",
        " ",
        "a\nb",
        "'",
        "1_000",
    ]
)
documents = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(documents)
def test_what_is_written_is_read_back(document):
    assert load(dump({"x": document}), "here") == {"x": document}


@given(texts)
def test_what_any_reader_could_take_for_something_else_is_quoted(text):
    assert yaml.safe_load(dump({"x": text})) == {"x": text}


@pytest.mark.parametrize(
    ("block", "value"),
    [
        ("x: 16:9", "16:9"),
        ("x: on", "on"),
        ("x: 2026-08-22", "2026-08-22"),
        ("x: 1.0", 1),
        ("x: 0.5", 0.5),
        ("x: 1e2", 100),
        ("x: true", True),
        ("x:", None),
        ("x: .inf", ".inf"),
    ],
)
def test_scalars_are_those_of_json(block, value):
    loaded = load(block, "here")["x"]
    assert loaded == value
    assert type(loaded) is type(value)


def test_keys_are_texts():
    assert load("responses:\n  200:\n    true: 1\n", "here") == {"responses": {"200": {"true": 1}}}


@pytest.mark.parametrize(
    ("block", "fact"),
    [
        ("x: [", "not YAML"),
        ("x: *nowhere", "not YAML"),
        ("x: !!python/object/apply:os.system [ls]", "not YAML"),
        ("x: !!binary aGk=", "holds a bytes"),
        ("x: !!timestamp 2026-08-22", "holds a date"),
        ("? [a]\n: 1", "a key is no text"),
        ("x: !<tag:kie-catalog,2026:number> many", "bad number"),
        ("x: !!timestamp 2026-99-99", "cannot be read"),
        ("- [\n" * 2_500 + "]\n", "not YAML|nested"),
        ("x: " + "9" * 101, "a number beyond reason"),
        ("x: 1e999", "a number beyond reason"),
        ("x: &x [*x]", "unfolds to more than"),
        ("x: " + "[" * 50_000, "nested more than 200"),
        ("x: " + "[" * 900 + "]" * 900, "nested"),
    ],
)
def test_what_is_no_json_value_is_refused(block, fact):
    with pytest.raises(SourceError, match=fact):
        load(block, "here")


def test_a_few_aliases_do_not_unfold_to_millions():
    levels = "".join(f"l{n}: &l{n} [*l{n - 1}, *l{n - 1}, *l{n - 1}]\n" for n in range(1, 30))
    with pytest.raises(SourceError, match="unfolds"):
        load("l0: &l0 [1]\n" + levels, "here")


@given(st.text(max_size=200))
def test_reading_is_total(block):
    loaded = outcome(lambda: load(block, "here"))
    if isinstance(loaded, SourceError):
        assert "\n" not in str(loaded)
    else:
        assert not isinstance(loaded, float) or math.isfinite(loaded)
