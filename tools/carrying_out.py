"""Does what was allowed: every write of a plan, each once, and into the books how it went; also after a crash."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store import effects, faults
from tools import approvals, hands, ledger, outreach
from tools.tool import Answer, Plan, Problem, Receipt, as_text
from tools.world import World

Books = list[Mapping[str, Any]]


def carry_out(world: World, call_id: str, tool: str, plan: Plan, books: Books) -> Answer:
    """Do every write of an allowed plan, each once, and record how it went. Also after a restart in the middle."""
    ended = next((row for row in books if row["phase"] in (ledger.DONE, ledger.FAILED)), None)
    if ended is None:
        ended = _act(world, call_id, tool, plan)
    back = plan.action.can_be_undone and not any(row["phase"] == ledger.UNDONE for row in books)
    if ended["phase"] == ledger.FAILED:
        text = as_text({"failed": ended["reason"], "rule": ended["rule"]})
        done = Receipt(call_id, f"{plan.title}: {ended['reason']}", undo=back) if ended["facts"]["made"] else None
        return Answer(text, True, "error", ended["rule"], ended["reason"], receipt=done)
    told = as_text({"done": plan.told or plan.done, "undo": plan.action.can_be_undone})
    return Answer(told, False, "allow", ended["rule"], plan.done, receipt=Receipt(call_id, plan.receipt, undo=back))


def _act(world: World, call_id: str, tool: str, plan: Plan) -> Mapping[str, Any]:
    made: list[dict[str, Any]] = []
    phase, reason = ledger.DONE, plan.done
    for number, write in enumerate(plan.writes):
        key = hands.key_of(call_id, number)
        try:
            made.append({**hands.do(world, write, key, world.context.person or ""), "key": key})
        except (effects.Refused, Problem) as never:
            if isinstance(never, hands.Half):
                made.append({**never.made, "key": key})
            phase, reason = ledger.FAILED, _why_not(str(never), len(made), len(plan.writes))
            break
        faults.reached("guard.acted")
    entry = ledger.Entry(
        at=world.now,
        call=call_id,
        phase=phase,
        tool=tool,
        effect=plan.action.effect,
        session=world.context.session,
        agent=world.context.agent,
        person=world.context.person,
        verdict="allow",
        rule="done" if phase == ledger.DONE else "vendor.refused",
        reason=reason,
        policy=world.policy.version,
        facts={"made": made, "plan": approvals.as_json(plan)},
    )
    with world.context.database.begin() as connection:
        ledger.append(connection, world.ledger_key, world.context.workspace, entry)
        if phase == ledger.FAILED and not made:
            outreach.give_back(connection, world.context.workspace, call_id)
    faults.reached("guard.recorded")
    return {"phase": phase, "reason": reason, "rule": entry.rule, "facts": entry.facts}


def known_to_be_made(world: World, call_id: str, plan: Plan) -> tuple[Books, bool]:
    """Of a plan that broke off: what its writes certainly made, in their order, and whether the one after them may have
    been done. Asks no vendor."""
    made: Books = []
    for number, write in enumerate(plan.writes):
        key = hands.key_of(call_id, number)
        row = effects.state_of(world.context.database, key)
        if row is None or row["state"] != "done":
            return made, row is not None and row["state"] == "sending"
        made.append({"id": row["result"]["id"], "after": dict(write.after), "key": key})
    return made, False


def _why_not(reason: str, made: int, of: int) -> str:
    """Why it stopped, and how far it came: what was done before stays done, and can be undone."""
    reason = reason.rstrip(".")
    done = f"{made} of {of} were changed; undo takes those back." if made else "Nothing was changed."
    return f"{reason}. {done}"
