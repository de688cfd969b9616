"""The watch over all accounts: every ten minutes, over the records; managers hear of what is about to go wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from rules.facts import MINUTE
from sessions.schedules import Due, Wanted
from sessions.session import Scheduled
from systems.settings import Settings

ABOUT = "Looks for accounts in trouble every ten minutes, and tells their owners' managers once."
AT = "*:00,10,20,30,40,50"
DAYS = "mon,tue,wed,thu,fri,sat,sun"
EVERY_MS = 10 * MINUTE


def wanted(_connection: Connection, _settings: Settings) -> Sequence[Wanted]:
    return [Wanted("watch_accounts", "", AT, DAYS, "UTC")]


def trigger(workspace: str, due: Due) -> Scheduled:
    moment = datetime.fromtimestamp(due.nominal / 1000, UTC)
    day = moment.date().isoformat()
    return Scheduled(
        key=f"{workspace}:watch_accounts:{moment:%Y-%m-%dT%H:%M}",
        session=f"{workspace}:watch_accounts:{day}",
        agent="watch_accounts",
        person=None,
        schedule="watch_accounts",
        nominal=due.nominal,
        worth_until=due.nominal + EVERY_MS,
        day=day,
    )


def telling(notice: str, person: str, made_at: int) -> Scheduled:
    """The message with this id is to be sent: a session of its own, which its thread belongs to."""
    return Scheduled(
        key=f"{notice}:tell",
        session=notice,
        agent="tell_manager",
        person=person,
        schedule="watch_accounts",
        nominal=made_at,
        worth_until=made_at + 7 * 24 * 60 * MINUTE,
        day=datetime.fromtimestamp(made_at / 1000, UTC).date().isoformat(),
    )
