"""The key of a client: bound to the two hosts that may see it before anything else happens."""

from __future__ import annotations

import os
from typing import Final

from kie_catalog.client.settings import Hosts
from kie_catalog.sources.secret import VARIABLE, Key, key_from

STAND_IN_KEY: Final = "stand-in"
"""What a stand-in gets where no other is named: it takes any, and a real one has no business there."""


def key_for(given: str | Key | None, hosts: Hosts) -> Key | None:
    """The key that a client uses.

    Args:
        given: as the caller gives it; a text is bound to the two hosts, a `Key` knows its own.
        hosts: where the client asks. A stand-in never sees the environment's key.

    Raises:
        UsageError: it holds a character that no HTTP header may.
    """
    if isinstance(given, Key):
        return given
    if given is None:
        given = STAND_IN_KEY if hosts.is_stand_in else os.environ.get(VARIABLE, "")
    if not given.strip() or key_from({VARIABLE: given}) is None:
        return None
    return Key(given.strip(), origins=(hosts.api, hosts.uploads))
