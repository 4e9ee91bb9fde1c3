"""The room of tasks: creating them in every family, telling their state, calling back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from kie_catalog.catalog.artefact import packaged_schemas
from kie_catalog.sandbox.book import OF_TASKS, Task
from kie_catalog.sandbox.deliveries import Courier
from kie_catalog.sandbox.effects import JSON_TYPE, envelope
from kie_catalog.sandbox.shapes import RECORDS
from kie_catalog.sandbox.stand import Stand
from kie_catalog.schemas.endpoints import CREATE_TASK, ENDPOINTS, Callback, chat_model
from kie_catalog.schemas.records import InputRecord, parse_record

_HEADERS: Final = {"content-type": JSON_TYPE, "server": "kie-catalog sandbox"}
_UNAUTHORIZED: Final = (
    '{"code":401,"msg":"Unauthorized \u2013 Authentication failed. Please check that your '
    'Authorization and Content-Type headers are correctly set."}'
)
_UNKNOWN_MODEL: Final = (
    "The model name you specified is not supported. Please verify your input and use one of the supported "
    "models provided by KIE."
)
_TOO_FAST: Final = "Your call frequency is too high. Please try again later."
_NO_CREDITS: Final = (
    "Credits insufficient. Your current balance isn't enough to run this request. Please top up to continue."
)
_CHATS: Final = (
    "/claude/v1/messages",
    "/codex/v1/responses",
    "/grok/v1/responses",
    "/api/v1/responses",
    "/{model}/v1/chat/completions",
    "/gemini/v1/models/{model}:streamGenerateContent",
)
_SIZES: Final = {"/api/v1/veo/get-1080p-video": "1080p", "/api/v1/veo/get-4k-video": "4k"}


@cache
def records() -> Mapping[str, InputRecord]:
    """What is known of every model's input and call, by id."""
    return {model: parse_record(schema) for model, schema in packaged_schemas().items()}


def said(code: int, message: str, data: Any = None, status: int = 200) -> Response:
    """A reply of KIE's: HTTP 200 whatever the code is."""
    return Response(envelope(code, message, data), status, headers=_HEADERS)


def routes(stand: Stand) -> Sequence[BaseRoute]:
    """The endpoints of this room."""
    room = _Jobs(stand)
    tasks = [path for path, each in ENDPOINTS.items() if each.status]
    at_once = [path for path, each in ENDPOINTS.items() if not each.status and path not in _SIZES]
    return (
        *(Route(path, room.create, methods=["POST"]) for path in (CREATE_TASK, *tasks)),
        *(Route(path, room.answer, methods=["POST"]) for path in at_once),
        *(Route(path, room.size, methods=["GET", "POST"]) for path in _SIZES),
        *(Route(path, room.chat, methods=["POST"]) for path in _CHATS),
        *(Route(path, room.details) for path in RECORDS),
    )


def is_allowed(request: Request, key: str | None) -> bool:
    """Whether a request brings a key, and the right one where there is one."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and bool(given.strip()) and key in (None, given.strip())


def unauthorized() -> Response:
    """What a request without a good key is told; there is no `data` in it."""
    return Response(
        _UNAUTHORIZED.encode(), headers=_HEADERS | {"content-type": "application/json;charset=utf-8"}
    )


class _Jobs:
    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._book = stand.book
        self._courier = Courier(stand.book)

    async def create(self, request: Request) -> Response:
        """Accept a task, or say why not; the order of the checks is not known upstream."""
        if not is_allowed(request, self._book.key):
            return unauthorized()
        body = await _body(request)
        path = request.url.path
        model = str(body.get("model", "")) if path == CREATE_TASK else str(ENDPOINTS[path].model)
        record = records().get(model)
        if path == CREATE_TASK and record is None:
            return said(422, _UNKNOWN_MODEL)
        if refusal := _wrong(record, body, path):
            return refusal
        if refusal := self._refuse(path):
            return refusal
        task = self._accept(path, model, body)
        if task.callback and "callback-early" in task.turns:
            await self._courier.deliver(task, early=True)
        elif task.callback and "callback-lost" not in task.turns:
            self._courier.schedule(task)
        ids = {"taskId": task.id} | ({"recordId": task.id} if path == CREATE_TASK else {})
        return said(200, "success", ids)

    def _refuse(self, path: str) -> Response | None:
        is_too_fast = self._book.is_too_fast()
        meet = self._stand.board.meet
        if meet(path, ("no-credits-500",)):
            return said(500, _NO_CREDITS)
        if meet(path, ("no-credits",)) or self._book.balance() < self._book.price:
            return said(402, _NO_CREDITS)
        if meet(path, ("rate-http-429",)):
            return said(429, _TOO_FAST, status=429)
        if meet(path, ("rate-430",)):
            return said(430, _TOO_FAST)
        if meet(path, ("rate-429",)) or is_too_fast:
            return said(429, _TOO_FAST)
        return None

    def _accept(self, path: str, model: str, body: Mapping[str, Any]) -> Task:
        status = "/api/v1/jobs/recordInfo" if path == CREATE_TASK else ENDPOINTS[path].status
        turns = {turn for turn in OF_TASKS if self._stand.board.meet(path, (turn,))}
        callback = body.get("callBackUrl")
        return self._book.accept(
            model=model,
            endpoint=path,
            status=str(status),
            request=body,
            callback=callback if isinstance(callback, str) and callback else None,
            turns=frozenset(turns),
        )

    async def details(self, request: Request) -> Response:
        """Tell a task's state; each family says in its own way that it does not know one."""
        if not is_allowed(request, self._book.key):
            return unauthorized()
        path = request.url.path
        task = self._book.tasks.get(request.query_params.get("taskId", ""))
        if task is not None and task.status == path and task.is_known(self._book.now()):
            return said(200, "success", RECORDS[path](task, self._book))
        if path.endswith("/recordInfo"):
            return said(422, "recordInfo is null")
        if "gpt4o" in path:
            return said(422, "The record does not exist")
        return said(200, "success", None)

    async def size(self, request: Request) -> Response:
        """Give a finished Veo video in another size, once it is ready."""
        if not is_allowed(request, self._book.key):
            return unauthorized()
        body = await _body(request)
        name = _SIZES[request.url.path]
        task = self._book.tasks.get(str(request.query_params.get("taskId") or body.get("taskId")))
        if task is None:
            return said(422, "Record does not exist")
        if self._book.now() < task.ended:
            code = 400 if name == "1080p" else 422
            return said(code, f"{name} is processing. It should be ready soon. Please check back shortly.")
        url = f"{self._book.files}/v/{task.id}-{name}.mp4"
        if name == "1080p":
            return said(200, "success", {"resultUrl": url})
        return said(
            422, "The video has been generated successfully", {"taskId": task.id, "resultUrls": [url]}
        )

    async def answer(self, request: Request) -> Response:
        """Answer a call that gives its result at once."""
        if not is_allowed(request, self._book.key):
            return unauthorized()
        body = await _body(request)
        if refusal := _wrong(records().get(str(ENDPOINTS[request.url.path].model)), body, request.url.path):
            return refusal
        self._book.credits -= self._book.price
        data = {
            "taskId": "0" * 32,
            "param": "x",
            "result": "soft pop",
            "creditsConsumed": float(self._book.price),
        }
        return said(
            200, "success", data | {"creditsRemaining": float(self._book.credits), "successFlag": "成功"}
        )

    async def chat(self, request: Request) -> Response:
        """Answer a chat in a vendor's form, which has no envelope."""
        if not is_allowed(request, self._book.key):
            return unauthorized()
        body = await _body(request)
        model = chat_model(request.url.path) or str(body.get("model", ""))
        if model not in records():
            return said(422, "The model is not supported")
        self._book.credits -= self._book.price
        reply = {
            "id": "msg_1",
            "model": model,
            "credits_consumed": float(self._book.price),
            "type": "message",
        }
        told = reply | {"content": [{"text": "Hello.", "type": "text"}], "usage": {"output_tokens": 2}}
        if body.get("stream"):
            lines = "".join(f"data: {json.dumps(each)}\n\n" for each in ({"delta": "Hel"}, {"delta": "lo."}))
            return Response(f"{lines}data: [DONE]\n\n", media_type="text/event-stream")
        return JSONResponse(told, media_type="text/plain")


def _wrong(record: InputRecord | None, body: Mapping[str, Any], path: str) -> Response | None:
    """What KIE says of an input that lacks something; it looks no deeper than this."""
    if record is None:
        return None
    if record.call.callback is Callback.REQUIRED and not body.get("callBackUrl"):
        return said(422, "Please enter callBackUrl.")
    given = body.get("input") if path == CREATE_TASK else body
    if not isinstance(given, dict):
        return said(500, "This field is required")
    for name in record.schema.get("required", ()):
        if given.get(name) in (None, "", []):
            return said(500, f"{name} is required")
    for name, schema in record.schema.get("properties", {}).items():
        allowed = schema.get("enum") if isinstance(schema, dict) else None
        if allowed and name in given and given[name] not in allowed:
            return said(500, f"{name} is not within the range of allowed options")
    return None


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        return {}
    await asyncio.sleep(0)
    return body if isinstance(body, dict) else {}
