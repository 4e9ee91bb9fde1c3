"""`completion`: what makes a shell complete this command."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from kie_catalog.cli import console
from kie_catalog.cli.examples import examples
from kie_catalog.cli.help import COMPLETING
from kie_catalog.domain.errors import UsageError


@click.command(
    "completion",
    epilog=examples(
        "completion bash > ~/.local/share/bash-completion/completions/kie-catalog",
        "completion zsh > ~/.zfunc/_kie-catalog",
        "completion fish > ~/.config/fish/completions/kie-catalog.fish",
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> int:
    """Print a script that makes SHELL complete commands, options, models, rules and recordings.

    Write it to where the shell looks for such scripts, as below; bash needs the package bash-completion, zsh
    needs the folder in its fpath.
    """
    found = get_completion_class(shell)
    if found is None:
        raise UsageError(shell, "is no shell that click completes in", "take bash, zsh or fish")
    root = click.get_current_context().find_root()
    console.say(found(root.command, {}, "kie-catalog", COMPLETING).source())
    return 0
