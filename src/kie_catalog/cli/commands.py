"""The group of all commands, and how it is run.

A command's module is imported when it is called, so that `--help` and shell completion pay for none of them.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Sequence
from typing import Final

import click

from kie_catalog import __version__
from kie_catalog.cli import console
from kie_catalog.domain.errors import CatalogError

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
    "webhook": ("webhook", "Accept KIE's callbacks and say which tasks have ended."),
    "input": ("input", "Build a model's input from key=value and show it."),
    "migrate": ("migrate", "Upgrade a version 1 catalog to version 2."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one when it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Name the commands in the order of the table: the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- see above
        """Import a command's module and find the command in it."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"{__package__}.{COMMANDS[cmd_name][0]}")
        command = getattr(module, f"{cmd_name}_command")
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 -- see above
        """List the commands from the table, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest name for a mistyped command."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from difflib import get_close_matches  # noqa: PLC0415 -- only a mistake pays for it

            near = get_close_matches(name, COMMANDS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"no such command {name!r}{hint}")
        return super().resolve_command(ctx, args)


@click.command(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
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
