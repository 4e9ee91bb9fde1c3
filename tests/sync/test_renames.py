"""Which missing model may go on as which new one, and what a decided rename does to the three versions."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from kie_catalog.domain.catalog import Status
from kie_catalog.domain.change import (
    Added,
    FieldChanged,
    Lost,
    ModeChanged,
    Removed,
    RenameAsked,
    Renamed,
    Retired,
)
from kie_catalog.domain.values import ABSENT
from kie_catalog.sync.decision_book import DecisionBook
from kie_catalog.sync.memory import Memory
from kie_catalog.sync.merge_model import MergedModel
from kie_catalog.sync.ownership import Ownership
from kie_catalog.sync.renames import Candidates, Renaming
from kie_catalog.sync.state import ModelState
from tests.sync.test_people import GROUNDS, decided

PRICED = {
    "480p": {"unit": "second", "credits": Decimal(10)},
    "720p": {"unit": "second", "credits": Decimal(20)},
}
OLD, NEW = "acme/wan-1", "acme/wan-2"


def with_properties(names):
    return {"properties": {name: {"type": "string"} for name in names}}


TEN = with_properties("abcdefghij")


def state(title="Wan", modes=None, **fields):
    return ModelState({"title": title, **fields}, PRICED if modes is None else modes)


def questions(*, old=None, new=None, schema=TEN, schema_now=TEN, changes=None, ours=None, more=None):
    """What people are asked where one model was lost and others came."""
    old, new = old or state(), new or state("Wan 2")
    news = {NEW: new, **(more or {})}
    merged = {OLD: MergedModel(OLD, (Lost(OLD),) if changes is None else changes, old)}
    for name, each in news.items():
        merged[name] = MergedModel(name, (Added(name, each.fields, each.modes, ()),), each)
    schemas_now = dict.fromkeys(news, schema_now)
    base = {OLD: old}
    given = Candidates(
        merged, base, {OLD: ours or state()}, news, {} if schema is None else {OLD: schema}, schemas_now
    )
    return list(given.questions())


def test_a_question_tells_how_alike_the_two_are():
    (asked,) = questions()
    assert asked == RenameAsked(
        OLD,
        NEW,
        (
            "titles or ids are alike to 90%",
            "100% of the input's properties are the same",
            "the same prices in 2 modes",
        ),
    )
    one = {"480p": PRICED["480p"]}
    (asked,) = questions(old=state(modes=one), new=state(modes=one))
    assert asked.evidence[::2] == ("titles or ids are alike to 100%", "the same prices in 1 mode")


@pytest.mark.parametrize(
    ("now", "share"),
    [("abcdefghij", "100%"), ("abcdefgh", "80%"), ("abcdefghi", "90%"), ("abcdefg", None),
     ("abcdefghijkl", "83%"), ("abcdefghijklm", None), ("", None)],
)  # fmt: skip
def test_inputs_must_have_most_of_their_properties_in_common(now, share):
    asked = questions(schema_now=with_properties(now))
    assert [each.evidence[1].split()[0] for each in asked] == ([share] if share else [])


def test_two_inputs_without_properties_are_the_same():
    (asked,) = questions(schema={}, schema_now={})
    assert asked.evidence[1] == "100% of the input's properties are the same"
    assert questions(schema=None) == []


@pytest.mark.parametrize(
    ("title", "new_id", "is_asked"),
    [
        ("Wan", "zzz/other", True),
        ("wan", "zzz/other", True),
        ("Zephyr", "acme/wan-9", True),
        ("Zephyr", "q", False),
        ("", "q", False),
        ("Wan12345", "q", False),
        ("Wan1234", "q", True),
    ],
)
def test_titles_or_ids_must_be_alike(title, new_id, is_asked):
    asked = questions(new=state("Zephyr", modes={}), more={new_id: state(title)})
    assert [each.to for each in asked] == ([new_id] if is_asked else [])


def test_of_two_the_likelier_is_asked_about():
    (asked,) = questions(
        new=state("Zephyr"), more={"acme/wan-1b": state("Wan"), "acme/wan-30": state("Wan 3")}
    )
    assert asked.to == "acme/wan-1b"


@pytest.mark.parametrize(
    "modes",
    [
        {"480p": PRICED["480p"]},
        {**PRICED, "1080p": {"unit": "second", "credits": Decimal(30)}},
        {**PRICED, "720p": {"unit": "second", "credits": Decimal(21)}},
        {**PRICED, "720p": {"unit": "video", "credits": Decimal(20)}},
        {**PRICED, "720p": {"unit": "second", "credits": Decimal(20), "per": Decimal(2)}},
        {**PRICED, "720p": {"unit": "second", "credits": Decimal(20), "charge": "input_image"}},
        {},
    ],
)
def test_prices_must_be_the_same(modes):
    assert questions(new=state(modes=modes)) == []


def test_what_a_mode_is_called_and_for_does_not_count():
    renamed = {"a": {**PRICED["720p"], "notes": "x"}, "b": {**PRICED["480p"], "when": {"size": "480p"}}}
    assert len(questions(new=state(modes=renamed))) == 1


def test_a_missing_model_is_asked_about_until_it_is_given_up():
    missing = state(status=Status.MISSING.value)
    asked_before = state()
    asked_before = replace(asked_before, memory=Memory(asked=NEW))
    assert [each.to for each in questions(old=asked_before, ours=missing, changes=())] == [NEW]
    assert questions(old=asked_before, ours=state(), changes=()) == []
    assert questions(old=asked_before, ours=missing, changes=(Retired(OLD, None),)) == []
    assert len(questions(old=asked_before, ours=missing, changes=(Retired(OLD, "480p"),))) == 1


def test_who_was_asked_about_one_is_not_asked_about_another_while_that_is_there():
    old = state()
    old = replace(old, memory=Memory(asked=NEW))
    assert [each.to for each in questions(old=old, more={"acme/wan-1b": state("Wan")})] == [NEW]
    gone = replace(old, memory=Memory(asked="acme/gone"))
    assert [each.to for each in questions(old=gone, more={"acme/wan-1b": state("Wan")})] == ["acme/wan-1b"]


def carried_out(
    base=(), ours=(), theirs=(), schemas=(), entry=f"kind: rename, model: {OLD}, to: {NEW}, {GROUNDS}"
):
    renaming = Renaming(dict(base), dict(ours), dict(theirs), dict(schemas))
    book = DecisionBook(decided(entry), "2026-08-11")
    renaming.carry_out(book, Ownership())
    findings = book.findings(lambda *_: True, is_whole=True)
    return renaming, [each.code for each in findings]


A, B, C = state("A"), state("B"), state("C")


def test_a_rename_moves_the_model_with_all_that_is_known_of_it():
    renaming, idle = carried_out({OLD: A}, {OLD: B}, {OLD: A, NEW: C}, {OLD: TEN})
    assert (renaming.base, renaming.ours, renaming.theirs) == ({NEW: A}, {NEW: B}, {NEW: C})
    assert renaming.schemas == {NEW: TEN}
    assert renaming.changes == [Renamed(NEW, OLD)]
    assert idle == []


def test_what_is_known_of_the_new_id_stays():
    renaming, _ = carried_out({OLD: A, NEW: C}, {OLD: B}, {NEW: C}, {OLD: TEN, NEW: {}})
    assert renaming.base == {NEW: C}
    assert renaming.schemas == {NEW: {}}


@pytest.mark.parametrize(
    ("base", "theirs", "left", "idle"),
    [
        ({}, {NEW: C}, {}, True),
        ({OLD: A}, {NEW: C}, {}, False),
        ({}, {OLD: A, NEW: C}, {}, False),
        ({OLD: A}, {}, {OLD: A}, True),
    ],
)
def test_a_rename_that_has_nothing_to_move(base, theirs, left, idle):
    renaming, codes = carried_out(base, {}, theirs)
    assert (renaming.base, renaming.ours, renaming.changes) == (left, {}, [])
    assert OLD not in renaming.theirs
    assert codes == (["KC612"] if idle else [])


def test_words_of_people_are_carried_over_where_nobody_has_written_yet():
    texts = {"title_ru": "Ваня", "description_ru": "Слова", "required_inputs_ru": "Текст"}
    modes = {
        "480p": {**PRICED["480p"], "title_ru": "Режим", "short_hint_ru": "Совет"},
        "gone": {"title_ru": "Нет"},
    }
    old = state("Wan", modes, **texts)
    written = {"480p": {**PRICED["480p"], "short_hint_ru": "Новый совет"}}
    new = state("Wan 2", written, title_ru="Wan 2", required_inputs_ru="Новое")
    renaming, _ = carried_out({OLD: A}, {OLD: old, NEW: new}, {NEW: C})
    assert renaming.changes == [
        FieldChanged(NEW, "title_ru", "Wan 2", "Ваня"),
        FieldChanged(NEW, "description_ru", ABSENT, "Слова"),
        ModeChanged(NEW, "480p", "title_ru", ABSENT, "Режим"),
        Removed(OLD, None, NEW),
    ]
    assert OLD not in renaming.ours
    assert renaming.ours[NEW].fields["title_ru"] == "Ваня"
    assert renaming.ours[NEW].fields["description_ru"] == "Слова"


def test_only_a_title_stands_in_for_a_russian_one():
    new = state("Wan 2", description_ru="Wan 2")
    renaming, _ = carried_out({}, {OLD: state(description_ru="Слова"), NEW: new}, {NEW: C})
    assert renaming.changes == [Removed(OLD, None, NEW)]


@pytest.mark.parametrize("step", [1, -1])
def test_of_two_renames_each_carries_its_own_words(step):
    late, later = "zeta/pen-1", "zeta/pen-2"
    ours = {
        late: state("Pen", description_ru="Перо"),
        later: state("Pen 2"),
        OLD: state(required_inputs_ru="Текст"),
        NEW: state("Wan 2"),
    }
    entries = [
        f"kind: rename, model: {old}, to: {new}, {GROUNDS}" for old, new in ((late, later), (OLD, NEW))
    ]
    renaming = Renaming({}, ours, {later: C, NEW: C}, {})
    renaming.carry_out(DecisionBook(decided(*entries[::step]), "2026-08-11"), Ownership())
    assert dict(renaming.ours[later].fields) == {"title": "Pen 2", "description_ru": "Перо"}
    assert dict(renaming.ours[NEW].fields) == {"title": "Wan 2", "required_inputs_ru": "Текст"}


def test_a_title_that_people_wrote_for_the_new_id_stays():
    new = state("Wan 2", title_ru="Второй")
    renaming, _ = carried_out({}, {OLD: state(title_ru="Ваня"), NEW: new}, {NEW: C})
    assert renaming.changes == [Removed(OLD, None, NEW)]
    same = state("Wan 2", title_ru="Wan 2")
    renaming, _ = carried_out({}, {OLD: state(title_ru="Wan 2"), NEW: same}, {NEW: C})
    assert renaming.changes == [Removed(OLD, None, NEW)]
