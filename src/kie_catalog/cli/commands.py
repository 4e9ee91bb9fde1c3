"""The group of all commands, and how it is run.

A command's module is imported when it is called, so that `--help` and shell completion pay for none of them.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import Any, Final

import click

from kie_catalog.cli import console
from kie_catalog.cli.completing import models, rules_and_models
from kie_catalog.cli.examples import examples
from kie_catalog.cli.lazy import LazyGroup
from kie_catalog.domain.errors import CatalogError
from kie_catalog.version import __version__

INTERRUPTED: Final = 130
"""What shells expect of a command that Ctrl-C ended."""

COLLECT_AFTER: Final = 50_000
"""New values after which Python looks for those that hold each other and nobody else holds."""

# name: (module in this room, one line for --help); the command in the module has the command's name. A line
# stays in one line of a terminal of 80 characters: see `help`.
COMMANDS: Final = {
    "record": ("record", "Write down what upstream says now, whole or facts only."),
    "plan": ("sync", "Show what a sync would change; never writes."),
    "apply": ("sync", "Apply a plan file, all of it or nothing."),
    "sync": ("sync", "Plan, check the guards, apply and report in one go."),
    "decide": ("decide", "Write down what people decided about a conflict or a model."),
    "check": ("check", "Check catalog files against the rules."),
    "diff": ("diff", "Compare two catalogs by meaning."),
    "report": ("report", "Print a change report."),
    "history": ("history", "Show a model's prices over time."),
    "show": ("show", "Show one model."),
    "list": ("show", "List the models."),
    "quote": ("quote", "Price a request, line by line."),
    "explain": ("explain", "Explain a rule, or where the prices of a model come from."),
    "rules": ("rules", "List the rules that check passes a catalog through."),
    "sandbox": ("sandbox", "Serve a recording on this machine as KIE would."),
    "generate": ("generate", "Check, price and start a generation, and fetch its results."),
    "batch": ("batch", "Run many generations from a file; none is lost or paid twice."),
    "stats": ("stats", "Show what generations did and cost."),
    "worker": ("worker", "Work off the batches of a database, beside any number of others."),
    "webhook": ("webhook", "Accept KIE's callbacks and say which tasks have ended."),
    "input": ("input", "Build a model's input from key=value and show it."),
    "doctor": ("doctor", "Look for what is wrong with the installation and its schedule."),
    "notify": ("notify", "Tell people of new models and of prices that rose."),
    "ci": ("ci", "The steps of the workflows on GitHub Actions."),
    "migrate": ("migrate", "Upgrade a version 1 catalog to version 2."),
    "completion": ("completion", "Print what makes a shell complete this command."),
}

# What a shell completes behind the name, known here so that it need not wait for the module.
FIRST: Final = {
    **dict.fromkeys(("history", "show", "quote", "generate", "input"), models),
    "explain": rules_and_models,
}


class _Root(LazyGroup):
    """All commands; to each of them a reader of its output who has gone is no failure."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # here, for click would end us with a failure, and tell no more of why
            console.close_pipe()
            return 0


@click.command(
    cls=_Root,
    table=COMMANDS,
    package=__package__,
    first=FIRST,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=examples(
        "plan --upstream sync/recordings/2026-08-22",
        "show bytedance/seedance-2",
        "quote bytedance/seedance-2 resolution=720p duration=5",
    ),
)
@click.version_option(__version__, prog_name="kie-catalog")
def cli() -> None:
    """Keep a catalog of KIE AI's models, prices and input schemas true."""


def run(args: Sequence[str] | None = None) -> None:
    """Run a command and exit with its code; see `domain.errors` for the codes."""
    # A command makes many values and drops few: to look for cycles after each 700 of them costs it a fifth.
    gc.set_threshold(COLLECT_AFTER)
    try:
        code = cli.main(args=args, prog_name="kie-catalog", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except CatalogError as error:
        console.error(str(error))
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        console.error("interrupted; all files are as before")
        sys.exit(INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)
