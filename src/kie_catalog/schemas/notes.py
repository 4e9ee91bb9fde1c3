"""What was found wrong on a page: mended by rule, or left open because nothing there decides it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from kie_catalog.domain.values import ABSENT, Absence

# Where a pointer starts: `#/properties/prompt` is in the input schema, `body#/…` in the schema of the
# request's body, `page#/…` in the OpenAPI document, `example#/…` in the input that an example sends. A `#` at
# the end means the key itself, not the value under it (as in relative JSON pointers):
# `#/properties/image_urls #` is the name of that property.
INPUT: Final = "#"
BODY: Final = "body#"
PAGE: Final = "page#"
EXAMPLE: Final = "example#"


@dataclass(frozen=True, slots=True)
class Correction:
    """An upstream fault that a rule mended: both values, and why the new one is right."""

    rule: str
    """The fault's name in `schemas.faults`."""
    pointer: str
    was: Any
    """What the page says; `ABSENT` where it says nothing."""
    now: Any
    """What we read instead; `ABSENT` where the part is left out."""
    evidence: str

    def to_json(self) -> dict[str, Any]:
        """The correction as the model's record keeps it; what is absent has no key."""
        values = {"was": self.was, "now": self.now}
        given = {key: value for key, value in values.items() if not isinstance(value, Absence)}
        return {"rule": self.rule, "pointer": self.pointer, **given, "evidence": self.evidence}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Correction:
        """Read what `to_json` wrote."""
        return cls(
            rule=str(record["rule"]),
            pointer=str(record["pointer"]),
            was=record.get("was", ABSENT),
            now=record.get("now", ABSENT),
            evidence=str(record["evidence"]),
        )


@dataclass(frozen=True, slots=True)
class Doubt:
    """An upstream fault that the evidence does not decide: nothing was chosen, a person must look."""

    rule: str
    """The fault's name in `schemas.faults`."""
    pointer: str
    fact: str
    evidence: str

    def to_json(self) -> dict[str, Any]:
        """The doubt as the model's record keeps it."""
        return {
            "rule": self.rule,
            "pointer": self.pointer,
            "fact": self.fact,
            "evidence": self.evidence,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Doubt:
        """Read what `to_json` wrote."""
        return cls(*(str(record[key]) for key in ("rule", "pointer", "fact", "evidence")))


Note: TypeAlias = Correction | Doubt


def step(pointer: str, *parts: str | int) -> str:
    """A pointer, some steps further in; each part is escaped as RFC 6901 says."""
    return pointer + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def parts(pointer: str) -> list[str]:
    """The steps of a pointer, unescaped, without the part that it starts in."""
    _, _, path = pointer.partition("#")
    return [each.replace("~1", "/").replace("~0", "~") for each in path.split("/")[1:]]


def show(value: Any) -> str:
    """A value in a message: JSON's words for a short one, a description of a long one.

    Samples and sentences of upstream are described, never repeated: they are not facts.
    """
    if isinstance(value, str):
        return describe_text(value) if is_long(value) else repr(value)
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, Mapping):
        return f"an object with {', '.join(map(str, list(value)[:4])) or 'nothing'}"
    words = {True: "true", False: "false"}
    return words[value] if isinstance(value, bool) else "null" if value is None else str(value)


def is_long(text: str) -> bool:
    """Whether a text is a sentence or an address rather than a setting or a name."""
    return len(text) > 40 or len(text.split()) > 3 or "://" in text  # noqa: PLR2004 -- what a name still bears


def describe_text(text: str) -> str:
    """What a text is, without a word of it."""
    return "an address" if "://" in text else f"a text of {len(text.split())} words"
