"""Plain values: what a YAML or JSON file of ours can hold, with numbers exact."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeAlias

Scalar: TypeAlias = str | Decimal | bool | None
Value: TypeAlias = "Scalar | Sequence[Value] | Mapping[str, Value]"
Fields: TypeAlias = Mapping[str, Value]
Pointer: TypeAlias = tuple[str | int, ...]


class Absence(enum.Enum):
    """Why a value is not there; `None` is a value and neither of these."""

    ABSENT = "absent"
    """It was looked for and is not there."""
    NOT_MEASURED = "not measured"
    """It was not looked for, so nothing may be concluded."""


ABSENT: Final = Absence.ABSENT
NOT_MEASURED: Final = Absence.NOT_MEASURED


def show_pointer(pointer: Pointer) -> str:
    """A pointer as RFC 6901 text: `("models", 3, "id")` is `/models/3/id`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in pointer)


def plain_number(number: Decimal) -> str:
    """A number without exponent or trailing zeros after the point: `14.0` is `14`."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


_AS_THEY_ARE: Final = frozenset({str, bool, int, type(None)})


def to_json(value: Value | float) -> object:
    """A value as `json` takes it; a `Decimal` becomes an int where it is one, else the shortest float.

    A float's shortest text is the decimal it came from for all numbers of up to 15 digits,
    so nothing of a price is lost in writing.
    """
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):  # in a schema, as a page's own YAML has it: `1.0` is 1 here as well
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {key: to_json(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [to_json(each) for each in value]
    return value


def canonical(value: Value) -> str:
    """One text for equal values, whatever the order of their keys or the form of their numbers."""
    import json  # noqa: PLC0415 -- slow to import, and few who use values write them

    return json.dumps(to_json(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(value: Value) -> str:
    """`sha256:…` over the canonical form."""
    return digest_bytes(canonical(value).encode())


def digest_bytes(raw: bytes) -> str:
    """`sha256:…` over bytes."""
    import hashlib  # noqa: PLC0415 -- see above

    return "sha256:" + hashlib.sha256(raw).hexdigest()
