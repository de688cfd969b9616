"""A Daybook deployment inside a test: the same parts as ``daybook run``, started, ticked and killed at will."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select

from cli.running import Deployment
from cli.sync import read_all
from scheduler.clock import Ticker
from sessions.engine import Worker
from sessions.session import ENDED
from sessions.store import inbox
from systems import settings
from tests.killing import in_a_child

LEDGER_KEY = "a key that only tests know, 32 and more"
MONDAY_9_SYDNEY = "2026-11-22T22:00:00+00:00"
_never = threading.Event()


def until(check: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """The first true answer of ``check``; fails naming ``what`` when none comes."""
    give_up = time.monotonic() + seconds
    while True:
        answer = check()
        if answer:
            return answer
        assert time.monotonic() < give_up, f"waited {seconds} s in vain for: {what}"
        _never.wait(0.02)


def deploy(env: dict[str, str], url: str, **more: str) -> Deployment:
    """A deployment on the database at ``url`` against the sandbox of ``env``."""
    given = {
        **env,
        "DATABASE_URL": url,
        "DAYBOOK_PORT": "0",
        "DAYBOOK_POLL_SECONDS": "1",
        "DAYBOOK_LEASE_SECONDS": "1",
        "DAYBOOK_LEDGER_KEY": LEDGER_KEY,
    }
    return Deployment(
        settings.load({**given, "DAYBOOK_SLACK_POSTS_PER_MINUTE": "0", "DAYBOOK_VENDOR_LIMITS": "false", **more}),
        exclusive=True,
    )


def ticker(deployment: Deployment) -> Ticker:
    return Ticker(deployment.database, deployment.systems, deployment.queue, deployment.workspace)


def read_world(deployment: Deployment) -> None:
    """The first sync, and everyone's schedule."""
    read_all(deployment, full=False, quiet=True)
    ticker(deployment).arrange(deployment.systems.clock.now())


@contextmanager
def working(deployment: Deployment) -> Iterator[Worker]:
    worker = deployment.worker()
    try:
        yield worker
    finally:
        worker.close()


def turns(deployment: Deployment, agent: str = "morning_list") -> list[Any]:
    """Inbox rows of one agent's turns, oldest first."""
    with deployment.database.connect() as connection:
        rows = connection.execute(select(inbox).order_by(inbox.c.seq)).mappings().all()
    return [row for row in rows if row["trigger"]["agent"] == agent]


def all_ended(deployment: Deployment, agent: str = "morning_list") -> bool:
    rows = turns(deployment, agent)
    return bool(rows) and all(row["state"] in ENDED for row in rows)


# -- a morning in a process of its own, killed at a named instant -----------------------------------------------------


def morning_until(env: dict[str, str], url: str, plug: str | None, nth: int = 1) -> int:
    """Run ticks and turns in a child until all lists have ended; with ``plug``, kill -9 at its nth passing."""
    return in_a_child(_morning, env, url, plug=plug, nth=nth)


def _morning(env: dict[str, str], url: str) -> None:
    deployment = deploy(env, url)
    clock = ticker(deployment)
    with working(deployment):
        until(lambda: clock.tick() * 0 + all_ended(deployment), "every list has ended", 40)
        os._exit(0)  # before the worker is told to stop
