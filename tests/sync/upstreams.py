"""Small upstreams for laws: pages and rows of a few models, as values."""

from __future__ import annotations

from hypothesis import strategies as st

from kie_catalog.domain.snapshot import NotMeasured, Page, PriceRow, Snapshot, SourceName, Upstream

IDS = ("a/one", "a/two", "b/three", "c")
TAILS = ("480p", "720p", "1080p, with audio")


def page(
    model_id: str, *, options: tuple[str, ...] = ("480p", "720p", "1080p"), tag: str = "Video Models/Acme"
) -> Page:
    schema = {
        "type": "object",
        "properties": {
            "model": {"type": "string", "enum": [model_id]},
            "input": {
                "type": "object",
                "properties": {
                    "prompt": {"type": "string"},
                    "resolution": {"type": "string", "enum": list(options)},
                    "sound": {"type": "boolean"},
                },
            },
        },
    }
    body = {"content": {"application/json": {"schema": schema}}}
    operation = {"post": {"tags": [f"docs/en/Market/{tag}"], "requestBody": body}}
    return Page(f"market/{model_id}", model_id.title(), {"paths": {"/api/v1/jobs/createTask": operation}})


def row(
    model_id: str, tail: str, credits: int = 10, *, number: int = 1, unit: str = "per second"
) -> PriceRow:
    return PriceRow(number, f"{model_id}, {tail}", "video", "Acme", str(credits), unit, "", "")


def upstream(pages=None, rows=None, *, taken_at: str = "2026-08-11") -> Upstream:
    """An upstream; what is `None` was not measured."""

    def snapshot(source, content):
        if content is None:
            return NotMeasured(source, "not asked")
        return Snapshot(source, taken_at, tuple(content), (), "sha256:0")

    return Upstream(
        snapshot(SourceName.PRICES, rows),
        snapshot(SourceName.PAGES, pages),
        snapshot(SourceName.MODEL_IDS, None),
        snapshot(SourceName.MODELS, None),
    )


@st.composite
def upstreams(draw) -> Upstream:
    """Any upstream over the small pool of models; both main sources measured."""
    chosen = draw(
        st.dictionaries(st.sampled_from(IDS), st.sampled_from([("480p", "720p"), ("480p", "720p", "1080p")]))
    )
    rows = []
    for model_id in IDS:
        prices = draw(st.dictionaries(st.sampled_from(TAILS), st.integers(1, 3)))
        # an id without a slash is certain only where a page declares it
        if "/" in model_id or model_id in chosen:
            rows += [row(model_id, tail, credits, number=len(rows) + 1) for tail, credits in prices.items()]
    return upstream([page(model_id, options=options) for model_id, options in chosen.items()], rows)
