"""The stand-in as an ASGI application: rooms of endpoints, and before them the faults.

A room is a function from a `Stand` to routes: metadata, tasks with their callbacks, and the account with its
credits and uploads (CONTRACT section 13). What rooms remember they keep in the `Stand`. Faults, latency and
the journal stand before all rooms and need nothing of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kie_catalog.sandbox import account, control, jobs, metadata
from kie_catalog.sandbox.effects import EARLY, EFFECTS, REFUSALS, Straight
from kie_catalog.sandbox.shelf import packed
from kie_catalog.sandbox.stand import Seen, Stand
from kie_catalog.sandbox.switches import surface_of

Room: TypeAlias = Callable[[Stand], Sequence[BaseRoute]]

ROOMS: Final[tuple[Room, ...]] = (control.routes, jobs.routes, account.routes, metadata.routes)
_BEFORE: Final = {name: EFFECTS[name] for name in REFUSALS} | dict(EARLY)
_AFTER: Final = {name: each for name, each in EFFECTS.items() if name not in REFUSALS}
_WORTH_PACKING: Final = 500
_PLAIN_OK: Final = 200


def sandbox_app(stand: Stand, rooms: Sequence[Room] = ROOMS) -> ASGIApp:
    """Build a stand-in.

    Args:
        stand: its state.
        rooms: its endpoints; the first whose route fits answers.
    """
    return _Front(stand, Starlette(routes=[route for room in rooms for route in room(stand)]))


class _Front:
    """What stands before the rooms: latency, faults, packing, the journal."""

    def __init__(self, stand: Stand, rooms: ASGIApp) -> None:
        self._stand = stand
        self._rooms = rooms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(control.PREFIX):
            await self._rooms(scope, receive, send)
            return
        if self._stand.latency:
            await self._stand.sleep(self._stand.latency)
        is_noted = False

        async def noting(message: Message) -> None:
            nonlocal is_noted
            if "status" in message:  # before the client knows, so that whoever asks then finds it
                is_noted = True
                self._note(scope, message["status"])
            await send(message)

        answer = await self._answer(scope, receive)
        try:
            await answer(scope, receive, noting)
        finally:
            if not is_noted:
                self._note(scope, 0)

    async def _answer(self, scope: Scope, receive: Receive) -> ASGIApp:
        """The reply to a request: straight, or as the fault that it meets makes it."""
        asked = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        if met := self._stand.board.meet(scope["path"], _BEFORE):
            while (await receive()).get("more_body"):
                pass  # what is asked is heard to its end, and not done
            return _BEFORE[met[0]](Straight(scope["path"], {}, b"", asked))
        status, headers, body = await _capture(self._rooms, scope, receive)
        if met := self._stand.board.meet(scope["path"], _AFTER):
            return _AFTER[met[0]](Straight(scope["path"], headers, body, asked))
        accepted = dict(scope["headers"]).get(b"accept-encoding", b"")
        if b"gzip" in accepted and status == _PLAIN_OK and len(body) > _WORTH_PACKING:
            return Response(packed(body), status, headers=headers | {"content-encoding": "gzip"})
        return Response(body, status, headers=headers)

    def _note(self, scope: Scope, status: int) -> None:
        names = {name for name, _ in scope["headers"]}
        self._stand.journal.append(
            Seen(
                method=scope["method"],
                path=scope["path"],
                surface=surface_of(scope["path"]),
                conditional=bool(names & {b"if-none-match", b"if-modified-since"}),
                keyed=b"authorization" in names,
                status=status,
            )
        )


async def _capture(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[int, dict[str, str], bytes]:
    """Let an application answer, and keep what it says."""
    status, headers, parts = 0, {}, []

    async def keep(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in message["headers"]}
            headers.pop("content-length", None)
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, keep)
    return status, headers, b"".join(parts)
