"""The group of all commands, and how it is run.

A command's module is imported when it is called, so that `--help` and shell completion pay for none of them.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import Final

import click

from kie_catalog.cli import console
from kie_catalog.cli.lazy import LazyGroup
from kie_catalog.domain.errors import CatalogError
from kie_catalog.version import __version__

INTERRUPTED: Final = 130
"""What shells expect of a command that Ctrl-C ended."""

COLLECT_AFTER: Final = 50_000
"""New values after which Python looks for those that hold each other and nobody else holds."""

# name: (module in this room, one line for --help); the command in the module has the command's name.
COMMANDS: Final = {
    "record": ("record", "Write down what upstream says now, whole or facts only."),
    "plan": ("sync", "Show what a sync would change; never writes."),
    "apply": ("sync", "Apply a plan file: catalog, schemas, base and report together or not at all."),
    "sync": ("sync", "Plan, check the guards, apply and report in one go."),
    "decide": ("decide", "Write down what people decided about a conflict, a model or a name."),
    "check": ("check", "Check catalog files against the rules."),
    "diff": ("diff", "Compare two catalogs by meaning."),
    "report": ("report", "Print a change report."),
    "history": ("history", "Show a model's prices over time."),
    "show": ("show", "Show one model."),
    "list": ("show", "List the models."),
    "quote": ("quote", "Price a request, line by line."),
    "explain": ("explain", "Explain a rule, or the prices of a model, word by word of their rows."),
    "rules": ("rules", "List the rules that check passes a catalog through."),
    "sandbox": ("sandbox", "Serve a recording on this machine as KIE would."),
    "generate": ("generate", "Check, price and start a generation; wait for it and fetch the results."),
    "batch": ("batch", "Run many generations from a file; killed at any moment, none is lost or paid twice."),
    "webhook": ("webhook", "Accept KIE's callbacks and say which tasks have ended."),
    "input": ("input", "Build a model's input from key=value and show it."),
    "doctor": ("doctor", "Look for what is wrong with installation, workspace and schedule."),
    "notify": ("notify", "Tell people of new models and of prices that rose."),
    "ci": ("ci", "The steps of the workflows on GitHub Actions."),
    "migrate": ("migrate", "Upgrade a version 1 catalog to version 2."),
}


@click.command(
    cls=LazyGroup,
    table=COMMANDS,
    package=__package__,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
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
    except BrokenPipeError:
        console.close_pipe()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)
