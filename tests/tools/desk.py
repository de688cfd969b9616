"""One rep at a desk: calls of tools as a model would make them, judged by the guard, done in the stand-ins."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from sqlalchemy import select, update

from cli.running import Deployment
from cli.sync import read_all
from records import people, tables
from tests.deployments import LEDGER_KEY, read_world
from tests.stand_ins import Sandbox
from tools import approvals, catalogue, deciding, guard, ledger
from tools.tool import Answer, Context
from tools.world import World

SHOWN = {
    "calls": ("hs_timestamp", "hs_call_disposition", "hs_call_body", "hs_call_direction", "hs_call_duration",
              "hubspot_owner_id", "hs_call_title", "daybook_key"),
    "notes": ("hs_timestamp", "hs_note_body", "hubspot_owner_id", "daybook_key"),
    "tasks": ("hs_timestamp", "hs_task_subject", "hs_task_status", "hs_task_body", "hubspot_owner_id", "daybook_key"),
}  # fmt: skip


class Desk:
    """What the loop does around a call, without a model: the context, the log's transaction, the presses."""

    def __init__(self, sandbox: Sandbox, deployment: Deployment) -> None:
        self.sandbox, self.deployment = sandbox, deployment
        self.said_long_ago = False
        """Whether calls are of a message of some time ago, whose time a test has set, and not of this moment."""
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

    def begin(self) -> None:
        """A new conversation of the first rep, in a direct message."""
        self.said_long_ago = False
        self.acting(
            session=f"s{next(self._numbers)}-new", person=self.rep.id, channel=self.rep.id, tainted_by=(), audience=(),
            said="", calls=0, unattended=False, grant=frozenset(catalogue.all_tools()),
        )  # fmt: skip

    def zone(self, name: str) -> None:
        """The rep moves."""
        with self.deployment.database.begin() as connection:
            connection.execute(update(tables.people).where(tables.people.c.slack_id == self.rep.id).values(tz=name))

    def call(self, name: str, call_id: str | None = None, /, **arguments: Any) -> Answer:
        """One call by the model; its ledger row is written as the log would."""
        tool = catalogue.all_tools().get(name)
        if tool is not None and "quote" in tool.arguments.model_fields:
            arguments.setdefault("quote", "as I said")
        if not self.said_long_ago:
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
        presser = approval.approver if by is None else by
        if action == "edit_change":
            values = {"seen": approval.digest[: approvals.CONTENT], **values}
        return deciding.decide(self.world(approval.requester), approval, action, values, press, presser)

    def press_card(self, approval: approvals.Approval, action: str, **values: str) -> deciding.Decision:
        """Press a button of a card that is at hand."""
        press = f"press{next(self._numbers)}"
        self.acting(said_at=self.deployment.systems.clock.now())
        return deciding.decide(self.world(approval.requester), approval, action, values, press, approval.approver)

    def approval_of(self, approval: approvals.Approval) -> approvals.Approval:
        """The same approval as it stands now."""
        with self.deployment.database.connect() as connection:
            found = approvals.load(connection, approval.id)
        assert found is not None
        return found

    def books(self) -> list[dict[str, Any]]:
        with self.deployment.database.connect() as connection:
            return list(ledger.export(connection, self.deployment.workspace))

    def rows(self, call: str) -> list[dict[str, Any]]:
        """The ledger's rows of one call."""
        return [row for row in self.books() if row["call"] == call]

    def verified(self) -> int:
        with self.deployment.database.connect() as connection:
            return ledger.verify(connection, LEDGER_KEY.encode(), self.deployment.workspace)

    def made(self, answer: Answer) -> dict[str, Any]:
        """The one record a call made: its kind's properties and companies, as HubSpot has it."""
        assert answer.receipt is not None, answer.text
        done = next(row for row in self.rows(answer.receipt.call) if row["phase"] == "done")["facts"]
        kind, ident = done["plan"]["writes"][0]["kind"], done["made"][0]["id"]
        found = self.deployment.systems.crm.read(kind, ident, SHOWN[kind], ("companies", "contacts", "deals"))
        return {
            "id": ident,
            **{name: value for name, value in found.properties.items() if value},
            "to": {to: [end.id for end in ends] for to, ends in (found.links or {}).items() if ends},
        }

    def refused(self, name: str, /, **arguments: Any) -> tuple[str, str]:
        """(rule, reason) of a call that must be refused or found wrong; the books have it too."""
        call = f"{self.context.session}:1:no_{next(self._numbers)}"
        before = self.hubspot_writes()
        answer = self.call(name, call, **arguments)
        assert answer.is_error, answer.text
        assert self.hubspot_writes() == before, "a refused call reached HubSpot or Jira"
        (row,) = self.rows(call)
        assert (row["phase"], row["rule"], row["reason"]) == ("judged", answer.rule, answer.reason)
        assert row["verdict"] in ("refuse", "error")
        assert row["records"] == 0
        return answer.rule, answer.reason

    def hubspot_writes(self) -> int:
        """How many writes the stand-ins of HubSpot and Jira have been asked for."""
        told = self.sandbox.calls()
        return sum(
            count
            for vendor in ("hubspot", "jira")
            for what, count in told[vendor]["by"].items()
            if what.startswith(("PATCH", "PUT", "DELETE"))
            or (what.startswith("POST") and not what.endswith(("/read", "/search", "/jql")))
        )

    def change(self, kind: str, ident: str, **properties: Any) -> None:
        """Somebody changes a record in HubSpot's own screen."""
        self.sandbox.ask("PATCH", f"/_sandbox/crm/objects/{kind}/{ident}", {"properties": properties})

    def sync(self) -> None:
        """The hourly reading of HubSpot and Jira, a minute and more later."""
        self.sandbox.advance(90)
        read_all(self.deployment, full=False, quiet=True)

    def count(self, kind: str, text: str) -> int:
        """How many living records of a kind bear that text."""
        found = self.sandbox.get(f"/_sandbox/crm/objects/{kind}?name={quote(text)}")["results"]
        return sum(not one["archived"] for one in found)

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
