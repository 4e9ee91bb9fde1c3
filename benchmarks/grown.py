"""The real data several times over, under other ids: what growth is measured on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, product
from pathlib import Path

from benchmarks.measuring import ROOT
from kie_catalog.domain.declared import Declarations, DeclaredModel
from kie_catalog.domain.ids import ModelId
from kie_catalog.domain.snapshot import Page, PriceRow, Upstream

CATALOG = ROOT / "catalog" / "models_pricing.yaml"
SCHEMA = ROOT / "schemas" / "models_pricing.schema.json"
RECORDING = max((ROOT / "sync" / "recordings").iterdir())


def catalog_text(times: int) -> str:
    """The catalog with every model several times over, still in order and without error."""
    head, *models = CATALOG.read_text(encoding="utf-8").split("\n- id: ")
    last = models.pop().rstrip("\n")
    copies = [
        f"{name}x{copy:03}\n{rest}" if copy else f"{name}\n{rest}"
        for name, rest in (each.split("\n", 1) for each in (*models, last))
        for copy in range(times)
    ]
    copies.sort(key=lambda each: each.split("\n", 1)[0])
    return "\n- id: ".join([head, *copies]) + "\n# grown\n"


def models_in(text: str) -> str:
    """The size of such a catalog in words."""
    return f"{text.count(chr(10) + '- id: '):,} models"


def recording(folder: Path, times: int) -> Path:
    """The newest recording with every page and row several times over."""
    for source in sorted((RECORDING / "docs").rglob("*.md")):
        text = source.read_text(encoding="utf-8")
        for copy in range(times):
            target = folder / "docs" / f"c{copy}" / source.relative_to(RECORDING / "docs")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_renamed(text, copy) if copy else text, encoding="utf-8")
    rows = json.loads((RECORDING / "pricing.json").read_bytes())
    many = [
        {**row, "modelDescription": f"x{copy}{row['modelDescription']}" if copy else row["modelDescription"]}
        for copy in range(times)
        for row in rows
    ]
    (folder / "pricing.json").write_text(json.dumps(many), encoding="utf-8")
    shutil.copy(RECORDING / "recording.json", folder)
    return folder


def _renamed(text: str, copy: int) -> str:
    """The page with its model's id made another."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if line.strip() == "enum:" and "model" in lines[at - 2] and at + 1 < len(lines):
            old = lines[at + 1].strip().removeprefix("- ")
            return text.replace(old, f"x{copy}{old}")
    return text


def pages(real: Sequence[Page], declared: Declarations, times: int) -> tuple[Page, ...]:
    """Documentation pages several times over, each copy about models of other names."""
    named: dict[str, list[str]] = {}
    for model in declared.models:
        named.setdefault(model.page or "", []).append(str(model.id))
    return tuple(_page(page, named.get(page.path, ()), copy) for copy in range(times) for page in real)


def _page(page: Page, ids: Sequence[str], copy: int) -> Page:
    if not copy:
        return page
    text = json.dumps(page.openapi)
    for each in ids:
        text = text.replace(json.dumps(each), json.dumps(f"{each}-c{copy}"))
    return replace(page, path=f"{page.path}-c{copy}", title=f"{page.title} {copy}", openapi=json.loads(text))


def upstream(real: Upstream, declared: Declarations, times: int) -> tuple[Upstream, Declarations]:
    """An upstream that sells everything several times, each time under a name of its own."""
    if times == 1:
        return real, declared
    models: list[DeclaredModel] = []
    rows: list[PriceRow] = []
    for letters in islice(product("bcdfghjklm", repeat=2), times):
        tag = "q" + "".join(letters)
        models += [_copy_of(model, tag) for model in declared.models]
        rows += [_tagged(row, tag) for row in real.prices.content]
    numbered = tuple(replace(row, number=at) for at, row in enumerate(rows, 1))
    prices = replace(real.prices, content=numbered)
    return replace(real, prices=prices), replace(declared, models=tuple(models))


def _copy_of(model: DeclaredModel, tag: str) -> DeclaredModel:
    return replace(
        model, id=ModelId(f"{model.id}-{tag}"), title=f"{model.title} {tag}", page=f"{model.page}-{tag}"
    )


def _tagged(row: PriceRow, tag: str) -> PriceRow:
    name, comma, rest = row.description.partition(",")
    anchor = f"{row.anchor}-{tag}" if "?model=" in row.anchor else row.anchor
    return replace(row, description=f"{name} {tag}{comma}{rest}", anchor=anchor)
