"""The catalog as values: models, their modes, and the words their fields may use."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from kie_catalog.domain.ids import ModeId, ModelId
from kie_catalog.domain.units import Unit
from kie_catalog.domain.values import Fields, Value

VERSIONS: Final = ("1.0", "2.0")


class ModelType(enum.StrEnum):
    """What goes in and what comes out."""

    T2I = "t2i"
    I2I = "i2i"
    T2V = "t2v"
    I2V = "i2v"
    V2V = "v2v"
    TTS = "tts"
    STT = "stt"
    SFX = "sfx"
    AUDIO_ISOLATION = "audio_isolation"
    UPSCALE = "upscale"
    BG_REMOVE = "bg_remove"
    WATERMARK_REMOVE = "watermark_remove"
    MUSIC = "music"
    LIP_SYNC = "lip_sync"
    CHAT = "chat"


class Category(enum.StrEnum):
    """The four shelves of KIE's market; the price feed's `interfaceType`."""

    IMAGE = "image"
    VIDEO = "video"
    MUSIC = "music"
    CHAT = "chat"


class Status(enum.StrEnum):
    """Where a model or a mode is in its life."""

    ACTIVE = "active"
    MISSING = "missing"
    """Gone upstream, not yet given up."""
    RETIRED = "retired"
    HIDDEN = "hidden"
    """Not offered: something it needs is not known yet."""


class Charge(enum.StrEnum):
    """What is billed: the output, or something beside it."""

    OUTPUT = "output"
    INPUT = "input"
    CACHED_INPUT = "cached_input"
    CACHE_WRITE = "cache_write"
    INPUT_IMAGE = "input_image"
    INPUT_VIDEO = "input_video"


@dataclass(frozen=True, slots=True)
class Mode:
    """One priced way to use a model."""

    id: ModeId
    unit: Unit
    credits: Decimal
    """Price of `per` units, in credits."""
    official_usd: Decimal | None
    """The same price in USD as upstream publishes it; `None` where it publishes none."""
    per: Decimal = Decimal(1)
    charge: Charge = Charge.OUTPUT
    included: Decimal = Decimal(0)
    """How many units of a surcharge a request has for nothing."""
    when: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    """The condition on the request's input, by property; see `domain.condition`."""
    notes: str | None = None
    status: Status = Status.ACTIVE
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What people wrote beside: `title_ru`, `short_hint_ru`."""


@dataclass(frozen=True, slots=True)
class Model:
    """One KIE model id and all the ways to use it."""

    id: ModelId
    title: str
    title_ru: str
    type: ModelType | None
    category: Category | None
    provider: str | None
    status: Status
    page: str | None
    """Path of its documentation page on docs.kie.ai, without `.md`."""
    modes: tuple[Mode, ...]
    texts: Fields = field(default_factory=lambda: MappingProxyType({}))
    """What people wrote beside: `description_ru`, `required_inputs_ru`, `output_type_ru`, `free`."""

    def mode(self, mode_id: str) -> Mode | None:
        """The mode of that id."""
        return next((mode for mode in self.modes if mode.id == mode_id), None)


@dataclass(frozen=True, slots=True)
class Catalog:
    """The whole file."""

    version: str
    source: str
    last_updated: str
    models: tuple[Model, ...]

    def __iter__(self) -> Iterator[Model]:
        return iter(self.models)

    def model(self, model_id: str) -> Model | None:
        """The model of that id."""
        return next((model for model in self.models if model.id == model_id), None)
