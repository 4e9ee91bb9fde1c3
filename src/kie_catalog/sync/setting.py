"""What the merges of all models share in one run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from kie_catalog.domain.money import Agreement, agreement, parse_amount
from kie_catalog.domain.snapshot import SourceName
from kie_catalog.sync.policy import Policy
from kie_catalog.sync.resolution import Resolutions
from kie_catalog.sync.run import Run
from kie_catalog.sync.state import ModelState
from kie_catalog.sync.theirs import Theirs


@dataclass(frozen=True)
class Setting:
    """Upstream's version, the rules of people, and the run."""

    theirs: Theirs
    policy: Policy
    run: Run

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

    @cached_property
    def schema_errors(self) -> Mapping[str, tuple[str, ...]]:
        """By model, what is so wrong in its input schema that nobody should build a request on it."""
        return {model.id: model.faults for model in self.theirs.declared.models if model.faults}

    def entry_faults(self, model_id: str, theirs: ModelState) -> tuple[str, ...]:
        """What keeps a new model hidden though nothing is missing."""
        errors = [f"input schema: {error}" for error in self.schema_errors.get(model_id, ())]
        free = [mode_id for mode_id, mode in theirs.modes.items() if mode.get("credits") == 0]
        return (*errors, *(f"the price of {mode_id} is 0" for mode_id in free))


def _claimed_usd(resolutions: Resolutions) -> dict[str, dict[str, Decimal]]:
    claimed: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for answer in resolutions.resolved:
        usd = parse_amount(answer.row.usd)
        for price in answer.prices:
            if usd is not None and agreement(price.credits, usd) is Agreement.WRONG:
                claimed[price.model][price.mode] = usd
    return dict(claimed)
