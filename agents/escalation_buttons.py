"""What a press on an alert does: it is decided once, every message that shows it is drawn again, the owner hears of it.

Outcome: every press is answered within a second or two, by a changed message or by a sentence saying why not.
"""

from __future__ import annotations

from typing import Any

from agents.agent import Done, Failed, Outcome, Turn
from agents.escalation_message import redraw
from store import effects
from store.engine import reading
from systems.faults import Rejected
from systems.sending import SLACK_SETTLE_MS, sending
from tools import claiming, escalation_cards, escalations
from views import blocks as b
from views import escalation as view
from views import escape
from views.blocks import Message


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
    redraw(turn, [subject])
    if decided["owner"]:
        _tell_owner(turn, subject, str(decided["owner"]), by)
    if decided["whisper"]:
        try:
            _tell(turn, by, escape.mrkdwn(decided["whisper"], 1_000))
        except (Rejected, effects.Refused) as gone:
            return Failed(f"{action} of {subject} was answered, and Slack would not show it: {gone}")
    return Done(f"{action} {subject}")  # ids only: notes and logs hold nobody's words


def _tell(turn: Turn, person: str, words: str) -> None:
    """To the presser alone, where they pressed; from Home, which has no place for it, in their direct message."""
    if turn.trigger["channel"]:
        turn.systems.chat.whisper(str(turn.trigger["channel"]), person, words)
    else:
        _post(turn, person, Message(words, [b.context(words)]), "told")


def _tell_owner(turn: Turn, escalation: str, owner: str, by: str) -> None:
    with reading(turn.database).connect() as connection:
        row = escalations.load(connection, turn.workspace, [escalation]).get(escalation)
        if row is None:
            return
        shown = escalation_cards.shown(connection, turn.systems, owner, [row])
    message = view.claimed_note(shown.alerts[0], shown.alerts[0].by or by, shown.links)
    try:
        _post(turn, owner, message, "owner")
    except effects.Refused as gone:
        turn.append("owner_not_told", {"owner": owner, "reason": str(gone)})


def _post(turn: Turn, to: str, message: Message, what: str) -> Any:
    chat, clock = turn.systems.chat, turn.systems.clock
    key = f"{turn.session}:{turn.number}:{what}"

    def look(sent_at: int) -> effects.Result | None:
        found = chat.find(to, key, sent_at)
        return found._asdict() if found else None

    return effects.perform(
        turn.database,
        clock,
        key,
        f"slack.{what}",
        act=sending(lambda: chat.post(to, message.text, message.blocks, key)._asdict(), clock.now),
        look=look,
        settle_ms=SLACK_SETTLE_MS,
        ready=chat.ready,
    )
