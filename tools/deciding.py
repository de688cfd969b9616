"""What a press on a card does: apply, cancel, edit. The rules are asked again, on records that are read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from pydantic import ValidationError
from sqlalchemy import Connection

from rules import spoken
from rules.action import Circumstances, Principal, Role
from rules.verdict import Allow, Ask, Refuse
from store import faults
from tools import approvals, catalogue, guard, ledger, principal
from tools.approvals import APPLIED, APPLYING, CANCELLED, EXPIRED, OPEN, REFUSED, Approval
from tools.hands import same
from tools.tool import Plan, Problem
from tools.world import World


@dataclass(frozen=True)
class Decision:
    """``words`` go into the session's log; ``whisper`` is for the presser alone, when the card does not say it all."""

    words: str
    whisper: str | None = None
    changed: bool = True
    """Whether the card looks different now."""


def decide(world: World, approval: Approval, action: str, values: Mapping[str, str], press: str, by: str) -> Decision:
    """Do what was pressed. ``world`` acts as the requester; ``by`` is who pressed, ``press`` the trigger's key."""
    # In the books, and for the caps, it belongs to the conversation in which it was asked.
    world = World(replace(world.context, session=approval.session, agent=approval.agent, audience=()))
    with world.reading() as connection:
        presser = principal.of(connection, by)
    if approval.press == press and approval.state in _SETTLED:
        # This very press did it, and the process died before it could say so.
        return Decision(approval.state if approval.note is None else f"{approval.state}: {approval.note}")
    again = approval.state == APPLYING and approval.press == press
    if not again:
        no = _may_not(world, approval, presser, action)
        if no is not None:
            return no
    match action:
        case "apply_change":
            return _apply(world, approval, press, presser, again)
        case "cancel_change":
            return _cancel(world, approval, press, by)
        case "edit_change":
            return _edit(world, approval, values, press, presser)
    raise Problem(f"Daybook does not know the button {action!r}.", "press.unknown")


def _may_not(world: World, approval: Approval, presser: Principal, action: str) -> Decision | None:
    """Why this press does nothing, if so. Everybody who presses is answered."""
    if presser.role is Role.NOBODY:
        return Decision("refused", "Daybook works for the team's own active members. Nothing was changed.", False)
    if approval.state == OPEN and approval.expires_at <= world.now:
        expire(world, approval)
        return Decision("expired", "That was too late: it has expired. Ask me again to get a new one.")
    if approval.state != OPEN:
        return Decision("refused", _ENDED.get(approval.state, "It is being applied already."), False)
    if action == "cancel_change" and presser.id == approval.requester:
        return None  # whoever asked may take the question back, whosever answer it needs
    if presser.id != approval.approver:
        with world.reading() as connection:
            name = approvals.name_of(connection, approval.approver)
        return Decision("refused", f"Only {name or 'the person it was asked of'} can decide this.", False)
    if approval.approver != approval.requester and not _leads(world, presser):
        return Decision("refused", "You don't lead whoever asked for it any more, so it isn't yours to decide.", False)
    if world.principal.role is Role.NOBODY:
        return Decision("refused", "Whoever asked for it is no longer active. Nothing was changed.", False)
    return None


def _leads(world: World, presser: Principal) -> bool:
    asks = world.person
    if presser.role is Role.ADMIN or asks is None:
        return presser.role is Role.ADMIN
    return asks.manager_id == presser.id or (presser.role is Role.MANAGER and presser.may_see(asks.owner_id))


_SETTLED = (APPLIED, CANCELLED, REFUSED)
_ENDED = {
    APPLIED: "It was applied already.",
    CANCELLED: "It was cancelled already.",
    EXPIRED: "It has expired. Ask me again to get a new one.",
    REFUSED: "It was refused, as the card says.",
    "undone": "It was applied and undone already.",
}


def _apply(world: World, approval: Approval, press: str, presser: Principal, again: bool) -> Decision:
    if not again:
        with world.context.database.begin() as connection:
            if not approvals.claim(connection, approval, press, presser.id, APPLYING, world.now):
                return Decision("refused", "Somebody was faster, or the card has changed. Look at it again.", True)
    faults.reached("approval.claimed")
    with world.reading() as connection:
        books = ledger.of_call(connection, approval.call)
    judged = next((row for row in books if row["phase"] == ledger.JUDGED and row["verdict"] == "allow"), None)
    if judged is None:
        plan = _planned(world, approval, approval.plan.resolved)
        if isinstance(plan, str):
            return _end(world, approval, REFUSED, plan)
        changed = _changed(approval.plan, plan)
        if changed:
            with world.context.database.begin() as connection:
                verdict = guard.judge(world, connection, plan.action, _at(world, approval)).verdict
                ask = _asked_of(verdict, approval, presser) if isinstance(verdict, Ask) else None
                approvals.ask_again(connection, world, approval, plan, changed, ask)
            return Decision("asked again: it had changed meanwhile", "It was changed meanwhile. The card shows both.")
        no = _judged_again(world, approval, plan, presser)
        if no is not None:
            return _end(world, approval, REFUSED, no)
    else:
        plan = approvals.plan_from(judged["facts"]["plan"])
    done = guard.carry_out(world, approval.call, approval.tool, plan, books)
    if done.is_error:
        # A batch that stopped half-way is applied as far as it came, and has its Undo.
        return _end(world, approval, APPLIED if done.receipt else REFUSED, done.reason)
    return _end(world, approval, APPLIED, None)


def _planned(world: World, approval: Approval, arguments: Mapping[str, object]) -> Plan | str:
    """The same call planned on the records as they are now, or why it can't be."""
    tool = catalogue.all_tools().get(approval.tool)
    if tool is None or tool.plan is None:
        return "This Daybook has no such tool any more. Nothing was changed."
    try:
        plan = tool.plan(world, tool.arguments.model_validate(arguments))
    except (Problem, ValidationError) as wrong:
        return str(wrong) if isinstance(wrong, Problem) else "Those values don't fit together. Nothing was changed."
    return replace(plan, quote=approval.plan.quote)


def _changed(was: Plan, now: Plan) -> dict[str, str]:
    """Argument -> what the card had said the record says, for each field that somebody changed since."""
    old = {(w.kind, w.id, name): value for w in was.writes for name, value in w.before.items()}
    new = {(w.kind, w.id, name): value for w in now.writes for name, value in w.before.items()}
    if old.keys() == new.keys() and all(same(old[key], new[key]) for key in old):
        return {}
    said = {row.field: row.old for row in was.rows}
    found = {row.field: said.get(row.field, row.old) for row in now.rows if said.get(row.field) != row.old}
    return found or {"": "changed"}


def _judged_again(world: World, approval: Approval, plan: Plan, presser: Principal) -> str | None:
    """The rules' word at this moment, in the ledger before anything is done. None when it is a yes."""
    with world.context.database.begin() as connection:
        ledger.lock(connection, approval.workspace)
        ruling = guard.judge(world, connection, plan.action, _at(world, approval), confirmed_by=presser)
        verdict = ruling.verdict
        entry = ledger.Entry(
            at=world.now,
            call=approval.call,
            phase=ledger.JUDGED,
            tool=approval.tool,
            effect=plan.action.effect,
            session=approval.session,
            agent=approval.agent,
            person=approval.requester,
            verdict="allow" if isinstance(verdict, Allow) else "refuse",
            rule=verdict.rule,
            reason=verdict.reason,
            policy=world.policy.version,
            records=len({target.ref for target in plan.action.targets}) if isinstance(verdict, Allow) else 0,
            facts={"confirmed_by": presser.id, "approval": approval.id, "plan": approvals.as_json(plan)},
        )
        ledger.append(connection, world.ledger_key, approval.workspace, entry)
    faults.reached("guard.judged")
    return None if isinstance(verdict, Allow) else verdict.reason


def _at(world: World, approval: Approval) -> Circumstances:
    return replace(guard.circumstances(world), granted=frozenset({approval.tool}))


def _asked_of(ask: Ask, approval: Approval, presser: Principal) -> Ask | None:
    """Whose yes the new content takes; a manager's covers what the person could have decided alone."""
    if ask.of == "requester" and presser.id == approval.approver != approval.requester:
        return None
    return ask


def _cancel(world: World, approval: Approval, press: str, by: str) -> Decision:
    with world.context.database.begin() as connection:
        if not approvals.claim(connection, approval, press, by, CANCELLED, world.now):
            return Decision("refused", "Somebody was faster. Look at the card again.", True)
        _book(world, connection, approval, "cancelled", f"cancelled by {by}", by)
    return Decision("cancelled")


def _edit(world: World, approval: Approval, values: Mapping[str, str], press: str, presser: Principal) -> Decision:
    """The person's own values instead, typed and sent by them: applied, if they are theirs to decide."""
    if approval.state == APPLYING:
        return _apply(world, approval, press, presser, True)
    known = {row.field for row in approval.plan.rows if row.kind != "fixed"}
    given = {field: value for field, value in values.items() if field in known and value.strip()}
    plan = _planned(world, approval, {**approval.plan.resolved, **given})
    if isinstance(plan, str):
        return Decision("refused", plan, False)
    with world.context.database.begin() as connection:
        ruling = guard.judge(world, connection, plan.action, _at(world, approval))
        if not isinstance(ruling.verdict, Ask):
            reason = ruling.verdict.reason if isinstance(ruling.verdict, Refuse) else "Nothing is left to confirm."
            return Decision("refused", reason, False)
        approvals.ask_again(connection, world, approval, plan, None, _asked_of(ruling.verdict, approval, presser))
        _book(world, connection, approval, "edited", "the person's own values", approval.requester)
        edited = approvals.load(connection, approval.id)
    if edited is None or edited.approver != presser.id:
        return Decision("edited", "With these values it needs your manager's yes. The card is waiting for it.")
    return _apply(world, edited, press, presser, False)


def expire(world: World, approval: Approval) -> Decision:
    """Nobody decided in time: it ends, visibly, and nothing is changed."""
    with world.context.database.begin() as connection:
        ended = approvals.expire(connection, approval.id, world.now)
        if ended:
            _book(world, connection, approval, "expired", "nobody decided in time", approval.approver)
    return Decision("expired" if ended else "not expired", None, ended)


def wrong_values(approval: Approval, values: Mapping[str, str], today: date) -> dict[str, str]:
    """What is wrong with values typed into the *Edit* window, by field; asks nobody, so that the answer is at once."""
    wrong: dict[str, str] = {}
    for row in approval.plan.rows:
        value = values.get(row.field, "").strip()
        try:
            if value and row.kind == "date":
                spoken.day(value, today)
            elif value and row.kind == "number":
                spoken.cents(value)
            elif value and row.kind == "choice" and value not in {choice for _words, choice in row.choices}:
                wrong[row.field] = "Choose one of the list."
        except spoken.Unclear as unclear:
            wrong[row.field] = str(unclear)
    return wrong


def _end(world: World, approval: Approval, state: str, note: str | None) -> Decision:
    with world.context.database.begin() as connection:
        approvals.settle(connection, approval.id, state, note)
        if state == REFUSED:
            _book(world, connection, approval, "refused", note or "", approval.approver)
    return Decision(state if note is None else f"{state}: {note}")


def _book(world: World, connection: Connection, approval: Approval, rule: str, reason: str, by: str) -> None:
    entry = ledger.Entry(
        at=world.now,
        call=approval.call,
        phase=ledger.JUDGED,
        tool=approval.tool,
        effect=approval.plan.action.effect,
        session=approval.session,
        agent=approval.agent,
        person=by,
        verdict="refuse",
        rule=f"approval.{rule}",
        reason=reason,
        policy=world.policy.version,
        facts={"approval": approval.id},
    )
    ledger.append(connection, world.ledger_key, approval.workspace, entry)
