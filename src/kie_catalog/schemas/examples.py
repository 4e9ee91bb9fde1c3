"""The page's own examples against its own schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kie_catalog.schemas.notes import BODY, EXAMPLE, Doubt, show, step
from kie_catalog.schemas.openapi import JsonSchema


def example_notes(
    schema: JsonSchema, bodies: Sequence[Any], inputs: Sequence[Any], ids: Sequence[str]
) -> Iterator[Doubt]:
    """What in the examples would be refused.

    Args:
        schema: the finished input schema.
        bodies: the payloads that the page shows.
        inputs: the input in each of them.
        ids: the models of the page.
    """
    from kie_catalog.schemas.validation import InputValidator  # noqa: PLC0415 -- heavy; pages without examples need none

    validator = InputValidator(schema)
    for number, (body, payload) in enumerate(zip(bodies, inputs, strict=True), 1):
        evidence = f"example {number}"
        named = body.get("model") if isinstance(body, Mapping) else None
        is_input = isinstance(payload, Mapping) and "model" in payload
        if isinstance(named, str) and not is_input and named.strip() not in ids:
            fact = f"it names {show(named)}, the page is about {', '.join(ids)}"
            yield Doubt("example-breaks-schema", f"{BODY}/properties/model", fact, evidence)
        if payload is None:
            yield Doubt("example-breaks-schema", BODY, "it has no input", evidence)
            continue
        if validator.is_valid(payload):
            continue
        for problem in validator.problems(payload):
            pointer = step(EXAMPLE, *problem.path)
            yield Doubt("example-breaks-schema", pointer, f"{problem.code} {problem.limit}".strip(), evidence)
