"""How a task is told of where it is asked for: the record of each family of status calls."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from kie_catalog.sandbox.book import Book, Task

_WORDS: Final = {
    "400": "Your content was flagged by a moderator as violating content policies",
    "422": "image_url: the file cannot be read",
    "500": "internal error, please try again later.",
    "501": "Generation failed",
}
_FLAG: Final = {"success": 1, "fail": 3}


def words_of(task: Task) -> str | None:
    """What is said of a task that failed."""
    return _WORDS.get(task.failure or "")


def urls_of(task: Task, book: Book, suffix: str = "bin") -> list[str]:
    """Where a task's results are said to lie."""
    count = 0 if "empty-result" in task.turns else 6 if "many-results" in task.turns else 1
    return [f"{book.files}/r/{task.id}-{number}.{suffix}" for number in range(1, count + 1)]


def market(task: Task, book: Book) -> dict[str, Any]:
    """The record of `jobs/recordInfo`, in the shape of October 2026 or an older one."""
    now = book.now()
    state, is_done = task.state(now), now >= task.ended
    result: dict[str, Any] = (
        {"resultObject": {"text": "hello", "words": []}}
        if "text-result" in task.turns
        else {"resultUrls": urls_of(task, book)}
    )
    record: dict[str, Any] = {
        "taskId": task.id,
        "model": task.model,
        "state": state,
        "param": _param(task),
        "resultJson": json.dumps(result) if state == "success" else "",
        "failCode": task.failure if state == "fail" else None,
        "failMsg": words_of(task) if state == "fail" else None,
        "costTime": round(task.seconds) if is_done else None,
        "completeTime": int(task.ended * 1000) if is_done else None,
        "createTime": int(task.created * 1000),
    }
    if "broken-result" in task.turns and state == "success":
        record["resultJson"] = '{"resultUrls": ["'
    if "shape-april" in task.turns:
        return record
    record["creditsConsumed"] = 0.0 if state == "fail" else float(task.price)
    if "shape-august" in task.turns:
        return record
    record |= {"operationType": task.model, "successFlag": _FLAG.get(state, 0), "paramJson": record["param"]}
    if state == "success" and "broken-result" not in task.turns:
        record["response"] = result
    return record


def _param(task: Task) -> Any:
    said = {**task.request}
    if "param-object" in task.turns:
        return said
    if "input" in said:
        said["input"] = json.dumps(said["input"], ensure_ascii=False)
    return json.dumps(said, ensure_ascii=False)


def _flagged(response: Callable[[Task, Book], Any], *, words: Mapping[str, str] | None = None) -> Any:
    """The records that tell by `successFlag`, a number or one of these words, and hold a `response`."""

    def record(task: Task, book: Book) -> dict[str, Any]:
        state = task.state(book.now())
        flag: Any = words.get(state, "PENDING") if words else _FLAG.get(state, 0)
        return {
            "taskId": task.id,
            "paramJson": json.dumps(task.request, ensure_ascii=False),
            "callbackUrl": task.callback,
            "successFlag": flag,
            "response": response(task, book) if state == "success" else None,
            "errorCode": int(task.failure or 0) if state == "fail" else None,
            "errorMessage": words_of(task) if state == "fail" else None,
            "completeTime": int(task.ended * 1000) if state in _FLAG else None,
            "createTime": int(task.created * 1000),
        }

    return record


def _runway(task: Task, book: Book) -> dict[str, Any]:
    state = task.state(book.now())
    urls = urls_of(task, book, "mp4") or [""]
    video = {"videoId": task.id, "taskId": task.id, "videoUrl": urls[0], "imageUrl": f"{urls[0]}.jpg"}
    return {
        "taskId": task.id,
        "parentTaskId": "",
        "generateParam": dict(task.request),
        "state": {"waiting": "wait", "queuing": "queueing"}.get(state, state),
        "generateTime": int(task.created * 1000),
        "videoInfo": video if state == "success" else None,
        "failCode": task.failure if state == "fail" else None,
        "failMsg": words_of(task) if state == "fail" else "",
        "expireFlag": 0,
    }


def tracks(task: Task, book: Book, *, snake: bool) -> list[dict[str, Any]]:
    """The songs of a Suno task; callbacks spell their members otherwise than records do."""
    names = (
        ("audio_url", "stream_audio_url", "image_url")
        if snake
        else ("audioUrl", "streamAudioUrl", "imageUrl")
    )
    return [
        {
            "id": f"{task.id[:8]}-{number}",
            **dict.fromkeys(names[1:], f"{url}.x"),
            names[0]: url,
            "title": "Song",
        }
        for number, url in enumerate(urls_of(task, book, "mp3"))
    ]


def _suno(success: Callable[[Task, Book], Any], failed: str = "GENERATE_AUDIO_FAILED") -> Any:
    words = {"waiting": "PENDING", "queuing": "PENDING", "generating": "TEXT_SUCCESS", "success": "SUCCESS"}

    def record(task: Task, book: Book) -> dict[str, Any]:
        state = task.state(book.now())
        said = "SENSITIVE_WORD_ERROR" if task.failure == "400" else failed
        return {
            "taskId": task.id,
            "param": json.dumps(task.request, ensure_ascii=False),
            "status": said if state == "fail" else words.get(state, "PENDING"),
            "response": success(task, book) if state == "success" else None,
            "errorCode": int(task.failure or 0) if state == "fail" else None,
            "errorMessage": words_of(task) if state == "fail" else None,
        }

    return record


def _midi(task: Task, book: Book) -> dict[str, Any]:
    record: dict[str, Any] = _flagged(lambda *_: None)(task, book)
    notes = [{"pitch": 60, "start": "0.5", "end": 1, "velocity": 1}]
    done = record["successFlag"] == 1
    return record | {
        "midiData": {"state": "complete", "instruments": [{"name": "Piano", "notes": notes}]}
        if done
        else None
    }


def _voice(task: Task, book: Book) -> dict[str, Any]:
    state = task.state(book.now())
    said = {"waiting": "wait_validating", "success": "success", "fail": "processing_validate_fail"}
    return {
        "taskId": task.id,
        "status": said.get(state, "processing"),
        "voiceId": "v" if state == "success" else None,
    }


def _words(failed: str) -> dict[str, str]:
    return {"success": "SUCCESS", "fail": failed}


Record = Callable[[Task, Book], dict[str, Any]]
RECORDS: Final[Mapping[str, Record]] = MappingProxyType(
    {
        "/api/v1/jobs/recordInfo": market,
        "/api/v1/veo/record-info": _flagged(
            lambda t, b: {"taskId": t.id, "resultUrls": urls_of(t, b, "mp4")}
        ),
        "/api/v1/runway/record-detail": _runway,
        "/api/v1/aleph/record-info": _flagged(
            lambda t, b: {"resultVideoUrl": (urls_of(t, b, "mp4") or [""])[0], "resultImageUrl": ""}
        ),
        "/api/v1/gpt4o-image/record-info": _flagged(lambda t, b: {"resultUrls": urls_of(t, b, "png")}),
        "/api/v1/flux/kontext/record-info": _flagged(
            lambda t, b: {"originImageUrl": "", "resultImageUrl": (urls_of(t, b, "png") or [""])[0]}
        ),
        "/api/v1/generate/record-info": _suno(
            lambda t, b: {"taskId": t.id, "sunoData": tracks(t, b, snake=False)}
        ),
        "/api/v1/lyrics/record-info": _suno(
            lambda t, _: {"taskId": t.id, "data": [{"text": "la", "title": "Song", "status": "complete"}]},
            "GENERATE_LYRICS_FAILED",
        ),
        "/api/v1/wav/record-info": _flagged(
            lambda t, b: {"audioWavUrl": (urls_of(t, b, "wav") or [""])[0]},
            words=_words("GENERATE_WAV_FAILED"),
        ),
        "/api/v1/vocal-removal/record-info": _flagged(
            lambda t, b: {
                "instrumentalUrl": f"{b.files}/{t.id}-i.mp3",
                "vocalUrl": f"{b.files}/{t.id}-v.mp3",
            },
            words=_words("GENERATE_AUDIO_FAILED"),
        ),
        "/api/v1/mp4/record-info": _flagged(
            lambda t, b: {"videoUrl": (urls_of(t, b, "mp4") or [""])[0]}, words=_words("GENERATE_MP4_FAILED")
        ),
        "/api/v1/midi/record-info": _midi,
        "/api/v1/suno/cover/record-info": _flagged(lambda t, b: {"images": urls_of(t, b, "png")}),
        "/api/v1/voice/validate-info": _voice,
        "/api/v1/voice/record-info": _voice,
    }
)
"""By status call."""
