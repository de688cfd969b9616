"""Setting up a routine and taking it away: the row with its grant, and when it is due, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from records import people, policies
from records.people import Person
from rules import allowance
from rules import routines as rules
from rules.asking import Who, may_ask
from rules.facts import DAY
from rules.policy import Policy
from rules.routines import RoutineError, Wish
from rules.verdict import Refuse
from sessions import schedules
from sessions.engine import ROUTINES
from sessions.store import inbox as inbox_table
from sessions.store import schedules as schedules_table
from store.engine import insert_once
from systems.settings import Settings
from tools import ledger, principal, routines
from tools.routines import Routine

LOOKED_AHEAD = 8
"""Times of a routine that are compared: a week's worth of a daily one."""


@dataclass(frozen=True)
class Answering:
    """What a routine needs to know of the agent that is to answer: who may ask it, and its tools."""

    name: str
    who: Who
    tools: tuple[str, ...]


@dataclass(frozen=True)
class Standing:
    """A routine as it stands: when it is due next (None while it is paused), and in which zone."""

    routine: Routine
    next_at: int | None
    zone: str

    @property
    def paused(self) -> bool:
        return self.next_at is None


def check(
    connection: Connection, settings: Settings, workspace: str, person: Person, wish: Wish, agent: Answering, now: int
) -> int:
    """When it would come first. Raises ``RoutineError`` with the reason when it can't be set up."""
    policy = policies.current(settings)[0].routines
    asked = may_ask(agent.name, agent.who, principal.of(connection, person.id).role)
    if isinstance(asked, Refuse):
        raise RoutineError(asked.reason)
    times = [schedules.next_time(wish.at, wish.days, person.tz, now)]
    while len(times) < LOOKED_AHEAD:
        times.append(schedules.next_time(wish.at, wish.days, person.tz, times[-1]))
    apart = min(later - sooner for sooner, later in pairwise(times))
    verdict = rules.may_be_made(routines.count(connection, workspace, person.id), apart, policy)
    if isinstance(verdict, Refuse):
        raise RoutineError(verdict.reason)
    return times[0]


def set_up(
    connection: Connection,
    settings: Settings,
    workspace: str,
    person: Person,
    wish: Wish,
    agent: Answering,
    granted: tuple[Collection[str], int],
    by: str,
    key: str,
    now: int,
) -> Standing:
    """Make it, with its grant (tools, records a run). The same ``key`` makes one only. Raises ``RoutineError``."""
    ident = hashlib.sha256(f"{workspace}:{key}".encode()).hexdigest()[:10]
    before = routines.get(connection, workspace, ident)
    if before is not None:
        return standing(connection, before)
    ledger.lock(connection, workspace)  # nobody else makes one between the count and the row
    first = check(connection, settings, workspace, person, wish, agent, now)
    policy = policies.current(settings)[0]
    wanted, records = granted
    tools = allowance.grantable(wanted, agent.tools)
    if set(tools) != set(wanted):
        wrong = ", ".join(sorted(set(wanted) - set(tools)))
        can = ", ".join(allowance.grantable(allowance.GRANTABLE, agent.tools)) or "nothing"
        raise RoutineError(f"{agent.name} can't be granted {wrong} beforehand. It can be granted: {can}.")
    most = most_records(policy)
    if tools and not 1 <= records <= most:
        raise RoutineError(f"A run can be granted 1 to {most} records.")
    routine = Routine(
        workspace=workspace,
        id=ident,
        person=person.id,
        agent=agent.name,
        words=wish.words,
        at=wish.at,
        days=wish.days,
        tools=tools,
        records=records if tools else 0,
        made_by=by,
        made_at=now,
        policy=policy.version,
    )
    routines.keep(connection, settings, routine)
    policies.keep(connection, settings, now)
    row = {
        "workspace": workspace,
        "name": routine.schedule,
        "person": person.id,
        "at": wish.at,
        "days": wish.days,
        "zone": person.tz,
        "paused": False,
        "chosen": False,
        "next_at": first,
    }
    insert_once(connection, schedules_table, row)
    return Standing(routine, first, person.tz)


def most_records(policy: Policy) -> int:
    """How many records a run can be granted; never as many as would need a yes to the whole list."""
    return min(policy.routines.records_per_run, policy.authority.bulk_records)


def pause(connection: Connection, routine: Routine, paused: bool, now: int) -> None:
    """Hold it, or let it come again; what was due meanwhile is not made up for."""
    schedules.change(connection, routine.workspace, routine.schedule, routine.person, now, paused=paused)


def delete(connection: Connection, settings: Settings, routine: Routine, by: str, now: int) -> bool:
    """It never comes again; the row stays, so that what it did can be explained."""
    schedules.remove(connection, routine.workspace, routine.schedule, routine.person)
    return routines.end(connection, settings, routine, now, by, "routine.deleted", "Deleted.")


def of(connection: Connection, workspace: str, persons: Collection[str] | None = None) -> list[Standing]:
    """The routines of these people, or of everybody, as they stand."""
    found = routines.live(connection, workspace, persons)
    due: dict[str, Mapping[str, Any]] = {
        row["name"]: dict(row)
        for row in connection.execute(
            select(schedules_table).where(
                schedules_table.c.workspace == workspace,
                schedules_table.c.name.in_([routine.schedule for routine in found]),
            )
        ).mappings()
    }
    return [_standing(routine, due.get(routine.schedule)) for routine in found]


def standing(connection: Connection, routine: Routine) -> Standing:
    """One routine as it stands."""
    return _standing(routine, schedules.get(connection, routine.workspace, routine.schedule, routine.person))


def _standing(routine: Routine, row: Mapping[str, Any] | None) -> Standing:
    if row is None:
        return Standing(routine, None, "UTC")
    return Standing(routine, None if row["paused"] else int(row["next_at"]), str(row["zone"]))


def ran_ms_ago(connection: Connection, routine: Routine, zone: str, now: int, within: int, besides: str) -> int | None:
    """How long ago its latest run was put in line, by the clock or by hand; None when none was for ``within`` ms.

    ``besides`` is the key of a trigger that doesn't count: the one that asks.
    """
    i = inbox_table.c
    days = {datetime.fromtimestamp(max(0, now - back) / 1000, ZoneInfo(zone)).date() for back in range(0, within, DAY)}
    days.add(datetime.fromtimestamp(max(0, now - within) / 1000, ZoneInfo(zone)).date())
    latest = connection.scalar(
        select(func.max(i.received_at)).where(
            i.session.in_([f"{routine.workspace}:{routine.schedule}:{day.isoformat()}" for day in days]),
            i.queue == ROUTINES,
            i.key != besides,
        )
    )
    return None if latest is None else now - int(latest)


def led_by(connection: Connection, person: Person) -> set[str] | None:
    """Whose routines somebody may see besides their own: those they lead, None (everybody's) for an admin."""
    if person.is_admin:
        return None
    return {one for one in principal.led(connection, person.id) if one != person.id}


def may(connection: Connection, what: str, by: Person, routine: Routine) -> Refuse | None:
    """Why ``by`` may not do that with the routine; None when they may."""
    managers = people.managers_of(connection, routine.person)
    verdict = rules.may_handle(what, by.id, routine.person, managers, by.is_admin)
    return verdict if isinstance(verdict, Refuse) else None
