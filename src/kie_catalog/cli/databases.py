"""The options that name a PostgreSQL database, and how a command opens it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
from click.core import ParameterSource

from kie_catalog.domain.errors import UsageError

if TYPE_CHECKING:
    from kie_catalog.service.postgres.database import Database

Command = TypeVar("Command", bound=Callable[..., Any])
VARIABLE: Final = "KIE_DATABASE_URL"
_META: Final = "kie_catalog.database"

account_option = click.option(
    "--account", default="default", show_default=True, help="Whose limits are kept in the database."
)


def _keep(context: click.Context, _: click.Parameter, url: str | None) -> str | None:
    context.meta[_META] = url
    return url


def database_option(*, is_exposed: bool = True) -> Callable[[Command], Command]:
    """`--database`; a command that is not given it finds it by `database_here`."""
    return click.option(
        "--database",
        metavar="URL",
        envvar=VARIABLE,
        callback=_keep,
        expose_value=is_exposed,
        help=f"PostgreSQL, as postgresql://user@host/name. Default: ${VARIABLE}.",
    )


def database_here() -> Database | None:
    """The database that the running command was given; `None` where it was given none.

    Raises:
        UsageError: it is no URL of one, or the extra is not installed.
    """
    context = click.get_current_context(silent=True)
    url = context.meta.get(_META) if context else None
    return open_database(url) if url else None


def shared_here() -> Database | None:
    """The database that keeps what the command is about; `None` where the file of `--store` does.

    Raises:
        UsageError: both are named; or see `database_here`.
    """
    context = click.get_current_context()
    is_file_named = context.get_parameter_source("store") is ParameterSource.COMMANDLINE
    is_database_named = context.get_parameter_source("database") is ParameterSource.COMMANDLINE
    if is_file_named and is_database_named:
        raise UsageError("--store and --database", "are two places", "name one of them")
    return None if is_file_named else database_here()


def open_database(url: str | None) -> Database:
    """A database, not opened yet.

    Raises:
        UsageError: none is named, it is no URL of one, or the extra is not installed.
    """
    if not url:
        raise UsageError("the database", "is not named", f"pass --database URL, or set {VARIABLE}")
    from kie_catalog.service.postgres.database import Database  # noqa: PLC0415 -- an extra

    return Database(url)
