"""kill -9 at every instant between the look at all accounts and the message: it goes on, and everybody is told once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from sessions.session import ENDED
from store import faults
from systems import settings
from systems.connect import connect
from tests.databases import Databases
from tests.deployments import deploy, ticker, turns, until, working
from tests.killing import KILLED, in_a_child
from tests.trouble import BOSS, MANAGER, MONDAY, NAMED, REP, Crm, Watched, emptied
from tools import notices

INSTANTS = [(point, 1) for point in (*faults.TURN, *faults.WATCHING)]
INSTANTS += [(point, 2) for point in faults.TURN if point.startswith("effect.")]
"""Two messages are sent, so each instant of sending is passed twice."""


@pytest.fixture(scope="module")
def morning(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Watched, str]]:
    """Monday before nine, with an account that is about to be told of to two people; nobody is at work yet."""
    sandbox = emptied()
    try:
        crm = Crm(sandbox)
        crm.ticket(crm.account("Killed Kayaks", REP), MONDAY - timedelta(days=11))
        url = databases.new("sqlite")
        sandbox.set_clock((MONDAY - timedelta(minutes=5)).isoformat())
        working = Watched(sandbox, url, tmp_path_factory.mktemp("office"), crm)
        working.stop()
        sandbox.set_clock(MONDAY.isoformat())
        yield working, url
    finally:
        sandbox.stop()


def _look(env: dict[str, str], url: str) -> None:
    deployment = deploy(env, url, DAYBOOK_ESCALATE_TO=NAMED)
    clock = ticker(deployment)

    def told() -> bool:
        clock.tick()
        with deployment.database.connect() as connection:
            states = list(connection.scalars(select(notices.notices.c.state)))
        over = all(row["state"] in ENDED for row in turns(deployment, "tell_manager"))
        return len(states) == 2 and set(states) == {notices.POSTED} and over

    with working(deployment):
        until(told, "both are told", 40)
        os._exit(0)  # before the worker is told to stop


@pytest.mark.parametrize(("point", "nth"), INSTANTS)
def test_killed_there_everybody_is_still_told_once(
    morning: tuple[Watched, str], databases: Databases, point: str, nth: int
) -> None:
    office, url = morning
    mine = databases.copy("sqlite", url)
    assert in_a_child(_look, office.sandbox.env, mine, plug=point, nth=nth) == KILLED
    # The answer may have been lost on its way: what Slack's clock says must be later than the time it may land.
    office.sandbox.advance(31)
    assert in_a_child(_look, office.sandbox.env, mine) == 0
    found = {person: office.sandbox.messages(person) for person in (MANAGER, BOSS, NAMED)}
    # Each case begins alike, with messages of the same keys: those of this one must not be found by the next.
    chat = connect(settings.load({**office.sandbox.env, "DATABASE_URL": mine})).chat
    for person, messages in found.items():
        for message in messages:
            chat.delete(office.channel(person), message["ts"])
    assert {person: len(messages) for person, messages in found.items()} == {MANAGER: 1, BOSS: 1, NAMED: 0}
