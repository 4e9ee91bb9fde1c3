"""A bot on python-telegram-bot that sells pictures made by KIE: /start, a model, a text, a price, a picture.

Run it with BOT_TOKEN and KIE_API_KEY in the environment; `studio.py` names the other settings.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from desk import Desk, Reply, language_of
from studio import Studio


def desk_of(context: ContextTypes.DEFAULT_TYPE) -> Desk:
    """The desk that the application was made with."""
    desk: Desk = context.bot_data["desk"]
    return desk


async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Offer the models."""
    if update.message is not None and update.effective_user is not None:
        await send(update.message, desk_of(context).menu(language_of(update.effective_user.language_code)))


async def describe(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Say what it would cost, and ask."""
    user, message = update.effective_user, update.message
    if user is not None and message is not None and message.text is not None:
        await send(message, desk_of(context).price(user.id, language_of(user.language_code), message.text))


async def press(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Choose a model, spend, or do not."""
    query = update.callback_query
    if query is None:
        return
    await query.answer()
    if isinstance(query.message, Message):
        user = query.from_user
        async for reply in desk_of(context).press(user.id, language_of(user.language_code), query.data or ""):
            await send(query.message, reply)


async def send(message: Message, reply: Reply) -> None:
    """Send a reply into the chat of a message."""
    if reply.file is not None:
        await message.reply_document(reply.file)
        return
    rows = [[InlineKeyboardButton(text, callback_data=data)] for text, data in reply.buttons]
    await message.reply_text(reply.text, reply_markup=InlineKeyboardMarkup(rows) if rows else None)


def install(application: Application[Any, Any, Any, Any, Any, Any], studio: Studio) -> None:
    """Put the bot into an application; its handlers run side by side, so nobody waits for another."""
    application.bot_data["desk"] = Desk(studio)
    application.add_handler(CommandHandler("start", start, block=False))
    application.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, describe, block=False))
    application.add_handler(CallbackQueryHandler(press, block=False))


def main() -> None:
    """Serve until Ctrl-C; on a stop it waits for what is running."""
    logging.basicConfig(level=logging.INFO)
    studio = Studio.from_environment(Path("results"))

    async def stop(_: object) -> None:
        await studio.stop()

    application = ApplicationBuilder().token(os.environ["BOT_TOKEN"]).post_stop(stop).build()
    install(application, studio)
    application.run_polling()


if __name__ == "__main__":
    main()
