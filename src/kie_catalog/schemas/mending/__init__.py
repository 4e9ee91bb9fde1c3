"""Pure: upstream's faults in an input schema, found and mended by rule.

A rule is a generator over one place of a schema; what it yields is carried out before the next rule looks.
The rules stand in the order in which they need each other: names, then kinds, then conditions, then defaults.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

from kie_catalog.schemas.mending import branches, defaults, kinds, names
from kie_catalog.schemas.notes import Correction, Note
from kie_catalog.schemas.openapi import JsonSchema
from kie_catalog.schemas.sites import Site, amend, walk

Rule: TypeAlias = Callable[[Site], Iterator[Note]]

RULES: Final[tuple[Rule, ...]] = (
    names.blank_names,
    names.required_flags,
    kinds.malformed_keywords,
    kinds.unknown_types,
    names.misspelled_names,
    names.required_unknown,
    kinds.enum_values,
    kinds.type_against_samples,
    kinds.bounds_crossed,
    branches.impossible_branches,
    branches.contradicting_branches,
    branches.self_contradicting_branches,
    branches.overlapping_branches,
    defaults.default_type,
    defaults.default_in_enum,
    defaults.default_in_bounds,
    defaults.default_is_sample,
    defaults.default_is_prose,
)


def mend(
    schema: JsonSchema, *, samples: Sequence[Any] = (), fragments: names.Fragments | None = None
) -> list[Note]:
    """Mend an input schema in place.

    Args:
        schema: as `Translator.translate` gives it, the page's wording still in it.
        samples: what the page's examples send as this input.
        fragments: what shared fragments stand for, as other pages write them out.

    Returns:
        What was mended and what is left open, in the order of the schema.
    """
    notes: list[Note] = []
    lost: Rule = partial(names.lost_fragments, fragments=fragments or {})
    rules: tuple[Rule, ...] = (lost, *RULES)
    for site in walk(schema, samples):
        for rule in rules:
            for note in rule(site):
                notes.append(note)
                if isinstance(note, Correction):
                    amend(schema, note)
    return notes
