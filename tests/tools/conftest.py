"""A desk with a fresh world and database for each test of a tool."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.stand_ins import Sandbox
from tests.tools.desk import Desk, at_desk


@pytest.fixture
def desk(start_sandbox: Callable[..., Sandbox], deployed: Callable[..., Any], database_url: str) -> Iterator[Desk]:
    sandbox = start_sandbox(reps=2, accounts=10)
    with at_desk(sandbox, deployed(sandbox, database_url)) as made:
        yield made
