"""A message to one person in their direct message, posted once, whatever restarts; the answer to who has pressed."""

from __future__ import annotations

from typing import Any

from agents.agent import Turn
from store import effects
from systems.faults import Rejected
from systems.sending import SLACK_SETTLE_MS, sending
from views import blocks as b
from views import escape
from views.blocks import Message


def tell(turn: Turn, person: str, words: str) -> None:
    """``words`` are mrkdwn, escaped already. Raises what ``effects.perform`` raises; a turn tells a person once."""
    post(turn, person, Message(words, [b.context(words)]), f"{turn.session}:{turn.number}:told:{person}", "slack.told")


def post(turn: Turn, person: str, message: Message, key: str, kind: str = "slack.post") -> effects.Result:
    """Where it is. ``key`` is used once; raises what ``effects.perform`` raises."""
    chat, clock = turn.systems.chat, turn.systems.clock

    def look(sent_at: int) -> effects.Result | None:
        found = chat.find(person, key, sent_at)
        return found._asdict() if found else None

    return effects.perform(
        turn.database,
        clock,
        key,
        kind,
        act=sending(lambda: chat.post(person, message.text, message.blocks, key)._asdict(), clock.now),
        look=look,
        settle_ms=SLACK_SETTLE_MS,
        ready=chat.ready,
    )


def answer(turn: Turn, decided: Any) -> str | None:
    """Say to the presser alone what ``decided`` holds for them, where they pressed, in the same thread; from Home,
    which has no place for it, in their direct message. Answers why Slack would not show it.
    """
    if not decided["whisper"]:
        return None
    by, words = str(decided["by"]), escape.mrkdwn(decided["whisper"], 1_000)
    try:
        if turn.trigger["channel"]:
            turn.systems.chat.whisper(str(turn.trigger["channel"]), by, words, turn.trigger.get("thread_ts"))
        else:
            tell(turn, by, words)
    except (Rejected, effects.Refused) as gone:
        return f"{decided['action']} of {decided['subject']} was answered, and Slack would not show it: {gone}"
    return None
