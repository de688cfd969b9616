"""Routines: what people had Daybook do by the clock, each at its own time where that person is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from records import people
from rules.facts import DAY
from sessions.schedules import Due, Wanted
from sessions.session import Scheduled
from systems.settings import Settings
from tools import routines

ABOUT = "What people set up with `/daybook every …`: an agent's answer as a DM, at their own local time."


def wanted(connection: Connection, settings: Settings) -> Sequence[Wanted]:
    """Also of those who have left: the run itself ends such a routine, and says so."""
    live = [
        routine
        for workspace in sorted(people.workspaces(connection))
        for routine in routines.live(connection, workspace)
    ]
    zones = people.zones(connection) if live else {}
    return [
        Wanted(routine.schedule, routine.person, routine.at, routine.days, zones.get(routine.person, "UTC"))
        for routine in live
    ]


def trigger(workspace: str, due: Due) -> Scheduled:
    """Its key holds the local time: an hour that the clocks repeat does not bring it twice."""
    local = datetime.fromtimestamp(due.nominal / 1000, UTC).astimezone(ZoneInfo(due.zone))
    return _run(workspace, due, f"{local:%Y-%m-%dT%H:%M}", local)


def now(workspace: str, due: Due, key: str) -> Scheduled:
    """A run that a person asks for beside its times; ``key`` makes it happen once."""
    local = datetime.fromtimestamp(due.nominal / 1000, UTC).astimezone(ZoneInfo(due.zone))
    return _run(workspace, due, f"now:{key}", local)


def _run(workspace: str, due: Due, key: str, local: datetime) -> Scheduled:
    day = local.date().isoformat()
    return Scheduled(
        key=f"{workspace}:{due.name}:{key}",
        session=f"{workspace}:{due.name}:{day}",
        agent="routine",
        person=due.person,
        schedule=due.name,
        nominal=due.nominal,
        worth_until=due.nominal + DAY,  # sooner, if the policy of that day says so
        day=day,
    )
