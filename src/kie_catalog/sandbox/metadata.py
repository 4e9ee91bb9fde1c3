"""The metadata room: price feed, playground, keyed models API and documentation (CONTRACT section 10)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kie_catalog.domain.snapshot import SourceName
from kie_catalog.sandbox.effects import JSON_TYPE, envelope
from kie_catalog.sandbox.shelf import Document
from kie_catalog.sandbox.stand import Stand
from kie_catalog.sandbox.twists import TWISTS, Asked, Given, straight
from kie_catalog.sources.judging import FAULT, NOT_OFFERED
from kie_catalog.sources.recordings import NOT_IN_RECORDING

_MAX_PAGE_SIZE: Final = 100
_OK: Final = 200
_UNAUTHORIZED: Final = (
    b'{"code":401,"msg":"Unauthorized \xe2\x80\x93 Authentication failed. Please check that your '
    b'Authorization and Content-Type headers are correctly set."}'
)
_UNKNOWN_MODEL: Final = "The model name you specified is not supported."


def routes(stand: Stand) -> Sequence[BaseRoute]:
    """The endpoints of this room."""
    room = _Metadata(stand)
    return (
        Route("/client/v1/model-pricing/count", room.count),
        Route("/client/v1/model-pricing/page", room.prices, methods=["POST"]),
        Route("/api/v1/playground/model-paths", room.model_ids),
        Route("/api/v1/playground/pagePlaygroundGroup", room.groups, methods=["POST"]),
        Route("/api/v1/models", room.models),
        Route("/api/v1/models/{model:path}/schema", room.schema),
        Route("/llms.txt", room.index),
        Route("/{path:path}.md", room.page),
    )


class _Metadata:
    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._shelf = stand.shelf

    async def count(self, _: Request) -> Response:
        shelves = Counter(str(row.get("interfaceType", "")) for row in self._shelf.rows)
        return self._answer(SourceName.PRICES, {"all": len(self._shelf.rows), **shelves})

    async def prices(self, request: Request) -> Response:
        asked = await _question(request)
        rows = self._shelf.rows
        for name in ("modelDescription", "interfaceType"):
            if wanted := str(asked.get(name) or "").lower():
                rows = [row for row in rows if wanted in str(row.get(name, "")).lower()]
        return self._page(SourceName.PRICES, request, asked, rows)

    async def groups(self, request: Request) -> Response:
        asked = await _question(request)
        return self._page(SourceName.GROUPS, request, asked, self._shelf.groups)

    async def model_ids(self, _: Request) -> Response:
        return self._answer(SourceName.MODEL_IDS, self._shelf.model_ids)

    async def models(self, request: Request) -> Response:
        if not _has_key(request):
            return Response(_UNAUTHORIZED, headers=self._headers(SourceName.MODELS))
        return self._answer(SourceName.MODELS, self._shelf.models)

    async def schema(self, request: Request) -> Response:
        if not _has_key(request):
            return Response(_UNAUTHORIZED, headers=self._headers(SourceName.SCHEMAS))
        model = request.path_params["model"]
        schema = self._shelf.schema(model)
        if schema is None and self._shelf.missing(SourceName.SCHEMAS) is None:
            fault = self._shelf.fault(SourceName.SCHEMAS, model)
            marks = {FAULT: fault} if fault else {}
            return _json(404, _UNKNOWN_MODEL, None, self._headers(SourceName.SCHEMAS) | marks)
        return self._answer(SourceName.SCHEMAS, schema)

    async def index(self, request: Request) -> Response:
        return self._document(request, self._shelf.index(), None)

    async def page(self, request: Request) -> Response:
        path = request.path_params["path"]
        fault = self._shelf.fault(SourceName.PAGES, path) or NOT_IN_RECORDING
        return self._document(request, self._shelf.page(path), fault)

    def _page(
        self, source: SourceName, request: Request, asked: dict[str, Any], records: list[Any]
    ) -> Response:
        number, size = asked.get("pageNum", 1), asked.get("pageSize", 10)
        if not isinstance(number, int) or not isinstance(size, int) or not 0 < size <= _MAX_PAGE_SIZE:
            return _json(422, "pageSize is wrong", None, self._headers(source))
        met = self._stand.board.meet(request.url.path, TWISTS)
        twist, turn = (TWISTS[met[0]], met[1]) if met and records else (straight, 0)
        given: Given = twist(Asked(records, max(1, number), size, turn))
        pages = -(-given.total // size)
        return self._answer(source, {"records": list(given.records), "total": given.total, "pages": pages})

    def _answer(self, source: SourceName, data: Any) -> Response:
        if missing := self._shelf.missing(source):
            return _json(404, missing, None, self._headers(source) | {NOT_OFFERED: missing})
        return _json(_OK, "success", data, self._headers(source))

    def _document(self, request: Request, document: Document | None, fault: str | None) -> Response:
        headers = self._headers(SourceName.PAGES) | {"content-type": "text/markdown; charset=utf-8"}
        if document is None:
            missing = self._shelf.missing(SourceName.PAGES)
            mark = {NOT_OFFERED: missing} if missing else {FAULT: fault} if fault else {}
            return Response(b"Not found", 404, headers=headers | mark)
        headers |= {"etag": document.etag, "last-modified": document.modified}
        asked = request.headers
        if asked.get("if-none-match") == document.etag or (
            "if-none-match" not in asked and asked.get("if-modified-since") == document.modified
        ):
            return Response(b"", 304, headers=headers)
        return Response(document.body, headers=headers)

    def _headers(self, source: SourceName) -> dict[str, str]:
        return {"date": self._shelf.date(source), "content-type": JSON_TYPE, "server": "kie-catalog sandbox"}


def _has_key(request: Request) -> bool:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and bool(key.strip())


def _json(code: int, message: str, data: Any, headers: dict[str, str]) -> Response:
    """HTTP 200 whatever the code is, as KIE does."""
    return Response(envelope(code, message, data), headers=headers)


async def _question(request: Request) -> dict[str, Any]:
    try:
        asked = json.loads(await request.body() or b"{}")
    except ValueError:
        return {}
    return asked if isinstance(asked, dict) else {}
