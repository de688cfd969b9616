"""``daybook demo``: a sample company's 9 AM, delivered over the real wire, on a clock that is moved for you."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from cli import logs
from cli import sandbox as stand_ins
from cli.list import explained
from cli.running import Deployment, serve
from cli.sync import read_all
from records import people
from scheduler import sync_records
from scheduler.clock import Ticker
from sessions import events, schedules
from sessions.session import ENDED
from sessions.store import inbox
from sessions.store import schedules as schedule_rows
from systems import settings as settings_module
from systems.ports import KEYED
from tools import listing as listings
from tools import rank_accounts
from views import terminal

EVE = "2026-11-22T20:00:00+00:00"
"""Sunday evening in London: every rep's Monday 9:00, Sydney's first, is still ahead."""
PATIENCE_SECONDS = 60


class DemoError(Exception):
    """The demo could not show what it promises; the message says what is missing."""


def run(*, headless: bool, reps: int, accounts: int, seed: int, real_model: bool) -> None:
    logs.start("text", level=40)
    model = _real_model() if real_model else {}
    _say(
        f"Starting a sample company: {reps} reps, {accounts} accounts each, in stand-ins for Slack, HubSpot and Jira …"
    )
    with tempfile.TemporaryDirectory(prefix="daybook-demo-") as folder:
        # Without rate limits on either side: a whole day passes here in a minute, and nobody wants to watch it wait.
        sandbox, environment = stand_ins.start(["--now", EVE], reps=reps, accounts=accounts, seed=seed, limits=False)
        try:
            _morning({**environment, **model}, Path(folder), headless)
        finally:
            sandbox.terminate()
            sandbox.wait(timeout=10)


def _real_model() -> dict[str, str]:
    """The real model's key and address, which is all that the demo ever takes from the shell's environment."""
    found = {name: os.environ[name] for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL") if os.environ.get(name)}
    if "ANTHROPIC_API_KEY" not in found:
        raise DemoError("--real-model needs ANTHROPIC_API_KEY in the environment; its use is billed to that key.")
    return {"ANTHROPIC_BASE_URL": str(settings_module.Settings.model_fields["anthropic_base_url"].default), **found}


def _morning(environment: dict[str, str], folder: Path, headless: bool) -> None:
    # Deaf to the shell's environment and .env: whatever tokens lie about there, nothing real is touched.
    port = _free_port()
    loaded = settings_module.load(
        {
            **environment,
            "DATABASE_URL": f"sqlite:///{folder}/demo.sqlite",
            "DAYBOOK_PORT": str(port),
            "DAYBOOK_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "DAYBOOK_VENDOR_LIMITS": "false",
        }
    )
    deployment = Deployment(loaded, exclusive=True, migrate=True)
    failure: list[BaseException] = []
    try:
        _say("Reading its HubSpot, Jira and people into the records …")
        report, found = read_all(deployment, full=False, quiet=False)
        _say(f"{report.summary()}.")
        # What `daybook doctor` does for a real portal: without its key nothing may be logged.
        for kind in KEYED:
            deployment.systems.crm.ensure_key(kind)
        _say(f"{found.reps} reps matched; {len(found.problems)} people have no list, each for a reason on record.")
        Ticker(deployment.database, deployment.systems, deployment.queue, deployment.workspace).arrange(
            deployment.systems.clock.now()
        )

        def started(stop: Callable[[], None]) -> None:
            def drive() -> None:
                try:
                    _drive(deployment, environment, headless)
                except BaseException as broken:  # noqa: BLE001 - raised again by the main thread
                    failure.append(broken)
                    stop()
                else:
                    if headless:
                        stop()

            threading.Thread(target=drive, name="demo", daemon=True).start()

        asyncio.run(serve(deployment, "all", started))
    finally:
        deployment.close()
    if failure:
        raise failure[0]


def _free_port() -> int:
    """One that is free now: a footer's link must name it before the web process listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _drive(deployment: Deployment, environment: dict[str, str], headless: bool) -> None:
    """Move the clock from one rep's 9:00 to the next until everyone has their list; print the first two."""
    control = environment["DAYBOOK_SANDBOX_PAGE"].rstrip("/")
    start = deployment.systems.clock.now()
    shown = 0
    while True:
        with deployment.database.connect() as connection:
            due = schedules.soonest(connection, deployment.workspace, "morning_list", deployment.systems.clock.now())
        if due is None or due > start + 24 * 3_600_000:
            break
        # First to just before, so that the sync before each list is seen to do its work.
        _set_clock(control, due - sync_records.BEFORE_LISTS_MS)
        _ended(deployment, "sync_records", due - sync_records.BEFORE_LISTS_MS)
        _set_clock(control, due)
        for session in _delivered(deployment, due):
            if shown < 2:
                _show(deployment, session, why=shown == 1 or (not headless and shown == 0))
                shown += 1
    if shown < 2:
        raise DemoError("Fewer than two lists were delivered; `daybook sessions` would say why.")
    if not headless:
        page = environment["DAYBOOK_SANDBOX_PAGE"]
        _say(f"\nEvery rep has had their 9:00 list. See them all, and press the buttons: {page}\nCtrl-C ends the demo.")


def _delivered(deployment: Deployment, due: int) -> list[str]:
    """Wait for the lists due by ``due``; answers the sessions of those that were sent at that instant."""
    rows = _ended(deployment, "morning_list", due)
    return [row.session for row in rows if row.received_at >= due and row.state == "done" and row.note[0] != "0"]


def _ended(deployment: Deployment, name: str, due: int) -> list[Any]:
    """Wait until every turn of schedule ``name`` that is due by ``due`` has ended; answers their inbox rows."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    mine = inbox.c.trigger["schedule"].as_string() == name
    late = select(func.count()).where(schedule_rows.c.name == name, schedule_rows.c.next_at <= due)
    query = select(inbox.c.session, inbox.c.state, inbox.c.note, inbox.c.received_at).where(mine).order_by(inbox.c.seq)
    while time.monotonic() < give_up:
        with deployment.database.connect() as connection:
            behind = connection.scalar(late)
            rows = connection.execute(query).all()
        if not behind and all(row.state in ENDED for row in rows):
            return list(rows)
        time.sleep(0.05)
    raise DemoError(f"{name} did not end within a minute; `daybook sessions` would say why.")


def _show(deployment: Deployment, session: str, why: bool) -> None:
    with deployment.database.begin() as connection:
        body = events.latest(connection, session, "listed") or {}
        listing = listings.from_log(connection, session, body, deployment.systems.settings)
        rep = people.by_slack_id(connection, listing.person)
        if rep is None:
            raise DemoError(f"{listing.person} vanished from the people.")
        drawn = listings.draw(connection, deployment.systems, deployment.workspace, listing)
        local = datetime.fromtimestamp(listing.at / 1000, UTC).astimezone(drawn.zone)
        print(f"\n── {rep.name} · {local:%a %H:%M} in {rep.tz} {'─' * 24}\n")
        print(terminal.list_as_text(drawn))
        if why and listing.listed:
            ranked = rank_accounts.run(
                connection, deployment.systems, deployment.workspace, rep, deployment.systems.clock.now()
            )
            first = listing.listed[0].facts.account_id
            print(
                "\n" + terminal.why_as_text(explained(connection, deployment.systems, rep, ranked, first, listing.at))
            )
    sys.stdout.flush()


def _set_clock(control: str, at: int) -> None:
    body = json.dumps({"set": at}).encode()
    request = urllib.request.Request(
        f"{control}/_sandbox/clock", data=body, headers={"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=10):
        return


def _say(text: str) -> None:
    print(text, flush=True)
