"""A mistyped word gets the nearest one that exists."""

from __future__ import annotations

import shutil

import pytest
from click.testing import CliRunner

from kie_catalog.cli import cli
from tests.conftest import ROOT


def mistaken(*words):
    """What click says of words that it can't take."""
    result = CliRunner().invoke(cli, words, prog_name="kie-catalog")
    assert result.exit_code == 2
    return result.output


def said(result):
    """What was printed, and the error that the command ends with."""
    return f"{result.output}{result.exception or ''}"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy, so that a decision may be written."""
    root = tmp_path_factory.mktemp("checkout")
    for folder in ("catalog", "schemas"):
        shutil.copytree(ROOT / folder, root / folder)
    (root / "sync").mkdir()
    for file in ("base.json", "aliases.yaml", "ownership.yaml", "sources.yaml", "history.jsonl"):
        if (ROOT / "sync" / file).exists():
            shutil.copy(ROOT / "sync" / file, root / "sync")
    return root


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["sinc"], "sync"),
        (["Quote"], "quote"),
        (["ci", "prepar"], "prepare"),
        (["decide", "keepours"], "keep-ours"),
    ],
)
def test_a_mistyped_command_is_answered_with_the_nearest(words, meant):
    assert f"no such command {words[-1]!r}; did you mean {meant!r}?" in mistaken(*words)


def test_a_word_that_is_near_to_nothing_gets_no_suggestion():
    assert mistaken("xyzzy").endswith("no such command 'xyzzy'\n")


@pytest.mark.parametrize(("option", "meant"), [("--foramt", "--format"), ("--rot", "--root")])
def test_a_mistyped_option_is_answered_with_the_nearest(option, meant):
    _, _, answer = mistaken("show", "nano-banana-2", option, "x").partition(option)
    assert meant in answer


@pytest.mark.parametrize(
    "words",
    [
        ["show"], ["quote"], ["input"], ["history"], ["explain"],
        ["generate", "--upstream", "http://127.0.0.1:1"],
        ["decide", "keep-ours", "--field", "credits", "--theirs", "1", "--reason", "why"],
        ["decide", "share", "--field", "credits", "--theirs", "1"],
        ["decide", "take-theirs"],
        ["decide", "hold", "--reason", "why"],
        ["decide", "tombstone", "--reason", "why"],
        ["decide", "rename", "--to", "nano-banana-9", "--reason", "why"],
    ],
)  # fmt: skip
def test_a_mistyped_model_is_answered_with_the_nearest(words, run, checkout):
    result = run(*words, "nano_banan-2", "--root", checkout)
    assert "did you mean nano-banana-2?" in said(result)
    if words[0] != "decide":
        assert result.exit_code != 0


def test_a_decision_about_a_model_of_tomorrow_is_written_all_the_same(run, checkout):
    """Upstream may name it in the next sync, so the question is a remark and no error."""
    result = run(
        "decide", "tombstone", "nano-banana-22", "--reason", "we will not sell it", "--root", checkout
    )
    assert result.exit_code == 0
    assert "nano-banana-22" in (checkout / "sync" / "decisions.yaml").read_text()


def test_a_mistyped_mode_is_answered_with_those_that_there_are(run, checkout):
    result = run("history", "nano-banana-2", "--mode", "8k", "--root", checkout)
    assert result.exit_code == 2
    assert "it has 4k, 2k, 1k" in said(result)
