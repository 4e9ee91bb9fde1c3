"""A bot on aiogram 3 that sells pictures made by KIE: /start, a model, a text, a price, a picture.

Run it with BOT_TOKEN and KIE_API_KEY in the environment; `studio.py` names the other settings.
"""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path

from aiogram import Bot, Dispatcher, F, Router
from aiogram.filters import CommandStart
from aiogram.types import CallbackQuery, FSInputFile, InlineKeyboardButton, InlineKeyboardMarkup, Message

from desk import Desk, Reply, language_of
from studio import Studio


async def start(message: Message, desk: Desk) -> None:
    """Offer the models."""
    code = message.from_user.language_code if message.from_user else None
    await send(message, desk.menu(language_of(code)))


async def describe(message: Message, desk: Desk) -> None:
    """Say what it would cost, and ask."""
    if message.from_user is not None and message.text is not None:
        language = language_of(message.from_user.language_code)
        await send(message, desk.price(message.from_user.id, language, message.text))


async def press(query: CallbackQuery, desk: Desk) -> None:
    """Choose a model, spend, or do not."""
    await query.answer()
    if isinstance(query.message, Message):
        user = query.from_user
        async for reply in desk.press(user.id, language_of(user.language_code), query.data or ""):
            await send(query.message, reply)


async def send(message: Message, reply: Reply) -> None:
    """Send a reply into the chat of a message."""
    if reply.file is not None:
        await message.answer_document(FSInputFile(reply.file))
        return
    rows = [[InlineKeyboardButton(text=text, callback_data=data)] for text, data in reply.buttons]
    keyboard = InlineKeyboardMarkup(inline_keyboard=rows) if rows else None
    await message.answer(reply.text, reply_markup=keyboard)


def dispatcher(studio: Studio) -> Dispatcher:
    """All of the bot but its token. On a stop it waits for what is running."""
    router = Router()
    router.message.register(start, CommandStart())
    router.message.register(describe, F.text)
    router.callback_query.register(press)
    made = Dispatcher(desk=Desk(studio))
    made.include_router(router)
    made.shutdown.register(studio.stop)
    return made


async def main() -> None:
    """Serve until Ctrl-C; updates are handled side by side, so that nobody waits for another's picture."""
    logging.basicConfig(level=logging.INFO)
    studio = Studio.from_environment(Path("results"))
    await dispatcher(studio).start_polling(Bot(os.environ["BOT_TOKEN"]))


if __name__ == "__main__":
    asyncio.run(main())
