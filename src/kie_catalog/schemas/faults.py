"""The faults that upstream's pages are searched for: one entry a class, each with its rule elsewhere.

`sentence` is what is wrong, `cure` what a person can do about one that the rules leave open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kie_catalog.domain.finding import Severity


@dataclass(frozen=True, slots=True)
class FaultClass:
    """One kind of upstream fault."""

    name: str
    code: str
    severity: Severity
    """Of a fault that was not mended; a mended one is told as `INFO`."""
    sentence: str
    cure: str = "compare the page with real traffic, then record the answer in schemas/overrides/"


_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR

FAULTS: Final = (
    # who the page is about
    FaultClass("copied-model", "SCH101", _ERROR, "the model id was copied from another page"),
    FaultClass("path-is-not-id", "SCH102", _INFO, "the page's path does not spell the model's id"),
    FaultClass("pages-disagree", "SCH103", _WARNING, "two pages of one model say different things"),
    FaultClass("unknown-endpoint", "SCH104", _ERROR, "the page's endpoint has no reviewed model id"),
    FaultClass("wrong-server", "SCH105", _WARNING, "the page names a host that does not serve its path"),
    FaultClass(
        "message-for-msg", "SCH106", _INFO, "a reply's text is under `message`, where traffic has `msg`"
    ),
    FaultClass(
        "body-omits-input",
        "SCH107",
        _INFO,
        "the request need not hold `input`, though `input` must hold something",
    ),
    FaultClass("nameless-model", "SCH108", _ERROR, "the page names no model"),
    # names
    FaultClass("blank-name", "SCH201", _WARNING, "a property's name has blanks around it"),
    FaultClass("misspelled-name", "SCH202", _WARNING, "a property's name is a slip of the pen"),
    FaultClass("required-unknown", "SCH203", _WARNING, "a required property does not exist"),
    FaultClass(
        "required-in-prose", "SCH204", _INFO, "the wording requires a property that the schema does not"
    ),
    FaultClass("dangling-reference", "SCH205", _WARNING, "a reference leads nowhere"),
    FaultClass("lost-fragment", "SCH206", _WARNING, "a shared fragment is referred to and not there"),
    # values
    FaultClass(
        "malformed-keyword", "SCH301", _WARNING, "a keyword has a value that JSON Schema does not know"
    ),
    FaultClass("unknown-type", "SCH302", _WARNING, "a type is none of JSON's"),
    FaultClass("type-against-samples", "SCH303", _WARNING, "a type is not that of the samples beside it"),
    FaultClass(
        "enum-of-other-type", "SCH304", _WARNING, "the values of an enum are not of the declared type"
    ),
    FaultClass("enum-repeats", "SCH305", _INFO, "an enum holds a value twice"),
    FaultClass("enum-blanks", "SCH306", _WARNING, "a value of an enum has blanks around it"),
    FaultClass("bounds-crossed", "SCH307", _WARNING, "a lower bound is above its upper bound"),
    FaultClass("default-of-other-type", "SCH308", _WARNING, "a default is not of the declared type"),
    FaultClass("default-outside-enum", "SCH309", _WARNING, "a default is not in the enum"),
    FaultClass("default-outside-bounds", "SCH310", _WARNING, "a default is outside the bounds"),
    FaultClass("default-is-sample", "SCH311", _INFO, "a default is sample media or a placeholder"),
    FaultClass("default-is-prose", "SCH312", _INFO, "a default is a sample text"),
    # conditions
    FaultClass("impossible-branch", "SCH401", _WARNING, "a condition cannot hold for any input"),
    FaultClass("branch-contradicts", "SCH402", _WARNING, "a condition contradicts the property it is about"),
    FaultClass(
        "branches-overlap",
        "SCH403",
        _WARNING,
        "the page's own example is of several kinds that exclude each other",
    ),
    # examples and wording
    FaultClass("example-breaks-schema", "SCH501", _INFO, "an example breaks the page's own schema"),
    FaultClass("example-unreadable", "SCH502", _INFO, "an example is not JSON"),
    FaultClass("prose-disagrees", "SCH503", _WARNING, "the wording gives another bound than the schema"),
    # our own corrections
    FaultClass(
        "override-idle",
        "SCH601",
        _WARNING,
        "an override changes nothing any more",
        "delete it from schemas/overrides/",
    ),
    FaultClass(
        "override-astray",
        "SCH602",
        _ERROR,
        "an override's target is gone",
        "delete it from schemas/overrides/, or mend the pointer it is about",
    ),
    FaultClass(
        "override-malformed",
        "SCH603",
        _ERROR,
        "an override is not of the form of one, or makes no schema",
        "write it as docs/ say, or delete it",
    ),
)
BY_NAME: Final = {fault.name: fault for fault in FAULTS}
