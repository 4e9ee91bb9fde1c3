"""From three states to changes, and the base that follows: every model that any of the three knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kie_catalog.domain.values import ABSENT, NOT_MEASURED, Absence
from kie_catalog.sync.merge_model import MergedModel, ModelMerge
from kie_catalog.sync.setting import Setting
from kie_catalog.sync.state import ModelState, State
from kie_catalog.sync.theirs import Theirs


@dataclass
class Merge:
    """One run of the merge over a whole catalog."""

    base: State
    ours: State
    theirs: Theirs
    setting: Setting
    schemas: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The input schemas the catalog has now, by model."""

    def models(self) -> dict[str, MergedModel]:
        """What becomes of each model, in the order of their ids."""
        merged: dict[str, MergedModel] = {}
        for model_id in sorted({*self.base, *self.ours, *self.theirs.state}):
            merge = ModelMerge(
                model_id,
                self.base.get(model_id),
                self.ours.get(model_id),
                self._theirs(model_id),
                setting=self.setting,
                schema=self.schemas.get(model_id),
            )
            merged[model_id] = merge.merged()
        return merged

    def _theirs(self, model_id: str) -> ModelState | Absence:
        """What upstream says of a model; gone only if every source that once spoke of it was asked."""
        if model_id in self.theirs.state:
            return self.theirs.state[model_id]
        base = self.base.get(model_id)
        if base is None or not base.seen_in <= self.theirs.measured or model_id in self.theirs.unread:
            return NOT_MEASURED
        unsettled = self.theirs.unresolved_texts & set(base.rows.values())
        return NOT_MEASURED if unsettled else ABSENT
