"""Identity: ids are well formed, unique, told apart and in order (KC109 to KC113)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from kie_catalog.domain.ids import MAX_MODEL_ID, id_key, is_model_id
from kie_catalog.rules.subject import Entry, Hit, Subject
from kie_catalog.rules.wording import clip


def ids_are_well_formed(subject: Subject) -> Iterator[Hit]:
    """An id is letters, digits, dots, hyphens and underscores, and never a path.

    Why: a model id names files; `../../secrets` must not be able to name one outside its folder.
    In a model id single slashes may stand between the parts; in a mode id there is none.

    Bad::

        - id: ../flux 2

    Good::

        - id: flux-2/pro-text-to-image

    Cure: copy the id from the model's documentation page; it is what the API is sent as `model`.
    """
    for entry in (*subject.models, *subject.modes):
        text = entry.text("id")
        if text is not None and not _is_id(entry, text):
            slash = "" if entry.noun == "mode" else ", single slashes between the parts"
            yield entry.hit(
                f"'{clip(text)}' cannot be a {entry.noun}'s id; take letters, digits, '.', '_' and '-' "
                f"after a first letter or digit{slash}, at most {MAX_MODEL_ID} characters",
                "id",
            )


def model_ids_are_unique(subject: Subject) -> Iterator[Hit]:
    """No two models have the same id.

    Why: a loader keeps one of the two, and nobody knows which: prices of the other are lost.

    Bad::

        - id: z-image
        - id: z-image

    Good::

        - id: z-image
        - id: z-image-turbo

    Cure: move the modes of the second to the first and remove the second, or correct its id.
    """
    yield from _repeated(subject, subject.models, "merge the two, or correct the id")


def model_ids_are_told_apart(subject: Subject) -> Iterator[Hit]:
    """No two model ids differ only in case, dots, underscores or hyphens.

    Why: such a pair is one model spelled twice, and on some file systems their files are one file.

    Bad::

        - id: kling/v2.5
        - id: kling/v2-5

    Good::

        - id: kling/v2-5

    Cure: keep the spelling that the API accepts.
    """
    first: dict[str, Entry] = {}
    for model in subject.models:
        text = model.text("id")
        if text is None:
            continue
        twin = first.setdefault(id_key(text), model)
        if twin.model is not None and twin.model != text:
            yield model.hit(
                f"'{clip(text)}' differs from '{clip(twin.model)}' ({subject.line(twin)}) in spelling only; "
                "keep the one that the API accepts",
                "id",
            )


def mode_ids_are_unique(subject: Subject) -> Iterator[Hit]:
    """No two modes of a model have the same id.

    Why: a bot remembers what a buyer chose by this id; with two of them it charges for the other.

    Bad::

        - id: 1k
          credits: 14
        - id: 1k
          credits: 24

    Good::

        - id: 1k
          credits: 14
        - id: 2k
          credits: 24

    Cure: name each mode after what sets it apart.
    """
    for model in subject.models:
        yield from _repeated(subject, model.modes, "name each mode after what sets it apart")


def models_are_in_order(subject: Subject) -> Iterator[Hit]:
    """In version 2 the models stand in the order of their ids.

    Why: then a model has one place, two people who add models do not collide, and a diff shows changes only.

    Bad::

        - id: z-image
        - id: flux/kontext

    Good::

        - id: flux/kontext
        - id: z-image

    Cure: sort the models by id; the writer does.
    """
    if not subject.is_version_two:
        return
    for above, model in itertools.pairwise(each for each in subject.models if each.model is not None):
        if model.model is not None and above.model is not None and model.model < above.model:
            yield model.hit(
                f"'{clip(model.model)}' stands below '{clip(above.model)}'; sort the models by id", "id"
            )


def _repeated(subject: Subject, entries: tuple[Entry, ...], cure: str) -> Iterator[Hit]:
    first: dict[str, Entry] = {}
    for entry in entries:
        text = entry.text("id")
        if text is not None and first.setdefault(text, entry) is not entry:
            yield entry.hit(f"{entry.name} is already at {subject.line(first[text])}; {cure}", "id")


def _is_id(entry: Entry, text: str) -> bool:
    return is_model_id(text) and not (entry.noun == "mode" and "/" in text)
