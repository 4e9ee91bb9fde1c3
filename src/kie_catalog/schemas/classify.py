"""What kind of model a page describes: its category, its provider and its type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from kie_catalog.domain.catalog import Category, ModelType
from kie_catalog.domain.ids import id_key

_SHELVES: Final = {
    "image models": Category.IMAGE,
    "video models": Category.VIDEO,
    "music models": Category.MUSIC,
    "chat models": Category.CHAT,
    "suno api": Category.MUSIC,
    "veo3.1 api": Category.VIDEO,
}
_BLANKS: Final = re.compile(r"\s+")

# The first pattern that the id, then the title, matches decides; more special ones stand first.
_BY_NAME: Final = tuple(
    (re.compile(rf"(?:^|[^a-z0-9])(?:{pattern})(?:$|[^a-z0-9])"), kind)
    for pattern, kind in (
        (r"remove-background|background-remov\w+", ModelType.BG_REMOVE),
        (r"watermark-remov\w+|remove-watermark", ModelType.WATERMARK_REMOVE),
        (
            r"lip-?sync|avatar\w*|infinitalk|infinitetalk|speech-to-video|from-audio|omni-?human\S*",
            ModelType.LIP_SYNC,
        ),
        (r"audio-isolation", ModelType.AUDIO_ISOLATION),
        (r"speech-to-text", ModelType.STT),
        (r"text-to-speech\S*|text-to-dialogue\S*|tts", ModelType.TTS),
        (r"sound-effects?\S*", ModelType.SFX),
        (r"\S*upscaler?", ModelType.UPSCALE),
        (r"text-to-image", ModelType.T2I),
        (r"image-to-image|image-edit|edit|remix|reframe|\S*-edit|\S*-remix|\S*-reframe", ModelType.I2I),
        (r"text-to-video", ModelType.T2V),
        (r"image-to-video|reference-to-video|r2v|transition", ModelType.I2V),
        (r"video-to-video|video-?edit|extend|animate-\w+|motion-control\S*|transformation", ModelType.V2V),
    )
)
_OF_SOUND: Final = frozenset({ModelType.TTS, ModelType.STT, ModelType.SFX, ModelType.AUDIO_ISOLATION})
_SAID: Final = frozenset({"prompt", "text"})
_TURNED: Final = {ModelType.I2I: ModelType.V2V}


def category_and_provider(tags: object) -> tuple[Category | None, str | None]:
    """Read a page's tag: `docs/en/Market/Video Models/Bytedance` is video, by Bytedance."""
    for tag in tags if isinstance(tags, list) else ():
        parts = [_BLANKS.sub(" ", part).strip() for part in str(tag).split("/")]
        for at, part in enumerate(parts):
            if category := _SHELVES.get(part.lower()):
                name = parts[at + 1] if at + 1 < len(parts) and part.lower().endswith("models") else part
                return category, name.removesuffix(" API")
    return None, None


def model_type(
    model_id: str, title: str, category: Category | None, schema: Mapping[str, Any] | None
) -> ModelType | None:
    """Name what goes in and what comes out.

    The id's words decide, then the title's, then what the input schema requires or offers on the shelf
    the model stands on. `None` where nothing says it: a guess would be worse.
    """
    if category is Category.CHAT:
        return ModelType.CHAT
    for text in (model_id.lower().replace("_", "-"), id_key(title)):
        for pattern, kind in _BY_NAME:
            if pattern.search(text):
                return _on_shelf(kind, category)
    return _by_inputs(category, schema)


def _on_shelf(kind: ModelType, category: Category | None) -> ModelType:
    """`edit` is of an image or of a video, `extend` of a video or of music, as the shelf says."""
    if category is Category.MUSIC and kind not in _OF_SOUND:
        return ModelType.MUSIC
    return _TURNED.get(kind, kind) if category is Category.VIDEO else kind


def _by_inputs(category: Category | None, schema: Mapping[str, Any] | None) -> ModelType | None:
    if schema is None or category not in {Category.IMAGE, Category.VIDEO}:
        return ModelType.MUSIC if category is Category.MUSIC else None
    required = {name.lower() for name in schema.get("required", ())}
    takes_image = any("image" in name or "frame" in name for name in required)
    takes_video = any("video" in name for name in required)
    if category is Category.IMAGE and takes_image:
        return ModelType.I2I
    if category is Category.VIDEO and takes_video:
        return ModelType.V2V
    if category is Category.VIDEO and takes_image:
        return ModelType.I2V
    if not _SAID & _names(schema):
        return None
    return ModelType.T2I if category is Category.IMAGE else ModelType.T2V


def _names(schema: Mapping[str, Any]) -> set[str]:
    """The properties of an input, those of its alternatives included."""
    found = {name.lower() for name in schema.get("properties", ())}
    for key in ("oneOf", "anyOf", "allOf"):
        for each in schema.get(key, ()):
            found |= _names(each)
    return found
