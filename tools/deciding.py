"""What a press on a card does: apply, cancel, edit. The rules are asked again, on records that are read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from pydantic import ValidationError
from sqlalchemy import Connection

from rules import approving, spoken
from rules.action import Circumstances, Principal, Role
from rules.verdict import Allow, Ask, Refuse, Verdict
from store import faults
from systems.faults import SystemFault
from tools import absences, approvals, carrying_out, catalogue, hands, judging, ledger, principal
from tools.alike import same
from tools.approvals import APPLIED, APPLYING, CANCELLED, REFUSED, UNKNOWN, Approval
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
    presser, no = _who_presses(world, approval, action, by, values.get("seen"))
    if approval.press == press and approval.state in _SETTLED:
        # This very press did it, and the process died before it could say so.
        return Decision(approval.state if approval.note is None else f"{approval.state}: {approval.note}")
    again = approval.state == APPLYING and approval.press == press
    if not again and no is not None:
        return _turned_down(world, approval, no, by)
    match action:
        case "apply_change":
            return _apply(world, approval, press, presser, again)
        case "cancel_change":
            return _cancel(world, approval, press, by)
        case "edit_change":
            return _edit(world, approval, values, press, presser)
    raise Problem(f"Daybook does not know the button {action!r}.", "press.unknown")


def _who_presses(
    world: World, approval: Approval, action: str, by: str, seen: str | None
) -> tuple[Principal, Refuse | None]:
    """With whose rights the presser decides, and why the press does nothing, if so."""
    with world.reading() as connection:
        presser, approver = principal.of(connection, by), principal.of(connection, approval.approver)
        away = absences.of(connection, approval.workspace, approval.approver, world.now)
        name = approvals.name_of(connection, approval.approver)
    stands_in = away is not None and away.deputy == by
    told = approving.may_press(
        approving.Press(
            cancels=action == "cancel_change",
            presser=presser,
            requester=world.principal,
            approver=approval.approver,
            approver_name=name,
            state=approval.state,
            late=approval.expires_at <= world.now,
            stands_in=stands_in,
            leads=_leads(world, approver),
            outdated=_outdated(action, seen, approval),
        )
    )
    lent = stands_in and approval.approver != approval.requester and by != approval.approver
    return approving.lent(presser, approver) if lent else presser, told if isinstance(told, Refuse) else None


def _outdated(action: str, seen: str | None, approval: Approval) -> bool:
    """A window says what it was opened on; where it does not, nobody knows what its person saw."""
    if action == "edit_change":
        return not seen or not approval.digest.startswith(seen)
    return action == "apply_change" and seen is not None and not approval.digest.startswith(seen)


def _turned_down(world: World, approval: Approval, no: Refuse, by: str) -> Decision:
    """Everybody who presses is answered, and the books say who tried."""
    if no.rule == "press.late":
        expire(world, approval)
        return Decision("expired", no.reason)
    with world.context.database.begin() as connection:
        _book(world, connection, approval, no.rule, no.reason, by)
    return Decision("refused", no.reason, False)


def _leads(world: World, approver: Principal) -> bool:
    asks = world.person
    if approver.role is Role.ADMIN or asks is None:
        return approver.role is Role.ADMIN
    return asks.manager_id == approver.id or (approver.role is Role.MANAGER and approver.may_see(asks.owner_id))


_SETTLED = (APPLIED, CANCELLED, REFUSED, UNKNOWN)


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
        try:
            plan = _planned(world, approval, approval.plan.resolved)
        except SystemFault as down:
            if world.now <= world.context.said_at + hands.PATIENCE_MS:
                raise
            # Done hours after the press, when the vendor is back, it would surprise whoever pressed.
            return _end(world, approval, REFUSED, f"{down.system} could not be read. Ask again for a new card.")
        if isinstance(plan, str):
            return _end(world, approval, REFUSED, plan)
        changed = _changed(approval.plan, plan)
        if changed:
            with world.context.database.begin() as connection:
                verdict = judging.judge(world, connection, plan.action, _at(world, approval), approval.call).verdict
                ask = _asked_of(verdict, approval) if isinstance(verdict, Ask) else None
                approvals.ask_again(connection, world, approval, plan, changed, ask)
            return Decision("asked again: it had changed meanwhile", "It was changed meanwhile. The card shows both.")
        verdict = _judged_again(world, approval, plan, presser)
        if isinstance(verdict, Ask):
            return Decision("asked again", f"{verdict.reason} The card is waiting for it.")
        if isinstance(verdict, Refuse):
            if verdict.rule in _PASSING:
                return _not_now(world, approval, verdict)
            return _end(world, approval, REFUSED, verdict.reason)
    else:
        plan = approvals.plan_from(judged["facts"]["plan"])
    done = carrying_out.carry_out(world, approval.call, approval.tool, plan, books)
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


def _changed(was: Plan, now: Plan, edited: bool = False) -> dict[str, str]:
    """Argument -> what the card had said the record says, for each field that somebody changed since. ``edited``: what
    the person left out, or set to what the record says already, is no longer written."""
    old = {(w.kind, w.id, name): value for w in was.writes for name, value in w.before.items()}
    new = {(w.kind, w.id, name): value for w in now.writes for name, value in w.before.items()}
    alike = new.keys() <= old.keys() if edited else new.keys() == old.keys()
    if alike and all(same(old[key], new[key]) for key in new):
        return {}
    said = {row.field: row.old for row in was.rows}
    found = {row.field: said.get(row.field, row.old) for row in now.rows if said.get(row.field) != row.old}
    return found or {"": "changed"}


_PASSING = ("contact.quiet", "contact.unsure")
"""Refusals that time heals: the card stays open as long as it would have."""


def _not_now(world: World, approval: Approval, verdict: Refuse) -> Decision:
    with world.context.database.begin() as connection:
        approvals.reopen(connection, approval.id)
    return Decision("refused", verdict.reason, True)


def _judged_again(world: World, approval: Approval, plan: Plan, presser: Principal) -> Verdict:
    """The rules' word at this moment, in the ledger before anything is done. Another Ask than the one that was answered
    (the policy is a stricter one by now, say) puts the question to whomever it is for."""
    with world.context.database.begin() as connection:
        ledger.lock(connection, approval.workspace)
        at = _at(world, approval)
        verdict = judging.judge(world, connection, plan.action, at, approval.call, confirmed_by=presser).verdict
        if isinstance(verdict, Ask):
            approvals.ask_again(connection, world, approval, plan, None, verdict)
        said = {Allow: "allow", Ask: "ask", Refuse: "refuse"}[type(verdict)]
        entry = ledger.Entry(
            at=world.now,
            call=approval.call,
            phase=ledger.JUDGED,
            tool=approval.tool,
            effect=plan.action.effect,
            session=approval.session,
            agent=approval.agent,
            person=approval.requester,
            verdict=said,
            rule=verdict.rule,
            reason=verdict.reason,
            policy=world.policy.version,
            records=len({target.ref for target in plan.action.targets}) if isinstance(verdict, Allow) else 0,
            facts={"confirmed_by": presser.id, "approval": approval.id, "plan": approvals.as_json(plan)},
        )
        ledger.append(connection, world.ledger_key, approval.workspace, entry)
    faults.reached("guard.judged")
    return verdict


def _at(world: World, approval: Approval) -> Circumstances:
    return replace(judging.circumstances(world), granted=frozenset({approval.tool}))


def _asked_of(ask: Ask, approval: Approval) -> Ask | None:
    """Whose yes the new content takes; a manager's covers what the person could have decided alone."""
    if ask.of == "requester" and approval.approver != approval.requester:
        return None
    return ask


def _cancel(world: World, approval: Approval, press: str, by: str) -> Decision:
    with world.context.database.begin() as connection:
        if not approvals.claim(connection, approval, press, by, CANCELLED, world.now):
            return Decision("refused", "Somebody was faster. Look at the card again.", True)
        _book(world, connection, approval, "approval.cancelled", f"cancelled by {by}", by)
    return Decision("cancelled")


def _edit(world: World, approval: Approval, values: Mapping[str, str], press: str, presser: Principal) -> Decision:
    """The person's own values instead, typed and sent by them: applied, if they are theirs to decide."""
    if approval.state == APPLYING:
        return _apply(world, approval, press, presser, True)
    known = {row.field for row in approval.plan.rows if row.kind not in ("fixed", "told")}
    given = {field: value for field, value in values.items() if field in known}
    kept = {field: value for field, value in approval.plan.resolved.items() if field not in given}
    # A field that was emptied shows that nothing is wanted there.
    plan = _planned(world, approval, {**kept, **{field: value for field, value in given.items() if value.strip()}})
    if isinstance(plan, str):
        return Decision("refused", plan, False)
    changed = _changed(approval.plan, plan, edited=True)
    with world.context.database.begin() as connection:
        ruling = judging.judge(world, connection, plan.action, _at(world, approval), approval.call)
        if isinstance(ruling.verdict, Refuse) and ruling.verdict.rule in _PASSING:
            return Decision("refused", ruling.verdict.reason, False)
        if not isinstance(ruling.verdict, Ask):
            reason = ruling.verdict.reason if isinstance(ruling.verdict, Refuse) else "Nothing is left to confirm."
            return Decision("refused", reason, False)
        approvals.ask_again(connection, world, approval, plan, changed or None, _asked_of(ruling.verdict, approval))
        _book(world, connection, approval, "approval.edited", "the person's own values", presser.id, "ask")
        edited = approvals.load(connection, approval.id)
        whose = approvals.name_of(connection, edited.approver) if edited else ""
        # In one transaction with the values: whoever dies after it has both, whoever dies before it has neither.
        claimed = (
            edited is not None
            and edited.approver == approval.approver
            and not changed
            and approvals.claim(connection, edited, press, presser.id, APPLYING, world.now)
        )
    if edited is None or edited.approver != approval.approver:
        return Decision("edited", f"With these values it needs {whose or 'another'}'s yes. The card is waiting for it.")
    if changed:
        return Decision("asked again: it had changed meanwhile", "It was changed meanwhile. The card shows both.")
    return _apply(world, edited, press, presser, claimed)


def expire(world: World, approval: Approval) -> Decision:
    """Nobody decided in time: it ends, visibly, and nothing is changed."""
    with world.context.database.begin() as connection:
        ended = approvals.expire(connection, approval.id, world.now)
        if ended:
            _book(world, connection, approval, "approval.expired", "nobody decided in time", approval.approver)
    return Decision("expired" if ended else "not expired", None, ended)


def wrong_values(approval: Approval, values: Mapping[str, str], today: date, currency: str) -> dict[str, str]:
    """What is wrong with values typed into the *Edit* window, by field; asks nobody, so that the answer is at once."""
    wrong: dict[str, str] = {}
    for row in approval.plan.rows:
        value = values.get(row.field, "").strip()
        try:
            if value and row.kind == "date":
                spoken.day(value, today)
            elif value and row.kind == "number":
                spoken.cents(value, currency)
            elif value and row.kind == "choice" and value not in {choice for _words, choice in row.choices}:
                wrong[row.field] = "Choose one of the list."
        except spoken.Unclear as unclear:
            wrong[row.field] = str(unclear)
    return wrong


def _end(world: World, approval: Approval, state: str, note: str | None) -> Decision:
    with world.context.database.begin() as connection:
        approvals.settle(connection, approval.id, state, note)
        if state == REFUSED:
            _book(world, connection, approval, "approval.refused", note or "", approval.approver)
    return Decision(state if note is None else f"{state}: {note}")


def _book(
    world: World, connection: Connection, approval: Approval, rule: str, reason: str, by: str, verdict: str = "refuse"
) -> None:
    entry = ledger.Entry(
        at=world.now,
        call=approval.call,
        phase=ledger.JUDGED,
        tool=approval.tool,
        effect=approval.plan.action.effect,
        session=approval.session,
        agent=approval.agent,
        person=by,
        verdict=verdict,
        rule=rule,
        reason=reason,
        policy=world.policy.version,
        facts={"approval": approval.id},
    )
    ledger.append(connection, world.ledger_key, approval.workspace, entry)
