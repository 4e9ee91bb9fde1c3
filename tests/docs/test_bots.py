"""The bots of the documentation, whole: Telegram is a fake that keeps what is sent, KIE is the stand-in."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from kie_catalog import KieClient, packaged_catalog, packaged_schemas, startup_check
from kie_catalog.client.settings import ClientSettings, Hosts, Polling
from kie_catalog.pricing.quote import Markup, quote
from kie_catalog.service.inbox import Inbox
from kie_catalog.service.wakes import InboxWake
from tests.client.standing import standing
from tests.conftest import ROOT
from tests.docs.shell import Shell
from tests.docs.telegrams import TOKEN, AiogramSession, PtbRequest, Sent, pressed, typed

EXAMPLES = ROOT / "docs" / "examples"
sys.path.append(str(EXAMPLES))  # as a reader runs them: from their own folder

from aiogram import Bot  # noqa: E402 -- see above
from aiogram.types import Update as AiogramUpdate  # noqa: E402 -- see above
from telegram import Update as PtbUpdate  # noqa: E402 -- see above
from telegram.ext import ApplicationBuilder  # noqa: E402 -- see above

import aiogram_bot  # noqa: E402 -- see above
import ptb_bot  # noqa: E402 -- see above
from studio import Studio, Unpriced  # noqa: E402 -- see above

MODEL = "nano-banana-2"
MARKUP = Markup(factor=Decimal(2), rate=Decimal(90), step=Decimal(1))
PRICE = MARKUP.price(
    quote(packaged_catalog().model(MODEL), packaged_schemas()[MODEL], {"prompt": "a lighthouse"})
)


@contextmanager
def kie(*faults, **book):
    """A stand-in that serves its results itself."""
    with standing(*faults, **book) as stand_in:
        stand_in.stand.book.files = stand_in.url
        yield stand_in


def studio_at(stand_in, folder, *, catalog=None, first=0.02, **more):
    """A studio whose KIE is a stand-in."""
    settings = ClientSettings(hosts=Hosts.at(stand_in.url), polling=Polling(first=first, longest=first))
    report = startup_check(catalog, cache_dir=folder / "verdicts")
    return Studio(KieClient(settings=settings), report, downloads=folder / "results", markup=MARKUP, **more)


@asynccontextmanager
async def aiogram_talk(studio, sent):
    """Hands updates to the aiogram bot."""
    bot = Bot(TOKEN, session=AiogramSession(sent))
    dispatcher = aiogram_bot.dispatcher(studio)

    async def hear(update):
        await dispatcher.feed_update(bot, AiogramUpdate.model_validate(update, context={"bot": bot}))

    yield hear
    await dispatcher.emit_shutdown(bot=bot)


@asynccontextmanager
async def ptb_talk(studio, sent):
    """Hands updates to the python-telegram-bot bot."""
    builder = (
        ApplicationBuilder().token(TOKEN).request(PtbRequest(sent)).get_updates_request(PtbRequest(sent))
    )
    application = builder.updater(None).build()
    ptb_bot.install(application, studio)
    async with application:
        await application.start()

        async def hear(update):
            await application.process_update(PtbUpdate.de_json(update, application.bot))

        yield hear
        await application.stop()  # waits for the handlers that are at work
    await studio.stop()


TALKS = pytest.mark.parametrize("talk", [aiogram_talk, ptb_talk], ids=["aiogram", "ptb"])


async def until(condition):
    """Give handlers that run side by side the time they need."""
    async with asyncio.timeout(120):
        while not condition():  # noqa: ASYNC110 -- what is waited for knows of no event
            await asyncio.sleep(0.01)


async def order(hear, sent, texts, code="en"):
    """Choose a model and describe pictures, up to the question whether to spend."""
    await hear(pressed(f"model:{MODEL}", code))
    await until(lambda: sent.texts)
    await hear(typed(texts, code))
    await until(lambda: any(data == "yes" for _, data in sent.buttons))


@TALKS
def test_from_the_menu_to_the_picture(talk, tmp_path):
    sent = Sent()

    async def it(stand_in):
        studio = studio_at(stand_in, tmp_path)
        async with talk(studio, sent) as hear:
            await hear(typed("/start"))
            await until(lambda: sent.buttons)
            assert (MODEL, f"model:{MODEL}")[1] in [data for _, data in sent.buttons]
            await order(hear, sent, "a lighthouse")
            assert len(stand_in.stand.book.tasks) == 0  # nothing is spent before the price is confirmed
            await hear(pressed("yes"))
            await until(lambda: sent.documents == 1)
            await hear(pressed("yes"))  # pressed once more
            await until(lambda: sent.texts[-1].startswith("Please choose"))
        assert len(stand_in.stand.book.tasks) == 1

    with kie() as stand_in:
        asyncio.run(it(stand_in))
    assert [each for each in sent.texts if "Start?" in each] == [
        f"1 x Google - Nano Banana 2: {PRICE} ₽. Start?"
    ]
    assert len(list((tmp_path / "results").rglob("*.bin"))) == 1


@TALKS
def test_several_lines_are_a_batch_of_which_one_may_fail(talk, tmp_path):
    sent = Sent()

    async def it(stand_in):
        async with talk(studio_at(stand_in, tmp_path), sent) as hear:
            await order(hear, sent, "one\ntwo\n\nthree", "ru")
            await hear(pressed("yes", "ru"))
            await until(lambda: sent.documents == 2 and len(sent.texts) == 4)

    with kie("fail-500@create*1") as stand_in:
        asyncio.run(it(stand_in))
    assert sent.texts[1] == f"3 × Google - Nano Banana 2: {3 * PRICE} ₽. Начинаем?"
    assert sent.texts[2:] == ["Генерирую…", "Не удалось выполнить генерацию. Попробуйте ещё раз."]


@TALKS
def test_who_cancels_spends_nothing(talk, tmp_path):
    sent = Sent()

    async def it(stand_in):
        async with talk(studio_at(stand_in, tmp_path), sent) as hear:
            await order(hear, sent, "a lighthouse")
            await hear(pressed("no"))
            await until(lambda: sent.texts[-1].startswith("Cancelled"))
        assert len(stand_in.stand.book.tasks) == 0

    with kie() as stand_in:
        asyncio.run(it(stand_in))


@TALKS
@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        ("no-credits@create", "ru", "Генерация сейчас недоступна. Мы уже разбираемся."),
        ("region@create", "en", "This is not available in this region."),
        (
            "http-502@create",
            "ru",
            "Проверяем, принят ли ваш запрос. Пожалуйста, не отправляйте его повторно.",
        ),
    ],
)
def test_what_goes_wrong_is_a_sentence_in_the_users_language(talk, tmp_path, fault, code, said):
    sent = Sent()

    async def it(stand_in):
        async with talk(studio_at(stand_in, tmp_path), sent) as hear:
            await order(hear, sent, "a lighthouse", code)
            await hear(pressed("yes", code))
            await until(lambda: sent.texts[-1] == said)

    with kie(fault) as stand_in:
        asyncio.run(it(stand_in))
    assert sent.documents == 0


@TALKS
def test_a_model_that_the_start_up_check_disabled_is_not_sold(talk, tmp_path):
    catalog = tmp_path / "models_pricing.yaml"
    text = (ROOT / "catalog" / "models_pricing.yaml").read_text(encoding="utf-8")
    before, after = text.split(f"- id: {MODEL}\n")
    catalog.write_text(
        f"{before}- id: {MODEL}\n{after.replace('credits: 18', 'credits: -18', 1)}", encoding="utf-8"
    )
    sent = Sent()

    async def it(stand_in):
        studio = studio_at(stand_in, tmp_path, catalog=catalog)
        assert studio.report.served == studio.report.models - 1
        async with talk(studio, sent) as hear:
            await hear(typed("/start"))
            await until(lambda: sent.buttons)
            await hear(pressed(f"model:{MODEL}", "ru"))  # a button of an old menu
            await until(lambda: len(sent.texts) == 2)

    with kie() as stand_in:
        asyncio.run(it(stand_in))
    assert f"model:{MODEL}" not in [data for _, data in sent.buttons]
    assert sent.texts[-1] == f"Модель {MODEL} временно отключена."


@TALKS
def test_a_stop_waits_for_what_is_running(talk, tmp_path):
    sent = Sent()

    async def it(stand_in):
        async with talk(studio_at(stand_in, tmp_path), sent) as hear:
            await order(hear, sent, "a lighthouse")
            pressing = asyncio.create_task(hear(pressed("yes")))
            await until(lambda: stand_in.stand.book.tasks)
        await pressing

    with kie(play=0.5) as stand_in:
        asyncio.run(it(stand_in))
    assert sent.documents == 1


def test_a_stop_that_runs_out_of_patience_names_the_tasks_that_go_on(tmp_path):
    async def it(stand_in):
        studio = studio_at(stand_in, tmp_path)
        replies = studio.fulfil(studio.order(MODEL, "a lighthouse"))
        waiting = asyncio.create_task(anext(replies))
        await until(lambda: stand_in.stand.book.tasks)
        await asyncio.sleep(0.2)
        assert await studio.stop(patience=0.05) == [*stand_in.stand.book.tasks]
        await asyncio.gather(waiting, return_exceptions=True)

    with kie(play=60) as stand_in:
        asyncio.run(it(stand_in))


def test_a_callback_ends_the_waiting_before_the_next_poll(tmp_path, monkeypatch):
    monkeypatch.setenv("KIE_CATALOG_ROOT", str(ROOT))
    shell = Shell(tmp_path, key="stand-in")

    async def it(stand_in):
        inbox = shell.folder / "callbacks.sqlite"
        said = shell.run(
            f"kie-catalog webhook --unsigned --upstream {stand_in.url} --inbox callbacks.sqlite\n"
        )
        address = shell.here(said.split(" on ")[1].split(";")[0])
        studio = studio_at(stand_in, tmp_path, first=600.0, callbacks=address, wake=InboxWake(Inbox(inbox)))
        async with asyncio.timeout(120):
            outcomes = [each async for each in studio.fulfil(studio.order(MODEL, "a lighthouse"))]
        await studio.stop()
        return outcomes

    try:
        with kie(play=0.5) as stand_in:
            (outcome,) = asyncio.run(it(stand_in))
    finally:
        shell.close()
    assert [each.is_file() for each in outcome.files] == [True]


def test_what_has_no_price_is_not_sold(tmp_path):
    with kie() as stand_in:
        studio = studio_at(stand_in, tmp_path)
        with pytest.raises(Unpriced):
            studio.order("qwen/text-to-image", "a lighthouse")
        asyncio.run(studio.stop())


def test_the_settings_come_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with kie() as stand_in:
        monkeypatch.setenv("KIE_BOT_UPSTREAM", stand_in.url)
        monkeypatch.setenv("KIE_BOT_CATALOG", str(ROOT))
        monkeypatch.setenv("KIE_BOT_INBOX", "inbox.sqlite")
        studio = Studio.from_environment(Path("results"))
        assert studio.report.source == "file"
        assert (tmp_path / "inbox.sqlite").is_file()
        assert len(studio.menu()) == 8
        asyncio.run(studio.stop())
