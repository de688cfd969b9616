"""Desks for tests of tools: a fresh world and database of each kind for a test, or one shop that a file shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.databases import Databases
from tests.deployments import LEDGER_KEY, deploy
from tests.stand_ins import Sandbox
from tests.tools.desk import Desk, at_desk

KEY = LEDGER_KEY


@pytest.fixture
def desk(start_sandbox: Callable[..., Sandbox], deployed: Callable[..., Any], database_url: str) -> Iterator[Desk]:
    sandbox = start_sandbox(reps=2, accounts=10)
    with at_desk(sandbox, deployed(sandbox, database_url, DAYBOOK_LEDGER_KEY=KEY)) as made:
        yield made


@pytest.fixture(scope="module")
def _open_shop(databases: Databases) -> Iterator[Desk]:
    sandbox = Sandbox.start(reps=2, accounts=10)
    deployment = deploy(sandbox.env, databases.new("sqlite"), DAYBOOK_LEDGER_KEY=KEY)
    try:
        with at_desk(sandbox, deployment) as made:
            yield made
    finally:
        deployment.close()
        sandbox.stop()


@pytest.fixture
def shop(_open_shop: Desk) -> Iterator[Desk]:
    """A desk of one world for all tests of a file; each in a session of its own, and nothing misbehaves afterwards."""
    _open_shop.begin()
    yield _open_shop
    _open_shop.sandbox.ask("DELETE", "/_sandbox/knobs")
