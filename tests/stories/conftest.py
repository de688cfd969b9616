"""What every story may ask for: an office of its own, or one whose accounts get into trouble."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any

import pytest

from tests.databases import Databases
from tests.office import Office
from tests.stand_ins import Sandbox
from tests.stories.escalation_scenes import a_watched_office, own_day
from tests.trouble import Watched

OpenOffice = Callable[..., AbstractContextManager[Office]]


@pytest.fixture(scope="session")
def open_office(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> OpenOffice:
    """``with open_office(reps=5, accounts=40) as office``: a sample company with Daybook running for it.

    ``kind`` is the database, ``more`` are the sandbox's arguments, and names in capitals are Daybook's settings. What
    the bot asks of Slack is recorded.
    """

    @contextmanager
    def opened(
        kind: str = "sqlite", *, reps: int, accounts: int, more: tuple[str, ...] = (), **settings: Any
    ) -> Iterator[Office]:
        sandbox = Sandbox.start(reps=reps, accounts=accounts, more=more)
        try:
            office = Office(sandbox, databases.new(kind), tmp_path_factory.mktemp("office"), **settings)
            try:
                sandbox.post("/_sandbox/slack/app", {"record": True})
                yield office
            finally:
                office.stop()
        finally:
            sandbox.stop()

    return opened


@pytest.fixture(scope="module")
def watched(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """An office in which nothing is wrong yet, and whose managers are told of what goes wrong."""
    with a_watched_office(databases, tmp_path_factory) as working:
        yield working


@pytest.fixture
def day(watched: Watched) -> Iterator[datetime]:
    """A Tuesday of the test's own there, nine in the morning."""
    with own_day(watched) as morning:
        yield morning
