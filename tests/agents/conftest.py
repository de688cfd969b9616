"""One small company for all conversations of a file, and a fresh desk in it for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.agents.desk import Desk, read
from tests.databases import Databases
from tests.stand_ins import Sandbox

NOON = "2026-11-23T12:00:00+00:00"


@pytest.fixture(scope="module")
def company(databases: Databases) -> Iterator[tuple[Sandbox, str]]:
    sandbox = Sandbox.start(reps=2, accounts=4, now=NOON)
    url = databases.new("sqlite")
    read(sandbox, url)
    yield sandbox, url
    sandbox.stop()


@pytest.fixture
def make_desk(company: tuple[Sandbox, str], databases: Databases) -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(**more: str) -> Desk:
        while made:
            made.pop().close()
        made.append(Desk(company[0], databases.copy("sqlite", company[1]), **more))
        return made[-1]

    yield make
    for desk in made:
        desk.close()


@pytest.fixture
def desk(make_desk: Callable[..., Any]) -> Desk:
    found: Desk = make_desk()
    found.start()
    return found
