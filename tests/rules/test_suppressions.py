"""Comments that accept findings: what they cover, and what is wrong with them when they cover nothing."""

from __future__ import annotations

import pytest

from kie_catalog.catalog.checking import Checked, Choice, check_bytes
from kie_catalog.domain.errors import UsageError
from kie_catalog.domain.finding import Finding, Severity, Where

HEAD = "version: '2.0'\nsource: x\nlast_updated: '2026-08-22'\nmodels:\n"
MODEL = """\
- id: {id}
  title: {id}
  title_ru: {id}
  type: t2i
  status: active
  modes:
  - id: one
    unit: image
    credits: 0
    official_usd: 0
"""
TODAY = "2026-08-25"


def check(text: str, **told) -> Checked:
    return check_bytes(text.encode(), "c.yaml", today=TODAY, **told)


def names(checked: Checked) -> list[tuple[str, int]]:
    return [(each.name, each.where.line) for each in checked.findings]


def two_models(*comments: str) -> str:
    """Two free models; the comments stand above the first of them."""
    above = "".join(f"{comment}\n" for comment in comments)
    return HEAD + above + MODEL.format(id="a/one") + MODEL.format(id="b/two")


def test_without_a_comment_both_are_told():
    assert names(check(two_models())) == [("zero-price", 13), ("zero-price", 23)]


@pytest.mark.parametrize("code", ["KC202", "zero-price", "KC2", "KC202, KC204"])
def test_a_comment_of_its_own_accepts_what_the_part_below_has(code):
    checked = check(two_models(f"# kie-catalog: ignore {code} because it is free"))
    assert names(checked) == [("zero-price", 24)]
    assert [(each.name, reason) for each, reason in checked.suppressed] == [("zero-price", "it is free")]


def test_a_comment_for_the_file_accepts_them_all():
    checked = check("# kie-catalog: ignore-file KC202 because all is free\n" + two_models())
    assert names(checked) == []
    assert len(checked.suppressed) == 2


def test_a_comment_behind_content_accepts_what_its_line_has():
    text = two_models().replace("credits: 0\n", "credits: 0 # kie-catalog: ignore KC202 because free\n", 1)
    assert names(check(text)) == [("zero-price", 23)]


@pytest.mark.parametrize(("scope", "is_told"), [("", True), ("-file", False)])
def test_a_finding_in_another_file_is_accepted_with_the_whole_file_only(scope, is_told):
    """That its line has the same number as one below the comment says nothing."""
    elsewhere = Finding(
        "KC413", "undecided-page", Severity.INFO, Where("schemas/inputs/a.json", 7, 3), "open"
    )
    text = two_models(f"# kie-catalog: ignore{scope} KC413 because nobody can measure it")
    checked = check(text, judged=lambda _: [elsewhere])
    assert (elsewhere in checked.findings) is is_told


def test_the_narrowest_comment_is_the_one_that_counts():
    """So that the wide one is told to be of no use."""
    text = two_models("# kie-catalog: ignore KC202 because of the model").replace(
        "credits: 0\n", "credits: 0 # kie-catalog: ignore KC202 because of the line\n", 1
    )
    assert names(check(text)) == [("unused-suppression", 5), ("zero-price", 24)]


@pytest.mark.parametrize(
    ("comment", "name"),
    [
        ("ignore KC209 because it has none", "unused-suppression"),
        ("ignore KC202 until 2026-08-24 because it was free", "expired-suppression"),
        ("ignore KC202", "suppression-without-reason"),
        ("ignore KC202 because", "suppression-without-reason"),
        ("ignore KC202 until 2026-12-31", "suppression-without-reason"),
        ("ignore KC999 because there is no such rule", "malformed-suppression"),
        ("ignore zero-prices because of a typo", "malformed-suppression"),
        ("ignore KC202 until soon because of a word", "malformed-suppression"),
        ("ignore KC202 until 2026-02-30 because of no day", "malformed-suppression"),
        ("ignore", "malformed-suppression"),
        ("ignore because I say so", "malformed-suppression"),
    ],
)
def test_a_comment_that_is_wrong_is_a_finding_and_accepts_nothing(comment, name):
    checked = check(two_models(f"# kie-catalog: {comment}"))
    assert names(checked) == [(name, 5), ("zero-price", 14), ("zero-price", 24)]
    assert checked.suppressed == ()


def test_the_last_day_of_a_comment_still_counts():
    checked = check(two_models(f"# kie-catalog: ignore KC202 until {TODAY} because it is free today"))
    assert names(checked) == [("zero-price", 24)]


def test_text_in_quotes_is_no_comment():
    text = two_models().replace("title: a/one", "title: '# kie-catalog: ignore-file KC202 because quoted'")
    assert [name for name, _ in names(check(text))] == ["zero-price", "zero-price"]


def test_what_keeps_a_file_from_being_read_cannot_be_accepted():
    text = two_models("# kie-catalog: ignore-file KC0, KC202 because why not")
    checked = check(text.replace("title_ru: b/two", "title_ru: no"))
    assert [name for name, _ in names(checked)] == ["ambiguous-scalar"]


def test_findings_are_chosen_by_code_beginning_or_name():
    text = two_models("# kie-catalog: ignore KC209 because it has none")
    assert names(check(text, choice=Choice(select=("KC9",)))) == [("unused-suppression", 5)]
    assert names(check(text, choice=Choice(ignore=("zero-price",)))) == [("unused-suppression", 5)]
    assert names(check(text, choice=Choice(select=("KC2",), ignore=("KC202",)))) == []


@pytest.mark.parametrize("name", ["KC999", "zero-prise", "nonsense", "K", ""])
def test_an_unknown_choice_is_an_error_of_use(name):
    with pytest.raises(UsageError, match="no rule is called"):
        Choice(select=(name,)).require_known()
