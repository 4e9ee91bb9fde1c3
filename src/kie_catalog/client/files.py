"""Files on their way up, streamed from disk, and down, streamed to disk."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import mimetypes
import os
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urljoin, urlsplit

from kie_catalog.client.asking import JSON_HEADERS, Asker, json_bytes
from kie_catalog.client.classify import classify
from kie_catalog.client.envelope import Answer, read_answer
from kie_catalog.client.errors import CallerError, KieError
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.transport import Lost, Request

FOLDER: Final = "uploads"
STREAM_PATH: Final = "/api/file-stream-upload"
BASE64_PATH: Final = "/api/file-base64-upload"
URL_PATH: Final = "/api/file-url-upload"
_MOST_BASE64: Final = 10_000_000
_CHUNK: Final = 256 * 1024
_DATA_URL: Final = re.compile(r"data:[^,]*,", re.IGNORECASE)
_NAME: Final = re.compile(r"[^\w.() -]+")
_NAME_BYTES: Final = 120
"""File systems count bytes, 255 as a rule, and Chinese letters have three each."""
_NO_NAME: Final = re.compile(r"|localhost|[0-9]+|0x[0-9a-f]*")
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_HOPS: Final = 5
_GONE: Final = frozenset({403, 404, 410})
_GREATEST_2XX: Final = 299


@dataclass(frozen=True, slots=True)
class Uploaded:
    """An uploaded file; KIE keeps it for three days at most, so upload right before use."""

    url: str
    """What an input takes."""
    name: str
    path: str
    size: int | None
    mime: str | None


async def upload_file(asker: Asker, path: Path, *, folder: str, name: str | None) -> Uploaded:
    """Upload a file of any size; it is read in pieces as they are sent.

    Args:
        asker: the client's.
        path: of the file.
        folder: where KIE puts it.
        name: under which name; by default the file's own. The same name overwrites.

    Raises:
        KieError: it was not taken.
        OSError: it can't be read.
    """
    size = (await asyncio.to_thread(path.stat)).st_size
    shown = name or path.name
    fields = {"uploadPath": folder.strip("/"), "fileName": shown}
    boundary = secrets.token_hex(16)
    head, tail = _multipart(fields, shown, boundary)
    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Content-Length": str(len(head) + size + len(tail)),
    }

    def make() -> Request:
        url = asker.settings.hosts.url(STREAM_PATH)
        return Request(
            "POST", url, headers, _pieces(path, size, head, tail), whole=asker.settings.timeouts.upload
        )

    return _uploaded(await asker.read(make, private=(str(path), shown)))


def _multipart(fields: Mapping[str, str], name: str, boundary: str) -> tuple[bytes, bytes]:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    ]
    quoted = name.replace('"', "%22").replace("\r", "").replace("\n", "")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{quoted}"\r\n'
        f"Content-Type: {kind}\r\n\r\n"
    )
    return "".join(parts).encode(), f"\r\n--{boundary}--\r\n".encode()


async def _pieces(path: Path, size: int, head: bytes, tail: bytes) -> AsyncIterator[bytes]:
    yield head
    left = size
    with await asyncio.to_thread(path.open, "rb") as file:
        while left and (piece := await asyncio.to_thread(file.read, min(_CHUNK, left))):
            left -= len(piece)
            yield piece
    if left:
        raise OSError(f"{path} became shorter while it was sent")
    yield tail


async def upload_base64(asker: Asker, data: bytes | str, *, folder: str, name: str | None) -> Uploaded:
    """Upload bytes, or a base64 text; the prefix of a data URL is cut off, which KIE was seen to reject.

    Raises:
        KieError: it is larger than 10 MB, which KIE does not take in this way, or was not taken.
    """
    text = base64.b64encode(data).decode() if isinstance(data, bytes) else _DATA_URL.sub("", data, count=1)
    if len(text) * 3 // 4 > _MOST_BASE64:
        raise CallerError(ErrorCode.VALIDATION, detail="over 10 MB; upload it as a file")
    body = {"base64Data": text, "uploadPath": folder.strip("/"), **({"fileName": name} if name else {})}
    request = Request(
        "POST",
        asker.settings.hosts.url(BASE64_PATH),
        JSON_HEADERS,
        json_bytes(body),
        whole=asker.settings.timeouts.upload,
    )
    return _uploaded(await asker.read(lambda: request, private=(name or "",)))


async def upload_url(asker: Asker, url: str, *, folder: str, name: str | None) -> Uploaded:
    """Let KIE fetch a file, of up to 100 MB and within 30 s by its documentation.

    Raises:
        KieError: it was not taken.
    """
    body = {"fileUrl": url, "uploadPath": folder.strip("/"), **({"fileName": name} if name else {})}
    request = Request(
        "POST",
        asker.settings.hosts.url(URL_PATH),
        JSON_HEADERS,
        json_bytes(body),
        whole=asker.settings.timeouts.upload,
    )
    return _uploaded(await asker.read(lambda: request, private=(url,)))


def _uploaded(answer: Answer) -> Uploaded:
    data = answer.data if isinstance(answer.data, dict) else {}
    url = data.get("downloadUrl") or data.get("fileUrl")
    if not isinstance(url, str):
        raise classify(answer)
    size = data.get("fileSize")
    return Uploaded(
        url=url,
        name=str(data.get("fileName") or ""),
        path=str(data.get("filePath") or ""),
        size=size if isinstance(size, int) else None,
        mime=data.get("mimeType") if isinstance(data.get("mimeType"), str) else None,
    )


async def download(asker: Asker, url: str, folder: Path, *, name: str | None) -> Path:
    """Download a result into a folder; a file appears there only when it is whole.

    Args:
        asker: the client's.
        url: of the result; https, and no address inside this network.
        folder: is made where it is not.
        name: of the file; by default the address's last part, made harmless.

    Raises:
        KieError: it can't be had; `NOT_FOUND` once it has expired.
        OSError: it can't be written.
    """
    target = folder / (_harmless(name) if name else _name_of(url))
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")

    async def attempt() -> Path:
        try:
            await _fetch(asker, url, part)
            await asyncio.to_thread(os.replace, part, target)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        return target

    return await asker.patiently(attempt, asker.settings.retries.reads, lambda error: error.retryable)


async def _fetch(asker: Asker, url: str, part: Path) -> None:
    for _ in range(_HOPS + 1):
        _require_public(url, near=asker.settings.hosts.is_stand_in)
        request = Request("GET", url, whole=asker.settings.timeouts.upload)
        async with asker.transport.open(request) as reply:
            if reply.status_code in _REDIRECTS and reply.headers.get("location"):
                url = urljoin(url, reply.headers["location"])
                continue
            if reply.status_code > _GREATEST_2XX:
                raise _no_file(reply.status_code)
            await _write(reply, part, asker.settings.download_bytes)
            return
    raise Lost(ErrorCode.GATEWAY, detail="redirects in circles")


async def _write(reply: Any, part: Path, most: int) -> None:
    written = 0
    with await asyncio.to_thread(part.open, "wb") as file:
        async for piece in reply.aiter_bytes(_CHUNK):
            written += len(piece)
            if written > most:
                raise CallerError(ErrorCode.VALIDATION, detail=f"the result is larger than {most} bytes")
            await asyncio.to_thread(file.write, piece)


def _no_file(status: int) -> KieError:
    if status in _GONE:
        return CallerError(ErrorCode.NOT_FOUND, detail="the address has expired", http_status=status)
    return classify(read_answer(status, b""))


def _require_public(url: str, *, near: bool) -> None:
    """Refuse addresses that no result of KIE's has: other schemes, and hosts inside this network."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    try:
        is_inside = not ipaddress.ip_address(host).is_global
    except ValueError:  # a name; but 127.1 and 0x7f000001 are addresses to those who look names up
        is_inside = _NO_NAME.fullmatch(host.rsplit(".", 1)[-1]) is not None
    if near and parts.scheme in {"http", "https"}:
        return
    if parts.scheme != "https" or is_inside:
        raise CallerError(ErrorCode.VALIDATION, detail="is no address of a result")


def _name_of(url: str) -> str:
    return _harmless(unquote(urlsplit(url).path).rsplit("/", 1)[-1])


def _harmless(name: str) -> str:
    """A file's name that stays in its folder, whatever it was."""
    cleaned = _NAME.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(". ")
    end = cleaned.encode()[-_NAME_BYTES:].decode(errors="ignore")
    stem, dot, suffix = end.rpartition(".")
    return (f"{stem}{dot}{suffix}" if stem else suffix) or "result"
