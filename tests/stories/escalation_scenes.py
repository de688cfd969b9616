"""What stories about alerts share: a company whose accounts get into trouble, a day of its own, who got how many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.databases import Databases
from tests.trouble import ALONE, EVERYBODY, OTHER_REP, REP, Crm, Watched, emptied


@contextmanager
def a_watched_office(
    databases: Databases,
    folders: pytest.TempPathFactory,
    kind: str = "sqlite",
    lines: Mapping[str, str] = {},
    **settings: str,
) -> Iterator[Watched]:
    """Nothing is wrong in it yet; what the bot asks of Slack is recorded. ``lines`` are more of the people file."""
    sandbox = emptied()
    try:
        crm = Crm(sandbox)
        for rep in (REP, OTHER_REP, ALONE):
            crm.account(f"Quiet of {rep}", rep)
        working = Watched(sandbox, databases.new(kind), folders.mktemp("office"), crm, lines, **settings)
        try:
            sandbox.post("/_sandbox/slack/app", {"record": True})
            yield working
        finally:
            working.stop()
    finally:
        sandbox.stop()


@contextmanager
def own_day(office: Watched) -> Iterator[datetime]:
    """A Tuesday of its own, nine in the morning; afterwards every ticket is closed."""
    office.moment = office.moment.replace(hour=9, minute=0) + timedelta(days=(1 - office.moment.weekday()) % 7 or 7)
    office.go(office.moment)
    yield office.moment
    for ticket in office.crm.tickets:
        office.crm.close(ticket, office.moment)
    office.crm.tickets.clear()
    office.look()


def new(office: Watched, before: dict[str, int]) -> dict[str, int]:
    """How many messages each person got since then; nobody who got none."""
    now = office.counts()
    return {person: now[person] - before[person] for person in EVERYBODY if now[person] != before[person]}


def urgent(office: Watched, day: datetime, name: str, rep: str | None = REP, days: float = 4, **more: int) -> str:
    """A large account whose urgent ticket has been open, unanswered, for so many days; the ticket."""
    return office.crm.ticket(office.crm.account(name, rep, **more), day - timedelta(days=days, hours=2))


def home(office: Watched, person: str) -> dict[str, Any]:
    return dict(office.sandbox.get(f"/_sandbox/slack/views?user={person}")["home"] or {})
