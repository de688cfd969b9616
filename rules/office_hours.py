"""Business hours of the person who is told: when a message may come, and when so many working hours have passed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from rules.facts import HOUR
from rules.policy import Escalation

WORKING_DAYS = 5


def opens_at(now: int, zone: tzinfo, numbers: Escalation) -> int:
    """``now`` when it is within their hours, else the instant (ms) at which the next ones begin."""
    return next(max(now, begin) for begin, end in _days(now, zone, numbers) if now < end)


def next_morning(now: int, zone: tzinfo, numbers: Escalation) -> int:
    """The beginning of the next business hours that have not begun yet."""
    return next(begin for begin, _end in _days(now, zone, numbers) if begin > now)


def after_working(start: int, hours: int, zone: tzinfo, numbers: Escalation) -> int:
    """The instant at which that many of their working hours have passed since ``start``."""
    left = hours * HOUR
    for begin, end in _days(start, zone, numbers):
        begin = max(begin, start)
        if end - begin >= left:
            return begin + left
        left -= max(0, end - begin)
    raise AssertionError("days do not end")


def _days(since: int, zone: tzinfo, numbers: Escalation) -> Iterator[tuple[int, int]]:
    """The hours of each working day from that day on, as (begin, end), by their own clock."""
    day = datetime.fromtimestamp(since / 1000, UTC).astimezone(zone).date()
    while True:
        if day.weekday() < WORKING_DAYS:
            yield _hour(day, numbers.hours_from, zone), _hour(day, numbers.hours_to, zone)
        day += timedelta(days=1)


def _hour(day: date, hour: int, zone: tzinfo) -> int:
    day, hour = (day + timedelta(days=1), 0) if hour == 24 else (day, hour)
    return int(datetime.combine(day, time(hour), zone).timestamp() * 1000)
