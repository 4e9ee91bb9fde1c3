"""The documentation of the rules, out of their registry: families, single rules, and `docs/rules.md`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from kie_catalog.rules.registry import RULES, Rule

FAMILIES: Final = {
    "KC0": ("Load", "The file can be read, and every reader reads the same."),
    "KC1": ("Structure", "The file has the fields, kinds, words and ids that its version asks for."),
    "KC2": (
        "Price and unit",
        "A price can be one, fits its unit and words, and stands apart.",
    ),
    "KC3": ("Price against schema", "Every legal request has one price, and every price a legal request."),
    "KC4": ("Input schema", "Each input schema can be used, and each correction of one holds."),
    "KC5": ("Source and evidence", "What the catalog says, upstream says too, and of our days."),
    "KC6": ("Ownership and decisions", "What people decided holds, and is of use."),
    "KC7": ("Guards", "What comes from upstream does not look like a broken upstream."),
    "KC9": ("Comments", "What a comment accepts has a reason, a use and an end that is kept."),
}
"""By the beginning of a code: title and what its rules are about."""

_GUARD: Final = "guard-"
_CODE: Final = re.compile(r"kc[0-9]{3}", re.IGNORECASE)
_BLOCK: Final = re.compile(r"^(Bad|Good)::\n\n((?:    .*\n|\n)+)", re.MULTILINE)
_INTRODUCTION: Final = """\
<!-- Built from the registry of the rules by `make build`; edit the docstrings in src/kie_catalog/rules. -->
# Rules

`kie-catalog check` passes a catalog through these rules. `kie-catalog explain CODE` prints one of them,
`kie-catalog rules` lists them all. A comment in the file can accept a finding:
`# kie-catalog: ignore CODE until YYYY-MM-DD because …`.

An **error** is a fault that costs money or keeps a file from being read, a **warning** is most likely one,
an **info** is worth knowing. Rules that need evidence beside the file (input schemas, the last accepted
upstream, decisions, a recording) are silent where there is none.
"""


def is_code(text: str) -> bool:
    """Whether a text has the form of a rule's code."""
    return _CODE.fullmatch(text) is not None


def find_rule(text: str) -> Rule | None:
    """The rule of a code, in any case, or of a name; a guard's name is enough for its rule."""
    wanted = {text.upper(), text.lower(), f"{_GUARD}{text.lower()}"}
    return next((rule for rule in RULES if not wanted.isdisjoint((rule.code, rule.name))), None)


def near_rules(text: str) -> Sequence[str]:
    """The code or name that was probably meant; codes are near to codes, names to names."""
    if text[:2].upper() == "KC":
        return get_close_matches(text.upper(), [rule.code for rule in RULES], n=1)
    return get_close_matches(text.lower(), [rule.name for rule in RULES], n=1)


def family_of(rule: Rule) -> str:
    """The title of a rule's family."""
    return FAMILIES[rule.code[:3]][0]


def rule_to_json(rule: Rule) -> dict[str, str]:
    """A rule as JSON prints it."""
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": str(rule.severity),
        "family": family_of(rule),
        "law": rule.law,
        "cure": rule.cure,
        "text": rule.text,
    }


def render_documentation() -> str:
    """All rules as `docs/rules.md` has them."""
    return "\n".join([_INTRODUCTION, *_contents(), *_sections()]).rstrip() + "\n"


def _contents() -> Iterator[str]:
    for prefix, (title, about) in FAMILIES.items():
        rules = _family(prefix)
        yield f"## {title}: {prefix}xx\n"
        yield f"{about}\n"
        yield "| code | name | severity | law |\n| --- | --- | --- | --- |"
        yield from (
            f"| [{rule.code}](#{_place(rule)}) | {rule.name} | {rule.severity} | {_cell(rule.law)} |"
            for rule in rules
        )
        yield ""


def _sections() -> Iterator[str]:
    for prefix, (title, _) in FAMILIES.items():
        yield f"## {title}, rule by rule\n"
        for rule in _family(prefix):
            yield f"### {rule.code} {rule.name}\n"
            yield f"*{rule.severity}*\n"
            yield f"{_as_markdown(rule.text)}\n"


def _family(prefix: str) -> list[Rule]:
    return [rule for rule in RULES if rule.code.startswith(prefix)]


def _place(rule: Rule) -> str:
    return f"{rule.code.lower()}-{rule.name}"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _as_markdown(text: str) -> str:
    """A docstring as Markdown: its examples become blocks of code."""
    return _BLOCK.sub(_fenced, text + "\n").rstrip()


def _fenced(block: re.Match[str]) -> str:
    lines = [line[4:] for line in block[2].strip("\n").split("\n")]
    return f"{block[1]}:\n\n```yaml\n" + "\n".join(lines) + "\n```\n\n"
