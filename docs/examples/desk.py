"""The conversation with a user, whatever messenger carries it: a message or a button in, replies out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kie_catalog import handle_kie_error
from studio import Order, Studio, Unpriced

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "choose": ("Choose a model:", "Выберите модель:"),
    "describe": (
        "{title}. Describe the picture; each line is a picture of its own.",
        "{title}. Опишите картинку; каждая строка — отдельная картинка.",
    ),
    "confirm": ("{count} x {title}: {price} ₽. Start?", "{count} × {title}: {price} ₽. Начинаем?"),
    "yes": ("Start", "Начать"),
    "no": ("Cancel", "Отмена"),
    "working": ("Working on it…", "Генерирую…"),
    "cancelled": ("Cancelled, nothing was spent.", "Отменено, ничего не списано."),
    "again": ("Please choose a model: /start", "Выберите модель: /start"),
    "unpriced": ("The price of this request is not known.", "Цена такого запроса неизвестна."),
    "disabled": ("{model} is switched off for now.", "Модель {model} временно отключена."),
}


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to the user."""

    text: str = ""
    buttons: tuple[tuple[str, str], ...] = ()
    """What each says, and what it sends."""
    file: Path | None = None


class Desk:
    """Talks with all users. What it remembers of them is in memory: after a restart they choose again."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self._chosen: dict[int, str] = {}
        self._orders: dict[int, Order] = {}

    def menu(self, language: str) -> Reply:
        """The models on offer."""
        models = self.studio.menu()
        return _reply("choose", language, tuple((each.title_ru, f"model:{each.id}") for each in models))

    def price(self, user: int, language: str, text: str) -> Reply:
        """Say what a text would cost with the chosen model, and ask."""
        if user not in self._chosen:
            return _reply("again", language)
        try:
            order = self.studio.order(self._chosen[user], text)
        except Unpriced:
            return _reply("unpriced", language)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the user gets a sentence
            return _excuse(error, language)
        self._orders[user] = order
        buttons = tuple((WORDS[each][language == "ru"], each) for each in ("yes", "no"))
        parts = {"count": len(order.inputs), "title": order.model.title_ru, "price": order.price}
        return _reply("confirm", language, buttons, **parts)

    async def press(self, user: int, language: str, button: str) -> AsyncIterator[Reply]:
        """Choose a model, spend, or do not; an order is taken once, however often its button is pressed."""
        if button.startswith("model:"):
            yield self._choose(user, language, button.removeprefix("model:"))
            return
        order = self._orders.pop(user, None)
        if order is None:
            yield _reply("again", language)
        elif button == "no":
            yield _reply("cancelled", language)
        else:
            yield _reply("working", language)
            async for outcome in self.studio.fulfil(order):
                for file in outcome.files:
                    yield Reply(file=file)
                if outcome.error is not None:
                    yield _excuse(outcome.error, language)

    def _choose(self, user: int, language: str, model_id: str) -> Reply:
        if self.studio.why_not(model_id) is not None:  # since the menu was sent
            return _reply("disabled", language, model=model_id)
        try:
            model = self.studio.service.get_model_info(model_id).model
        except Exception as error:  # noqa: BLE001 -- an old menu may name a model that is gone
            return _excuse(error, language)
        self._chosen[user] = model_id
        return _reply("describe", language, title=model.title_ru)


def language_of(code: str | None) -> str:
    """`ru` or `en`, from the language code that a messenger gives."""
    return "ru" if (code or "").lower().startswith("ru") else "en"


def _reply(word: str, language: str, buttons: tuple[tuple[str, str], ...] = (), **parts: object) -> Reply:
    return Reply(WORDS[word][language == "ru"].format(**parts), buttons)


def _excuse(error: Exception, language: str) -> Reply:
    """The sentence that a user is shown for an error; it holds nothing of key, input or upstream's words."""
    return Reply(str(handle_kie_error(error, language=language)["error"]["message"]))
