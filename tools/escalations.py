"""What is escalated, who was told of it when, and in which messages: kept so that each level is told once, for good."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    func,
    select,
    text,
    update,
)

from records import tables
from rules.alerting import Case, Cause, TicketFacts
from rules.escalating import STANDING, Standing, State
from rules.facts import AccountFacts, Missing
from store.engine import insert_once
from store.metadata import Instant, Json, metadata

escalations = Table(
    "escalations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("workspace", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("ticket", Text, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("level", Integer, nullable=False),
    Column("rule_level", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("rule", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("seen", Json, nullable=False),
    Column("since", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("next_level_at", Instant),
    Column("until", Instant),
    Column("by", Text),
    Column("reason", Text),
    Column("state_at", Instant),
    Column("press", Text),
    UniqueConstraint("workspace", "account_id", "cause", "ticket", "episode"),
    Index("ix_escalations_state", "workspace", "state"),
)
"""One row an account and cause (and ticket) and episode: a cause that comes back later is another episode.

``seen`` is what the rules saw when they gave the row its ``rule`` (at ``changed_at``, by policy ``version``); ``round``
counts how often it came back; ``by``, ``reason``, ``until`` and ``state_at`` belong to the state (of an open one ``by``
is whose claim of ``state_at`` came to nothing); ``press`` is the trigger of the last decision, so that a turn that runs
again decides nothing twice."""

class Escalation(NamedTuple):
    """A row of ``escalations``, with the case as the rules saw it."""

    id: str
    account_id: str
    cause: Cause
    ticket: str
    episode: int
    state: State
    level: int
    rule_level: int
    round: int
    rule: str
    version: str
    case: Case
    missing: Missing
    since: int
    changed_at: int
    next_level_at: int | None
    until: int | None
    by: str | None
    reason: str | None
    state_at: int | None
    press: str | None
    owner_id: str
    """Whose the account is now ("" for nobody's); whose it was seen to be, when it is gone."""

    @property
    def standing(self) -> Standing:
        # A claim from before claims could end is looked at anew.
        until = self.state_at if self.state == "claimed" and self.until is None else self.until
        return Standing(self.state, self.level, self.rule_level, self.next_level_at, until)


_E, _A = escalations.c, tables.accounts.c
_ROW = [_E["seen" if name == "case" else name] for name in Escalation._fields if name not in ("missing", "owner_id")]
_ROWS = select(*_ROW, _A.id.label("copied"), _A.owner_id).select_from(
    escalations.outerjoin(tables.accounts, _A.id == _E.account_id)
)


def id_of(workspace: str, account_id: str, cause: str, ticket: str, since: int) -> str:
    """Short enough for a button. Never one of before, also when the episodes before are forgotten: what was told of
    those must not count for this one.
    """
    named = "\n".join((workspace, account_id, cause, ticket, str(since)))
    return f"e{hashlib.sha256(named.encode()).hexdigest()[:15]}"


def as_json(case: Case, missing: Missing) -> dict[str, Any]:
    """Facts and ids, never words of a customer: the words come back from the same rules and policy version."""
    return {"facts": list(case.account), "tickets": [list(one) for one in case.tickets], "missing": list(missing)}


def _read(row: Any) -> Escalation:
    held = row.seen
    case = Case(AccountFacts(*held["facts"]), tuple(TicketFacts(*one) for one in held["tickets"]))
    known = {**row._mapping, "cause": Cause(row.cause), "case": case, "missing": Missing(*held["missing"])}
    known["owner_id"] = case.account.owner_id if row.copied is None else row.owner_id or ""
    del known["seen"], known["copied"]
    return Escalation(**known)


def alone(connection: Connection) -> None:
    """Until this transaction ends nobody else decides what is escalated: two looks at once would both open a row."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('daybook.escalations'))"))


def standing(connection: Connection, workspace: str, accounts: Collection[str] | None = None) -> list[Escalation]:
    """Everything whose facts still held at the last look, oldest first; of these accounts, or of all."""
    wanted = _ROWS.where(_E.workspace == workspace, _E.state.in_(STANDING))
    if accounts is not None:
        wanted = wanted.where(_E.account_id.in_(sorted(accounts)))
    return [_read(row) for row in connection.execute(wanted.order_by(_E.since, _E.id))]


def ended_since(connection: Connection, workspace: str, since: int) -> list[Escalation]:
    """What was solved from that instant on, oldest first."""
    rows = connection.execute(
        _ROWS.where(_E.workspace == workspace, _E.state == "solved", _E.state_at >= since).order_by(_E.since, _E.id)
    )
    return [_read(row) for row in rows]


def load(connection: Connection, workspace: str, ids: Collection[str]) -> dict[str, Escalation]:
    rows = connection.execute(_ROWS.where(_E.workspace == workspace, _E.id.in_(sorted(ids))).order_by(_E.id))
    return {row.id: _read(row) for row in rows}


def episodes(connection: Connection, workspace: str, account_id: str, cause: str, ticket: str) -> int:
    """How many there have been."""
    of = (_E.workspace == workspace, _E.account_id == account_id, _E.cause == cause, _E.ticket == ticket)
    return int(connection.scalar(select(func.coalesce(func.max(_E.episode), 0)).where(*of)) or 0)


def open_one(connection: Connection, values: Mapping[str, Any]) -> bool:
    return insert_once(connection, escalations, values)


def change(connection: Connection, escalation: str, **values: Any) -> None:
    connection.execute(update(escalations).where(_E.id == escalation).values(**values))
