"""The control room: what a stand-in serves, which faults are on, and which requests it saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from kie_catalog.domain.errors import UsageError
from kie_catalog.sandbox.book import TURNS
from kie_catalog.sandbox.effects import EARLY, EFFECTS
from kie_catalog.sandbox.stand import Stand
from kie_catalog.sandbox.switches import SURFACES, read_switch
from kie_catalog.sandbox.twists import TWISTS

PREFIX: Final = "/_sandbox"
"""No path of KIE's begins so."""

FAULTS: Final = (*EFFECTS, *EARLY, *TWISTS, *TURNS)
"""The names of all faults."""


def routes(stand: Stand) -> Sequence[BaseRoute]:
    """The endpoints of this room."""

    async def show(_: Request) -> Response:
        seen = Counter(str(each.surface) for each in stand.journal)
        return JSONResponse(
            {
                "faults_on": [str(each) for each in stand.board.on],
                "faults": list(FAULTS),
                "surfaces": list(SURFACES),
                "requests": dict(seen),
                "conditional": sum(each.conditional for each in stand.journal),
            }
        )

    async def switch(request: Request) -> Response:
        specs = await request.json()
        if not isinstance(specs, list):
            return JSONResponse({"error": "send a list of faults"}, 400)
        try:
            stand.board.set([read_switch(str(spec), FAULTS) for spec in specs])
        except UsageError as error:
            return JSONResponse({"error": str(error)}, 400)
        return await show(request)

    async def forget(request: Request) -> Response:
        stand.journal.clear()
        return await show(request)

    return (
        Route(PREFIX, show),
        Route(f"{PREFIX}/faults", switch, methods=["PUT"]),
        Route(f"{PREFIX}/journal", forget, methods=["DELETE"]),
        *_of_the_account(stand),
    )


def _of_the_account(stand: Stand) -> Sequence[BaseRoute]:
    """What only this side knows of tasks and credits."""

    async def tasks(_: Request) -> Response:
        """What KIE's own log would show: the tasks that were accepted, oldest first."""
        return JSONResponse([each.id for each in stand.book.tasks.values()])

    async def account(_: Request) -> Response:
        """What the account did, as this side measured it."""
        book = stand.book
        return JSONResponse(
            {
                "tasks": len(book.tasks),
                "creations": len(book.arrivals),
                "most_creations_in_a_period": book.most_in_a_period(),
                "most_running": book.most_running(),
                "credits": float(book.balance()),
            }
        )

    return Route(f"{PREFIX}/tasks", tasks), Route(f"{PREFIX}/account", account)
