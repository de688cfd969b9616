"""A card whose press broke off for good: what is known of its writes is said, and nothing of it is done any more.

A fault that no waiting mends can end a press's turn with its card claimed; one that lasts can have it wait for ever.
What became of each write then stands in the books, or in its effect's row; what stands in neither was never begun.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import select

from records import people, tables
from rules.action import Effect
from tools import approvals, carrying_out, ledger, outreach
from tools.approvals import APPLIED, REFUSED, UNKNOWN, Approval
from tools.deciding import Decision
from tools.tool import Plan
from tools.world import World


class _Known(NamedTuple):
    """How the card ends, its sentence, and the row that the books have not got yet."""

    state: str
    note: str
    entry: ledger.Entry | None
    sent: bool = True
    """Whether anything may have left; if not, whoever would have got it has not been written to."""


def settle(world: World, approval: Approval) -> Decision:
    """End it with what is known: done, not done, in part, or not known. A second time changes nothing."""
    with world.reading() as connection:
        books = ledger.of_call(connection, approval.call)
    known = _known(world, approval, books)
    with world.context.database.begin() as connection:
        ledger.lock(connection, approval.workspace)
        if not approvals.end_broken_off(connection, approval, known.state, known.note):
            return Decision("ended already", None, False)
        if known.entry is not None:
            ledger.append(connection, world.ledger_key, approval.workspace, known.entry)
        if not known.sent:
            outreach.give_back(connection, approval.workspace, approval.call)
    return Decision(f"{known.state}: {known.note}")


def _known(world: World, approval: Approval, books: list[Mapping[str, Any]]) -> _Known:
    ended = next((row for row in books if row["phase"] in (ledger.DONE, ledger.FAILED)), None)
    if ended is not None and ended["phase"] == ledger.DONE:
        return _Known(APPLIED, _after(approval.plan), None)
    if ended is not None:
        return _Known(APPLIED if ended["facts"]["made"] else REFUSED, str(ended["reason"]), None)
    judged = next((row for row in books if row["phase"] == ledger.JUDGED and row["verdict"] == "allow"), None)
    if judged is None:
        note = _nothing(world, approval.plan)
        return _Known(REFUSED, note, _entry(world, approval, ledger.JUDGED, note), sent=False)
    plan = approvals.plan_from(judged["facts"]["plan"])
    made, unsure = carrying_out.known_to_be_made(world, approval.call, plan)
    done = ledger.DONE if len(made) == len(plan.writes) else ledger.FAILED
    state, note = _says(world, plan, len(made), unsure)
    facts = {"made": made, "plan": approvals.as_json(plan)}
    entry = _entry(world, approval, done, plan.done if done == ledger.DONE else note, facts)
    return _Known(state, note, entry, sent=bool(made) or unsure)


def _says(world: World, plan: Plan, made: int, unsure: bool) -> tuple[str, str]:
    where, of = _where(plan), len(plan.writes)
    if made == of:
        return APPLIED, _after(plan)
    if unsure:
        what = f"{made} of {of} were changed, and of the next one it" if made else "Daybook broke off, and it"
        look = f"Look at it in {where} before you ask again; {_who_knows(world)}."
        return UNKNOWN, f"{what} is not known whether {where} took it. {look}"
    if made:
        return APPLIED, f"Daybook broke off: {made} of {of} were changed; undo takes those back."
    return REFUSED, _nothing(world, plan)


def _after(plan: Plan) -> str:
    return f"Daybook broke off right after it. {_where(plan)} has it."


def _nothing(world: World, plan: Plan) -> str:
    done = "sent" if plan.action.effect is Effect.EXTERNAL else "changed"
    return f"Daybook broke off before anything was {done}. Ask again for a new card; {_who_knows(world)}."


def _where(plan: Plan) -> str:
    return "Jira" if plan.writes[0].system == "jira" else "HubSpot"


def _who_knows(world: World) -> str:
    """Whom to ask: whoever runs Daybook sees in the trace and in its log why it broke off."""
    p = tables.people.c
    first = select(p.slack_id).where(p.is_admin, p.deleted.is_(False)).order_by(p.slack_id).limit(1)
    with world.reading() as connection:
        admin = connection.scalar(first)
        found = people.by_slack_id(connection, admin) if admin else None
    return f"{found.name if found else 'whoever runs Daybook'} can see why"


def _entry(
    world: World, approval: Approval, phase: str, reason: str, facts: Mapping[str, Any] | None = None
) -> ledger.Entry:
    return ledger.Entry(
        at=world.now,
        call=approval.call,
        phase=phase,
        tool=approval.tool,
        effect=approval.plan.action.effect,
        session=approval.session,
        agent=approval.agent,
        person=approval.requester,
        verdict="refuse" if phase == ledger.JUDGED else "allow",
        rule="done" if phase == ledger.DONE else "press.broke_off",
        reason=reason,
        policy=world.policy.version,
        facts=facts or {"approval": approval.id},
    )
