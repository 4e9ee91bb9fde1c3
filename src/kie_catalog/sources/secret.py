"""The API key: where it may go, and how it stays out of everything else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

from kie_catalog.domain.errors import UsageError

VARIABLE: Final = "KIE_API_KEY"
API_ORIGIN: Final = "https://api.kie.ai"
"""Where the metadata is; the other host that may see the key takes uploads (CONTRACT section 1.1)."""

_PRINTABLE: Final = re.compile(r"[!-~]+")


def origin(url: str) -> str:
    """Scheme, host and port of a URL, with the port always spelled out."""
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{port}"


class Key:
    """An API key that shows itself to the named origins only.

    It has no text form: neither `repr` nor `str`, neither `vars` nor a copy gives it away.
    """

    __slots__ = ("__origins", "__secret")

    def __init__(self, secret: str, *, origins: Iterable[str] = (API_ORIGIN,)) -> None:
        self.__secret = secret
        self.__origins = frozenset(map(origin, origins))

    def __repr__(self) -> str:
        return "Key(***)"

    def __reduce__(self) -> str:
        """Refuse to be pickled or copied."""
        raise TypeError("an API key cannot be pickled or copied")

    def header(self, url: str) -> dict[str, str]:
        """The header that carries the key to this URL; empty where the URL may not see it."""
        return {"Authorization": f"Bearer {self.__secret}"} if origin(url) in self.__origins else {}

    def goes_to(self, url: str) -> bool:
        """Whether this URL may see the key."""
        return origin(url) in self.__origins

    def is_in(self, raw: bytes) -> bool:
        """Whether a reply repeats the key; such a reply may be neither shown nor kept."""
        return self.__secret.encode() in raw


def key_from(environ: Mapping[str, str]) -> Key | None:
    """The key of the environment's `KIE_API_KEY`, for api.kie.ai only; `None` where there is none.

    Raises:
        UsageError: it holds a character that no HTTP header may.
    """
    secret = environ.get(VARIABLE, "").strip()
    if not secret:
        return None
    if not _PRINTABLE.fullmatch(secret):
        raise UsageError(VARIABLE, "holds a character that no key has", "copy the key again, as one line")
    return Key(secret)
