"""The public names as a user's type checker sees them; checked, never run."""

from decimal import Decimal

from kie_catalog import Catalog, Mode, Model, packaged_catalog, packaged_schemas

catalog: Catalog = packaged_catalog()
model: Model | None = catalog.model("bytedance/seedance-2")
if model is not None:
    mode: Mode | None = model.mode("480p-no-video-input")
    if mode is not None:
        price: Decimal = mode.credits
schema = packaged_schemas()["bytedance/seedance-2"]
