"""A stand-in that plays tasks, and a client at it."""

from contextlib import contextmanager
from pathlib import Path

from kie_catalog.sandbox.server import running

SMALL = Path(__file__).parents[1] / "examples" / "recordings" / "small"
MODEL = "nano-banana-2"
INPUT = {"prompt": "a lighthouse"}


@contextmanager
def standing(*faults, play=0.0, **book):
    """Serve a stand-in whose tasks play for so many seconds; further arguments are fields of its book."""
    with running(SMALL, faults=faults) as stand_in:
        for name, value in {"play_seconds": play, "creations": 10_000, **book}.items():
            setattr(stand_in.stand.book, name, value)
        yield stand_in
