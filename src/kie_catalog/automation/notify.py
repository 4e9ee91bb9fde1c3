"""Telling people where they are, through Apprise: to each address once, and never an address in a log."""

from __future__ import annotations

import hashlib
import json
import logging
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kie_catalog.automation.notices import Notice, fallen, notices_of, text_of, title_of
from kie_catalog.domain.errors import UsageError
from kie_catalog.domain.plan import Plan

VARIABLE: Final = "KIE_CATALOG_NOTIFY"
KNOWN: Final = "KIE_CATALOG_TOLD"
MEMORY: Final = "notified.json"
"""In the folder of what is of this machine only, away from the reviewed data."""
FORMAT: Final = 1
REMEMBERED: Final = 2_000
"""Pieces of news remembered for one address, the newest."""

Send = Callable[[str, str, str], bool]
"""Sends to an address a title and a text; whether it arrived."""


class Memory:
    """What each address was told. Of an address it holds a fingerprint only."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._told = _read(file)

    def told(self, address: str) -> Sequence[str]:
        """The keys of what an address was told, the newest last."""
        return self._told.get(_fingerprint(address), ())

    def remember(self, address: str, keys: Sequence[str], *, forget: Sequence[str] = ()) -> None:
        """Add what an address was told now, and write it down.

        Args:
            address: who was told.
            keys: of the news, and the plan's own.
            forget: beginnings of keys that hold no more.

        Raises:
            OSError: it can't be written.
        """
        left = [
            each for each in self.told(address) if not each.startswith(tuple(forget)) and each not in keys
        ]
        self._told[_fingerprint(address)] = [*left, *keys][-REMEMBERED:]
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(".draft")
        draft.write_text(json.dumps({"format": FORMAT, "told": self._told}), encoding="utf-8")
        draft.replace(self._file)


def _read(file: Path) -> dict[str, list[str]]:
    """What was written down; nothing where that can't be read, for news told twice are better than none."""
    try:
        written = json.loads(file.read_bytes())
        return {str(who): [str(key) for key in keys] for who, keys in written["told"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _fingerprint(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:12]


def tell(
    plan: Plan, addresses: Sequence[str], memory: Memory, send: Send, known: Collection[str] = ()
) -> Iterator[str]:
    """Tell every address what it was not told yet; what went wrong, a line each, without the address.

    Args:
        plan: whose news they are.
        addresses: as Apprise writes them.
        memory: who was told what.
        send: sends one message.
        known: keys of what everybody was told elsewhere.
    """
    for place, address in enumerate(addresses, 1):
        news = _news(plan, {*memory.told(address), *known})
        try:
            if news and not send(address, title_of(plan, news), text_of(news)):
                yield f"address {place} of {len(addresses)} did not take the message"
                continue
            keys = [*(each.key for each in news), _plan_key(plan)]
            memory.remember(address, keys, forget=fallen(plan))
        except Exception as error:  # noqa: BLE001 -- a message that does not arrive must not fail a sync
            yield f"address {place} of {len(addresses)} could not be told ({type(error).__name__})"


def _news(plan: Plan, told: Collection[str]) -> tuple[Notice, ...]:
    if _plan_key(plan) in told:
        return ()
    return tuple(each for each in notices_of(plan) if each.key not in told)


def _plan_key(plan: Plan) -> str:
    return f"plan {plan.digest}"


def addresses_in(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The addresses that the environment gives, with blanks or line ends between."""
    return tuple(environment.get(VARIABLE, "").split())


def known_in(environment: Mapping[str, str]) -> tuple[str, ...]:
    """What people were told by an earlier run, as `ci propose` hands it on; nothing if that can't be read."""
    try:
        keys = json.loads(environment.get(KNOWN) or "[]")
    except ValueError:
        return ()
    return tuple(map(str, keys)) if isinstance(keys, list) else ()


@contextmanager
def apprise_sender() -> Iterator[Send]:
    """Sends through Apprise, with all logs off: those of its HTTP library hold whole addresses.

    Raises:
        UsageError: the extra `notify` is not installed.
    """
    try:
        import apprise  # noqa: PLC0415 -- an extra
    except ImportError as error:
        cure = "pip install 'kie-catalog[notify]'"
        raise UsageError("notifications", "need apprise, which is not installed", cure) from error
    asset = apprise.AppriseAsset(storage_mode=apprise.PersistentStoreMode.MEMORY, app_id="kie-catalog")

    def send(address: str, title: str, text: str) -> bool:
        sender = apprise.Apprise(asset=asset)
        if not sender.add(address):
            return False
        return bool(sender.notify(title=title, body=text, body_format=apprise.NotifyFormat.TEXT))

    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            # Sending loads all of its plugins, and what those are warned of is not for the people here.
            warnings.simplefilter("ignore")
            yield send
    finally:
        logging.disable(before)
