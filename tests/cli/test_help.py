"""Help, examples and version: one text however it is asked for, and examples that the commands take."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from kie_catalog.catalog.startup import packaged_file
from kie_catalog.cli import help as root_help
from kie_catalog.cli.commands import cli
from tests.conftest import ROOT


def commands(group=cli, path=()):
    """Every command with the words that call it, the groups among them."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


ALL = {" ".join(path): command for path, command in commands()}


def text_of(command):
    with command.make_context("kie-catalog", [], resilient_parsing=True) as context:
        return command.get_help(context)


def examples_of(command):
    _, _, shown = text_of(command).partition("Examples:\n")
    return [line.strip() for line in shown.splitlines()]


def told(words, **environment):
    """What the command says as a process."""
    command = [sys.executable, "-m", "kie_catalog", *words]
    variables = {name: value for name, value in os.environ.items() if name != "COLUMNS"} | environment
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("columns", [80, 81, 100, 111, 200])
def test_clicks_help_is_the_built_text_at_every_width_that_fits(columns):
    text = Path(packaged_file(root_help.FILE)).read_text(encoding="ascii")
    done = CliRunner().invoke(cli, ["--help"], prog_name="kie-catalog", terminal_width=min(columns, 110) - 2)
    assert done.output == text == root_help.rendered()
    assert max(map(len, text.splitlines())) <= root_help.WIDTH - 2


@pytest.mark.parametrize("words", [["--help"], ["-h"]])
@pytest.mark.parametrize("columns", ["", "wide", "-3", "80", "300"])
def test_help_is_told_at_once_with_clicks_text(words, columns):
    assert told(words, COLUMNS=columns) == (0, root_help.rendered(), "")


def test_a_narrow_terminal_gets_lines_that_fit():
    code, text, _ = told(["--help"], COLUMNS="60")
    assert code == 0
    assert max(map(len, text.split("Examples:")[0].splitlines())) <= 60
    assert "notify" in text


def test_no_words_are_a_mistake_that_the_help_cures():
    assert told([]) == (2, "", root_help.rendered())
    code, out, _ = told([], COLUMNS="60")
    assert (code, out) == (2, "")


def test_the_version_is_clicks():
    done = CliRunner().invoke(cli, ["--version"], prog_name="kie-catalog")
    assert told(["--version"]) == (0, done.output, "")


@pytest.mark.parametrize("words", [["--help"], ["--version"], []])
def test_what_is_told_at_once_imports_no_click(words):
    script = (
        "import sys\nfrom kie_catalog.cli import main\n"
        f"try:\n    main({words!r})\nfinally:\n"
        "    print(*(sys.modules.keys() & {'click', 'json', 're', 'pathlib', 'typing'}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, check=False,
                          env={"PYTHONPATH": os.pathsep.join(sys.path)})  # fmt: skip
    assert done.stderr.splitlines()[-1] == ""


def test_a_reader_that_leaves_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "kie_catalog", "--help"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("name", ALL)
def test_every_command_shows_one_to_three_examples_of_itself(name):
    found = examples_of(ALL[name])
    assert 1 <= len(found) <= 3
    assert all(f"{line} ".startswith(f"kie-catalog {name} ") for line in found)


EXAMPLES = [line for command in (cli, *ALL.values()) for line in examples_of(command)]


@pytest.mark.parametrize("line", sorted(set(EXAMPLES)))
def test_every_example_is_taken_by_its_command(line, monkeypatch):
    """All of it is parsed as it would be called; nothing runs."""
    monkeypatch.chdir(ROOT)
    words = shlex.split(line.split(" > ")[0])[1:]
    path = max((words[:at] for at in range(len(words) + 1) if " ".join(words[:at]) in ALL), key=len)
    command = ALL[" ".join(path)]
    with command.make_context(path[-1], words[len(path) :]) as context:
        assert not isinstance(command, click.Group)
        assert context.args == []
