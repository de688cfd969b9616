"""What a press on an alert does: it is decided once, every message that shows it is drawn again, the owner hears of it.

Outcome: every press is answered within a second or two, by a changed message or by a sentence saying why not.
"""

from __future__ import annotations

from agents.agent import Done, Failed, Outcome, Turn
from agents.escalation_message import redraw
from agents.telling import answer, post
from store import effects
from store.engine import reading
from tools import claiming, escalation_cards, escalations
from views import escalation as view


def run(turn: Turn) -> Outcome:
    trigger = turn.trigger
    by, subject, action = str(trigger["person"] or ""), str(trigger["subject"]), str(trigger["action"])
    decided = turn.logged("decided")
    if decided is None:
        found = claiming.decide(
            turn.database,
            turn.systems,
            turn.workspace,
            turn.session,
            subject,
            action,
            by,
            dict(trigger.get("values") or {}),
            str(trigger["key"]),
            int(trigger["pressed_at"]),
        )
        decided = {"action": action, "subject": subject, "by": by, **found._asdict()}
        turn.append("decided", decided)
    redraw(turn, _on_the_account(turn, subject))
    if decided["owner"]:
        _tell_owner(turn, subject, str(decided["owner"]), by)
    unseen = answer(turn, decided)
    return Failed(unseen) if unseen else Done(f"{action} {subject}")  # ids only: notes and logs hold nobody's words


def _on_the_account(turn: Turn, escalation: str) -> list[str]:
    """The alert, and whatever else stands on its account: their messages show who has it in hand."""
    with reading(turn.database).connect() as connection:
        row = escalations.load(connection, turn.workspace, [escalation]).get(escalation)
        standing = escalations.standing(connection, turn.workspace, [row.account_id] if row else [])
    return [escalation, *(one.id for one in standing)]


def _tell_owner(turn: Turn, escalation: str, owner: str, by: str) -> None:
    with reading(turn.database).connect() as connection:
        found = escalations.load(connection, turn.workspace, _on_the_account(turn, escalation)).values()
        rows = sorted((row for row in found if row.press == turn.trigger["key"]), key=escalation_cards.weight)
        if not rows:
            return  # somebody has decided otherwise meanwhile
        shown = escalation_cards.shown(connection, turn.systems, owner, rows)
    message = view.claimed_note(shown, shown.alerts[0].by or by)
    try:
        post(turn, owner, message, f"{turn.session}:{turn.number}:owner", "slack.owner")
    except effects.Refused as gone:
        turn.append("owner_not_told", {"owner": owner, "reason": str(gone)})
