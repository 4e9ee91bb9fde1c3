"""What a bot needs of KIE, and nothing of Telegram: start-up, menu, price, generations, a calm end.

`desk.py` makes a conversation of it, `aiogram_bot.py` and `ptb_bot.py` put a messenger around that. Copy it
and change it. The settings are read from the environment:

    KIE_API_KEY            the key; read by the client itself, and held by nothing here
    KIE_BOT_CATALOG        your catalog file or its folder; without it the packaged catalog is served
    KIE_BOT_UPSTREAM       a stand-in on this machine (`kie-catalog sandbox`); without it KIE
    KIE_BOT_CALLBACKS      the public address of your `kie-catalog webhook`; without it results are polled for
    KIE_BOT_INBOX          the file that it keeps callbacks in; then a result is here as soon as KIE tells
    KIE_BOT_CREDITS        what all generations of this process may cost; 1000 by default
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from kie_catalog import (
    Budget,
    BudgetGuard,
    ClientSettings,
    Hosts,
    Inbox,
    InboxWake,
    KieClient,
    KIEService,
    Model,
    Quote,
    StartupReport,
    startup_check,
)
from kie_catalog.client.waiting import Wake
from kie_catalog.pricing.quote import Markup, Refusal
from kie_catalog.schemas.endpoints import Callback

LOG = logging.getLogger("studio")


class Unpriced(Exception):
    """What a request costs is not known, so it is not offered; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a user is about to pay for; nothing is sent before it is confirmed."""

    model: Model
    inputs: tuple[Mapping[str, Any], ...]
    price: Decimal
    """What the user pays, in rubles."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one generation of an order: files on disk, or why there are none."""

    files: tuple[Path, ...] = ()
    error: Exception | None = None


class Studio:
    """One client, one service, one budget for all users of the bot."""

    def __init__(
        self,
        client: KieClient,
        report: StartupReport,
        *,
        downloads: Path,
        markup: Markup,
        callbacks: str | None = None,
        wake: Wake | None = None,
        total: Decimal = Decimal(1000),
    ) -> None:
        """Make a studio.

        Args:
            client: is closed by `stop`.
            report: of the start-up check: what can be served, and what is switched off.
            downloads: a folder for results.
            markup: what users pay for what KIE takes.
            callbacks: the public address that KIE calls back to.
            wake: ends pauses of waiting when a callback came.
            total: credits that all generations together may cost.
        """
        self.report = report
        self.service = KIEService(
            client,
            catalog=report.catalog,
            disabled=report.disabled,
            guard=BudgetGuard(Budget(total=total)),
            downloads=downloads,
            wake=wake,
        )
        self._callbacks = callbacks
        self._markup = markup
        self._running: set[asyncio.Task[Outcome]] = set()
        self._open: set[str] = set()

    @classmethod
    def from_environment(cls, downloads: Path) -> Studio:
        """The studio that the environment asks for; raises only if no catalog at all can be served."""
        report = startup_check(os.environ.get("KIE_BOT_CATALOG") or None)
        for line in report.lines:  # what is served, what is disabled and why, how old it is
            LOG.info(line)
        upstream, inbox = os.environ.get("KIE_BOT_UPSTREAM"), os.environ.get("KIE_BOT_INBOX")
        settings = ClientSettings(hosts=Hosts.at(upstream)) if upstream else ClientSettings()
        return cls(
            KieClient(settings=settings),
            report,
            downloads=downloads,
            markup=Markup(factor=Decimal(2), rate=Decimal(90), step=Decimal(1)),
            callbacks=os.environ.get("KIE_BOT_CALLBACKS") or None,
            wake=InboxWake(Inbox(inbox)) if inbox else None,
            total=Decimal(os.environ.get("KIE_BOT_CREDITS", "1000")),
        )

    # --- before anything is spent

    def menu(self, most: int = 8) -> list[Model]:
        """Models that make a picture of a text alone, and whose price is known; the first ones by id."""
        offered = [info.model for info in self.service.list_available_models() if info.model.type == "t2i"]
        return [model for model in offered if self._is_ready(model)][:most]

    def _is_ready(self, model: Model) -> bool:
        needs_callback = self.service.client.call_of(model.id).callback is Callback.REQUIRED
        if needs_callback and self._callbacks is None:
            return False
        try:
            return isinstance(self.service.prepare(model.id, {"prompt": "a lighthouse"})[1], Quote)
        except Exception:  # noqa: BLE001 -- what a menu can't offer it leaves out
            return False

    def why_not(self, model_id: str) -> str | None:
        """Why the start-up check switched a model off; `None` for any other."""
        reasons = self.report.disabled.get(model_id)
        return None if reasons is None else "; ".join(reasons)

    def order(self, model_id: str, text: str) -> Order:
        """Price what a user asks for, a generation a line; nothing is sent.

        Raises:
            KieError: there is no such model, or it does not take the input; see `handle_kie_error`.
            Unpriced: the catalog does not know what it costs.
        """
        info = self.service.get_model_info(model_id)
        inputs: list[Mapping[str, Any]] = []
        price = Decimal(0)
        for line in filter(None, map(str.strip, text.splitlines())):
            built, answer = self.service.prepare(model_id, {"prompt": line})
            if isinstance(answer, Refusal):
                raise Unpriced(str(answer))
            inputs.append(built.input)
            price += self._markup.price(answer)
        return Order(info.model, tuple(inputs), price)

    # --- spending

    async def fulfil(self, order: Order) -> AsyncIterator[Outcome]:
        """Start all generations of an order, and give each as it ends; one that fails stops no other."""
        tasks = [asyncio.create_task(self._generate(order.model.id, each)) for each in order.inputs]
        self._running.update(tasks)
        for done in asyncio.as_completed(tasks):
            yield await done
        self._running.difference_update(tasks)

    async def _generate(self, model_id: str, payload: Mapping[str, Any]) -> Outcome:
        try:
            started = await self.service.create_generation(model_id, payload, self._callbacks)
            self._open.add(started.task_id)
            result = await self.service.wait_for_generation(started.task_id)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the user gets a sentence
            LOG.warning("%s: %s", model_id, error)  # holds neither the key nor what the user wrote
            return Outcome(error=error)
        self._open.discard(started.task_id)
        return Outcome(files=result.files)

    # --- the end

    async def stop(self, patience: float = 30.0) -> Sequence[str]:
        """Wait for what is running, then close the connections.

        Args:
            patience: seconds.

        Returns:
            The tasks that had not ended; they go on at KIE, and `kie-catalog generate MODEL --task ID` takes
            one up again.
        """
        if self._running:
            _, left = await asyncio.wait(self._running, timeout=patience)
            for each in left:
                each.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        await self.service.client.close()
        return sorted(self._open)
