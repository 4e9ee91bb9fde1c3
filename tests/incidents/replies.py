"""Raw replies of a small upstream, and patches that make another upstream of them.

The replies are what a recording holds: `pricing.json`, `docs/**.md`, `model-paths.json`. An incident says
what is otherwise in them; they are then read as any recording is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from tests.sync.upstreams import page

Replies = dict[str, bytes]
PRICES = "pricing.json"
IDS = "model-paths.json"
MANIFEST = "recording.json"
WHOLE = {"ids": IDS, "manifest": MANIFEST}


def start(written: Mapping[str, Any]) -> Replies:
    """The replies that every incident starts from."""
    models = [f"{provider}/{name}" for provider in written["providers"] for name in written["names"]]
    rows = [
        record(model, mode, credits, provider=model.split("/")[0])
        for model in models
        for mode, credits in written["modes"].items()
    ]
    for chat, modes in written["chats"].items():
        rows += [
            record(chat, mode, credits, interface="chat", unit="per 1M tokens", provider=chat.split("-")[0])
            for mode, credits in modes.items()
        ]
    replies = {
        page_file(model): page_text(model, tag=f"Video Models/{model.split('/')[0].title()}")
        for model in models
    }
    replies |= {page_file(chat): page_text(chat, tag="Chat  Models/Core") for chat in written["chats"]}
    return {**replies, PRICES: as_json(rows), IDS: as_json(models)}


def record(model: str, mode: str, credits: str, **fields: str) -> dict[str, str]:
    """A record of the price feed, as upstream writes it."""
    return {
        "modelDescription": f"{model}, {mode}",
        "interfaceType": fields.get("interface", "video"),
        "provider": fields["provider"].title(),
        "creditPrice": credits,
        "creditUnit": fields.get("unit", "per second"),
        "usdPrice": f"{Decimal(credits) * Decimal('0.005'):f}",
        "anchor": "",
    }


def page_file(model: str) -> str:
    return f"docs/market/{model}.md"


def page_text(model: str, *, title: str = "", **given: Any) -> bytes:
    """A documentation page that declares one model."""
    openapi = {"openapi": "3.0.1", **page(model, **given).openapi}
    name = title or model.replace("/", " ").title()
    return f"# {name}\n\n```yaml\n{yaml.safe_dump(openapi, sort_keys=False)}```\n".encode()


def as_json(value: Any) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False).encode()


def patched(replies: Replies, patch: Mapping[str, Any], folder: Path) -> Replies:
    """Replies that differ as a patch says: first rows, then pages and lists, then the bare texts.

    Args:
        replies: those to start from.
        patch: `rows`, `pages`, `ids`, `raw`, `text`, `cut`, `without`, `manifest`, each as `README.md` says.
        folder: the incident's, for the files that `raw` names.
    """
    unknown = set(patch) - {"rows", "pages", "ids", "raw", "text", "cut", "without", "manifest"}
    assert not unknown, f"{folder.name}: {unknown}"
    changed = dict(replies)
    for step in patch.get("rows", ()):
        changed[PRICES] = as_json(_rows(json.loads(changed[PRICES]), step))
    for step in patch.get("pages", ()):
        _page(changed, step)
    changed |= {name: as_json(patch[key]) for key, name in WHOLE.items() if key in patch}
    for name, source in patch.get("raw", {}).items():
        changed[name] = (folder / source).read_bytes()
    for step in patch.get("text", ()):
        _text(changed, step)
    for name in patch.get("cut", ()):
        changed[name] = changed[name][: len(changed[name]) // 2]
    return {
        name: raw
        for name, raw in changed.items()
        if not any(fnmatchcase(name, each) for each in patch.get("without", ()))
    }


def _text(replies: Replies, step: Mapping[str, Any]) -> None:
    old, new = step["old"].encode(), step["new"].encode()
    assert old in replies[step["in"]], f"no {old!r} in {step['in']}"
    replies[step["in"]] = replies[step["in"]].replace(old, new, step.get("times", 1))


def _rows(rows: list[dict[str, Any]], step: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "add" in step:
        return [*rows, {**rows[0], "usdPrice": "", **step["add"]}]
    if "shuffle" in step:
        return rows[::-1]
    left = step.get("first", len(rows))
    changed: list[dict[str, Any]] = []
    seen = 0
    for row in rows:
        if seen >= left or not fnmatchcase(str(row["modelDescription"]), step["match"]):
            changed.append(row)
            continue
        seen += 1
        changed += list(_row(row, step))
    assert seen, f"no row is like {step['match']}"
    assert "first" not in step or seen == left, f"only {seen} rows are like {step['match']}"
    return changed


def _row(row: dict[str, Any], step: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if step.get("remove"):
        return
    if "times" in step:
        factor = Decimal(str(step["times"]))
        row = {**row, **{name: f"{Decimal(row[name]) * factor:f}" for name in ("creditPrice", "usdPrice")}}
    row = {**row, **step.get("set", {})}
    for name in step.get("unset", ()):
        row.pop(name)
    yield row
    if "again" in step:
        yield from ({**row, **each} for each in step["again"])


def _page(replies: Replies, step: Mapping[str, Any]) -> None:
    if "add" in step:
        given = {name: step[name] for name in ("title", "options", "tag") if name in step}
        replies[page_file(step["add"])] = page_text(step.get("as", step["add"]), **given)
        return
    names = [name for name in replies if fnmatchcase(name, page_file(step["match"]))]
    assert names, f"no page is like {step['match']}"
    for name in names[: step.get("first", len(names))]:
        if step.get("remove"):
            del replies[name]
        else:
            replies[name] = step["text"].encode()
