"""How a read is asked again, bounded and with growing pauses, and how a write is sent: once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from systems.faults import RateLimited, SourceDown

Answer = TypeVar("Answer")

TRIES = 7
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
LONGEST_ASKED_PAUSE = 60.0


def asking(ask: Callable[[], Answer], wait: Callable[[float], None] = time.sleep, tries: int = TRIES) -> Answer:
    """The answer of ``ask``, tried again while it raises ``SourceDown``. For reads only: a write may have landed.

    Pauses are 0.5 s doubling to 30 s with jitter, or what the vendor asked for. When it asks for more than a
    minute (a daily limit), or the tries are used up, the last fault is raised.
    """
    for attempt in range(1, tries + 1):
        try:
            return ask()
        except SourceDown as fault:
            asked = fault.retry_after if isinstance(fault, RateLimited) else None
            if attempt == tries or (asked is not None and asked > LONGEST_ASKED_PAUSE):
                raise
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)) * random.uniform(0.5, 1.0)
            wait(asked if asked is not None else pause)
    raise AssertionError("unreachable: the last try either answers or raises")


def sending(name: str, send: Callable[[], Answer]) -> Answer:
    """The answer of ``send``, a write, asked for once: it may have landed whenever no answer came."""
    try:
        return send()
    except RateLimited:
        raise
    except SourceDown as lost:
        raise SourceDown(name, lost.what, "Whether it was done is not known.") from lost
