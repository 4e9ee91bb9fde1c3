"""What the merges of all models share in one run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Final

from kie_catalog.domain.money import Agreement, agreement, parse_amount
from kie_catalog.domain.snapshot import SourceName
from kie_catalog.sync.compatibility import Severities
from kie_catalog.sync.policy import Policy
from kie_catalog.sync.resolution import Resolutions
from kie_catalog.sync.run import Run
from kie_catalog.sync.state import ModelState
from kie_catalog.sync.theirs import Theirs
from kie_catalog.sync.wording import decimals_of

MOST_DECIMALS: Final = 4
"""Upstream prices to a hundredth of a credit; more than this is noise of some computation."""


@dataclass(frozen=True)
class Setting:
    """Upstream's version, the rules of people, and the run."""

    theirs: Theirs
    policy: Policy
    run: Run
    schema_errors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By model, what is so wrong in its input schema that nobody should build a request on it."""
    severities: Severities = field(default_factory=dict)
    """What changes of an input schema matter here, by rule, where that differs from the rule's own word."""

    @property
    def prices_measured(self) -> bool:
        """Whether the price feed was read."""
        return SourceName.PRICES.value in self.theirs.measured

    @property
    def is_whole(self) -> bool:
        """Whether all was read that says what a model lacks."""
        return {SourceName.PAGES.value, SourceName.PRICES.value} <= self.theirs.measured

    @cached_property
    def claimed_usd(self) -> Mapping[str, Mapping[str, Decimal]]:
        """By model and mode, USD prices that upstream publishes and that contradict their own credits."""
        return _claimed_usd(self.theirs.resolutions)

    def entry_faults(self, model_id: str, theirs: ModelState) -> tuple[str, ...]:
        """What keeps a new model hidden though nothing is missing."""
        errors = [f"input schema: {error}" for error in self.schema_errors.get(model_id, ())]
        for mode_id, mode in theirs.modes.items():
            credits = mode.get("credits")
            if credits == 0:
                errors.append(f"the price of {mode_id} is 0")
            elif isinstance(credits, Decimal) and decimals_of(credits) > MOST_DECIMALS:
                errors.append(f"the price of {mode_id} has {decimals_of(credits)} decimals")
        return tuple(errors)


def _claimed_usd(resolutions: Resolutions) -> dict[str, dict[str, Decimal]]:
    claimed: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for answer in resolutions.resolved:
        usd = parse_amount(answer.row.usd)
        for price in answer.prices:
            if usd is not None and agreement(price.credits, usd) is Agreement.WRONG:
                claimed[price.model][price.mode] = usd
    return dict(claimed)
