"""What waits for a person's yes: stored with its exact content, decided once, shown on a card wherever it was asked.

The row is the truth and the card a view of it. A press never runs what the card says but what the row holds, after
looking at the records again and asking the rules again; the model is not asked a second time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, Table, Text, select, update

from records import people
from rules.action import Action, Effect, Recipient, StageMove, Target
from rules.verdict import Ask
from store.engine import insert_once
from store.metadata import Instant, Json, metadata
from tools import absences, approvers
from tools.tool import Plan, Row, Tool, Write, as_text
from tools.world import World

approvals = Table(
    "approvals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("workspace", Text, nullable=False),
    Column("session", Text, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("call", Text, nullable=False, unique=True),
    Column("tool", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("approver", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("plan", Json, nullable=False),
    Column("digest", Text, nullable=False),
    Column("tainted_by", Json, nullable=False),
    Column("state", Text, nullable=False),
    Column("conflict", Json),
    Column("note", Text),
    Column("asked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", Instant),
    Column("press", Text),
    Column("channel", Text),
    Column("thread_ts", Text),
    Column("places", Json, nullable=False),
    Index("ix_approvals_approver", "workspace", "approver", "state"),
    Index("ix_approvals_state", "state", "expires_at"),
)
"""``approver`` is the one person whose press counts; ``places`` are the messages that show the card."""

CONTENT = 16
"""So many signs of the digest go with each button."""
OPEN, APPLYING, APPLIED, CANCELLED, EXPIRED, REFUSED = "open", "applying", "applied", "cancelled", "expired", "refused"
UNDONE, UNKNOWN = "undone", "unknown"


@dataclass(frozen=True)
class Approval:
    """One row, with its plan as it stands now (an *Edit* or a conflict replaces it)."""

    id: str
    workspace: str
    session: str
    turn: int
    call: str
    tool: str
    agent: str
    requester: str
    approver: str
    rule: str
    reason: str
    plan: Plan
    digest: str
    tainted_by: tuple[str, ...]
    state: str
    conflict: Mapping[str, str] | None
    note: str | None
    asked_at: int
    expires_at: int
    decided_by: str | None
    decided_at: int | None
    press: str | None
    channel: str | None
    thread_ts: str | None
    places: list[dict[str, str]]


# -- asking ------------------------------------------------------------------------------------------------------------


def open_one(connection: Connection, world: World, tool: Tool, plan: Plan, ask: Ask, call_id: str) -> None:
    """Store the call that waits, in the caller's transaction; a second time changes nothing."""
    context = world.context
    insert_once(
        connection,
        approvals,
        {
            "id": id_of(call_id),
            "workspace": context.workspace,
            "session": context.session,
            "turn": context.turn,
            "call": call_id,
            "tool": tool.name,
            "agent": context.agent,
            "requester": context.person,
            "approver": approvers.of(connection, world.person, ask.of, approvers.owners_of(plan.action)),
            "rule": ask.rule,
            "reason": ask.reason,
            "plan": as_json(plan),
            "digest": digest(context.workspace, tool.name, plan, world.policy.version),
            "tainted_by": list(context.tainted_by),
            "state": OPEN,
            "asked_at": world.now,
            "expires_at": _expiry(world, plan),
            "channel": context.channel,
            "thread_ts": context.thread_ts,
            "places": [],
        },
    )


def _expiry(world: World, plan: Plan) -> int:
    """Until when a yes counts, ms: words to a customer are out of date sooner than a change of a record."""
    authority = world.policy.authority
    hours = authority.external_hours if plan.action.effect is Effect.EXTERNAL else authority.confirm_hours
    return world.now + hours * 3_600_000


# -- reading -----------------------------------------------------------------------------------------------------------


def id_of(call_id: str) -> str:
    """Short and opaque: a button's value says nothing and can't be guessed from another one."""
    return f"ap-{hashlib.sha256(call_id.encode()).hexdigest()[:24]}"


def load(connection: Connection, approval_id: str) -> Approval | None:
    row = connection.execute(select(approvals).where(approvals.c.id == approval_id)).mappings().first()
    if row is None:
        return None
    values = {**row, "plan": plan_from(row["plan"]), "tainted_by": tuple(row["tainted_by"])}
    return Approval(**values)


def waiting_for(connection: Connection, workspace: str, person: str, now: int) -> list[Approval]:
    """What a person could decide now, also for those who are away, oldest first."""
    whose = [person, *absences.covered_by(connection, workspace, person, now)]
    ids = connection.scalars(
        select(approvals.c.id)
        .where(
            approvals.c.workspace == workspace,
            approvals.c.approver.in_(whose),
            (approvals.c.approver == person) | (approvals.c.requester != person),
            approvals.c.state == OPEN,
            approvals.c.expires_at > now,
        )
        .order_by(approvals.c.asked_at, approvals.c.id)
        .limit(20)
    )
    return [found for one in ids if (found := load(connection, one)) is not None]


def overdue(connection: Connection, now: int, most: int = 100) -> list[tuple[str, str, int]]:
    """(id, session, when) of open ones whose time is over, longest first: a turn ends each and its cards say so."""
    rows = connection.execute(
        select(approvals.c.id, approvals.c.session, approvals.c.expires_at)
        .where(approvals.c.state == OPEN, approvals.c.expires_at <= now)
        .order_by(approvals.c.expires_at, approvals.c.id)
        .limit(most)
    )
    return [(row.id, row.session, row.expires_at) for row in rows]


def expire(connection: Connection, approval_id: str, now: int) -> bool:
    """End an open one whose time is over; False when it was not open any more, or has time again."""
    done = connection.execute(
        update(approvals)
        .where(approvals.c.id == approval_id, approvals.c.state == OPEN, approvals.c.expires_at <= now)
        .values(state=EXPIRED, decided_at=now)
    )
    return done.rowcount == 1


# -- deciding ----------------------------------------------------------------------------------------------------------


def claim(connection: Connection, approval: Approval, press: str, by: str, state: str, now: int) -> bool:
    """One conditional UPDATE decides: only an open one, with exactly this content, in time; once. The same press
    may come again after a crash."""
    done = connection.execute(
        update(approvals)
        .where(
            approvals.c.id == approval.id,
            approvals.c.state == OPEN,
            approvals.c.digest == approval.digest,
            approvals.c.expires_at > now,
        )
        .values(state=state, press=press, decided_by=by, decided_at=now)
    )
    return done.rowcount == 1


def reopen(connection: Connection, approval_id: str) -> None:
    """What was pressed can't be done at this hour: it waits on, as long as it would have."""
    mine = update(approvals).where(approvals.c.id == approval_id, approvals.c.state == APPLYING)
    connection.execute(mine.values(state=OPEN, press=None, decided_by=None, decided_at=None))


def applying(connection: Connection, workspace: str, most: int = 100) -> list[tuple[str, str, str, int]]:
    """(id, session, press, since when) of those that a press has claimed and not ended yet, longest first."""
    rows = connection.execute(
        select(approvals.c.id, approvals.c.session, approvals.c.press, approvals.c.decided_at)
        .where(approvals.c.workspace == workspace, approvals.c.state == APPLYING)
        .order_by(approvals.c.decided_at, approvals.c.id)
        .limit(most)
    )
    return [(row.id, row.session, row.press, row.decided_at) for row in rows]


def end_broken_off(connection: Connection, approval: Approval, state: str, note: str) -> bool:
    """End one whose press broke off; False when it has ended, or another press has it by now."""
    mine = approvals.c.id == approval.id, approvals.c.state == APPLYING, approvals.c.press == approval.press
    return connection.execute(update(approvals).where(*mine).values(state=state, note=note)).rowcount == 1


def settle(connection: Connection, approval_id: str, state: str, note: str | None = None) -> None:
    """How it ended."""
    connection.execute(update(approvals).where(approvals.c.id == approval_id).values(state=state, note=note))


def ask_again(
    connection: Connection,
    world: World,
    approval: Approval,
    plan: Plan,
    conflict: Mapping[str, str] | None,
    ask: Ask | None = None,
) -> None:
    """The content is another one now (somebody changed the record, or the person edited it): it waits anew.

    ``ask`` is what the rules say of the new content, when that may be somebody else's to decide.
    """
    connection.execute(
        update(approvals)
        .where(approvals.c.id == approval.id)
        .values(
            state=OPEN,
            plan=as_json(plan),
            digest=digest(approval.workspace, approval.tool, plan, world.policy.version),
            approver=approvers.of(connection, world.person, ask.of, approvers.owners_of(plan.action))
            if ask
            else approval.approver,
            rule=ask.rule if ask else approval.rule,
            reason=ask.reason if ask else approval.reason,
            conflict=dict(conflict) if conflict else None,
            note=None,
            press=None,
            decided_by=None,
            decided_at=None,
            expires_at=_expiry(world, plan),
        )
    )


def digest(workspace: str, tool: str, plan: Plan, policy: str) -> str:
    """What a yes is for: exactly these writes on exactly these values, under this policy."""
    content = as_text([workspace, tool, as_json(plan)["writes"], plan.resolved, policy])
    return hashlib.sha256(content.encode()).hexdigest()


# -- as values ---------------------------------------------------------------------------------------------------------


def as_json(plan: Plan) -> dict[str, Any]:
    """The plan as plain JSON values."""
    values = asdict(plan)
    values["writes"] = [
        {**write._asdict(), "after": dict(write.after), "before": dict(write.before), "to": [list(t) for t in write.to]}
        for write in plan.writes
    ]
    values["rows"] = [{**row._asdict(), "choices": [list(c) for c in row.choices]} for row in plan.rows]
    values["record"] = list(plan.record)
    return values


def plan_from(values: Mapping[str, Any]) -> Plan:
    """The plan of ``as_json``."""
    action = values["action"]
    return Plan(
        title=values["title"],
        done=values["done"],
        action=Action(
            action["tool"],
            Effect(action["effect"]),
            tuple(Target(**target) for target in action["targets"]),
            tuple((kind, name) for kind, name in action["fields"]),
            tuple(StageMove(**move) for move in action["stages"]),
            tuple((old, new) for old, new in action["amounts"]),
            action["has_links"],
            tuple(action.get("hosts", ())),
            action.get("claims", False),
            tuple(Recipient(**one) for one in action.get("recipients", ())),
        ),
        writes=tuple(Write(**{**w, "to": tuple((k, i) for k, i in w["to"])}) for w in values["writes"]),
        resolved=dict(values["resolved"]),
        account=values["account"],
        account_name=values["account_name"],
        rows=tuple(Row(**{**r, "choices": tuple((a, b) for a, b in r["choices"])}) for r in values["rows"]),
        quote=values["quote"],
        record=(values["record"][0], values["record"][1]),
        told=values.get("told", ""),
        wrote=values.get("wrote", ""),
    )


def name_of(connection: Connection, person: str | None) -> str:
    found = people.by_slack_id(connection, person) if person else None
    return found.name if found else ""
