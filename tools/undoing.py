"""*Undo*: the guard's inverse of one call. It restores what was there, and only if nobody has touched it since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rules.action import Effect, Principal, Role, Target
from store import effects, faults
from tools import approvals, hands, ledger, principal
from tools.tool import Plan, Problem
from tools.world import World


@dataclass(frozen=True)
class Undone:
    """``words`` for the log and the message; ``whisper`` for the presser when nothing was undone."""

    words: str
    whisper: str | None = None


def undo(world: World, call_id: str, by: str) -> Undone:
    """Take back call ``call_id``, pressed by ``by``. A second press changes nothing and says so."""
    with world.reading() as connection:
        books = ledger.of_call(connection, call_id)
        presser = principal.of(connection, by)
    books = [row for row in books if row["workspace"] == world.context.workspace]
    ended = (row for row in books if row["phase"] in (ledger.DONE, ledger.FAILED) and row["facts"]["made"])
    done = next(ended, None)
    if done is None:
        return Undone("refused", "Daybook has no record of doing that, so there is nothing to undo.")
    if any(row["phase"] == ledger.UNDONE for row in books):
        return Undone("refused", "It was undone already.")
    plan = approvals.plan_from(done["facts"]["plan"])
    if not plan.action.can_be_undone:
        return Undone("refused", "A customer has read it, so it can't be taken back.")
    no = _may_not(world, done, plan.action.targets, presser)
    if no is not None:
        return Undone("refused", no)
    made = done["facts"]["made"]
    steps = [(n, hands.key_of(f"{call_id}:undo", n)) for n in reversed(range(len(made)))]
    taken = 0
    try:
        _still_theirs(world, plan)
        for number, key in steps:
            hands.check(world, plan.writes[number], made[number], key)
        _judged(world, done, call_id, by)
        for number, key in steps:
            hands.undo(world, plan.writes[number], made[number], key)
            taken += 1
            faults.reached("undo.acted")
    except (Problem, effects.Refused) as never:
        part = f" {taken} of {len(made)} were taken back; see to the rest in HubSpot." if taken else ""
        return Undone("refused", f"{never}{part}")
    with world.context.database.begin() as connection:
        ledger.lock(connection, world.context.workspace)
        if any(row["phase"] == ledger.UNDONE for row in ledger.of_call(connection, call_id)):
            return Undone("refused", "It was undone already.")  # two people pressed at once, and both were right
        ledger.append(connection, world.ledger_key, world.context.workspace, _entry(world, done, ledger.UNDONE, by))
        approvals.settle(connection, approvals.id_of(call_id), "undone")
    faults.reached("undo.recorded")
    # It is told the conversation too, which what stood in the record (an old title, a subject) would not be marked by.
    return Undone(f"undone: {plan.told or plan.title}")


def _may_not(world: World, done: Mapping[str, Any], targets: tuple[Target, ...], presser: Principal) -> str | None:
    """Who may undo: who did it; who leads them; an admin. And only for as long as the policy says."""
    leads = presser.role in (Role.MANAGER, Role.ADMIN) and all(presser.may_see(t.owner) for t in targets)
    if presser.role is Role.NOBODY or (presser.id != done["person"] and not leads):
        return "Only the person who did it, or who leads them, can undo it."
    hours = world.policy.authority.undo_hours
    if world.now > done["at"] + hours * 3_600_000:
        return f"That was more than {hours} hours ago. Change it in HubSpot."
    return None


def _still_theirs(world: World, plan: Plan) -> None:
    """A change is taken back only on accounts that are the presser's today. Raises ``Problem``."""
    if plan.action.effect is Effect.CHANGE:
        for account in dict.fromkeys(target.account for target in plan.action.targets if target.account):
            world.company(account)


def _judged(world: World, done: Mapping[str, Any], call_id: str, by: str) -> None:
    """The intent, in the books before anything is taken back; once, however often the press is repeated."""
    entry = _entry(world, done, ledger.JUDGED, by, call=f"{call_id}:undo")
    with world.context.database.begin() as connection:
        if not ledger.of_call(connection, entry.call):
            ledger.append(connection, world.ledger_key, world.context.workspace, entry)


def _entry(world: World, done: Mapping[str, Any], phase: str, by: str, call: str | None = None) -> ledger.Entry:
    return ledger.Entry(
        at=world.now,
        call=call or done["call"],
        phase=phase,
        tool=done["tool"],
        effect=done["effect"],
        session=done["session"],
        agent=done["agent"],
        person=by,
        verdict="allow",
        rule="undo.own",
        reason="Undone by a person's press.",
        policy=world.policy.version,
    )
