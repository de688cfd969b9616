"""What a deployment costs that has nothing to do, and how soon it begins when something comes.

``python -m bench.bench_idle [--postgres] [--seconds 20] [--turns 100]``. A worker and a clock in one process, as in
``daybook run``, with the schedules of fifty reps that are not due: CPU seconds of that process while nothing happens.
Then turns are put in line one by one, each when the one before has ended, and the time is taken from the call until the
worker has claimed it. On Postgres they are put in line the way another process does, so the database has to tell.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import structlog

from bench import organisation
from bench.goals import Pace, told, told_time
from bench.organisation import NOW
from bench.own_postgres import Postgres

CHECKOUT = Path(__file__).resolve().parent.parent
REPS, ACCOUNTS = 50, 20
SETTLING_SECONDS = 3


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--postgres", action="store_true", help="also on Postgres")
    arguments.add_argument("--seconds", type=int, default=20)
    arguments.add_argument("--turns", type=int, default=100)
    arguments.add_argument("--part", nargs=2, metavar=("FOLDER", "URL"), help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.part:
        _measure(Path(asked.part[0]), asked.part[1], asked.seconds, asked.turns)
        return
    with tempfile.TemporaryDirectory(prefix="daybook-bench-") as folder:
        database = Path(folder) / "idle.sqlite"
        shutil.copy(organisation.made(REPS, ACCOUNTS), database)
        _in_child(folder, f"sqlite:///{database}", asked)
        if asked.postgres:
            with Postgres() as url:
                organisation.fill(organisation.open_database(url), REPS, ACCOUNTS)
                _in_child(folder, url, asked)


def _in_child(folder: str, url: str, asked: Any) -> None:
    """DBOS can be started once a process, so each database has one of its own."""
    sizes = ["--seconds", str(asked.seconds), "--turns", str(asked.turns)]
    subprocess.run(
        [sys.executable, "-m", "bench.bench_idle", "--part", folder, url, *sizes], cwd=CHECKOUT, check=True
    )


def _measure(folder: Path, url: str, seconds: int, turns: int) -> None:
    logging.disable(logging.INFO)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    stand_in = subprocess.Popen(
        [sys.executable, "-m", "bench.slack_stand_in"], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert stand_in.stdout is not None
        _deployed(folder, url, stand_in.stdout.readline().strip(), seconds, turns)
    finally:
        stand_in.terminate()
        stand_in.wait(timeout=10)


def _deployed(folder: Path, url: str, address: str, seconds: int, turns: int) -> None:
    from cli.running import Deployment
    from scheduler.clock import Clock, Ticker
    from sessions.engine import Queue
    from store.engine import is_sqlite, open_database
    from systems import settings

    clock_file = folder / "idle.clock"
    clock_file.write_text(json.dumps({"now_ms": NOW - 6 * 3_600_000, "wall_ms": _wall(), "running": False}))
    given = {
        "DATABASE_URL": url,
        "DAYBOOK_LEDGER_KEY": "a key that only this benchmark knows",
        "SLACK_API_URL": f"{address}/slack/api/",
        "SLACK_BOT_TOKEN": "xoxb-bench",
        "HUBSPOT_API_URL": f"{address}/hubspot",
        "HUBSPOT_ACCESS_TOKEN": "pat-bench",
        "DAYBOOK_CLOCK": str(clock_file),
    }
    deployment = Deployment(settings.load(given), exclusive=True)
    ticker = Ticker(deployment.database, deployment.systems, deployment.queue, deployment.workspace)
    ticker.tick()
    worker = deployment.worker()
    clock = Clock(ticker)
    kind = "SQLite" if is_sqlite(deployment.database) else "Postgres"
    pause = threading.Event()
    pause.wait(SETTLING_SECONDS)
    with Pace() as pace:
        before, began = time.process_time(), time.monotonic()
        pause.wait(seconds)
        cpu, wall = time.process_time() - before - pace.spent, time.monotonic() - began
    elsewhere = deployment.database if is_sqlite(deployment.database) else open_database(url)
    queue = deployment.queue if elsewhere is deployment.database else Queue(elsewhere)
    waits = sorted(_claimed_after(elsewhere, queue, n) for n in range(turns))
    p50, p95 = statistics.median(waits), waits[int(len(waits) * 0.95)]
    print(f"{kind}: {cpu:.2f} s CPU in {wall:.0f} s of nothing; from the call until claimed, {turns} turns:"
          f" p50 {p50:.0f} ms, p95 {p95:.0f} ms, longest {waits[-1]:.0f} ms")  # fmt: skip
    told_time(f"CPU of a worker and a clock with nothing to do, {kind}", 100 * cpu / wall, 2.0, "%", pace.slower)
    told(f"from the call until a worker has claimed it, median, {kind}", p50, 50.0, "ms")
    clock.close()
    worker.close()
    if queue is not deployment.queue:
        queue.close()
    deployment.close()
    with urllib.request.urlopen(f"{address}/_counts", timeout=30) as answer:
        told(f"messages sent meanwhile, {kind}", int(json.loads(answer.read())["posts"]), 0)


def _claimed_after(database: Any, queue: Any, number: int) -> float:
    """Milliseconds from the call until a worker has the turn: one that is over at once, its time being past."""
    from sessions import inbox
    from sessions.session import Scheduled
    from store import faults

    seen: dict[str, float] = {}
    finished = threading.Event()

    def notice(point: str) -> None:
        seen.setdefault(point, time.monotonic())
        if point == "turn.finished":
            finished.set()

    trigger = Scheduled(
        key=f"idle:{number}",
        session=f"idle:{number}",
        agent="morning_list",
        person="UNOBODY",
        schedule="morning_list",
        nominal=0,
        worth_until=0,
        day="1970-01-01",
    )
    faults.plug = notice
    began = time.monotonic()
    with database.begin() as connection:
        inbox.submit(connection, queue, "T1", trigger, NOW)
    assert finished.wait(30), "the turn was never run"
    faults.plug = None
    # A little later than the last look after a turn, so that the next one meets a worker at rest.
    threading.Event().wait(0.45)
    return (seen["turn.claimed"] - began) * 1_000


def _wall() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    main()
