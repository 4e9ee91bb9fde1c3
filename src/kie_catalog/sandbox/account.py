"""The room of the account: credits, download addresses, uploads, and the files that results point to."""

from __future__ import annotations

import base64
import binascii
import json
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kie_catalog.sandbox.jobs import is_allowed, said, unauthorized
from kie_catalog.sandbox.stand import Stand


def routes(stand: Stand) -> Sequence[BaseRoute]:
    """The endpoints of this room."""
    room = _Account(stand)
    return (
        Route("/api/v1/chat/credit", room.credit),
        Route("/api/v1/common/download-url", room.download_url, methods=["POST"]),
        Route("/api/file-stream-upload", room.stream, methods=["POST"]),
        Route("/api/file-base64-upload", room.base64, methods=["POST"]),
        Route("/api/file-url-upload", room.url, methods=["POST"]),
        Route("/r/{name}", room.file),
        Route("/v/{name}", room.file),
    )


class _Account:
    def __init__(self, stand: Stand) -> None:
        self._book = stand.book

    async def credit(self, request: Request) -> Response:
        if not is_allowed(request, self._book.key):
            return unauthorized()
        return said(200, "success", float(self._book.balance()))

    async def download_url(self, request: Request) -> Response:
        if not is_allowed(request, self._book.key):
            return unauthorized()
        url = str((await _json(request)).get("url", ""))
        if not url.startswith(f"{self._book.files}/"):
            return said(422, "url is wrong")
        return said(200, "success", f"{url}?download=1")

    async def stream(self, request: Request) -> Response:
        if not is_allowed(request, self._book.key):
            return _failed(401, "Authentication failed: Invalid API Key")
        boundary = request.headers.get("content-type", "").partition("boundary=")[2].encode()
        parts = _parts(await request.body(), boundary)
        if "uploadPath" not in parts or "file" not in parts:
            return _failed(400, "Missing required parameter: uploadPath")
        name = parts.get("fileName", b"").decode()
        return self._uploaded(parts["uploadPath"].decode(), name, len(parts["file"]))

    async def base64(self, request: Request) -> Response:
        if not is_allowed(request, self._book.key):
            return _failed(401, "Authentication failed: Invalid API Key")
        body = await _json(request)
        try:
            size = len(base64.b64decode(str(body["base64Data"]), validate=True))
        except KeyError:
            return _failed(400, "Missing required parameter: base64Data")
        except binascii.Error:
            return _failed(500, "Base64 decoding failed: atob() called with invalid base64-encoded data")
        return self._uploaded(str(body.get("uploadPath", "")), str(body.get("fileName", "")), size)

    async def url(self, request: Request) -> Response:
        if not is_allowed(request, self._book.key):
            return _failed(401, "Authentication failed: Invalid API Key")
        body = await _json(request)
        if not body.get("fileUrl"):
            return _failed(400, "Missing required parameter: fileUrl (file download URL)")
        return self._uploaded(str(body.get("uploadPath", "")), str(body.get("fileName", "")), 1000)

    async def file(self, request: Request) -> Response:
        return Response(f"the file {request.path_params['name']}".encode())

    def _uploaded(self, folder: str, name: str, size: int) -> Response:
        if not folder or folder != folder.strip("/"):
            return _failed(400, "Missing required parameter: uploadPath")
        name = name or f"{int(time.time() * 1000)}-{uuid.uuid4().hex[:11]}.bin"
        path = f"kieai/000000/{folder}/{name}"
        self._book.uploads[path] = size
        data = {
            "success": True,
            "fileName": name,
            "filePath": path,
            "downloadUrl": f"https://tempfile.redpandaai.co/{path}",
            "fileSize": size,
            "mimeType": "application/octet-stream",
            "uploadedAt": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        return _upload_reply(
            {"success": True, "code": 200, "msg": "File uploaded successfully", "data": data}
        )


def _failed(code: int, message: str) -> Response:
    return _upload_reply({"success": False, "code": code, "msg": message})


def _upload_reply(body: dict[str, Any]) -> Response:
    return Response(json.dumps(body).encode(), headers={"content-type": "application/json"})


def _parts(body: bytes, boundary: bytes) -> dict[str, bytes]:
    """The parts of a multipart body, by name."""
    found: dict[str, bytes] = {}
    for part in body.split(b"--" + boundary)[1:-1] if boundary else ():
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = head.partition(b'; name="')[2].partition(b'"')[0].decode()
        found[name] = content.removesuffix(b"\r\n")
    return found


async def _json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
