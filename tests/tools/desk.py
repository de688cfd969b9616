"""One rep at a desk: calls of tools as a model would make them, judged by the guard, done in the stand-ins."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from cli.running import Deployment
from records import people, tables
from tests.deployments import read_world
from tests.stand_ins import Sandbox
from tools import approvals, catalogue, deciding, guard, ledger
from tools.tool import Answer, Context
from tools.world import World


class Desk:
    """What the loop does around a call, without a model: the context, the log's transaction, the presses."""

    def __init__(self, sandbox: Sandbox, deployment: Deployment) -> None:
        self.sandbox, self.deployment = sandbox, deployment
        self._numbers = itertools.count(1)
        with deployment.database.connect() as connection:
            self.reps = people.reps(connection)
        self.rep = self.reps[0]
        self.context = Context(
            database=deployment.database,
            systems=deployment.systems,
            workspace=deployment.workspace,
            session="s1",
            turn=1,
            agent="assistant",
            grant=frozenset(catalogue.all_tools()),
            person=self.rep.id,
            channel=self.rep.id,
            thread_ts=None,
            said="",
            said_at=deployment.systems.clock.now(),
        )

    def acting(self, **changes: Any) -> None:
        self.context = replace(self.context, **changes)

    def call(self, name: str, call_id: str | None = None, /, **arguments: Any) -> Answer:
        """One call by the model; its ledger row is written as the log would."""
        tool = catalogue.all_tools().get(name)
        if tool is not None and "quote" in tool.arguments.model_fields:
            arguments.setdefault("quote", "as I said")
        self.acting(said_at=self.deployment.systems.clock.now())
        answer = guard.call(self.context, name, arguments, call_id or f"s1:1:tu_{next(self._numbers)}")
        if answer.also is not None:
            with self.deployment.database.begin() as connection:
                answer.also(connection)
        return answer

    def told(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """The answer's JSON, which must not be an error."""
        answer = self.call(name, **arguments)
        assert not answer.is_error, answer.text
        return dict(json.loads(answer.text))

    def world(self, person: str | None = None) -> World:
        return World(replace(self.context, person=person or self.context.person))

    def approval(self, answer: Answer) -> approvals.Approval:
        assert answer.approval is not None, answer.text
        with self.deployment.database.connect() as connection:
            found = approvals.load(connection, answer.approval)
        assert found is not None
        return found

    def press(self, answer: Answer, action: str, by: str | None = None, **values: str) -> deciding.Decision:
        """Press a button of the card that ``answer`` asked with."""
        approval = self.approval(answer)
        self.acting(said_at=self.deployment.systems.clock.now())
        press = f"press{next(self._numbers)}"
        return deciding.decide(self.world(approval.requester), approval, action, values, press, by or approval.approver)

    def books(self) -> list[dict[str, Any]]:
        with self.deployment.database.connect() as connection:
            return list(ledger.export(connection, self.deployment.workspace))

    def account(self, owner: str | None = None) -> str:
        """The first account of an owner (the rep's)."""
        t = tables.accounts.c
        with self.deployment.database.connect() as connection:
            found = connection.scalar(select(t.id).where(t.owner_id == (owner or self.rep.owner_id)).order_by(t.id))
        assert found is not None
        return str(found)

    def open_deal(self) -> dict[str, Any]:
        """An open deal of the rep's with an amount."""
        t, a = tables.deals.c, tables.accounts.c
        with self.deployment.database.connect() as connection:
            row = connection.execute(
                select(t.id, t.account_id, t.stage_id, t.amount_cents)
                .join(tables.accounts, a.id == t.account_id)
                .where(a.owner_id == self.rep.owner_id, t.is_open, t.amount_cents > 0)
                .order_by(t.id)
            ).first()
        assert row is not None
        return dict(row._mapping)

    def in_hubspot(self, kind: str, ident: str) -> dict[str, Any]:
        """A record as the stand-in has it."""
        return dict(self.deployment.systems.crm.read(kind, ident, ("dealstage", "amount", "closedate")).properties)


@contextmanager
def at_desk(sandbox: Sandbox, deployment: Deployment) -> Iterator[Desk]:
    read_world(deployment)
    yield Desk(sandbox, deployment)
