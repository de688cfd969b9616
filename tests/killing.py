"""A process of its own for a piece of Daybook's work, killed with -9 at a named instant."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from store import faults

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["tests.deployments", "dbos", "anthropic", "hubspot", "slack_sdk", "agents.loop", "agents.row_buttons", "psycopg"]
)
KILLED = -signal.SIGKILL

passed: Counter[str] = Counter()
"""In the child: how often it came by each instant."""


def in_a_child(work: Callable[..., Any], *given: Any, plug: str | None = None, nth: int = 1) -> int:
    """Do ``work(*given)`` in a child, killed at its ``nth`` passing of ``plug``; ``KILLED``, or 0 when it ended.

    A child that fails, or that does not end within a minute, fails the test.
    """
    child = FORKS.Process(target=_plugged, args=(work, given, plug, nth))
    child.start()
    child.join(timeout=60)
    told = f"{work.__name__}, plug {plug}, passing {nth}"
    if child.is_alive():
        child.kill()
        child.join()
        raise AssertionError(f"the child did not end within a minute ({told})")
    code = child.exitcode
    child.close()
    assert code in (0, KILLED), f"the child failed with {code} ({told})"
    return code


def _plugged(work: Callable[..., Any], given: tuple[Any, ...], plug: str | None, nth: int) -> None:
    lock = threading.Lock()

    def pull(point: str) -> None:
        with lock:
            passed[point] += 1
            if point == plug and passed[point] == nth:
                os.kill(os.getpid(), signal.SIGKILL)

    faults.plug = pull
    work(*given)
    os._exit(0)  # without goodbyes, as if the machine had been switched off
