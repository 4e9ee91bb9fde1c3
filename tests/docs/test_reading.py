"""The reading of the documentation itself: what these tests must not let pass."""

from __future__ import annotations

import pytest

from kie_catalog.domain.errors import CatalogError
from tests.docs.blocks import Block, blocks_of, headings_of
from tests.docs.facts import CHECKS, check_json, check_yaml
from tests.docs.shell import matches
from tests.docs.test_pages import Page

REFUSALS = (AssertionError, CatalogError, LookupError, ValueError)


@pytest.fixture(name="page", scope="module")
def _page(tmp_path_factory):
    return Page(tmp_path_factory.mktemp("page"))


def block(tmp_path, language, text, title=None):
    return Block(tmp_path / "page.md", 1, language, title, text)


def test_blocks_are_found_wherever_they_stand(tmp_path):
    file = tmp_path / "page.md"
    file.write_text(
        '```bash\na\n```\n\n1. one\n\n   ~~~python title="x.py"\n   b\n   ~~~\n\n> ```\n> c\n> ```\n\n    d\n'
    )
    found = [(each.language, each.title, each.text) for each in blocks_of(file)]
    assert found == [("bash", None, "a\n"), ("python", "x.py", "b\n"), ("", None, "c\n"), ("", None, "d\n")]


def test_anchors_are_those_of_github(tmp_path):
    file = tmp_path / "page.md"
    file.write_text("# Two `words`, and more\n\n## Same\n\n## Same\n\n## Цены и баланс\n")
    assert [each.anchor for each in headings_of(file)] == [
        "two-words-and-more",
        "same",
        "same-1",
        "цены-и-баланс",
    ]


@pytest.mark.parametrize("language", ["", "console", "ruby", "python3"])
def test_a_language_that_no_rule_knows_fails(page, tmp_path, language):
    with pytest.raises(AssertionError, match="run by no rule"):
        page.run(block(tmp_path, language, "x"))


def test_a_command_that_fails_fails_its_block(page, tmp_path):
    with pytest.raises(AssertionError, match="exit code 2"):
        page.run(block(tmp_path, "bash", "kie-catalog shwo z-image\n"))


def test_a_target_that_make_does_not_have_fails_its_block(page, tmp_path):
    page.run(block(tmp_path, "bash", "make test\n"))
    with pytest.raises(AssertionError, match="No rule to make target"):
        page.run(block(tmp_path, "bash", "make tset\n"))


@pytest.mark.parametrize(
    "line", ["pip install 'kie-catalog[fats]'", "pip install requests", "pip download ."]
)
def test_pip_is_not_asked_for_what_is_not_declared(page, tmp_path, line):
    with pytest.raises(AssertionError, match="exit code"):
        page.run(block(tmp_path, "bash", line))


def test_what_is_shown_must_be_what_was_printed(page, tmp_path):
    page.run(block(tmp_path, "python", "print('one')\nprint('two')\n"))
    page.run(block(tmp_path, "text", "one\ntwo\n"))
    page.run(block(tmp_path, "text", "…\nt…o\n"))
    with pytest.raises(AssertionError, match="printed instead"):
        page.run(block(tmp_path, "text", "one\n"))


def test_what_nothing_printed_must_not_be_shown(tmp_path):
    with pytest.raises(AssertionError, match="shows what nothing printed"):
        Page(tmp_path).run(block(tmp_path, "text", "one\n"))


def test_nothing_but_loopback_can_be_reached(page, tmp_path):
    with pytest.raises(AssertionError, match="loopback only"):
        page.run(
            block(
                tmp_path,
                "bash",
                "python -c 'import socket; socket.create_connection((\"192.0.2.1\", 80), 1)'",
            )
        )


@pytest.mark.parametrize(
    "text",
    [
        "colour: red\n",
        "fields: {id: nobody}\n",
        "decisions: [{kind: guess}]\n",
        "guards: {no-such-guard: 1}\n",
        "repos: [{repo: x, rev: y, hooks: [{id: kie-catalog-chekc}]}]\n",
        "steps: [{uses: actions/checkout@v5}]\n",
        "version: '2.0'\nmodels: [{id: ../x}]\n",
        "- {id: a, unit: furlong, credits: 1, official_usd: 0.005}\n",
        "# nothing is accepted here\n",
    ],
)
def test_data_that_no_reader_takes_fail(tmp_path, text):
    with pytest.raises(REFUSALS):
        check_yaml(text, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"colour": "red"}',
        '{"model": "no-such-model", "input": {}}',
        '{"model": "bytedance/seedance-2", "input": {"resolution": "481p"}}',
        '{"code": 999, "msg": "who knows"}',
    ],
)
def test_json_that_nobody_reads_fails(tmp_path, text):
    with pytest.raises(REFUSALS):
        check_json(text, tmp_path)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("jsonl", '{"model": "nano-banana-2", "input": {"prompt": "x", "resolution": "9K"}}\n'),
        ("jsonl", '{"model": "nano-banana-2"\n'),
        ("csv", "model,prompt\nno-such-model,x\n"),
        ("csv", "a,b\n1\n"),
    ],
)
def test_batches_that_no_model_takes_fail(tmp_path, language, text):
    with pytest.raises(REFUSALS):
        CHECKS[language](text, tmp_path)


def test_prices_and_counts_may_move_and_nothing_else():
    assert matches("total 95 credits, $0.475", "total 96.5 credits, $0.4825\n")
    assert matches("19 x 5 second = 95 credits", "20 x 5 second = 100 credits\n")
    assert not matches("HTTP 200, code 422: no", "HTTP 200, code 500: no\n")
    assert not matches("total 95 credits", "total credits\n")


def test_what_a_line_leaves_out_is_within_it():
    assert matches("a … c", "a b c\n")
    assert not matches("a … c", "a b\nb c\n")
    assert matches("a\n…\nc", "a\nb\nb\nc\n")
    assert matches("a\n…\nc", "a\nc\n")
