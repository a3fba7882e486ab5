"""Who answers a questionnaire goes first: a screen that is being drawn in the same process waits between its reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, local
from time import monotonic
from typing import Final

_lock: Final = Lock()
_nobody: Final = Event()
_nobody.set()
_drawing: Final = local()
_served = 0


@contextmanager
def first() -> Iterator[None]:
    """Around an answer to a customer."""
    _count(1)
    try:
        yield
    finally:
        _count(-1)


@contextmanager
def giving_way(longest: float) -> Iterator[None]:
    """Around the drawing of a screen, in its thread: it waits for customers, so many seconds in all and no more."""
    _drawing.seconds = longest
    try:
        yield
    finally:
        _drawing.seconds = 0.0


def give_way() -> None:
    """Called where a screen can pause: at each read and each chart. Costs nothing while nobody is being answered."""
    left = getattr(_drawing, "seconds", 0.0)
    if left > 0 and not _nobody.is_set():
        began = monotonic()
        _nobody.wait(left)
        _drawing.seconds = left - (monotonic() - began)


def _count(change: int) -> None:
    global _served
    with _lock:
        _served += change
        _nobody.clear() if _served else _nobody.set()
