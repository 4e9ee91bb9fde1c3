"""What a shell completes, asked for as a shell asks: by an environment variable, in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import click
import pytest

from kie_catalog import packaged_catalog
from kie_catalog.cli import cli
from kie_catalog.cli.completing import models, rules_and_models
from kie_catalog.rules.registry import RULES
from tests.conftest import ROOT

COMMAND = [sys.executable, "-m", "kie_catalog"]


def completed(*words, cwd=ROOT):
    """The plain completions of the last word, as bash gets them."""
    asked = {
        "_KIE_CATALOG_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["kie-catalog", *words]),
        "COMP_CWORD": str(len(words)),
    }
    done = subprocess.run(
        COMMAND, capture_output=True, text=True, check=True, cwd=cwd, env={**os.environ, **asked}
    )
    assert done.stderr == ""
    pairs = [line.partition(",") for line in done.stdout.splitlines()]
    return [value for kind, _, value in pairs if kind == "plain"]


def test_commands_and_steps_are_completed():
    assert completed("re") == ["record", "report"]
    assert completed("ci", "s") == ["summary", "sarif"]
    assert completed("decide", "h") == ["hold"]
    assert "sync" in completed("")


def test_options_are_completed_also_where_a_model_may_stand():
    assert completed("quote", "--me") == ["--measure"]
    assert completed("quote", "nano-banana-2", "--ro") == ["--root"]
    assert completed("--ver") == ["--version"]


@pytest.mark.parametrize(
    "words", [["show"], ["quote"], ["input"], ["history"], ["generate"], ["explain"], ["decide", "hold"],
              ["show", "--format", "json"]]
)  # fmt: skip
def test_models_are_completed(words):
    beginning = "bytedance/seedance-2"
    expected = [each.id for each in packaged_catalog() if each.id.startswith(beginning)]
    assert len(expected) > 1
    assert completed(*words, beginning) == expected


def test_models_are_completed_without_the_module_of_the_command():
    asked = {"_KIE_CATALOG_COMPLETE": "bash_complete", "COMP_WORDS": "kie-catalog quote n", "COMP_CWORD": "2"}
    script = (
        "import sys\nfrom kie_catalog.cli import main\n"
        "try:\n    main([])\nfinally:\n"
        "    print(*(sys.modules.keys() & {'yaml', 'jsonschema', 'kie_catalog.cli.quote'}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **asked},
    )
    assert (done.stdout.count("plain,nano-banana"), done.stderr) == (
        sum(each.id.startswith("nano-banana") for each in packaged_catalog()),
        "\n",
    )


@pytest.mark.parametrize("content", [None, b"", b"{"])
def test_where_the_package_holds_no_catalog_no_model_is_made_up(tmp_path, monkeypatch, content):
    file = tmp_path / "catalog.json"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setattr("kie_catalog.cli.completing.packaged_file", lambda: str(file))
    with click.Context(cli) as context:
        assert models(context, click.Argument(["model"]), "") == []
        assert rules_and_models(context, click.Argument(["subject"]), "KC204") == ["KC204"]


def test_rules_are_completed_by_code_or_name_one_after_the_other():
    assert completed("explain", "kc20") == [each.code for each in RULES if each.code.startswith("KC20")]
    assert "swapped-tiers" in completed("explain", "swap")
    assert completed("check", "--select", "KC204,KC201") == ["KC204,KC201"]


@pytest.mark.parametrize(
    "words", [["plan", "--upstream"], ["sandbox", "--recording"], ["check", "--evidence"]]
)
def test_recordings_of_the_checkout_are_completed_newest_first(words, tmp_path):
    folders = [tmp_path / "sync" / "recordings" / day for day in ("2026-08-11", "2026-08-22")]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "recording.json").write_text("{}")
    assert completed(*words, "sync/", cwd=tmp_path) == [
        "sync/recordings/2026-08-22",
        "sync/recordings/2026-08-11",
    ]
    (tmp_path / "deeper").mkdir()
    assert completed(*words, "/", cwd=tmp_path / "deeper") == [str(each) for each in reversed(folders)]


def test_outside_of_a_checkout_no_recording_is_made_up(tmp_path):
    assert completed("plan", "--upstream", "", cwd=tmp_path) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_asks_this_command(shell, run):
    result = run("completion", shell)
    assert result.exit_code == 0
    assert f"_KIE_CATALOG_COMPLETE={shell}_complete" in result.output
    assert "kie-catalog" in result.output


def test_the_script_of_bash_completes_in_bash(tmp_path):
    """In a real shell: the function that the script defines, called as bash calls it."""
    if shutil.which("bash") is None:
        pytest.skip("bash is not on this machine")
    program = tmp_path / "kie-catalog"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m kie_catalog "$@"\n')
    program.chmod(0o755)
    script = subprocess.run(
        [*COMMAND, "completion", "bash"], capture_output=True, text=True, check=True
    ).stdout
    asked = (
        f"{script}\nCOMP_WORDS=(kie-catalog show bytedance/seedance-2); COMP_CWORD=2\n"
        '_kie_catalog_completion kie-catalog\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", asked],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PATH": path},
    )
    assert "bytedance/seedance-2-fast" in done.stdout.split()


def test_a_shell_that_is_not_known_is_refused():
    done = subprocess.run([*COMMAND, "completion", "tcsh"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "'bash', 'zsh', 'fish'" in done.stderr
