"""Where the commands that spend money ask: KIE with the environment's key, or a stand-in on this machine."""

from __future__ import annotations

import os
from typing import Final

from kie_catalog.client.settings import ClientSettings, Hosts, Polling
from kie_catalog.domain.errors import UsageError
from kie_catalog.sources.secret import VARIABLE

_NEAR_POLLING: Final = Polling(first=0.1, longest=1.0)


def client_settings(upstream: str | None) -> ClientSettings:
    """The settings of a client.

    Args:
        upstream: a stand-in's address; `None` for KIE.

    Raises:
        UsageError: there is no key for KIE, or the address is that of no stand-in on this machine.
    """
    if upstream is not None:
        return ClientSettings(hosts=Hosts.at(upstream), polling=_NEAR_POLLING)
    if not os.environ.get(VARIABLE, "").strip():
        raise UsageError(VARIABLE, "holds no key", "set it, or try against a stand-in with --upstream URL")
    return ClientSettings()
