"""The facts that a plan's report says beside the plan: prices of requests, required inputs, limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from kie_catalog.domain.catalog import Catalog, Model, Status
from kie_catalog.domain.plan import Plan
from kie_catalog.pricing.default_request import default_request, price_properties
from kie_catalog.pricing.quote import Quote, quote
from kie_catalog.reports.facts import Facts, ModelFacts, RequestPrice
from kie_catalog.schemas.limits import limits_of, required_of

Schemas = Mapping[str, Mapping[str, Any]]


def facts_of(plan: Plan, before: Catalog, after: Catalog, schemas: Schemas) -> Facts:
    """Work out what a plan's report says beside the plan.

    Args:
        plan: the plan.
        before: the catalog it was made for.
        after: the catalog that it makes.
        schemas: the input schemas that count afterwards, by model.
    """
    named = {change.model for change in plan.changes}
    old, new = ({str(model.id): model for model in catalog} for catalog in (before, after))
    models = {
        model_id: _model_facts(old.get(model_id), new.get(model_id), schemas.get(model_id, {}))
        for model_id in sorted(named)
    }
    offered = Counter(model.provider or "unknown" for model in after if model.status is Status.ACTIVE)
    return Facts(models, dict(sorted(offered.items())), _rows(plan, named))


def _model_facts(before: Model | None, after: Model | None, schema: Mapping[str, Any]) -> ModelFacts:
    model = after or before
    if model is None:
        return ModelFacts(required_of(schema), limits_of(schema))
    old, new = _prices(before, after, schema)
    priced_by = {
        name: sum(name in mode.when for mode in model.modes) or len(model.modes)
        for name in price_properties(model, schema)
    }
    return ModelFacts(required_of(schema), limits_of(schema), old, new, priced_by)


def _prices(
    before: Model | None, after: Model | None, schema: Mapping[str, Any]
) -> tuple[RequestPrice | None, RequestPrice | None]:
    """What the default request of the model cost, and costs: the same request at both prices."""
    found = default_request(after, schema) if after is not None else None
    if found is None:
        return None, None
    request, new = found
    old = quote(before, schema, request) if before is not None else None
    priced = RequestPrice(request, new.credits, new.usd)
    return RequestPrice(request, old.credits, old.usd) if isinstance(old, Quote) else None, priced


def _rows(plan: Plan, named: set[str]) -> dict[tuple[str, str], str]:
    """The feed's own words for the modes of the models that the plan names, as the base keeps them."""
    models = plan.base.get("models", {})
    return {
        (model_id, mode_id): str(mode["$row"])
        for model_id in sorted(named & set(models))
        for mode_id, mode in models[model_id].get("modes", {}).items()
        if isinstance(mode, Mapping) and "$row" in mode
    }
