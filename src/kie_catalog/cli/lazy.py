"""Groups of commands: they suggest the nearest name, and the lazy ones import a command when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Completer = Callable[[click.Context, click.Parameter, str], list[str]]


class _Beginning(click.Command):
    """A command of which only the first argument is asked; for an option the whole of it is imported."""

    def __init__(self, name: str, completer: Completer, whole: Callable[[], click.Command | None]) -> None:
        super().__init__(name, params=[click.Argument(["first"], shell_complete=completer)])
        self._whole = whole

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete an option."""
        whole = self._whole()
        return whole.shell_complete(ctx, incomplete) if whole else []


class SuggestingGroup(click.Group):
    """A group that suggests the nearest name for a mistyped command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first word names."""
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-") and not ctx.resilient_parsing:
            from kie_catalog.schemas.near import nearest  # noqa: PLC0415 -- only a mistake pays for it

            near = nearest(name, known)
            hint = f"; did you mean {near!r}?" if near else ""
            ctx.fail(f"no such command {name!r}{hint}")
        return super().resolve_command(ctx, args)


class LazyGroup(SuggestingGroup):
    """A group that knows its commands by name and imports one when it runs.

    Args:
        table: by the command's name the module it is in, and one line for `--help`.
        package: of those modules; a command in them is called as it is, with `_command` behind.
        first: by the command's name what completes its first argument, so that a shell need not wait for the
            module.
    """

    def __init__(
        self,
        *args: Any,
        table: Mapping[str, tuple[str, str]],
        package: str,
        first: Mapping[str, Completer] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._table = table
        self._package = package
        self._first = first or {}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Name the commands in the order of the table: the order of the work."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- see above
        """Import a command's module and find the command in it."""
        if cmd_name not in self._table:
            return None
        module = importlib.import_module(f"{self._package}.{self._table[cmd_name][0]}")
        command = getattr(module, f"{cmd_name}_command")
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; where a shell completes its first argument, one that knows no more than that."""
        name = args[0]
        if ctx.resilient_parsing and args == [name] and name in self._first:
            return name, _Beginning(name, self._first[name], lambda: self.get_command(ctx, name)), []
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 -- see above
        """List the commands from the table, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self._table.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command from the table, importing none; or an option of the group."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 -- only a shell that completes needs it

        named = [
            CompletionItem(name, help=line)
            for name, (_, line) in self._table.items()
            if name.startswith(incomplete)
        ]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]
