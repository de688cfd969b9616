"""``daybook fire``: set off a schedule by hand, through the same door and with the same keys as the clock."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import orjson
import typer
from sqlalchemy import select

from cli import logs, times
from cli.running import Deployment
from records import people
from scheduler.schedule import all_schedules
from sessions import inbox
from sessions.inbox import Receipt
from sessions.schedules import Due
from sessions.session import ENDED, WAITING
from sessions.store import inbox as inbox_table
from store.engine import DatabaseError, is_sqlite, reading
from systems import settings

PATIENCE_SECONDS = 120


def run(schedule: str, person: str | None, at: str | None, as_json: bool) -> None:
    known = all_schedules()
    if schedule not in known:
        raise typer.BadParameter(f"there is no schedule {schedule!r}; there are {', '.join(sorted(known))}.")
    loaded = settings.load()
    logs.start(loaded.daybook_log_format, level=40)
    alone = True
    try:
        deployment = Deployment(loaded, exclusive=True)
    except DatabaseError:
        # A running Daybook holds the file: it will do the turns, and we only put them through the door.
        deployment, alone = Deployment(loaded, exclusive=False), False
    try:
        now = deployment.systems.clock.now()
        receipts = _submit(deployment, schedule, person, times.read(at) if at else now, now)
        worker = deployment.worker() if alone and is_sqlite(deployment.database) else None
        try:
            rows = _await(deployment, receipts)
        finally:
            if worker is not None:
                worker.close()
    finally:
        deployment.close()
    if as_json:
        print(orjson.dumps(rows, option=orjson.OPT_NON_STR_KEYS).decode())
        return
    for row in rows:
        before = "" if row["fresh"] else " (had been set off before)"
        print(f"{row['state']:<8} {row['session']}{before}  {row['note'] or ''}")
    if not rows:
        print("Nobody has this schedule. `daybook sync` reads the people; `daybook doctor` says who has no match.")


def _submit(deployment: Deployment, schedule: str, person: str | None, nominal: int, now: int) -> list[Receipt]:
    module = all_schedules()[schedule]
    receipts = []
    with deployment.database.begin() as connection:
        only = people.find_one(connection, person).id if person is not None else None
        for wanted in module.wanted(connection, deployment.settings):
            if only is None or wanted.person == only:
                due = Due(wanted.name, wanted.person, wanted.zone, nominal)
                trigger = module.trigger(deployment.workspace, due)
                today = datetime.fromtimestamp(now / 1000, ZoneInfo(wanted.zone)).date().isoformat()
                if trigger.day > today:
                    raise typer.BadParameter(f"{trigger.day} is still ahead: that day's list can't be made yet.")
                receipt = inbox.submit(connection, deployment.queue, deployment.workspace, trigger, now)
                if not receipt.fresh and inbox.retry(connection, deployment.queue, receipt, trigger):
                    receipt = replace(receipt, fresh=True)
                receipts.append(receipt)
    return receipts


def _await(deployment: Deployment, receipts: list[Receipt]) -> list[dict[str, object]]:
    """Wait until each turn has ended, or waits for something; answers how it stands."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        rows = []
        with reading(deployment.database).connect() as connection:
            for receipt in receipts:
                row = connection.execute(
                    select(inbox_table.c.state, inbox_table.c.note).where(
                        inbox_table.c.session == receipt.session, inbox_table.c.turn == receipt.turn
                    )
                ).one()
                rows.append({"session": receipt.session, "fresh": receipt.fresh, "state": row.state, "note": row.note})
        if all(row["state"] in (*ENDED, WAITING) for row in rows) or time.monotonic() > give_up:
            return rows
        time.sleep(0.1)
