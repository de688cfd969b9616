"""The number an agent must move is counted from the books: what was written within an hour of being told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.agents.desk import Desk


def test_the_assistants_number_is_counted_from_the_ledger(desk: Desk, daybook: Callable[..., Any]) -> None:
    env = {**desk.sandbox.env, "DATABASE_URL": desk.url}

    def figures() -> dict[str, Any]:
        told = daybook("outcomes", "--json", env=env)
        assert told.returncode == 0, told.stderr
        return {row["agent"]: row for row in json.loads(told.stdout)["agents"]}

    assert figures()["assistant"]["writes"] == 0
    assert figures()["assistant"]["writes_within_an_hour_percent"] is None
    desk.ask("I called Acme and left a message")
    counted = figures()["assistant"]
    assert (counted["writes"], counted["writes_within_an_hour"], counted["turns"]) == (1, 1, 1)
    assert counted["cost_usd"] > 0
    told = daybook("outcomes", env=env).stdout
    assert "1 of 1 calls and changes in HubSpot within an hour of being told (100 %)" in told
    assert "security\n  must move: Share of security questions" in told
