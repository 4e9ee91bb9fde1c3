"""`decide`: write down what people decided about a conflict, a model or a name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from typing import Any, Final

import click

from kie_catalog.catalog.deciding import sharing, taking_theirs, with_decision
from kie_catalog.catalog.nodes import parse
from kie_catalog.catalog.transaction import Transaction
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.cli import console
from kie_catalog.cli.clock import today
from kie_catalog.cli.completing import models
from kie_catalog.cli.examples import examples
from kie_catalog.cli.lazy import SuggestingGroup
from kie_catalog.cli.meant import no_such_model
from kie_catalog.cli.options import (
    JSON,
    TEXT,
    Command,
    format_option,
    require_workspace,
    root_option,
    upstream_option,
)
from kie_catalog.cli.planning import plan_for, read_plan
from kie_catalog.domain.change import Conflicted, Version
from kie_catalog.domain.errors import CatalogInvalid, UsageError
from kie_catalog.domain.plan import Kept, Plan
from kie_catalog.domain.values import Absence, Value, to_json
from kie_catalog.schemas.near import nearest
from kie_catalog.sync.decisions import Kind

_DAYS: Final = 90
"""How long a decision lasts that must end, where nobody says otherwise."""


@click.group(
    "decide",
    cls=SuggestingGroup,
    epilog=examples(
        "decide keep-ours nano-banana-2 --mode 4k --field credits --reason 'our price of 2026'",
        "decide hold nano-banana-2 --reason 'until the new price is announced' --expires 2026-12-31",
    ),
)
def decide_command() -> None:
    """Write down what people decided; the next sync acts on it."""


@dataclass(frozen=True, slots=True)
class _Place:
    model: str
    mode: str | None = None
    field: str | None = None

    def __str__(self) -> str:
        return " ".join(part for part in (self.model, self.mode, self.field) if part)


def _options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


_mode = click.option("--mode", help="The mode, if it is about one.")
_field = click.option("--field", required=True, help="The field that the two differ in.")
_grounds = _options(
    click.option("--reason", required=True, help="Why; whoever finds it next year wants to know."),
    click.option(
        "--author",
        default=getuser,
        envvar="GIT_AUTHOR_NAME",
        show_envvar=True,
        show_default="who runs this",
        help="Who decided.",
    ),
    click.option("--expires", metavar="DATE", help=f"Until when; what must end ends after {_DAYS} days."),
)
_theirs = _options(
    click.option("--theirs", metavar="VALUE", help="Upstream's value, as YAML. Default: that of a plan."),
    click.option("--theirs-absent", is_flag=True, help="Upstream has no value."),
    click.option("--plan", type=click.Path(path_type=Path), help="The plan file to look the values up in."),
    upstream_option,
)
_shared = _options(root_option, format_option(TEXT, JSON))


@decide_command.command(
    "keep-ours",
    epilog=examples("decide keep-ours nano-banana-2 --mode 4k --field credits --reason 'our price of 2026'"),
)
@click.argument("model", shell_complete=models)
@_mode
@_field
@_theirs
@_grounds
@_shared
def keep_ours(model: str, mode: str | None, field: str, **given: Any) -> int:
    """Our value of MODEL stands against exactly this one of upstream's."""
    workspace, place = require_workspace(given["root"]), _Place(model, mode, field)
    ours, theirs = _values(workspace, place, given)
    values = {
        name: version
        for name, version in (("ours", ours), ("theirs", theirs))
        if not isinstance(version, Absence)
    }
    about = {**_about(place), **values}
    return _record(Kind.KEEP_OURS, place, about, given, must_end=True)


@decide_command.command(
    "take-theirs", epilog=examples("decide take-theirs nano-banana-2 --mode 4k --field credits")
)
@click.argument("model", shell_complete=models)
@_mode
@click.option("--field", help="The field; without it, what people removed comes back.")
@_shared
def take_theirs(model: str, mode: str | None, field: str | None, **given: Any) -> int:
    """The next sync writes upstream's value into MODEL."""
    place = _Place(model, mode, field)
    return _write("take-theirs", place, given, lambda each: taking_theirs(each, model, mode, field))


@decide_command.command(
    "share", epilog=examples("decide share nano-banana-2 --mode 4k --field credits --theirs 18")
)
@click.argument("model", shell_complete=models)
@_mode
@_field
@_theirs
@_shared
def share(model: str, mode: str | None, field: str, **given: Any) -> int:
    """Write upstream's value into MODEL now, so that both say the same and nothing is left to decide."""
    workspace, place = require_workspace(given["root"]), _Place(model, mode, field)
    _, theirs = _values(workspace, place, given)
    return _write("share", place, given, lambda each: sharing(each, model, mode, field, theirs))


@decide_command.command(
    "tombstone", epilog=examples("decide tombstone nano-banana-2 --mode 4k --reason 'we do not sell it'")
)
@click.argument("model", shell_complete=models)
@_mode
@_grounds
@_shared
def tombstone(model: str, mode: str | None, **given: Any) -> int:
    """MODEL, or one of its modes, is out of the catalog for good."""
    place = _Place(model, mode)
    return _record(Kind.TOMBSTONE, place, _about(place), given)


@decide_command.command(
    "rename", epilog=examples("decide rename nano-banana-2 --to nano-banana-3 --reason 'upstream says so'")
)
@click.argument("model", shell_complete=models)
@click.option("--to", required=True, help="The id from now on.")
@_grounds
@_shared
def rename(model: str, to: str, **given: Any) -> int:
    """MODEL goes on under another id, with all that people wrote about it."""
    place = _Place(model)
    return _record(Kind.RENAME, place, {**_about(place), "to": to}, given)


@decide_command.command(
    "hold",
    epilog=examples(
        "decide hold nano-banana-2 --reason 'until the new price is announced' --expires 2026-12-31"
    ),
)
@click.argument("model", shell_complete=models)
@_mode
@click.option("--field", help="The field; without it, all of the mode or the model.")
@_grounds
@_shared
def hold(model: str, mode: str | None, field: str | None, **given: Any) -> int:
    """MODEL, one of its modes or a field stays as it is for a time, whatever upstream says."""
    place = _Place(model, mode, field)
    return _record(Kind.HOLD, place, _about(place), given, must_end=True)


def _about(place: _Place) -> dict[str, Value]:
    said = {"model": place.model, "mode": place.mode, "field": place.field}
    return {name: value for name, value in said.items() if value is not None}


def _record(
    kind: Kind, place: _Place, about: Mapping[str, Value], given: Mapping[str, Any], *, must_end: bool = False
) -> int:
    """Write a decision with its grounds into the file of decisions."""
    now = today()
    expires = given["expires"]
    if expires is None and must_end:
        expires = (dt.date.fromisoformat(now) + dt.timedelta(days=_DAYS)).isoformat()
    decision: dict[str, Value] = {"kind": kind.value, **about}
    decision |= {"reason": given["reason"], "author": given["author"], "decided": now}
    decision |= {"expires": expires} if expires else {}
    return _write(kind.value, place, given, lambda each: with_decision(each, decision), decision)


def _doubt(workspace: Workspace, model: str) -> None:
    """Ask after a model that nobody knows; it is no mistake yet, as upstream may name it tomorrow."""
    known = {*workspace.ours(workspace.document_or_new()).catalog, *workspace.base().models}
    if model not in known and (near := nearest(model, known)):
        console.note(f"{model} is no model of the catalog; did you mean {near}?")


def _write(
    kind: str,
    place: _Place,
    given: Mapping[str, Any],
    contents_for: Callable[[Workspace], Mapping[Path, bytes | None]],
    decision: Mapping[str, Value] | None = None,
) -> int:
    workspace = require_workspace(given["root"])
    _doubt(workspace, place.model)
    transaction = Transaction(workspace.root)
    with transaction.exclusive():
        if done := transaction.recover():
            console.note(f"{workspace.root}: {done}")
        files = transaction.commit(contents_for(workspace))
    written = [path.relative_to(workspace.root).as_posix() for path in files]
    if given["form"] == JSON:
        console.say_json({"kind": kind, "decision": to_json(decision or {}), "written": written})
        return 0
    ends = f", until {decision['expires']}" if decision and "expires" in decision else ""
    said = f"wrote {', '.join(written)}" if written else "nothing to write, the file says this already"
    console.say(f"{kind} {place}{ends}: {said}; the next kie-catalog sync acts on it")
    return 0


def _values(workspace: Workspace, place: _Place, given: Mapping[str, Any]) -> tuple[Version, Version]:
    """Our value and upstream's: as given, or as the plan has them that found the two apart."""
    if given["theirs_absent"]:
        return _ours(workspace, place), Absence.ABSENT
    if given["theirs"] is not None:
        return _ours(workspace, place), _value(given["theirs"])
    plan = read_plan(given["plan"]) if given["plan"] else plan_for(workspace, given["upstream"], ())
    found = _apart(plan, place)
    if found is None:
        fact = "is no place where the catalog and upstream differ"
        raise UsageError(str(place), fact, "kie-catalog plan lists the conflicts")
    return found.ours, found.theirs


def _apart(plan: Plan, place: _Place) -> Conflicted | Kept | None:
    differing: list[Conflicted | Kept] = [each for each in plan.changes if isinstance(each, Conflicted)]
    for each in (*differing, *plan.kept):
        if (each.model, each.mode, each.field) == (place.model, place.mode, place.field):
            return each
    return None


def _ours(workspace: Workspace, place: _Place) -> Version:
    catalog = workspace.ours(workspace.document()).catalog
    model = catalog.get(place.model)
    if model is None:
        raise no_such_model(place.model, catalog)
    fields = model.fields if place.mode is None else model.modes.get(place.mode)
    if fields is None:
        raise UsageError(str(place), "is not in the catalog", "kie-catalog show names the modes of a model")
    return fields.get(place.field or "", Absence.ABSENT)


def _value(text: str) -> Value:
    try:
        return parse(text, "--theirs").data
    except CatalogInvalid as error:
        fact = f"is no YAML value ({error.findings[0].message})"
        raise UsageError("--theirs", fact, "write a number, or a text in quotes") from None
