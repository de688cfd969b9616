"""What a press on a card or on *Undo* does: the guard decides and acts, and every message that shows it is drawn again.

Outcome: every press is answered within a second or two, by a changed card or by a sentence saying why not.
"""

from __future__ import annotations

from typing import Any

from agents import receipts
from agents.agent import Done, Failed, Outcome, Turn
from agents.list_message import tick_off
from agents.telling import answer
from records import policies
from store.engine import reading
from systems.faults import Rejected
from tools import approvals, deciding, ledger, settling, showing, undoing
from tools.tool import Context
from tools.world import World

EXPIRE = "expire_change"
"""Not a button: the clock's word that nobody has pressed one in time."""
SETTLE = "settle_change"
"""Not a button either: the press that had claimed the card broke off."""
GONE = "This button is from a message Daybook no longer knows. Nothing was changed."


def run(turn: Turn) -> Outcome:
    trigger = turn.trigger
    by, subject, action = str(trigger["person"] or ""), str(trigger["subject"]), str(trigger["action"])
    decided = turn.logged("decided")
    if decided is None:
        policies.keep_once(turn.database, turn.systems.settings, turn.systems.clock.now())
        decided = _undo(turn, subject, by) if action == "undo" else _decide(turn, subject, action, by)
        turn.append("decided", decided)
    _show(turn, decided)
    unseen = answer(turn, decided)
    return Failed(unseen) if unseen else Done(f"{action} {subject}")  # ids only: notes and logs hold nobody's words


def _decide(turn: Turn, subject: str, action: str, by: str) -> dict[str, Any]:
    with reading(turn.database).connect() as connection:
        approval = approvals.load(connection, subject)
    if approval is None or approval.workspace != turn.workspace:
        return _said(action, subject, by, "refused", GONE, None)
    world = acting_as(turn, approval.requester, approval.agent, approval.tool, approval.tainted_by)
    if action in (EXPIRE, SETTLE):
        found = deciding.expire(world, approval) if action == EXPIRE else settling.settle(world, approval)
        return _said(action, subject, by, f"{approval.plan.title}: {found.words}", None, approval.call)
    values = {str(k): str(v) for k, v in (turn.trigger.get("values") or {}).items()}
    found = deciding.decide(world, approval, action, values, str(turn.trigger["key"]), by)
    words = f"{approval.plan.title}: {found.words}"
    return _said(action, subject, by, words, found.whisper, approval.call)


def _undo(turn: Turn, call: str, by: str) -> dict[str, Any]:
    found = undoing.undo(acting_as(turn, by, "", "", ()), call, by)
    return _said("undo", call, by, found.words, found.whisper, call)


def _said(action: str, subject: str, by: str, words: str, whisper: str | None, call: str | None) -> dict[str, Any]:
    return {"action": action, "subject": subject, "by": by, "words": words, "whisper": whisper, "call": call}


def acting_as(turn: Turn, person: str, agent: str, tool: str, tainted_by: tuple[str, ...]) -> World:
    """As the person who asked; the presser's own right to decide is judged apart."""
    return World(
        Context(
            database=turn.database,
            systems=turn.systems,
            workspace=turn.workspace,
            session=turn.session,
            turn=turn.number,
            agent=agent,
            grant=frozenset({tool}),
            person=person,
            channel=str(turn.trigger["channel"]),
            thread_ts=None,
            said_at=int(turn.trigger["pressed_at"]),
            tainted_by=tainted_by,
        )
    )


def _show(turn: Turn, decided: Any) -> None:
    """Draw the card, and every answer that has a line about this call. Editing twice to the same is harmless."""
    call = decided["call"]
    if call is None:
        return
    with reading(turn.database).connect() as connection:
        approval = approvals.load(connection, approvals.id_of(call))
        books = ledger.of_call(connection, call)
    for person in {str(row["person"]) for row in books if row["person"]}:
        tick_off(turn, of=person)
    try:
        if approval is not None:
            showing.show(acting_as(turn, approval.requester, approval.agent, approval.tool, ()), approval)
        # The line may stand in the conversation of an agent that had asked the one which did it.
        for session in {turn.session, *(str(row["session"]) for row in books)}:
            receipts.redraw(turn, session, call)
    except Rejected as gone:
        turn.append("not_redrawn", {"call": call, "reason": str(gone)})
