"""Workflow commands: their grammar, GitHub's cap, the order of severities, and that nothing breaks out."""

from __future__ import annotations

import re
from collections import Counter

from hypothesis import given

from kie_catalog.domain.finding import Finding, Severity, Where
from kie_catalog.reports.findings.github import MOST, render
from kie_catalog.reports.findings.view import CheckView

from .views import example_view, views

COMMAND = re.compile(
    r"::(?P<level>error|warning|notice) "
    r"(?P<properties>[a-zA-Z]+=[^,:\r\n]*(?:,[a-zA-Z]+=[^,:\r\n]*)*)::(?P<message>[^\r\n]*)"
)
PROPERTIES = {"file", "line", "endLine", "col", "endColumn", "title"}
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
ESCAPED = re.compile(r"%(?!25|0D|0A|3A|2C)")


def commands(view: CheckView) -> list[re.Match[str]]:
    *lines, _ = render(view).rstrip("\n").split("\n")
    found = [COMMAND.fullmatch(line) for line in lines]
    assert None not in found
    return found


def many(number: int, severity: Severity) -> list[Finding]:
    return [
        Finding("KC201", "a-rule", severity, Where("a.yaml", line, 1), f"fact {line}")
        for line in range(1, number + 1)
    ]


@given(view=views())
def test_every_line_but_the_last_is_a_command(view):
    for command in commands(view):
        pairs = dict(pair.split("=", 1) for pair in command["properties"].split(","))
        assert pairs.keys() <= PROPERTIES
        for value in (*pairs.values(), command["message"]):
            assert not ESCAPED.search(value)
        for number in ("line", "endLine", "col", "endColumn"):
            assert int(pairs.get(number, "1")) >= 1


@given(view=views())
def test_no_level_has_more_than_github_shows_and_the_worst_comes_first(view):
    levels = [command["level"] for command in commands(view)]
    assert all(number <= MOST for number in Counter(levels).values())
    assert levels == sorted(levels, key=["error", "warning", "notice"].index)


def test_what_does_not_fit_is_summed_up():
    view = CheckView(("a.yaml",), (*many(30, Severity.WARNING), *many(10, Severity.ERROR)))
    told = commands(view)
    assert [command["level"] for command in told] == ["error"] * 10 + ["warning"] * 10
    assert told[9]["message"] == "fact 10"
    assert told[19]["message"] == "21 warnings more that GitHub would not show: 21 KC201 a-rule"


def test_a_message_cannot_begin_another_command():
    finding = Finding("KC201", "a-rule", Severity.ERROR, Where("a,b:c.yaml", 3, 4), "x%0A\n::error::y\r\nz")
    text = render(CheckView(("a,b:c.yaml",), (finding,)))
    assert "file=a%2Cb%3Ac.yaml," in text
    assert text.count("\n") == 2
    assert "x%250A ::error::y z" in text


def test_an_annotation_names_its_place():
    [first, *_] = [each for each in commands(example_view()) if "KC106" in each["properties"]]
    assert first["properties"] == (
        "file=catalog.yaml,line=10,col=13,endLine=10,endColumn=18,title=KC106 unknown-word"
    )
