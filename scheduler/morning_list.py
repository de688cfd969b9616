"""The morning list: at 9:00 on working days, in each rep's own zone; still worth it until noon."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from records import people
from rules.facts import HOUR
from sessions.schedules import Due, Wanted
from sessions.session import Scheduled
from systems.settings import Settings

ABOUT = "Each rep's ranked accounts as a DM, at their own local time; after downtime until noon."
AT = "09:00"
DAYS = "mon,tue,wed,thu,fri"


def wanted(connection: Connection, settings: Settings) -> Sequence[Wanted]:
    return [
        Wanted("morning_list", rep.id, rep.list_at or settings.daybook_list_at, DAYS, rep.tz)
        for rep in people.reps(connection)
    ]


def trigger(workspace: str, due: Due) -> Scheduled:
    zone = ZoneInfo(due.zone)
    day = datetime.fromtimestamp(due.nominal / 1000, UTC).astimezone(zone).date()
    # A list asked for in the afternoon by hand or by choice is still worth three hours.
    noon = int(datetime.combine(day, time(12), zone).timestamp() * 1000)
    key = f"{workspace}:morning_list:{day.isoformat()}:{due.person}"
    return Scheduled(
        key=key,
        session=key,
        agent="morning_list",
        person=due.person,
        schedule="morning_list",
        nominal=due.nominal,
        worth_until=max(noon, due.nominal + HOUR) if due.nominal < noon else due.nominal + 3 * HOUR,
        day=day.isoformat(),
    )
