"""Root: commands that parse, compose, print and exit. Only this room ends the process."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # typing itself is slow to import
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def main(args: Sequence[str] | None = None) -> None:
    """Run a command and exit with its code; see `domain.errors` for the codes.

    The help of the whole, the version and `check --startup` have ways of their own: the packages that the
    other commands need take longer to import than those take to answer.
    """
    words = sys.argv[1:] if args is None else list(args)
    try:
        code = _at_once(words)
        sys.stdout.flush()
    except BrokenPipeError:
        from kie_catalog.cli.console import close_pipe  # noqa: PLC0415 -- only a reader that left needs it

        close_pipe()
        code = 0
    if code is not None:
        sys.exit(code)
    from kie_catalog.cli.commands import run  # noqa: PLC0415 -- slow to import

    run(args)


def _at_once(words: list[str]) -> int | None:
    """Answer what needs no click; the exit code, or `None`."""
    if words[:1] == ["check"] and "--startup" in words:
        from kie_catalog.cli.startup import quick as check  # noqa: PLC0415 -- only that command needs it

        return check(words[1:])
    if len(words) > 1:
        return None
    from kie_catalog.cli.help import quick  # noqa: PLC0415 -- see above

    return quick(words)


def __getattr__(name: str) -> Any:
    """`cli`, the group of all commands, imported when it is first asked for."""
    if name != "cli":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kie_catalog.cli.commands import cli  # noqa: PLC0415 -- see above

    return cli
