"""Unpacks a body chunk by chunk and never beyond its cap: a gzip bomb costs its cap and no more."""

from __future__ import annotations

import zlib
from typing import Final

from kie_catalog.sources.asking import Passing, Unusable

_GZIP: Final = 16 + zlib.MAX_WBITS
_PLAIN: Final = frozenset({"", "identity"})
_PACKED: Final = frozenset({"gzip", "x-gzip"})


class Body:
    """The body of one reply as it arrives."""

    def __init__(self, place: str, *, encoding: str, length: str, cap: int) -> None:
        """Begin a body.

        Args:
            place: where it comes from, for messages.
            encoding: its `Content-Encoding`; only gzip was asked for.
            length: its `Content-Length`, as it stands there.
            cap: the most bytes it may have, unpacked.

        Raises:
            Unusable: it is announced as too large, or packed in another way.
        """
        self._place = place
        self._cap = cap
        self._parts: list[bytes] = []
        self._size = 0
        packing = encoding.strip().lower()
        if packing not in _PLAIN | _PACKED:
            raise Unusable(place, f"the reply is packed with {packing[:20]!a}, which was not asked for")
        if length.isascii() and length.isdigit() and int(length[:19]) > cap:
            self._refuse()
        self._gzip = zlib.decompressobj(_GZIP) if packing in _PACKED else None

    def add(self, chunk: bytes) -> None:
        """Take the next bytes from the wire.

        Raises:
            Unusable: the body is beyond its cap, or is not the gzip it says it is.
        """
        while chunk:
            if self._gzip is None:
                part, chunk = chunk, b""
            else:
                part, chunk = self._inflate(chunk)
            self._size += len(part)
            if self._size > self._cap:
                self._refuse()
            self._parts.append(part)

    def end(self) -> bytes:
        """Give the whole body.

        Raises:
            Passing: the gzip stream breaks off.
        """
        if self._gzip is not None and self._size and not self._gzip.eof:
            raise Passing(self._place, "the reply breaks off in the middle")
        return b"".join(self._parts)

    def _inflate(self, chunk: bytes) -> tuple[bytes, bytes]:
        gzip = self._gzip
        if gzip is None or gzip.eof:  # a gzip file may be several, one after the other
            gzip = self._gzip = zlib.decompressobj(_GZIP)
        try:
            part = gzip.decompress(chunk, self._cap - self._size + 1)
        except zlib.error:
            raise Unusable(self._place, "the reply is not the gzip that it says it is") from None
        return part, gzip.unconsumed_tail or gzip.unused_data

    def _refuse(self) -> None:
        raise Unusable(self._place, f"the reply is larger than {self._cap} bytes")
