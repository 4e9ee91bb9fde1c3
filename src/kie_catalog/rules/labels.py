"""Labels: titles, pages and types under which a model stands (KC119 to KC123)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kie_catalog.domain.catalog import ModelType
from kie_catalog.domain.finding import Fix, FixEdit
from kie_catalog.rules.subject import Entry, Hit, Link, Subject
from kie_catalog.rules.wording import clip

_PAGE: Final = re.compile(r"[a-z0-9][\w.-]*(?:/[\w.-]+)*")
_TITLES: Final = ("title", "title_ru", "provider")

_MOVES: Final = {ModelType.I2V, ModelType.V2V, ModelType.LIP_SYNC}
# What an operation in an id says of the type; `edit` is of images or of videos.
_OPERATIONS: Final = (
    (re.compile(r"(?:^|[/_-])text-to-image(?:$|[/_-])"), {ModelType.T2I}),
    (re.compile(r"(?:^|[/_-])image-to-image(?:$|[/_-])"), {ModelType.I2I}),
    (re.compile(r"(?:^|[/_-])text-to-video(?:$|[/_-])"), {ModelType.T2V}),
    (re.compile(r"(?:^|[/_-])image-to-video(?:$|[/_-])"), {ModelType.I2V}),
    (re.compile(r"(?:^|[/_-])video-to-video(?:$|[/_-])"), {ModelType.V2V, ModelType.LIP_SYNC}),
    (re.compile(r"(?:^|[/_-])(?:speech|audio)-to-video(?:$|[/_-])"), _MOVES),
    (re.compile(r"(?:^|[/_-])text-to-speech(?:$|[/_-])"), {ModelType.TTS}),
    (re.compile(r"(?:^|[/_-])speech-to-text(?:$|[/_-])"), {ModelType.STT}),
)


def titles_tell_models_apart(subject: Subject) -> Iterator[Hit]:
    """No two offered models have the same title.

    Why: a title is a button's label; of two buttons that say the same, people press the wrong one half of
    the time, and pay another price.

    Bad::

        - id: kling/v2-1-standard
          title_ru: Kling 2.1
        - id: kling/v2-1-pro
          title_ru: Kling 2.1

    Good::

        - id: kling/v2-1-standard
          title_ru: Kling 2.1 Standard
        - id: kling/v2-1-pro
          title_ru: Kling 2.1 Pro

    Cure: say in the title what sets the model apart.
    """
    first: dict[str, Entry] = {}
    for model in subject.models:
        title = model.text("title_ru")
        key = " ".join((title or "").lower().split())
        if not key or not model.is_offered:
            continue
        twin = first.setdefault(key, model)
        if twin is not model and twin.model != model.model:
            yield model.hit(
                f"the title '{clip(title or '')}' is that of {twin.name} at {subject.line(twin)} too; "
                "say what sets the model apart",
                "title_ru",
                related=(Link("the other model", (*twin.pointer, "title_ru")),),
            )


def texts_have_no_blanks_around(subject: Subject) -> Iterator[Hit]:
    """A title or a provider begins and ends with a character, not with a blank.

    Why: `Kling ` and `Kling` are two shelves in a shop, and nobody sees why.

    Bad::

        provider: 'Kling '

    Good::

        provider: Kling

    Cure: remove the blanks around the text.
    """
    for model in subject.models:
        for name in _TITLES:
            text = model.text(name)
            if text and text.strip() and text != text.strip():
                edit = FixEdit((*model.pointer, name), text.strip())
                yield model.hit(
                    f"`{name}` has blanks around '{clip(text)}'; remove them",
                    name,
                    new=text.strip(),
                    fix=Fix("remove the blanks", (edit,), is_safe=True),
                )


def pages_are_paths(subject: Subject) -> Iterator[Hit]:
    """The `page` of a model is the path of its documentation page alone.

    Why: reports join it to the host; an address in its place becomes a link to nowhere.

    Bad::

        page: https://docs.kie.ai/market/z-image/z-image.md

    Good::

        page: market/z-image/z-image

    Cure: write the path alone, without `.md`.
    """
    for model in subject.models:
        page = model.text("page")
        if page and (not _PAGE.fullmatch(page) or page.endswith(".md") or ".." in page):
            yield model.hit(f"'{clip(page)}' is no path of a page; write it without host and `.md`", "page")


def types_fit_ids(subject: Subject) -> Iterator[Hit]:
    """The operation that an id names is that of the model's type.

    Why: a bot asks for what the type takes, and upstream refuses what the id does not.

    Bad::

        - id: kling-2.6/image-to-video
          type: t2v

    Good::

        - id: kling-2.6/image-to-video
          type: i2v

    Cure: correct the type; the id is upstream's.
    """
    for model in subject.models:
        kind = model.text("type")
        for pattern, kinds in _OPERATIONS if model.model and kind in set(ModelType) else ():
            if pattern.search(model.model or "") and kind not in kinds:
                new = next(iter(kinds)).value if len(kinds) == 1 else None
                wanted = " or ".join(sorted(each.value for each in kinds))
                yield model.hit(
                    f"{model.name} is of type {kind}, but its id says {wanted}; correct the type",
                    "type",
                    meant=new,
                )
                break


def offered_models_have_a_type(subject: Subject) -> Iterator[Hit]:
    """In version 2 an offered model says its type.

    Why: without it a bot does not know what to ask a buyer for. A model whose type nobody knows yet is
    hidden until somebody does.

    Bad::

        status: active
        modes: [{id: default, unit: image, credits: 4}]

    Good::

        status: active
        type: t2i
        modes: [{id: default, unit: image, credits: 4}]

    Cure: write the type, or set `status: hidden`.
    """
    for model in subject.models if subject.is_version_two else ():
        if model.is_offered and "type" not in model.fields:
            yield model.hit(f"{model.name} is offered without a `type`; write it, or hide the model")
