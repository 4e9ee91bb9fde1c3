"""Batches as files: JSON Lines and CSV, row by row; each row that can't be read is told, with its place.

JSON Lines: an object a line with `model`, `input`, and where wanted `key`, `priority`, `measurements`. CSV: a
header, then a row each; the columns `model`, `key`, `priority`, `measurements.NAME`, and any other one is a
property of the input, as `input.NAME` or plainly `NAME`. A cell is text that is read as what the model takes,
as `kie-catalog input` does; a column whose name ends in `:` holds JSON. An empty cell is as good as none.
What stands in a file is data: it is never run, opened or fetched.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

from kie_catalog.domain.errors import UsageError
from kie_catalog.schemas.near import nearest
from kie_catalog.service.batch.items import PRIORITIES

MOST_BYTES: Final = 64_000_000
MOST_ROWS: Final = 100_000
LONGEST_ROW: Final = 1_000_000
"""Characters of one row."""
LONGEST_KEY: Final = 200
MEMBERS: Final = ("model", "input", "key", "priority", "measurements")
_LINES: Final = (".jsonl", ".ndjson")
_LEAST, _MOST = PRIORITIES[0], PRIORITIES[-1]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row can't be run."""

    row: int
    place: str
    """`photos.csv:3:prompt`."""
    code: str
    en: str
    """The fact and the cure."""
    ru: str

    def hint(self, language: str = "en") -> str:
        """The fact and the cure in `en` or `ru`, with the place before them."""
        return f"{self.place}: {self.ru if language == 'ru' else self.en}"


@dataclass(frozen=True, slots=True)
class Draft:
    """One generation as it was written down."""

    row: int
    """From 1, blank lines not counted."""
    place: str
    """`photos.csv:3`."""
    model: str
    payload: Mapping[str, Any] = field(repr=False)
    key: str | None = None
    priority: int | None = None
    """`None` where the row does not say; then that of the batch counts."""
    measurements: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Rows:
    """What was read."""

    drafts: tuple[Draft, ...]
    faults: tuple[Fault, ...]


@dataclass(eq=False)
class _Wrong(Exception):
    """A row, or a cell of one, that can't be read."""

    code: str
    en: str
    ru: str
    column: str = ""


def read_file(file: Path) -> Rows:
    """Read a batch from a file; its name's end tells the form.

    Raises:
        UsageError: it can't be read, is too large, or its name tells no form.
    """
    try:
        with file.open("rb") as opened:
            raw = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(str(file), f"cannot be read ({error.strerror})", "name another file") from error
    if len(raw) > MOST_BYTES:
        raise UsageError(str(file), f"is larger than {MOST_BYTES // 1_000_000} MB", "split it")
    return read_rows(str(file), raw)


def read_rows(name: str, raw: bytes) -> Rows:
    """Read a batch.

    Args:
        name: of the file, for places; its end tells the form: `.jsonl`, `.ndjson` or `.csv`.
        raw: the file.

    Raises:
        UsageError: the name tells no form, or there are too many rows.
    """
    lowered = name.lower()
    if lowered.endswith(_LINES):
        return _collected(name, _lines(name, raw))
    if lowered.endswith(".csv"):
        return _collected(name, _cells(name, raw))
    raise UsageError(name, "is neither .jsonl nor .csv", "name it by its form")


def drafts_of(rows: Iterable[Mapping[str, Any]], name: str = "item") -> Rows:
    """The same from Python: mappings as the lines of a JSON Lines file.

    Raises:
        UsageError: there are too many.
    """
    read = ((number, f"{name} {number}", row) for number, row in enumerate(rows, 1))
    return _collected(name, (_draft_or_fault(*each) for each in read))


def _collected(name: str, read: Iterable[Draft | Fault]) -> Rows:
    drafts: list[Draft] = []
    faults: list[Fault] = []
    for each in read:
        (drafts if isinstance(each, Draft) else faults).append(each)  # type: ignore[arg-type]  # as told apart
        if len(drafts) + len(faults) > MOST_ROWS:
            raise UsageError(name, f"has more than {MOST_ROWS} rows", "split it")
    return Rows(tuple(drafts), tuple(faults))


# --- JSON Lines


def _lines(name: str, raw: bytes) -> Iterator[Draft | Fault]:
    row = 0
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip():
            continue
        row += 1
        yield _draft_or_fault(row, f"{name}:{number}", line)


def _draft_or_fault(row: int, place: str, given: bytes | Mapping[str, Any]) -> Draft | Fault:
    try:
        return _draft(row, place, _parsed(given) if isinstance(given, bytes) else given)
    except _Wrong as wrong:
        return _fault(row, place, wrong)


def _fault(row: int, place: str, wrong: _Wrong) -> Fault:
    return Fault(row, f"{place}:{wrong.column}" if wrong.column else place, wrong.code, wrong.en, wrong.ru)


def _parsed(line: bytes) -> Any:
    if len(line) > LONGEST_ROW:
        _too_long()
    try:
        return json.loads(line.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise _Wrong("not-utf-8", "is not UTF-8; save it so", "не в UTF-8; сохраните файл в UTF-8") from None
    except (ValueError, RecursionError):
        raise _Wrong(
            "no-json", "is no JSON; write one object a line", "не JSON; в каждой строке нужен один объект"
        ) from None


def _too_long() -> NoReturn:
    raise _Wrong(
        "too-long",
        f"is longer than {LONGEST_ROW} characters; shorten it",
        f"длиннее {LONGEST_ROW} символов; сократите",
    )


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise _Wrong(
            "given-twice", "gives a member twice; give it once", "содержит одно поле дважды; оставьте одно"
        )
    return read


def _no_constant(_: str) -> NoReturn:
    raise ValueError


def _draft(row: int, place: str, read: Any) -> Draft:
    if not isinstance(read, Mapping):
        raise _Wrong(
            "not-an-object",
            "is no object; write model and input",
            "не объект; укажите model и input",
        )
    for name in read:
        if name not in MEMBERS:
            near = nearest(str(name), MEMBERS)
            raise _Wrong(
                "unknown",
                "is not known here" + (f"; did you mean {near}?" if near else "; put it into input"),
                "здесь не известно"
                + (f"; возможно, имелось в виду {near}?" if near else "; место ему в input"),
                column=_shown(name),
            )
    return Draft(
        row=row,
        place=place,
        model=_model(read.get("model")),
        payload=_object(read, "input"),
        key=_key(read.get("key")),
        priority=_priority(read.get("priority")),
        measurements=_object(read, "measurements"),
    )


def _shown(name: object) -> str:
    text = str(name)
    return "".join(each if each.isprintable() else "?" for each in text[:40])


def _model(given: Any) -> str:
    if not isinstance(given, str) or not given.strip():
        raise _Wrong(
            "missing", "is missing; give the model's id", "не задано; укажите модель", column="model"
        )
    return given.strip()


def _object(read: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    given = read.get(name, {})
    if not isinstance(given, Mapping):
        raise _Wrong("not-an-object", "must be an object", "должно быть объектом", column=name)
    return given


def _key(given: Any) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str) or not given.isprintable() or not 0 < len(given) <= LONGEST_KEY:
        raise _Wrong(
            "wrong-key",
            f"must be a text of 1 to {LONGEST_KEY} printable characters",
            f"должно быть текстом от 1 до {LONGEST_KEY} печатных символов",
            column="key",
        )
    return given


def _priority(given: Any) -> int | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or given not in PRIORITIES:
        raise _Wrong(
            "wrong-priority",
            f"must be a whole number from {_LEAST} to {_MOST}",
            f"должно быть целым числом от {_LEAST} до {_MOST}",
            column="priority",
        )
    return given


# --- CSV


def _cells(name: str, raw: bytes) -> Iterator[Draft | Fault]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        wrong = _Wrong("not-utf-8", "is not UTF-8; save it so", "не в UTF-8; сохраните файл в UTF-8")
        yield _fault(1, f"{name}:{line}", wrong)
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = _header(next(reader, []))
    except _Wrong as wrong:
        yield _fault(1, f"{name}:1", wrong)
        return
    except csv.Error:
        yield _fault(1, f"{name}:1", _no_csv())
        return
    yield from _csv_rows(name, reader, columns)


def _csv_rows(name: str, reader: Any, columns: Sequence[str]) -> Iterator[Draft | Fault]:
    row, line = 0, reader.line_num
    while True:
        place = f"{name}:{line + 1}"
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield _fault(row + 1, place, _no_csv())
            return
        line = reader.line_num
        if not any(each.strip() for each in cells):
            continue
        row += 1
        try:
            yield _draft(row, place, _from_cells(columns, cells))
        except _Wrong as wrong:
            yield _fault(row, place, wrong)


def _no_csv() -> _Wrong:
    return _Wrong(
        "no-csv",
        "is no CSV from here on; close the quotes, and double those inside a text",
        "дальше не CSV; закройте кавычки, а внутри текста удвойте их",
    )


def _header(columns: Sequence[str]) -> list[str]:
    names = [each.strip() for each in columns]
    for at, each in enumerate(names):
        if not each.strip(":") or each in names[:at]:
            raise _Wrong(
                "wrong-column",
                "is a column without a name, or named twice; give each column a name of its own",
                "столбец без имени или с повторным именем; дайте каждому столбцу своё имя",
                column=_shown(each) or str(at + 1),
            )
    if "model" not in names:
        raise _Wrong("missing", "has no column model; add it", "нет столбца model; добавьте его")
    return names


def _from_cells(columns: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    if sum(map(len, cells)) > LONGEST_ROW:
        _too_long()
    if len(cells) > len(columns):
        raise _Wrong(
            "too-many-cells",
            f"has {len(cells)} cells for {len(columns)} columns; put texts with commas into quotes",
            f"ячеек {len(cells)}, а столбцов {len(columns)}; тексты с запятыми берите в кавычки",
        )
    read: dict[str, Any] = {"input": {}, "measurements": {}}
    for column, cell in zip(columns, cells, strict=False):
        if cell.strip():
            _put(read, column, cell)
    return read


def _put(read: dict[str, Any], column: str, cell: str) -> None:
    if column in ("model", "key"):
        read[column] = cell.strip()
    elif column == "priority":
        read[column] = _number(cell)
    elif column.startswith("measurements."):
        read["measurements"][column.removeprefix("measurements.")] = _number(cell)
    else:
        name = column.removeprefix("input.")
        read["input"][name.removesuffix(":")] = _json(column, cell) if name.endswith(":") else cell


def _number(cell: str) -> Any:
    """A cell as JSON where it is JSON, and as text elsewhere."""
    try:
        return json.loads(cell, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return cell


def _json(column: str, cell: str) -> Any:
    try:
        return json.loads(cell, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _Wrong(
            "no-json",
            "is no JSON; a column whose name ends in : holds JSON",
            "не JSON; в столбце с именем на «:» нужен JSON",
            column=_shown(column),
        ) from None
