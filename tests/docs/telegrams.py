"""Telegram as two libraries see it, with nobody behind it: what a bot sends is kept, and answered as sent."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from aiogram.client.session.base import BaseSession
from telegram.request import BaseRequest

TOKEN = "123456:" + "a" * 35
CHAT, BOT_ID = 42, 123456
ME = {"id": BOT_ID, "is_bot": True, "first_name": "Bot", "username": "kie_test_bot"}


@dataclass
class Sent:
    """What a bot sent, oldest first."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def texts(self):
        """The texts of its messages."""
        return [args["text"] for name, args in self.calls if name == "sendMessage"]

    @property
    def buttons(self):
        """The buttons of its newest message that has any: what each says, and what it sends."""
        for _, args in reversed(self.calls):
            keyboard = (args.get("reply_markup") or {}).get("inline_keyboard")
            if keyboard:
                return [(each["text"], each["callback_data"]) for row in keyboard for each in row]
        return []

    @property
    def documents(self):
        """How many files it sent."""
        return sum(name == "sendDocument" for name, _ in self.calls)

    def answer(self, name, args):
        """Note a call, and give what Telegram would."""
        self.calls.append((name, args))
        if name == "getMe":
            return ME
        if name in ("sendMessage", "sendDocument"):
            return message(args.get("text") or "file", sender=ME)
        return True


def message(text, *, sender=None, code="en"):
    """A message in the chat, by the user where nobody else is named."""
    return {
        "message_id": 1,
        "date": int(time.time()),
        "chat": {"id": CHAT, "type": "private"},
        "from": sender or user(code),
        "text": text,
        "entities": [{"type": "bot_command", "offset": 0, "length": len(text)}] if text[:1] == "/" else [],
    }


def user(code):
    """Whoever talks with the bot."""
    return {"id": CHAT, "is_bot": False, "first_name": "Ada", "language_code": code}


def typed(text, code="en"):
    """An update: the user typed."""
    return {"update_id": 1, "message": message(text, code=code)}


def pressed(data, code="en"):
    """An update: the user pressed a button."""
    query = {"id": "1", "from": user(code), "chat_instance": "1", "data": data}
    return {"update_id": 2, "callback_query": query | {"message": message("?", sender=ME)}}


class AiogramSession(BaseSession):
    """What aiogram sends through."""

    def __init__(self, sent):
        super().__init__()
        self._sent = sent

    async def close(self):
        """Nothing is open."""

    async def make_request(self, bot, method, timeout=None):  # noqa: ASYNC109, ARG002 -- the library's
        """Answer a call."""
        keyboard = getattr(method, "reply_markup", None)
        args = {"text": getattr(method, "text", ""), "reply_markup": keyboard and keyboard.model_dump()}
        told = self._sent.answer(method.__api_method__, args)
        body = json.dumps({"ok": True, "result": told})
        return self.check_response(bot=bot, method=method, status_code=200, content=body).result

    async def stream_content(self, *args, **kwargs):  # noqa: ARG002 -- the library's
        """Nothing is downloaded from Telegram."""
        raise AssertionError("nothing is downloaded from Telegram")
        yield b""


class PtbRequest(BaseRequest):
    """What python-telegram-bot sends through."""

    def __init__(self, sent):
        self._sent = sent

    @property
    def read_timeout(self):
        """Nothing is waited for."""
        return None

    async def initialize(self):
        """Nothing is opened."""

    async def shutdown(self):
        """Nothing is open."""

    async def do_request(self, url, method, request_data=None, *args, **kwargs):  # noqa: ARG002 -- see above
        """Answer a call."""
        given = dict(request_data.parameters) if request_data else {}
        told = self._sent.answer(url.rsplit("/", 1)[-1], given)
        return 200, json.dumps({"ok": True, "result": told}).encode()
