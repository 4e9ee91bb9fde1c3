"""Pictures that GitHub renders from text: each stands beside its table and says nothing that is not in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from kie_catalog.reports.entries import PriceView

_BARS: Final = 12
_LABEL: Final = 28
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9 ./_-]+")
_SLICES: Final = 9


def price_chart(prices: Sequence[PriceView]) -> str:
    """The largest price changes in percent as bars; empty where no change has a size."""
    sized = [(each, each.share) for each in prices if each.share]
    largest = sorted(sized, key=lambda pair: (-abs(pair[1]), pair[0].model, pair[0].mode))[:_BARS]
    if not largest:
        return ""
    percents = [round(share * 100) for _, share in largest]
    low, high = min(0, *percents), max(0, *percents)
    labels = ", ".join(f'"{_label(f"{each.model} {each.mode}")}"' for each, _ in largest)
    return "\n".join(
        (
            "xychart-beta horizontal",
            '  title "Largest price changes in percent"',
            f"  x-axis [{labels}]",
            f'  y-axis "percent" {low} --> {high or 1}',
            f"  bar [{', '.join(map(str, percents))}]",
        )
    )


def provider_chart(offered: Mapping[str, int]) -> str:
    """The models on offer by provider; the small ones in one slice."""
    ordered = sorted(offered.items(), key=lambda pair: (-pair[1], pair[0]))
    if len(ordered) < 2:  # noqa: PLR2004 -- one slice is no picture
        return ""
    shown, rest = ordered[:_SLICES], sum(number for _, number in ordered[_SLICES:])
    slices = [*shown, *([("all others", rest)] if rest else [])]
    lines = (f'  "{_label(name)}" : {number}' for name, number in slices)
    return "\n".join(("pie showData", "  title Models on offer by provider", *lines))


def _label(text: str) -> str:
    """Text that can't end its quotes, whatever upstream wrote."""
    plain = " ".join(_UNSAFE.sub(" ", text).split()) or "unnamed"
    return plain if len(plain) <= _LABEL else plain[: _LABEL - 3] + "..."
