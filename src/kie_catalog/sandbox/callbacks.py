"""How a task is told of when it calls back: the bodies of each family, in the order they are sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from kie_catalog.sandbox.book import Book, Task
from kie_catalog.sandbox.shapes import market, tracks, urls_of, words_of

Body: TypeAlias = dict[str, Any]
_KEPT: Final = (
    "taskId",
    "model",
    "state",
    "param",
    "resultJson",
    "failCode",
    "failMsg",
    "costTime",
    "completeTime",
    "createTime",
)


def _market(task: Task, book: Book) -> list[Body]:
    record = market(task, book)
    data = {name: record[name] for name in _KEPT} | {
        "updateTime": record["completeTime"],
        "creditsConsumed": record.get("creditsConsumed", 0),
    }
    is_good = record["state"] == "success"
    said = "Playground task completed successfully." if is_good else "Playground task failed."
    return [{"code": 200 if is_good else 501, "msg": said, "data": data}]


def _music(task: Task, book: Book) -> list[Body]:
    if task.failure:
        data = {"callbackType": "error", "task_id": task.id, "data": None}
        return [{"code": int(task.failure), "msg": words_of(task), "data": data}]
    songs = tracks(task, book, snake=True)
    stages: tuple[tuple[str, str, list[Body]], ...] = (
        ("text", "Text generation completed.", []),
        ("first", "First track generated successfully.", songs[:1]),
        ("complete", "All generated successfully.", songs),
    )
    return [
        {"code": 200, "msg": said, "data": {"callbackType": stage, "task_id": task.id, "data": given}}
        for stage, said, given in stages
    ]


def _one(said: str, good: Callable[[Task, Book], Any], bad: Callable[[Task], Any]) -> _Bodies:
    """One callback: what it says of a success, what data it has then, and what data it has of a failure."""

    def bodies(task: Task, book: Book) -> list[Body]:
        if task.failure:
            return [{"code": int(task.failure), "msg": words_of(task), "data": bad(task)}]
        return [{"code": 200, "msg": said, "data": good(task, book)}]

    return bodies


def _first(task: Task, book: Book) -> str:
    return (urls_of(task, book) or [""])[0]


def _aleph(task: Task, book: Book) -> list[Body]:
    """The task's id stands beside the data here."""
    good = _one(
        "success", lambda t, b: {"result_video_url": _first(t, b), "result_image_url": ""}, lambda _: None
    )
    return [each | {"taskId": task.id} for each in good(task, book)]


_Bodies: TypeAlias = Callable[[Task, Book], list[Body]]
_BODIES: Final[Mapping[str, _Bodies]] = MappingProxyType(
    {
        "jobs": _market,
        "generate": _music,
        "aleph": _aleph,
        "veo": _one(
            "Veo3.1 video generated successfully.",
            lambda t, b: {"taskId": t.id, "info": {"resultUrls": urls_of(t, b)}, "fallbackFlag": False},
            lambda t: {"taskId": t.id, "fallbackFlag": False},
        ),
        "runway": _one(
            "All generated successfully.",
            lambda t, b: {"task_id": t.id, "video_id": t.id, "video_url": _first(t, b), "image_url": ""},
            lambda t: {"task_id": t.id, "video_id": "", "video_url": "", "image_url": ""},
        ),
        "gpt4o-image": _one(
            "success",
            lambda t, b: {"taskId": t.id, "info": {"result_urls": urls_of(t, b)}},
            lambda t: {"taskId": t.id, "info": None},
        ),
        "flux/kontext": _one(
            "BFL image generated successfully.",
            lambda t, b: {"taskId": t.id, "info": {"originImageUrl": "", "resultImageUrl": _first(t, b)}},
            lambda t: {"taskId": t.id, "info": {"originImageUrl": "", "resultImageUrl": ""}},
        ),
        "lyrics": _one(
            "All generated successfully.",
            lambda t, _: {
                "callbackType": "complete",
                "task_id": t.id,
                "data": [{"text": "la", "title": "Song"}],
            },
            lambda t: {"callbackType": "complete", "task_id": t.id, "data": None},
        ),
        "wav": _one(
            "success",
            lambda t, b: {"task_id": t.id, "audio_wav_url": _first(t, b)},
            lambda t: {"task_id": t.id, "audio_wav_url": None},
        ),
        "mp4": _one(
            "success",
            lambda t, b: {"task_id": t.id, "video_url": _first(t, b)},
            lambda t: {"task_id": t.id, "video_url": None},
        ),
        "vocal-removal": _one(
            "vocal separation generated successfully.",
            lambda t, b: {"task_id": t.id, "vocal_separation_info": {"vocal_url": _first(t, b)}},
            lambda t: {"task_id": t.id, "vocal_separation_info": None},
        ),
        "suno/cover": _one(
            "success",
            lambda t, b: {"taskId": t.id, "images": urls_of(t, b)},
            lambda t: {"taskId": t.id, "images": None},
        ),
    }
)
_OTHER: Final = _one(
    "success", lambda t, _: {"taskId": t.id, "state": "complete"}, lambda t: {"taskId": t.id}
)


def callbacks_of(task: Task, book: Book) -> list[Body]:
    """The bodies of the callbacks that a task ends with, in order."""
    family = task.status.removeprefix("/api/v1/").rpartition("/")[0]
    return _BODIES.get(family, _OTHER)(task, book)
