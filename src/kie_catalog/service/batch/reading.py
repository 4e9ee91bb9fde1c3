"""Reading what is handed in as a batch: JSON Lines, CSV, or plain values, each row with its place.

A line of JSON Lines is an object with `model`, `input`, and, where they are wanted, `key`, `priority` and
`measurements`. A CSV file has a column for each of them, and one for each property of an input: `prompt`, or
`input.key` for one that has the name of another column. A column whose name ends in `:` holds JSON
(`image_urls:`); an empty cell gives nothing. Cells are parted by commas, or by semicolons or tabs where the
header is, as spreadsheets of many countries write it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Final

from kie_catalog.domain.errors import UsageError
from kie_catalog.domain.finding import Where
from kie_catalog.schemas.near import nearest
from kie_catalog.service.batch.items import PRIORITIES

MOST_ROWS: Final = 100_000
"""Rows of one batch."""
MOST_BYTES: Final = 256_000_000
"""Of one file."""
LINE_LENGTH: Final = 1_000_000
"""Characters of the longest line of JSON Lines; the longest cell of CSV is what the csv module takes."""
MEMBERS: Final = ("model", "input", "key", "priority", "measurements")
"""What a row may have."""
_KEY_LENGTH: Final = 200
_DELIMITERS: Final = (",", ";", "\t")
_OBJECTS: Final = ("input", "measurements")


@dataclass(frozen=True, slots=True)
class RowFault:
    """One thing that keeps a row from being sent; of what was written it repeats no text of an input."""

    where: Where
    row: int
    """From 1; 0 where it is about the whole."""
    fact: str
    cure: str

    def __str__(self) -> str:
        return f"{self.where}: {self.fact}; {self.cure}"


@dataclass(frozen=True, slots=True)
class Draft:
    """One generation as it was written down; nothing of it is checked against a model yet."""

    row: int
    """From 1."""
    where: Where
    model_id: str
    payload: Mapping[str, Any] = field(repr=False)
    measurements: Mapping[str, Any] = field(default_factory=dict, repr=False)
    key: str | None = None
    priority: int | None = None
    """`None` where the row says nothing of it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """All rows of what was handed in: those that can be read, and what is wrong with the others."""

    drafts: tuple[Draft, ...]
    faults: tuple[RowFault, ...]


class _Wrong(ValueError):
    """A row that can't be read: the fact and the cure."""

    def __init__(self, fact: str, cure: str, column: int = 0) -> None:
        super().__init__(fact, cure)
        self.fact, self.cure, self.column = fact, cure, column


@dataclass(frozen=True, slots=True)
class _Line:
    """A row before it is read: where it stands, and what gives its members or raises `_Wrong`."""

    where: Where
    members: Callable[[], Mapping[str, Any]]


def read_file(file: Path) -> Reading:
    """Read a batch file; its name says which form it has.

    Raises:
        UsageError: it can't be read, or its name ends in none of `.jsonl`, `.ndjson` and `.csv`.
    """
    forms = {".jsonl": _json_lines, ".ndjson": _json_lines, ".csv": _csv_lines}
    form = forms.get(file.suffix.lower())
    if form is None:
        fact = "has an ending that says neither JSON Lines nor CSV"
        raise UsageError(str(file), fact, f"name it with one of {', '.join(forms)}")
    try:
        if file.stat().st_size > MOST_BYTES:
            raise UsageError(str(file), f"is larger than {MOST_BYTES // 1_000_000} MB", "split it")
        # What is no UTF-8 stays visible, so that only its row is refused.
        with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
            return _read(form(text, str(file)), str(file))
    except OSError as error:
        raise UsageError(str(file), f"cannot be read ({error.strerror})", "name a batch file") from error


def read_values(values: Iterable[Any], name: str = "items") -> Reading:
    """Read plain values: mappings with the members of a line of JSON Lines.

    Args:
        values: one for each generation.
        name: what they are called where a fault is told.
    """
    lines = (_Line(Where(f"{name}[{at}]"), partial(_object, value)) for at, value in enumerate(values))
    return _read(lines, name)


def _read(lines: Iterator[_Line], name: str) -> Reading:
    drafts: list[Draft] = []
    faults: list[RowFault] = []
    row = 0
    for line in lines:
        row += 1
        if row > MOST_ROWS:
            cure = "split it into several batches"
            faults.append(RowFault(line.where, row, f"is more than the {MOST_ROWS} rows of a batch", cure))
            break
        try:
            drafts.append(_draft(row, line.where, line.members()))
        except _Wrong as wrong:
            where = Where(line.where.path, line.where.line, wrong.column or line.where.column)
            faults.append(RowFault(where, row, wrong.fact, wrong.cure))
    if not row:
        faults.append(RowFault(Where(name), 0, "holds no row", "give one for each generation"))
    return Reading(tuple(drafts), tuple(faults))


def _draft(row: int, where: Where, members: Mapping[str, Any]) -> Draft:
    for name in members:
        if name not in MEMBERS:
            near = nearest(name, MEMBERS)
            cure = f"did you mean {near}?" if near else "properties of the input belong into `input`"
            raise _Wrong(f"has {_short(name)}, which no row has", cure)
    model = members.get("model")
    if not isinstance(model, str) or not model.strip():
        raise _Wrong("names no model", "give its id as `model`, as `kie-catalog list` shows it")
    return Draft(
        row=row,
        where=where,
        model_id=model.strip(),
        payload=_mapping(members, "input"),
        measurements=_mapping(members, "measurements"),
        key=_key(members.get("key")),
        priority=_priority(members.get("priority")),
    )


def _mapping(members: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = members.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(each, str) for each in value):
        raise _Wrong(f"has an `{name}` that is no object", 'write it as {"property": value}')
    return value


def _key(value: Any) -> str | None:
    if value is None:
        return None
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not text.strip() or len(text) > _KEY_LENGTH:
        cure = f"give a text of at most {_KEY_LENGTH} characters that no other generation has, or none"
        raise _Wrong("has a `key` that can't be one", cure)
    return text


def _priority(value: Any) -> int | None:
    if value is None:
        return None
    try:
        priority = value if isinstance(value, int) and not isinstance(value, bool) else int(str(value), 10)
    except ValueError:
        priority = PRIORITIES.stop
    if priority not in PRIORITIES:
        cure = f"give a whole number from {PRIORITIES.start} to {PRIORITIES.stop - 1}; higher starts first"
        raise _Wrong("has a `priority` that is none", cure)
    return priority


# --- JSON Lines


def _json_lines(text: Iterable[str], name: str) -> Iterator[_Line]:
    for number, line in enumerate(text, 1):
        if line.strip():
            yield _Line(Where(name, number, 1), partial(_object_in, line))


def _object_in(line: str) -> Mapping[str, Any]:
    if len(line) > LINE_LENGTH:
        raise _Wrong(
            f"is longer than {LINE_LENGTH} characters", "upload media first and give their addresses"
        )
    return _object(_json(line))


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(each, str) for each in value):
        raise _Wrong("is no object", 'write it as {"model": "…", "input": {…}}')
    return value


def _json(text: str) -> Any:
    _require_text(text)
    try:
        return json.loads(text, object_pairs_hook=_members, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        cure = "write texts in double quotes, and each row of JSON Lines in one line"
        raise _Wrong(f"is no JSON ({error.msg})", cure, error.colno) from None
    except RecursionError:
        raise _Wrong("is nested too deeply", "give plain values") from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Wrong(f"gives {_short(twice)} twice", "give it once")
    return members


def _no_number(text: str) -> Any:
    raise _Wrong(f"holds {text}, which is no number of JSON's", "give a number, or leave it out")


def _require_text(text: str) -> None:
    """Refuse bytes that are no UTF-8."""
    at = next((at for at, each in enumerate(text, 1) if "\udc80" <= each <= "\udcff"), 0)
    if at:
        raise _Wrong("is no UTF-8", "save the file as UTF-8", at)


# --- CSV


def _csv_lines(text: Iterable[str], name: str) -> Iterator[_Line]:
    lines = iter(text)
    first = next(lines, "")
    rows = csv.reader(chain([first], lines), delimiter=_delimiter(first), strict=True)
    header: list[str] | None = None
    begun = 1
    while (cells := _next(rows)) is not None:
        where, begun = Where(name, begun, 1), rows.line_num + 1
        if isinstance(cells, _Wrong):
            yield _Line(where, partial(_raise, cells))
            return  # where the next row begins is anybody's guess
        if header is None:
            header = [each.strip() for each in cells]
            if wrong := _wrong_header(header):
                yield _Line(where, partial(_raise, wrong))
                return
        elif any(cells):
            yield _Line(where, partial(_of_cells, header, cells))


def _delimiter(header: str) -> str:
    """What parts the cells: that by which the header has a column `model`."""
    parted = {mark: [each.strip(' "\r\n') for each in header.split(mark)] for mark in _DELIMITERS}
    return next((mark for mark, names in parted.items() if "model" in names), _DELIMITERS[0])


def _next(rows: Iterator[list[str]]) -> list[str] | _Wrong | None:
    try:
        return next(rows, None)
    except csv.Error as error:
        return _Wrong(f"is no CSV ({error})", "put texts with commas, quotes or line ends into double quotes")


def _raise(wrong: _Wrong) -> Mapping[str, Any]:
    raise wrong


def _wrong_header(header: list[str]) -> _Wrong | None:
    if "model" not in header:
        return _Wrong("is a header without a column `model`", "name the columns in the first line")
    if "" in header:
        return _Wrong(
            "is a header with a column that has no name", "name it, or take it away", header.index("") + 1
        )
    targets = [_target(name) for name in header]
    for at, target in enumerate(targets):
        if target in targets[:at]:
            return _Wrong(f"is a header that has {_short(header[at])} twice", "have each column once", at + 1)
    return None


def _target(name: str) -> tuple[str, str]:
    """The member, and the property of it, that a column gives."""
    name = name.removesuffix(":")
    if name in MEMBERS:
        return name, ""
    member, dot, inner = name.partition(".")
    return (member, inner) if dot and inner and member in _OBJECTS else ("input", name)


def _of_cells(header: list[str], cells: list[str]) -> Mapping[str, Any]:
    if len(cells) != len(header):
        fact = f"has {len(cells)} cells where the header has {len(header)}"
        raise _Wrong(fact, "put texts with commas into double quotes")
    members: dict[str, Any] = {}
    for at, (name, cell) in enumerate(zip(header, cells, strict=True), 1):
        try:
            _take_cell(members, name, cell)
        except _Wrong as wrong:
            raise _Wrong(f"column {_short(name)} {wrong.fact}", wrong.cure, at) from None
    return members


def _take_cell(members: dict[str, Any], name: str, cell: str) -> None:
    """Add what a cell gives to the members of its row."""
    _require_text(cell)
    if not cell:
        return
    member, inner = _target(name)
    if member not in _OBJECTS:
        members[member] = _json(cell) if name.endswith(":") else cell
        return
    if inner:
        given = {inner: _json(cell) if name.endswith(":") else cell}
    else:
        given = dict(_mapping({member: _json(cell)}, member))
    had = members.setdefault(member, {})
    if both := sorted(had.keys() & given.keys()):
        raise _Wrong(f"gives {_short(both[0])} in two columns", "give it in one")
    had.update(given)


def _short(name: str) -> str:
    return f"`{name[:40]}…`" if len(name) > 40 else f"`{name}`"  # noqa: PLR2004 -- half a line
