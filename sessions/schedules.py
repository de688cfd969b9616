"""When each schedule is due next, for each person: a table that any number of clocks may advance together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, delete, or_, select, update

from sessions.store import schedules
from store.engine import insert_once

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class ScheduleError(Exception):
    """A time, zone or list of days can't be used; the message shows a right one."""


@dataclass(frozen=True)
class Due:
    """One schedule of one person, at the instant it was due."""

    name: str
    person: str
    zone: str
    nominal: int


def next_time(at: str, days: str, zone: str, after: int) -> int:
    """The first instant strictly after ``after`` (ms) at local time ``at`` ("09:00") on one of ``days`` ("mon,tue").

    ``at`` may be ``*:50`` or ``*:20,50``: those minutes of each hour. APScheduler's CronTrigger does the calendar: it
    is right across DST changes when asked in UTC. A time in the hour that a DST change repeats would come twice;
    callers key by day.
    """
    moment = datetime.fromtimestamp((after + 1) / 1000, UTC)
    found = _calendar(at, days, zone).get_next_fire_time(None, moment)
    if found is None:
        raise ScheduleError(f"{at} on {days} in {zone} never comes")
    return int(found.timestamp() * 1000)


@lru_cache(maxsize=1_000)
def _calendar(at: str, days: str, zone: str) -> Any:
    from apscheduler.triggers.cron import CronTrigger

    hour, minute = parse_time(at)
    return CronTrigger(day_of_week=parse_days(days), hour=hour, minute=minute, timezone=_zone(zone))


def parse_time(at: str) -> tuple[str, str]:
    """("9", "0") of "09:00"; ("*", "50") of "*:50". Raises ``ScheduleError``."""
    hour, _, minute = at.strip().partition(":")
    minutes = minute.split(",") if hour == "*" else [minute]
    good_hour = hour == "*" or (hour.isascii() and hour.isdigit() and int(hour) < 24)
    if not (good_hour and all(m.isascii() and m.isdigit() and len(m) == 2 and int(m) < 60 for m in minutes)):
        raise ScheduleError(f"{at!r} is not a time of day; write it like 08:30")
    return (hour if hour == "*" else str(int(hour))), ",".join(str(int(m)) for m in minutes)


def _time_of_day(at: str) -> str:
    """``08:30`` of "8:30"; one time a day, unlike Daybook's own schedules."""
    hour, minute = parse_time(at)
    if not (hour + minute).isdigit():
        raise ScheduleError(f"{at!r} is not a time of day; write it like 08:30")
    return f"{int(hour):02}:{int(minute):02}"


def parse_days(days: str) -> str:
    """Day names as APScheduler takes them. Names only: its numbers count from Monday, cron's from Sunday."""
    wanted = [day.strip().lower()[:3] for day in days.split(",") if day.strip()]
    if not wanted or any(day not in DAYS for day in wanted):
        raise ScheduleError(f"{days!r} is not a list of days; write it like mon,tue,wed,thu,fri")
    return ",".join(day for day in DAYS if day in wanted)


def _zone(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise ScheduleError(f"{zone!r} is not a time zone; write it like Europe/Berlin") from None


@dataclass(frozen=True)
class Wanted:
    """A schedule as the product or the people file wants it, before anyone changed it by hand."""

    name: str
    person: str
    at: str
    days: str
    zone: str


def arrange(
    connection: Connection, workspace: str, name: str, wanted: Sequence[Wanted], now: int
) -> list[tuple[str, str]]:
    """Make the rows of schedule ``name`` (and ``name:…``) be ``wanted``: add, follow a moved zone, drop who is gone.

    A time that a person chose stays, and so does a pause, also while they are away. A new or changed row is next due
    after ``now``. Answers the wishes that can't be fulfilled: (person, why).
    """
    unusable = []
    of_it = schedules.c.name == name, schedules.c.name.startswith(f"{name}:", autoescape=True)
    rows: dict[tuple[str, str], Mapping[str, Any]] = {
        (row["name"], row["person"]): dict(row)
        for row in connection.execute(
            select(schedules).where(schedules.c.workspace == workspace, or_(*of_it))
        ).mappings()
    }
    for want in wanted:
        have = rows.pop((want.name, want.person), None)
        try:
            if have is None:
                first = next_time(want.at, want.days, want.zone, now)
                new = {"workspace": workspace, **asdict(want), "paused": False, "chosen": False, "next_at": first}
                insert_once(connection, schedules, new)  # another clock may be arranging the same people
                continue
            at, days = (have["at"], have["days"]) if have["chosen"] else (want.at, want.days)
            if (at, days, want.zone) != (have["at"], have["days"], have["zone"]):
                following = next_time(at, days, want.zone, now)
                moved = {"at": at, "days": days, "zone": want.zone, "next_at": following}
                _set(connection, workspace, want.name, want.person, **moved)
        except ScheduleError as wrong:
            unusable.append((want.person, str(wrong)))
    for (gone, person), row in rows.items():
        if gone == name and (row["paused"] or row["chosen"]):
            continue  # they may be back; until then the list says why there is none
        remove(connection, workspace, gone, person)
    return unusable


def remove(connection: Connection, workspace: str, name: str, person: str) -> None:
    """A schedule that nobody wants any more."""
    connection.execute(
        delete(schedules).where(
            schedules.c.workspace == workspace, schedules.c.name == name, schedules.c.person == person
        )
    )


def change(
    connection: Connection,
    workspace: str,
    name: str,
    person: str,
    now: int,
    *,
    at: str | None = None,
    days: str | None = None,
    paused: bool | None = None,
) -> Mapping[str, Any]:
    """A person's own wish for their schedule; answers the row as it is now. Raises ``ScheduleError``."""
    row = get(connection, workspace, name, person)
    if row is None:
        raise ScheduleError(f"there is no {name} for {person or 'Daybook itself'}")
    values: dict[str, Any] = {}
    if at is not None:
        values |= {"at": _time_of_day(at), "chosen": True}
    if days is not None:
        values |= {"days": parse_days(days), "chosen": True}
    if paused is not None:
        values["paused"] = paused
    merged = {**row, **values}
    values["next_at"] = next_time(merged["at"], merged["days"], merged["zone"], _since(row, paused, now))
    _set(connection, workspace, name, person, **values)
    return {**row, **values}


def _since(row: Mapping[str, Any], paused: bool | None, now: int) -> int:
    """From when on the next time counts: from this morning while today's list is still to come, so that it comes.

    The key of a list is its day, so this can't make two. After a pause, what was due meanwhile is not made up for.
    """
    zone = _zone(row["zone"])
    today = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone).date()
    due = datetime.fromtimestamp(row["next_at"] / 1000, UTC).astimezone(zone).date()
    if row["paused"] or paused is not None or due > today:
        return now
    return int(datetime.combine(today, time(), zone).timestamp() * 1000) - 1


def get(connection: Connection, workspace: str, name: str, person: str) -> dict[str, Any] | None:
    found = (
        connection.execute(
            select(schedules).where(
                schedules.c.workspace == workspace, schedules.c.name == name, schedules.c.person == person
            )
        )
        .mappings()
        .first()
    )
    return dict(found) if found else None


def every(connection: Connection, workspace: str) -> list[dict[str, Any]]:
    rows = connection.execute(
        select(schedules)
        .where(schedules.c.workspace == workspace)
        .order_by(schedules.c.name, schedules.c.next_at, schedules.c.person)
    )
    return [dict(row) for row in rows.mappings()]


def take_due(connection: Connection, workspace: str, now: int, limit: int) -> list[Due]:
    """Lock the rows that are due and move each to its next time after ``now``; answers what was due.

    In one transaction with what is submitted for them, so any number of clocks fire each once, and a clock that dies
    fires none. A long downtime is one Due, at the latest time missed.
    """
    rows = (
        connection.execute(
            select(schedules)
            .where(schedules.c.workspace == workspace, schedules.c.paused.is_(False), schedules.c.next_at <= now)
            .order_by(schedules.c.next_at, schedules.c.name, schedules.c.person)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        .mappings()
        .all()
    )
    due = []
    for row in rows:
        latest, following = _latest(row["at"], row["days"], row["zone"], row["next_at"], now)
        due.append(Due(row["name"], row["person"], row["zone"], latest))
        _set(connection, workspace, row["name"], row["person"], next_at=following)
    return due


def _latest(at: str, days: str, zone: str, first: int, now: int) -> tuple[int, int]:
    """The last time at or before ``now``, and the one after: after a weekend down, Monday's list is worth making."""
    latest = first
    while (following := next_time(at, days, zone, latest)) <= now:
        latest = following
    return latest, following


def soonest(connection: Connection, workspace: str, name: str, after: int) -> int | None:
    """The first instant after ``after`` at which anyone's ``name`` is due."""
    return connection.scalar(
        select(schedules.c.next_at)
        .where(
            schedules.c.workspace == workspace,
            schedules.c.name == name,
            schedules.c.paused.is_(False),
            schedules.c.next_at > after,
        )
        .order_by(schedules.c.next_at)
        .limit(1)
    )


def pull_forward(connection: Connection, workspace: str, name: str, to: int) -> None:
    """Make ``name`` (of Daybook itself) due at ``to`` if it would be later."""
    connection.execute(
        update(schedules)
        .where(
            schedules.c.workspace == workspace,
            schedules.c.name == name,
            schedules.c.person == "",
            schedules.c.next_at > to,
        )
        .values(next_at=to)
    )


def _set(connection: Connection, workspace: str, name: str, person: str, **values: Any) -> None:
    connection.execute(_SET, {"of_workspace": workspace, "of_name": name, "of_person": person, **values})


_SET = update(schedules).where(
    schedules.c.workspace == bindparam("of_workspace"),
    schedules.c.name == bindparam("of_name"),
    schedules.c.person == bindparam("of_person"),
)
"""Built once: building a statement costs several times what running it does."""
