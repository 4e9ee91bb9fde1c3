"""The settings files of a workspace are read strictly: every fault with its line and column, all at once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kie_catalog.catalog.nodes import parse
from kie_catalog.domain.errors import CatalogInvalid
from kie_catalog.domain.values import ABSENT
from kie_catalog.sync.decisions import Hold, KeepOurs, Rename, Tombstone, read_decisions
from kie_catalog.sync.limits import GUARDS, Limits, read_limits
from kie_catalog.sync.ownership import DEFAULT, Owner, read_ownership
from tests.conftest import ROOT

GROUNDS = "reason: why, author: anna, decided: '2026-08-22'"
KEEP = f"kind: keep-ours, model: a/one, field: credits, expires: '2026-11-22', {GROUNDS}"


def owners(text):
    return read_ownership(parse(text, "sync/ownership.yaml"))


def decisions(*entries):
    text = "decisions:\n" + "".join(f"- {{{entry}}}\n" for entry in entries)
    return read_decisions(parse(text, "sync/decisions.yaml"))


def limits(text):
    return read_limits(parse(text, "sync/sources.yaml"))


def test_the_files_of_this_project_are_the_defaults():
    here = ROOT / "sync"
    assert set(owners((here / "ownership.yaml").read_text()).patterns) == set(DEFAULT)
    assert read_decisions(parse((here / "decisions.yaml").read_text(), "d")) == ()
    written = limits((here / "sources.yaml").read_text())
    assert written.few == Limits().few
    assert written.own == {guard.name: guard.default for guard in GUARDS}


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("credits", Owner.UPSTREAM),
        ("title_ru", Owner.HUMAN),
        ("free", Owner.HUMAN),
        ("modes/480p/title_ru", Owner.HUMAN),
        ("modes/480p/credits", Owner.UPSTREAM),
        ("schema", Owner.UPSTREAM),
    ],
)
def test_the_default_owners(path, owner):
    assert owners("fields: {}\n").owner("a/one", tuple(path.split("/"))) is Owner.UPSTREAM
    text = (ROOT / "sync/ownership.yaml").read_text()
    assert owners(text).owner("a/one", tuple(path.split("/"))) is owner


def test_the_more_exact_pattern_decides_whatever_the_order():
    lines = ["'*': upstream", "modes: human", "modes/*/credits: upstream", "modes/480p: human"]
    for ordered in (lines, lines[::-1]):
        found = owners("fields:\n" + "".join(f"  {line}\n" for line in ordered))
        assert found.owner("m", ("title",)) is Owner.UPSTREAM
        assert found.owner("m", ("modes", "720p", "notes")) is Owner.HUMAN
        assert found.owner("m", ("modes", "720p", "credits")) is Owner.UPSTREAM
        assert found.owner("m", ("modes", "480p", "credits")) is Owner.HUMAN


def test_a_models_own_block_goes_before_all_that_is_general():
    found = owners("fields:\n  modes/480p/credits: upstream\nmodels:\n  a/one:\n    modes: human\n")
    assert found.owner("a/one", ("modes", "480p", "credits")) is Owner.HUMAN
    assert found.owner("a/two", ("modes", "480p", "credits")) is Owner.UPSTREAM


def test_two_patterns_as_exact_as_each_other_protect_peoples_work():
    found = owners("fields:\n  'title_*': upstream\n  '*_ru': human\n")
    assert found.owner("m", ("title_ru",)) is Owner.HUMAN


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("a: 1\n", ["1:1", "1:1"]),
        ("fields:\n  titel_ru: human\n", ["2:3"]),
        ("fields:\n  title_ru: humans\n", ["2:13"]),
        ("fields:\n  title_ru: human\n  modes/*/kredits: human\n  title/x: human\n", ["3:3", "4:3"]),
        ("fields:\n  modes/*/credits/x: human\n", ["2:3"]),
        ("fields: []\n", ["1:9"]),
        ("fields:\n  title_ru: 1\n", ["2:13"]),
        ("fields: {}\nmodels:\n  a/one: human\n", ["3:10"]),
    ],
)
def test_faults_of_ownership_have_their_places(text, faults):
    with pytest.raises(CatalogInvalid) as caught:
        owners(text)
    assert [f"{each.where.line}:{each.where.column}" for each in caught.value.findings] == faults
    assert {each.code for each in caught.value.findings} == {"KC601"}


def test_a_mistyped_field_gets_a_suggestion():
    with pytest.raises(CatalogInvalid, match=r"'titel_ru' is unknown here; did you mean 'title_ru'\?"):
        owners("fields:\n  titel_ru: human\n")


def test_every_kind_of_decision_is_read():
    keep, stone, rename, hold = decisions(
        f"{KEEP}, mode: 480p, ours: 2, theirs: 3",
        f"kind: tombstone, model: a/two, {GROUNDS}",
        f"kind: rename, model: old, to: new, {GROUNDS}",
        f"kind: hold, model: c, expires: '2026-09-01', {GROUNDS}",
    )
    assert isinstance(keep, KeepOurs)
    assert (keep.ours, keep.theirs, keep.target) == (Decimal(2), Decimal(3), "a/one 480p credits")
    assert isinstance(stone, Tombstone)
    assert (stone.mode, stone.grounds.expires, stone.grounds.where.line) == (None, None, 3)
    assert isinstance(rename, Rename)
    assert (rename.model, rename.to) == ("old", "new")
    assert isinstance(hold, Hold)
    assert (hold.field, hold.grounds.author) == (None, "anna")


def test_a_value_that_is_left_out_is_absent():
    (keep,) = decisions(f"{KEEP}, ours: 2")
    assert (keep.ours, keep.theirs) == (Decimal(2), ABSENT)


@pytest.mark.parametrize(
    ("entry", "fact"),
    [
        (f"kind: keep-ours, model: a, {GROUNDS}", "`field` is missing"),
        (f"kind: keep-ours, model: a, field: x, {GROUNDS}", "`expires` is missing"),
        (f"kind: hold, model: a, {GROUNDS}", "`expires` is missing"),
        (f"kind: tombstone, model: a, to: b, {GROUNDS}", "'to' is unknown here"),
        (f"kind: tomb, model: a, {GROUNDS}", "did you mean 'tombstone'?"),
        (f"model: a, {GROUNDS}", "`kind` is missing; write one of keep-ours, tombstone, rename, hold"),
        ("kind: tombstone, model: a, author: b, decided: '2026-08-22'", "`reason` is missing"),
        (f"kind: rename, model: a, {GROUNDS}", "`to` is missing"),
        ("kind: tombstone, model: a, author: b, decided: '2026-08-32', reason: c", "no date"),
        ("kind: tombstone, model: a, author: b, decided: '2026-08-22', reason: ''", "an empty text"),
        (f"kind: tombstone, model: a, expires: '2026-08-22', {GROUNDS}", "before it began"),
        ("kind: tombstone, model: 1, author: b, decided: '2026-08-22', reason: c", "the number 1"),
    ],
)
def test_a_decision_without_its_grounds_is_refused(entry, fact):
    with pytest.raises(CatalogInvalid) as caught:
        decisions(entry)
    assert fact in str(caught.value)
    assert str(caught.value).startswith("sync/decisions.yaml:2:")


def test_two_decisions_on_one_thing_are_refused():
    with pytest.raises(CatalogInvalid, match="decides on a/one credits again, as line 2 does; keep one"):
        decisions(f"{KEEP}, ours: 1", f"{KEEP}, ours: 2")


def test_a_decision_that_is_no_mapping_is_refused():
    with pytest.raises(CatalogInvalid, match="is 'keep', no mapping"):
        read_decisions(parse("decisions:\n- keep\n", "sync/decisions.yaml"))
    with pytest.raises(CatalogInvalid, match="is a mapping, no list"):
        read_decisions(parse("decisions: {}\n", "sync/decisions.yaml"))


def test_limits_leave_the_rest_of_their_file_alone():
    found = limits("hosts: {api: x}\nguards: {few: 1, models-lost: 0.5, zero-price: disabled}\n")
    assert (found.few, found.of("models-lost"), found.of("zero-price")) == (1, Decimal("0.5"), None)
    assert found.of("modes-lost") == Limits().of("modes-lost")
    assert (found.shown("models-lost"), found.shown("zero-price")) == ("50 %", "disabled")
    assert found.shown("price-jumped") == "3 times"
    assert limits("hosts: {}\n") == Limits()


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("guards:\n  model-lost: 0.1\n", "3:3: KC601"),
        ("guards:\n  models-lost: much\n", "is 'much'; write a number from 0 on"),
        ("guards:\n  models-lost: -0.1\n", "is the number -0.1"),
        ("guards:\n  few: 1.5\n", "is 1.5; write a whole number"),
        ("guards: 3\n", "is the number 3, no mapping"),
        ("guards:\n  few:\n", "is empty"),
        ("guards:\n  few: true\n", "is true"),
        ("guards:\n  few: [1]\n", "is a list"),
    ],
)
def test_faults_of_limits_have_their_places(text, fact):
    with pytest.raises(CatalogInvalid) as caught:
        limits(f"a: 1\n{text}")
    assert fact in str(caught.value)
