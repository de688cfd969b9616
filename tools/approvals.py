"""What waits for a person's yes: stored with its exact content, decided once, shown on a card wherever it was asked.

The row is the truth and the card a view of it. A press never runs what the card says but what the row holds, after
looking at the records again and asking the rules again; the model is not asked a second time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Connection, Index, Integer, Table, Text, select, update

from records import people
from rules.action import Action, Effect, StageMove, Target
from rules.verdict import Ask
from store import effects
from store.engine import insert_once
from store.metadata import Instant, Json, metadata
from systems.sending import SLACK_SETTLE_MS, sending
from tools import listing
from tools.tool import Answer, Plan, Row, Tool, Write, as_text
from tools.world import World
from views import card as card_view
from views.card_edit import Field

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

OPEN, APPLYING, APPLIED, CANCELLED, EXPIRED, REFUSED = "open", "applying", "applied", "cancelled", "expired", "refused"
UNDONE = "undone"


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
            "approver": _approver(world, ask),
            "rule": ask.rule,
            "reason": ask.reason,
            "plan": as_json(plan),
            "digest": digest(context.workspace, plan, world.policy.version),
            "tainted_by": list(context.tainted_by),
            "state": OPEN,
            "asked_at": world.now,
            "expires_at": world.now + world.policy.authority.confirm_hours * 3_600_000,
            "channel": context.channel,
            "thread_ts": context.thread_ts,
            "places": [],
        },
    )


def _approver(world: World, ask: Ask) -> str | None:
    """Whose yes it takes: the person's own, or their manager's."""
    if ask.of == "manager" and world.person is not None:
        return world.person.manager_id
    return world.context.person


def announce(world: World, call_id: str) -> Answer:
    """Show the card where it was asked (and to the manager, when it is theirs to decide), once; and tell the model."""
    with world.reading() as connection:
        approval = load(connection, id_of(call_id))
    assert approval is not None
    if approval.state != OPEN:
        # The turn died after the card was there, and the person was faster than its restart.
        show(world, approval)
        text = {approval.state: approval.note or approval.plan.title}
        return Answer(as_text(text), False, "ask", approval.rule, approval.reason, approval=approval.id)
    try:
        deliver(world, approval)
    except effects.Refused as never:
        with world.context.database.begin() as connection:
            settle(connection, approval.id, REFUSED, "The card could not be shown.")
        reason = f"The card with the question could not be shown: {never} Nothing was changed."
        return Answer(as_text({"failed": reason, "rule": "card.unshown"}), True, "error", "card.unshown", reason)
    own = approval.approver == approval.requester
    card = "a card with Apply, Edit and Cancel is shown" if own else "a card is with the manager, who decides"
    text = {"waiting": f"{approval.plan.title}: {card}; nothing is changed yet.",
            "for": "the person" if own else "the manager", "why": approval.reason}  # fmt: skip
    return Answer(as_text(text), False, "ask", approval.rule, approval.reason, approval=approval.id)


def deliver(world: World, approval: Approval) -> list[dict[str, str]]:
    """Every place the card must be in: where it was asked, and with whoever decides. Posted once each."""
    wanted = [(approval.requester, approval.channel or approval.requester, approval.thread_ts)]
    if approval.approver != approval.requester:
        wanted.append((approval.approver, approval.approver, None))
    places = list(approval.places)
    for person, to, thread_ts in wanted:
        if any(place["person"] == person for place in places):
            continue
        places.append({**_post(world, approval, len(places), person, to, thread_ts), "person": person})
        with world.context.database.begin() as connection:
            connection.execute(update(approvals).where(approvals.c.id == approval.id).values(places=places))
    return places


def _post(
    world: World, approval: Approval, number: int, person: str, to: str, thread_ts: str | None
) -> dict[str, str]:
    chat, clock = world.context.systems.chat, world.context.systems.clock
    message = card_view.card(card_of(world, approval, person))
    key = f"{approval.id}:card:{number}"

    def post() -> effects.Result:
        return chat.post(to, message.text, message.blocks, key, thread_ts)._asdict()

    def look(sent_at: int) -> effects.Result | None:
        found = chat.find(to, key, sent_at, thread_ts)
        return found._asdict() if found else None

    where = effects.perform(
        world.context.database,
        clock,
        key,
        "slack.card",
        act=sending(post, clock.now),
        look=look,
        settle_ms=SLACK_SETTLE_MS,
        ready=chat.ready,
        still_wanted=lambda: clock.now() <= approval.expires_at,
    )
    return {"channel": str(where["channel"]), "ts": str(where["ts"])}


def show(world: World, approval: Approval) -> None:
    """Make every card of this approval say how it stands. Editing twice to the same is harmless.

    Whoever has to decide since an *Edit* gets theirs now; a card that was posted just before a crash is found again.
    """
    places = deliver(world, approval) if approval.state == OPEN or not approval.places else approval.places
    for place in places:
        message = card_view.card(card_of(world, approval, place["person"]))
        world.context.systems.chat.update(place["channel"], place["ts"], message.text, message.blocks)


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
    """What a person could decide now, oldest first."""
    ids = connection.scalars(
        select(approvals.c.id)
        .where(
            approvals.c.workspace == workspace,
            approvals.c.approver == person,
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
            digest=digest(approval.workspace, plan, world.policy.version),
            approver=_approver(world, ask) if ask else approval.approver,
            rule=ask.rule if ask else approval.rule,
            reason=ask.reason if ask else approval.reason,
            conflict=dict(conflict) if conflict else None,
            note=None,
            press=None,
            decided_by=None,
            decided_at=None,
            expires_at=world.now + world.policy.authority.confirm_hours * 3_600_000,
        )
    )


def digest(workspace: str, plan: Plan, policy: str) -> str:
    """What a yes is for: exactly these writes on exactly these values, under this policy."""
    content = as_text([workspace, as_json(plan)["writes"], plan.resolved, policy])
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
        ),
        writes=tuple(Write(**{**w, "to": tuple((k, i) for k, i in w["to"])}) for w in values["writes"]),
        resolved=dict(values["resolved"]),
        account=values["account"],
        account_name=values["account_name"],
        rows=tuple(Row(**{**r, "choices": tuple((a, b) for a, b in r["choices"])}) for r in values["rows"]),
        quote=values["quote"],
        record=(values["record"][0], values["record"][1]),
    )


def card_of(world: World, approval: Approval, viewer: str) -> card_view.Card:
    """The approval as the card of ``viewer`` shows it."""
    plan = approval.plan
    with world.reading() as connection:
        links = listing.links(connection, world.context.systems)
        names = {who: name_of(connection, who) for who in (approval.requester, approval.approver, approval.decided_by)}
        reader = people.by_slack_id(connection, viewer)
    others = approval.approver != approval.requester
    # That a change needs a yes goes without saying; why somebody else's, or why a mere note does, doesn't.
    unusual = approval.state == OPEN and (others or approval.rule != "change.confirm")
    return card_view.Card(
        approval=approval.id,
        tool=approval.tool,
        title=plan.title,
        link=links.record(*plan.record),
        rows=tuple(_shown(row, approval) for row in plan.rows),
        quote=plan.quote or None,
        requester=names[approval.requester],
        needs=f"Needs {names[approval.approver]}'s yes" if others else None,
        reason=approval.note or (approval.reason if unusual else None),
        state=_STATE_SHOWN[approval.state] if not approval.conflict or approval.state != OPEN else "conflict",
        expires_at=approval.expires_at,
        decided_by=names[approval.decided_by],
        decided_at=approval.decided_at,
        call=approval.call,
        zone=ZoneInfo(reader.tz) if reader else world.zone,
        now=world.now,
        decides=viewer == approval.approver,
    )


_STATE_SHOWN: dict[str, card_view.State] = {
    OPEN: "waiting", APPLYING: "applying", APPLIED: "applied", CANCELLED: "cancelled", EXPIRED: "expired",
    REFUSED: "refused", UNDONE: "undone",
}  # fmt: skip


def _shown(row: Row, approval: Approval) -> card_view.Row:
    was = (approval.conflict or {}).get(row.field) if approval.state == OPEN else None
    old, now = (row.old, None) if was is None else (was, row.old)
    return card_view.Row(row.label, old, row.new, now, field_of(row))


def field_of(row: Row) -> Field | None:
    """How a row's new value may be edited; None when it may not."""
    if row.kind == "fixed":
        return None
    options = tuple((value, words) for words, value in row.choices)
    return Field(row.field, "options" if row.kind == "choice" else row.kind, row.value, options)


def name_of(connection: Connection, person: str | None) -> str:
    found = people.by_slack_id(connection, person) if person else None
    return found.name if found else ""
