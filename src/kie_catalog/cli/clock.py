"""The clock, which only this room looks at."""

from __future__ import annotations

import datetime as dt


def now() -> dt.datetime:
    """The moment, in UTC."""
    return dt.datetime.now(dt.UTC)


def today() -> str:
    """The day by which decisions end."""
    return now().date().isoformat()
