"""Instants in the shapes vendors print and accept them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache

DAY_MS = 86_400_000
# Most instants of the sample world are whole minutes: printing those is a look-up.
_MINUTES = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(1440)]


@lru_cache(maxsize=20_000)
def _day(number: int) -> str:
    return date.fromordinal(719_163 + number).isoformat()


def iso(ms: int) -> str:
    """``2026-11-23T09:00:00.000Z``, as HubSpot prints an instant."""
    day, rest = divmod(ms, DAY_MS)
    if rest % 60_000 == 0:
        return f"{_day(day)}T{_MINUTES[rest // 60_000]}:00.000Z"
    seconds, millis = divmod(rest, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_day(day)}T{hour:02d}:{minute:02d}:{second:02d}.{millis:03d}Z"


def jira_iso(ms: int) -> str:
    """``2026-11-23T09:00:00.000+0000``, as Jira prints an instant."""
    return iso(ms)[:-1] + "+0000"


def iso_day(ms: int) -> str:
    """``2026-11-23``: the day of an instant, in UTC."""
    return _day(ms // DAY_MS)


def parse(text: str) -> int:
    """ISO 8601 (no zone means UTC), a plain date, or digits (milliseconds). ValueError for anything else."""
    text = text.strip()
    if text.lstrip("-").isdigit():
        return int(text)
    when = datetime.fromisoformat(text)
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return round(when.timestamp() * 1000)
