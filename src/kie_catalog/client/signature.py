"""The signature of a callback: HMAC-SHA256 over `taskId.timestamp`, in standard base64.

The body is no part of what is signed, so that a good signature says that KIE called about this task at this
moment, and nothing of what is in the body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

TIMESTAMP_HEADER: Final = "X-Webhook-Timestamp"
SIGNATURE_HEADER: Final = "X-Webhook-Signature"
_MOST_DIGITS: Final = 12


@dataclass(eq=False)
class SignatureRefused(Exception):
    """A callback that is not signed as it must be; the reason holds nothing of key or signature."""

    reason: str

    def __str__(self) -> str:
        return self.reason


def sign(task_id: str, timestamp: int, key: str) -> str:
    """The signature of a callback.

    Args:
        task_id: of the callback's task.
        timestamp: Unix seconds.
        key: the webhook key of kie.ai/settings.
    """
    digest = hmac.new(key.encode(), f"{task_id}.{timestamp}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


@dataclass(frozen=True, slots=True, repr=False)
class Verifier:
    """Checks signatures with any of several keys, so that one can be replaced by the next without a gap."""

    keys: Sequence[str]
    """The current one first."""
    window: float = 300.0
    """Seconds that a callback's moment may be from now, either way. Upstream names none; retries are said to
    carry the moment they are sent at."""

    def check(self, task_id: str, timestamp: str | None, signature: str | None, now: float) -> int:
        """Check a callback.

        Args:
            task_id: as it stands in the body.
            timestamp: the header, as it came.
            signature: the header, as it came.
            now: Unix seconds.

        Returns:
            The moment that was signed, in Unix seconds.

        Raises:
            SignatureRefused: it was not signed with any of the keys, or not now.
        """
        if not timestamp or not signature:
            raise SignatureRefused("is not signed")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _MOST_DIGITS):
            raise SignatureRefused("its timestamp is no number of seconds")
        if timestamp != str(int(timestamp)):
            raise SignatureRefused("its timestamp is not written plainly")
        given = signature.encode("utf-8", "surrogatepass")
        good = False
        for key in self.keys:  # all of them, so that time tells nothing of which it was
            good |= hmac.compare_digest(sign(task_id, int(timestamp), key).encode(), given)
        if not good:
            raise SignatureRefused("its signature is wrong")
        if abs(now - int(timestamp)) > self.window:
            raise SignatureRefused("its moment is too far from now")
        return int(timestamp)
