"""`sync/billing.json`: what KIE billed otherwise than the catalog says, as evidence for a check.

`kie-catalog stats --evidence` writes it out of the events of generations. It changes no price: what a quote
should be is for people to decide, or for the next price row of upstream to say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from kie_catalog.catalog.workspace import Workspace
from kie_catalog.domain.billing import BilledOtherwise
from kie_catalog.domain.document import Document
from kie_catalog.domain.finding import Where
from kie_catalog.domain.ids import mode_ids
from kie_catalog.domain.values import Pointer
from kie_catalog.rules.evidence import Observation

BILLING: Final = Path("sync/billing.json")
_RULE: Final = "billed-otherwise"
_CURE: Final = "look at one of them in KIE's log, and correct the price or its condition"


def render_billing(since: str, until: str, modes: Sequence[BilledOtherwise]) -> bytes:
    """The file.

    Args:
        since: the first day that counted, ISO.
        until: the last one.
        modes: what was billed otherwise in those days.
    """
    told = sorted((each.to_json() for each in modes), key=lambda each: (each["model"], each["modes"]))
    text = json.dumps({"since": since, "until": until, "modes": told}, ensure_ascii=False, indent=1)
    return (text + "\n").encode()


def billing_evidence(workspace: Workspace, document: Document) -> Iterator[Observation]:
    """What the file says of modes that the catalog has; nothing where there is no file."""
    file = workspace.root / BILLING
    where = Where(workspace.relative(file))
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        yield Observation("malformed-settings", f"cannot be read ({error.strerror})", where=where)
        return
    try:
        written = json.loads(raw)
        found = [BilledOtherwise.from_json(each) for each in written["modes"]]
        days = f"{written['since']} to {written['until']}"
    except (ValueError, KeyError, TypeError) as error:
        fact = f"is no record of billing ({error})"
        yield Observation(
            "malformed-settings", f"{fact}; write it anew with kie-catalog stats --evidence", where=where
        )
        return
    places = _places(document.data)
    for each in found:
        pointer = next(
            (places[each.model, mode] for mode in each.modes if (each.model, mode) in places), None
        )
        if pointer is not None:
            mode = each.modes[0] if len(each.modes) == 1 else None
            message = f"from {days}, {each}; {_CURE}"
            yield Observation(_RULE, message, each.model, mode, pointer, about="+".join(each.modes))


def _places(data: Any) -> Mapping[tuple[str, str], Pointer]:
    """Where each mode stands, by its model and its id."""
    models = data.get("models") if isinstance(data, Mapping) else None
    places: dict[tuple[str, str], Pointer] = {}
    for at, model in enumerate(models if isinstance(models, list) else ()):
        modes = model.get("modes") if isinstance(model, Mapping) else None
        if isinstance(modes, list) and all(isinstance(each, Mapping) for each in modes):
            for number, mode in enumerate(mode_ids(modes)):
                places[str(model.get("id")), mode] = ("models", at, "modes", number)
    return places
