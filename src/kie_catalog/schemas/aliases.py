"""Names that people use for one another's input properties.

Every model of KIE has its own: an image goes in as `image`, `image_url`, `image_urls`, `input_urls` or
`image_input`. A name is read as another one only where the model has exactly one that it could mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

_HUMPS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")

# Words for one thing. From the field aliases of the bots that the catalog is for (2025-12-21) and the
# property names of KIE's pages (2026-04-29 to 2026-08-19). What is of the same kind and not the same thing
# (a mask, a last frame, a reference beside an input) is in no group.
_GROUPS: Final = (
    ("prompt", "text"),
    ("negative_prompt", "negative", "neg", "neg_prompt", "negative_tags"),
    (
        *("image", "image_url", "image_urls", "image_input", "input_image", "input_images", "input_urls"),
        *("img", "img_url", "photo", "picture", "files_url"),
    ),
    ("video", "video_url", "video_urls", "vid", "video_input", "input_video", "source_video"),
    ("audio", "audio_url", "audio_urls", "audio_input", "input_audio"),
    (
        *("first_frame_url", "first_frame", "first_frame_image", "first_frame_image_url"),
        *("start_image", "start_image_url", "start_frame"),
    ),
    (
        *("last_frame_url", "last_frame", "last_frame_image", "last_frame_image_url"),
        *("end_image", "end_image_url", "end_frame", "tail_image", "tail_image_url"),
    ),
    ("mask", "mask_url", "mask_urls", "mask_image"),
    ("aspect_ratio", "ratio", "image_size", "size"),
    ("resolution", "quality", "image_resolution"),
    ("duration", "duration_seconds", "seconds"),
    (
        *("sound", "with_audio", "audio_enabled", "has_audio"),
        *("generate_audio", "generate_audio_switch", "audio"),
    ),
    ("scale", "scale_factor", "upscale_scale", "upscale_factor"),
    ("num_images", "image_count", "count", "n", "n_variants", "number_of_images"),
    ("guidance_scale", "guidance", "cfg_scale", "cfg"),
    ("num_inference_steps", "steps", "inference_steps"),
    ("fps", "frames_per_second", "fps_value"),
    ("voice", "voice_id", "voice_name"),
    ("task_id", "parent_task_id"),
    ("output_format", "format", "image_format"),
)


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """What is equal for two spellings of a name: `imageUrls`, `image-urls` and `Image_URLs`."""
    return _NOT_WORD.sub("", name.lower())


@lru_cache(maxsize=4096)
def _words(name: str) -> str:
    return _NOT_WORD.sub("_", _HUMPS.sub("_", name.strip()).lower()).strip("_")


def _singular(name: str) -> str:
    return fold(name).removesuffix("s")


def _grouped() -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for group in _GROUPS:
        members = set(map(fold, group))
        for each in members:
            groups.setdefault(each, set()).update(members)
    return {name: frozenset(members) for name, members in groups.items()}


_GROUP_OF: Final = _grouped()


def meant_by(name: str, known: Iterable[str]) -> Iterator[list[str]]:
    """The known names that a name could mean, tier by tier: other spelling, other number, other word."""
    names = list(known)
    yield [each for each in names if fold(each) == fold(name)]
    yield [each for each in names if _singular(each) == _singular(name)]
    group = _GROUP_OF.get(fold(name), frozenset())
    yield [each for each in names if fold(each) in group]
