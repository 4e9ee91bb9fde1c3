"""Kills work in the middle: at each of its steps, at each of its lines, or at a moment.

For programs of their own: they fork, which a process with threads must not. A step is an event of Python's
audit hooks (a file opened, a folder renamed); it is killed right before the step is taken.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterator
from types import FrameType
from typing import Any

Work = Callable[[], object]

EVENTS = {
    "open",
    "os.rename",
    "os.link",
    "os.mkdir",
    "os.rmdir",
    "os.remove",
    "os.chmod",
    "os.truncate",
    "shutil.rmtree",
    "fcntl.flock",
    "ctypes.dlsym",
}


def in_child(work: Work) -> bool:
    """Do work in a process of its own; whether that was killed.

    Raises:
        RuntimeError: it ended by itself, but not well.
    """
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 -- a child must end here, whatever happened
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise RuntimeError("the work failed; see above")
    return os.WIFSIGNALED(status)


def killed_at(work: Work, step: int, armed: Callable[[], bool] = lambda: True) -> bool:
    """Do work in a child that dies at a step of it, counted once `armed`; whether it got there."""

    def doomed() -> None:
        left = step

        def hook(name: str, _: tuple[object, ...]) -> None:
            nonlocal left
            if name in EVENTS and armed():
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        work()

    return in_child(doomed)


def killed_at_line(work: Work, line: int, modules: Collection[str]) -> bool:
    """Do work in a child that dies in front of a line of some modules; whether it got there."""

    def doomed() -> None:
        left = line

        def trace(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal left
            if frame.f_code.co_filename not in modules:
                return None
            if event == "line":
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        sys.settrace(trace)
        work()

    return in_child(doomed)


def killed_after(work: Work, seconds: float) -> None:
    """Do work in a child that is killed after a time, if it is not done by then."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def until_done(kill: Callable[[int], bool]) -> Iterator[int]:
    """Number the steps of some work, each after a kill there; ends behind the last."""
    step = 0
    while True:
        step += 1
        if not kill(step):
            return
        yield step
