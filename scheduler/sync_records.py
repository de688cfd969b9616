"""Keeps the records fresh: hourly, and ten minutes before any rep's list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from sessions.schedules import Due, Wanted
from sessions.session import Scheduled
from systems.settings import Settings

ABOUT = "Reads what changed in HubSpot and Jira: hourly, and ten minutes before any rep's list."
BEFORE_LISTS_MS = 10 * 60_000


def wanted(connection: Connection, settings: Settings) -> Sequence[Wanted]:
    return [Wanted("sync_records", "", settings.daybook_sync_at, "mon,tue,wed,thu,fri,sat,sun", "UTC")]


def trigger(workspace: str, due: Due) -> Scheduled:
    moment = datetime.fromtimestamp(due.nominal / 1000, UTC)
    day = moment.date().isoformat()
    return Scheduled(
        key=f"{workspace}:sync_records:{moment:%Y-%m-%dT%H:%M}",
        session=f"{workspace}:sync_records:{day}",
        agent="sync_records",
        person=None,
        schedule="sync_records",
        nominal=due.nominal,
        worth_until=due.nominal + 50 * 60_000,
        day=day,
    )
