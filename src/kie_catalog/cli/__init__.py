"""Root: commands that parse, compose, print and exit. Only this room ends the process."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # typing itself is slow to import
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def main(args: Sequence[str] | None = None) -> None:
    """Run a command and exit with its code; see `domain.errors` for the codes.

    `check --startup` has a way of its own: the packages that the other commands need take longer to import
    than the whole check.
    """
    words = sys.argv[1:] if args is None else list(args)
    if words[:1] == ["check"] and "--startup" in words:
        from kie_catalog.cli.startup import quick  # noqa: PLC0415 -- only that command needs it

        code = quick(words[1:])
        if code is not None:
            sys.stdout.flush()
            sys.exit(code)
    from kie_catalog.cli.commands import run  # noqa: PLC0415 -- see above

    run(args)


def __getattr__(name: str) -> Any:
    """`cli`, the group of all commands, imported when it is first asked for."""
    if name != "cli":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kie_catalog.cli.commands import cli  # noqa: PLC0415 -- see above

    return cli
