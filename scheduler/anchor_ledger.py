"""Anchors the ledger once a day, where DAYBOOK_ANCHOR_TO and DAYBOOK_ANCHOR_FILE say; without either, never."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from rules.facts import DAY
from sessions.schedules import Due, Wanted
from sessions.session import Scheduled
from systems.settings import Settings

ABOUT = "Tells the ledger's last row and seal where the database's owner can't change it: daily at 00:05 UTC."
AT = "00:05"


def wanted(connection: Connection, settings: Settings) -> Sequence[Wanted]:
    if not (settings.daybook_anchor_to or settings.daybook_anchor_file):
        return []
    return [Wanted("anchor_ledger", "", AT, "mon,tue,wed,thu,fri,sat,sun", "UTC")]


def trigger(workspace: str, due: Due) -> Scheduled:
    day = datetime.fromtimestamp(due.nominal / 1000, UTC).date().isoformat()
    key = f"{workspace}:anchor_ledger:{day}"
    return Scheduled(
        key=key,
        session=key,
        agent="anchor_ledger",
        person=None,
        schedule="anchor_ledger",
        nominal=due.nominal,
        worth_until=due.nominal + DAY,
        day=day,
    )
