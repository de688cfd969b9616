"""How much of our own work a morning is: a thousand reps' lists, delivered to a Slack that answers at once.

``python -m bench.bench_morning [--reps 1000] [--accounts 200]``. The clock and the workers run in one process, as in
``daybook run``, with the limiter of posts off; CPU seconds of that process are counted from before 9:00 until the last
message is in. The stand-in counts what it was asked, so that nothing is looked up rep by rep. The floor is the bare
posting of as many messages through the same client, one after the other.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import func, select

from bench import organisation
from bench.goals import Pace, peak_mib, told, told_time
from bench.organisation import NOW

CHECKOUT = Path(__file__).resolve().parent.parent
LONGEST_SECONDS = 600


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--reps", type=int, default=1_000)
    arguments.add_argument("--accounts", type=int, default=200)
    asked = arguments.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the stand-in never stays behind
    with tempfile.TemporaryDirectory(prefix="daybook-bench-") as folder:
        database = Path(folder) / "morning.sqlite"
        shutil.copy(organisation.made(asked.reps, asked.accounts), database)
        stand_in = subprocess.Popen(
            [sys.executable, "-m", "bench.slack_stand_in"], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
        )
        try:
            assert stand_in.stdout is not None
            _measure(database, stand_in.stdout.readline().strip(), asked.reps)
        finally:
            stand_in.terminate()
            stand_in.wait(timeout=10)


def _measure(database: Path, address: str, reps: int) -> None:
    logging.disable(logging.INFO)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    clock_file = database.with_suffix(".clock")
    clock_file.write_text(json.dumps({"now_ms": NOW - 30_000, "wall_ms": _wall(), "running": False}))
    bare = _bare_posts(address, reps)
    _ask(address, "_forget")

    from cli.running import Deployment
    from scheduler.clock import Clock, Ticker
    from systems import settings

    given = {
        "DATABASE_URL": f"sqlite:///{database}",
        "SLACK_API_URL": f"{address}/slack/api/",
        "SLACK_BOT_TOKEN": "xoxb-bench",
        "HUBSPOT_API_URL": f"{address}/hubspot",
        "HUBSPOT_ACCESS_TOKEN": "pat-bench",
        "DAYBOOK_CLOCK": str(clock_file),
        "DAYBOOK_SLACK_POSTS_PER_MINUTE": "0",
    }
    deployment = Deployment(settings.load(given), exclusive=True)
    ticker = Ticker(deployment.database, deployment.systems, deployment.queue, deployment.workspace)
    ticker.tick()  # everyone's schedule is there since yesterday
    with Pace() as pace:
        began, cpu = time.monotonic(), time.process_time()
        worker = deployment.worker()
        clock = Clock(ticker)
        _move(clock_file, NOW)
        give_up = time.monotonic() + LONGEST_SECONDS
        pause = threading.Event()
        while (seen := _ask(address, "_counts"))["posts"] < reps and time.monotonic() < give_up:
            pause.wait(0.5)
        cpu, wall = time.process_time() - cpu - pace.spent, time.monotonic() - began
    clock.close()
    worker.close()
    seen = _ask(address, "_counts")
    notes = _ends(deployment)
    deployment.close()

    calls: dict[str, int] = seen["calls"]
    print(f"{seen['posts']:,} lists to {seen['channels']:,} people, turns ended: {notes}")
    print(f"asked of the vendors: {', '.join(f'{path} {n:,}' for path, n in calls.items())}")
    print(
        f"CPU {cpu:.1f} s, wall {wall:.1f} s, peak {peak_mib():.0f} MiB; bare posts of the same client {bare:.2f} s;"
        f" a list costs {1_000 * cpu / reps:.1f} ms, {cpu / bare:.1f} × its bare post"
    )
    told_time("our CPU until the last message", cpu * 1_000 / reps, 20.0, "s per 1,000 reps", pace.slower)
    told("messages to one person", seen["most"], 1)
    others = sum(n for path, n in calls.items() if not path.endswith("/chat.postMessage"))
    told("calls to Slack and HubSpot besides the messages, in all", others, 1)


def _bare_posts(address: str, count: int) -> float:
    """CPU of only posting ``count`` small messages, to people who are nobody in the organisation."""
    from slack_sdk import WebClient

    client = WebClient("xoxb-bench", base_url=f"{address}/slack/api/", retry_handlers=[])
    client.proxy = None
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "line " * 40}} for _ in range(20)]
    began = time.process_time()
    for _ in range(count):
        client.chat_postMessage(channel="UNOBODY", text="list", blocks=blocks)
    return time.process_time() - began


def _ends(deployment: Any) -> dict[str, int]:
    from sessions.store import inbox

    with deployment.database.connect() as conn:
        rows = conn.execute(select(inbox.c.state, func.count()).group_by(inbox.c.state).order_by(inbox.c.state))
        return dict(rows.all())


def _move(clock_file: Path, now: int) -> None:
    """The clock goes on from ``now``; written beside and renamed, as its readers expect."""
    other = clock_file.with_suffix(".next")
    other.write_text(json.dumps({"now_ms": now, "wall_ms": _wall(), "running": True}))
    other.rename(clock_file)


def _wall() -> int:
    return time.time_ns() // 1_000_000


def _ask(address: str, what: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{address}/{what}", timeout=30) as answer:
        return dict(json.loads(answer.read()))


if __name__ == "__main__":
    main()
