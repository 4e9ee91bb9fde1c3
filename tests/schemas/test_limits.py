"""Limits in a few words: what a schema bounds, and what every request must give."""

from __future__ import annotations

import pytest

from kie_catalog.schemas.limits import limits_of, required_of


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"enum": ["480p", "720p"]}, ("x: 480p, 720p",)),
        ({"enum": list(range(9))}, ("x: 0, 1, 2, 3, 4, 5 and 3 more",)),
        ({"type": "integer", "minimum": 4, "maximum": 15}, ("x: 4 to 15",)),
        ({"type": "integer", "minimum": 4}, ("x: at least 4",)),
        ({"type": "string", "maxLength": 2000}, ("x: up to 2000 characters",)),
        ({"type": "string", "minLength": 1}, ()),
        ({"type": "array", "minItems": 1, "maxItems": 9}, ("x: 1 to 9 items",)),
        ({"type": "array", "x-inferred": {"maxItems": 2, "evidence": "up to 2"}}, ("x: up to 2 items",)),
        ({"type": "boolean"}, ()),
        ({"type": ["null", "integer"], "maximum": 3}, ("x: up to 3",)),
        (True, ()),
    ],
)
def test_a_property_says_what_bounds_it(schema, said):
    assert limits_of({"properties": {"x": schema}}) == said


def test_what_is_required_names_alternatives():
    schema = {
        "required": ["prompt"],
        "oneOf": [{"required": ["audioUrl"]}, {"required": ["taskId", "audioId"]}],
    }
    assert required_of(schema) == ("prompt", "audioUrl or taskId and audioId")
    assert required_of({}) == ()
