"""Identifiers: of models, which KIE gives, and of modes, which are ours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NewType

ModelId = NewType("ModelId", str)
ModeId = NewType("ModeId", str)

_MODEL_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_QUALIFIED: Final = re.compile(r"[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)+")
_NOT_SLUG: Final = re.compile(r"[^a-z0-9.]+")
_SEPARATORS: Final = re.compile(r"[\s._]+")
MAX_MODEL_ID: Final = 100


def is_model_id(text: str) -> bool:
    """Whether a text can be a model id at all.

    Ids become file names under `schemas/inputs/`, so nothing that could leave that folder is one.
    """
    return len(text) <= MAX_MODEL_ID and _MODEL_ID.fullmatch(text) is not None


def is_qualified_id(text: str) -> bool:
    """Whether a text is an id beyond doubt: lower case, with a slash, without a blank."""
    return len(text) <= MAX_MODEL_ID and _QUALIFIED.fullmatch(text) is not None


def id_key(text: str) -> str:
    """What is equal for two spellings of one id: case, blanks, dots and underscores do not count."""
    return _SEPARATORS.sub("-", text.strip().lower())


def slug(text: str) -> str:
    """A mode id from words: lower case, everything else but dots a hyphen; `default` when nothing is left."""
    return _NOT_SLUG.sub("-", text.lower()).strip("-.") or "default"


def mode_ids(modes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Ids of a model's modes; those of version 1 have none and get one from their words, made unique.

    A repeated one gets a number behind it: `1-2k`, `1-2k-2`.
    """
    taken = {str(mode["id"]) for mode in modes if "id" in mode}
    ids: list[str] = []
    for mode in modes:
        if "id" in mode:
            ids.append(str(mode["id"]))
            continue
        words = mode.get("notes") or mode.get("title_ru") or "default"
        stem = slug(str(words))
        number = 1
        name = stem
        while name in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name)
        ids.append(name)
    return ids
