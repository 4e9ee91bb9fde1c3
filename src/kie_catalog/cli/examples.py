"""How a command's help shows examples: lines as a person would type them."""

from __future__ import annotations


def examples(*lines: str) -> str:
    """The end of a command's help.

    Args:
        lines: one example each, without the `kie-catalog` in front.
    """
    return "\n".join(("\b", "Examples:", *(f"  kie-catalog {line}" for line in lines)))
