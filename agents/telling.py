"""A sentence to one person in their direct message, posted once, whatever restarts."""

from __future__ import annotations

from agents.agent import Turn
from store import effects
from systems.sending import SLACK_SETTLE_MS, sending
from views import blocks as b


def tell(turn: Turn, person: str, words: str) -> None:
    """``words`` are mrkdwn, escaped already. Raises what ``effects.perform`` raises; a turn tells a person once."""
    chat, clock = turn.systems.chat, turn.systems.clock
    key = f"{turn.session}:{turn.number}:told:{person}"

    def look(sent_at: int) -> effects.Result | None:
        found = chat.find(person, key, sent_at)
        return found._asdict() if found else None

    effects.perform(
        turn.database,
        clock,
        key,
        "slack.told",
        act=sending(lambda: chat.post(person, words, [b.context(words)], key)._asdict(), clock.now),
        look=look,
        settle_ms=SLACK_SETTLE_MS,
        ready=chat.ready,
    )
