"""The number an agent must move is counted from the books: what was written within an hour of being told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from records.tables import accounts, deals
from tests.agents.desk import Desk, call


def test_the_assistants_number_is_counted_from_the_ledger(desk: Desk, daybook: Callable[..., Any]) -> None:
    env = {**desk.sandbox.env, "DATABASE_URL": desk.url}

    def figures() -> dict[str, Any]:
        told = daybook("outcomes", "--json", env=env)
        assert told.returncode == 0, told.stderr
        return {row["agent"]: row for row in json.loads(told.stdout)["agents"]}

    assert figures()["assistant"]["writes_told"] == 0
    assert figures()["assistant"]["writes_within_an_hour_percent"] is None
    desk.ask("I called Acme and left a message")
    counted = figures()["assistant"]
    assert (counted["writes_told"], counted["writes_within_an_hour"], counted["turns"]) == (1, 1, 1)
    assert counted["cost_usd"] > 0
    told = daybook("outcomes", env=env).stdout
    assert "1 of 1 calls and changes in HubSpot within an hour of being told (100 %)" in told

    # A card that nobody has pressed and what HubSpot did not take were told, and not done; what is refused is neither.
    desk.sandbox.post("/_sandbox/knobs", {"target": "hubspot.create", "mode": "error", "status": 400})
    own, other = desk.owner(desk.rep), desk.owner(desk.reps[1])
    with desk.deployment.database.connect() as connection:
        mine = select(accounts.c.id).where(accounts.c.owner_id == own)
        deal = connection.scalar(select(deals.c.id).where(deals.c.account_id.in_(mine), deals.c.is_open))
        theirs = connection.scalar(select(accounts.c.id).where(accounts.c.owner_id == other))
        ours = connection.scalar(mine)
    notes = [{"account": account, "text": "They agreed.", "quote": "Please"} for account in (theirs, ours)]
    change = {"deal": deal, "next_step": "Send the quote", "quote": "Please"}
    desk.prepare(*(call("log_note", note) for note in notes), call("update_deal", change), "See there.")
    desk.ask("Please see to it.")
    told = daybook("outcomes", env=env).stdout
    assert "1 of 3 calls and changes in HubSpot within an hour of being told (33 %)" in told
    assert "security\n  must move: Share of security questions" in told
