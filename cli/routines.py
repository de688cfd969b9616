"""``daybook routine``: what people have agents answer by the clock: list, add, pause, resume, delete."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import Any

import orjson
import typer
from sqlalchemy import Connection

from agents.catalogue import written_agents
from cli.times import stamp
from records import people
from rules import allowance
from rules import routines as rules
from rules.routines import RoutineError
from sessions import routines
from sessions.routines import Answering, Standing
from sessions.schedules import ScheduleError
from store.engine import open_database
from systems import settings
from systems.connect import clock_of
from tools import routines as book

TERMINAL = "terminal"
"""Who made or ended what whoever runs Daybook does here."""


def show(person: str | None, as_json: bool) -> None:
    database = open_database(settings.load().database_url)
    with database.connect() as connection:
        only = [people.find_one(connection, person).id] if person is not None else None
        found = [
            one
            for workspace in sorted(people.workspaces(connection))
            for one in routines.of(connection, workspace, only)
        ]
        names = {one.routine.person: people.by_slack_id(connection, one.routine.person) for one in found}
    if as_json:
        print(orjson.dumps([_plain(one) for one in found]).decode())
        return
    for one in found:
        who = names[one.routine.person]
        _line(one, who.name if who is not None else one.routine.person)
    if not found:
        print("No routines. People set one up with `/daybook every weekday at 16:30 ask priorities What moved?`.")


def add(person: str, words: str, allow: str, records: int, as_json: bool) -> None:
    loaded = settings.load()
    database = open_database(loaded.database_url)
    now = clock_of(loaded).now()
    agents = written_agents()
    with database.begin() as connection:
        who = people.find_one(connection, person)
        try:
            wish = rules.understand(words, agents, "assistant")
            agent = agents[wish.agent]
            granted = tuple(one.strip() for one in allow.split(",") if one.strip())
            made = routines.set_up(
                connection,
                loaded,
                who.workspace,
                who,
                wish,
                Answering(agent.name, agent.who, tuple(agent.tools)),
                (granted, records),
                by=TERMINAL,
                key=secrets.token_hex(8),
                now=now,
            )
        except (RoutineError, ScheduleError) as wrong:
            raise typer.BadParameter(str(wrong)) from None
    _told(made, who.name, as_json)


def change(ident: str, what: str, as_json: bool) -> None:
    """``pause``, ``resume`` or ``delete``."""
    loaded = settings.load()
    database = open_database(loaded.database_url)
    now = clock_of(loaded).now()
    with database.begin() as connection:
        routine = _found(connection, ident)
        if what == "delete":
            routines.delete(connection, loaded, routine, TERMINAL, now)
        else:
            routines.pause(connection, routine, what == "pause", now)
        one = routines.standing(connection, routine)
        who = people.by_slack_id(connection, routine.person)
    if what == "delete":
        print(orjson.dumps({"id": routine.id, "deleted": True}).decode() if as_json else f"{routine.id} is deleted.")
    else:
        _told(one, who.name if who is not None else routine.person, as_json)


def _found(connection: Connection, ident: str) -> book.Routine:
    for workspace in sorted(people.workspaces(connection)):
        routine = book.get(connection, workspace, ident)
        if routine is not None and routine.ended_at is None:
            return routine
    raise typer.BadParameter(f"there is no routine {ident!r}; `daybook routine list` shows them.")


def _told(one: Standing, name: str, as_json: bool) -> None:
    print(orjson.dumps(_plain(one)).decode()) if as_json else _line(one, name)


def _line(one: Standing, name: str) -> None:
    routine = one.routine
    next_at = stamp(one.next_at) if one.next_at is not None else "paused"
    rhythm = f"{rules.rhythm(routine.at, routine.days)} ({one.zone})"
    print(f"{next_at:<21} {routine.id}  {name}: {routine.agent}, {rhythm}")
    print(f"{'':<21} {routine.words}")
    last = f"; last run {stamp(routine.ran_at)}: {routine.ran_how}" if routine.ran_at is not None else ""
    print(f"{'':<21} {allowance.in_words(routine.tools, routine.records)}{last}")


def _plain(one: Standing) -> dict[str, Any]:
    return {**asdict(one.routine), "next_at": one.next_at, "zone": one.zone, "paused": one.paused}
