"""Agents that say what they heard: what a conversation is without a model."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from agents import catalogue
from agents.agent import Done, Outcome, Turn


@dataclass
class Echo:
    """Answers ``NAME heard: WORDS`` in the thread. While ``hold`` is set it waits, and looks whether it was stopped."""

    name: str
    description: str
    hold: threading.Event = field(default_factory=threading.Event)

    def run(self, turn: Turn) -> Outcome:
        trigger = turn.trigger
        turn.append("began", {"agent": self.name})
        while self.hold.is_set() and not turn.stopped():
            self.hold.wait(0.01) if not self.hold.is_set() else threading.Event().wait(0.01)
        if turn.stopped():
            return Done("stopped")
        words = f"{self.name} heard: {trigger['text']}"
        channel, thread = str(trigger["channel"]), trigger["thread_ts"] or trigger["ts"]
        block = {"type": "section", "text": {"type": "plain_text", "text": words}}
        posted = turn.systems.chat.post(channel, words, [block], f"{turn.session}:{turn.number}", thread)
        turn.append("replied", {"channel": posted.channel, "ts": posted.ts, "text": words})
        return Done("answered")


@dataclass
class Decider:
    """Remembers each decision it is given."""

    def run(self, turn: Turn) -> Outcome:
        turn.append("decided", {key: turn.trigger[key] for key in ("action", "subject", "values", "person")})
        return Done("decided")


ASSISTANT = Echo("assistant", "answers everything that is not asked of another one")
SECURITY = Echo("security", "answers questions about data protection and hosting")


_DECIDER = Decider()


@contextmanager
def instead() -> Iterator[None]:
    """While it lasts these answer in place of the agents of their names: what is tested is the way to and from them."""
    agents = catalogue.all_agents()
    usual = dict(agents)
    agents.update({"assistant": ASSISTANT, "security": SECURITY, "card_buttons": _DECIDER})
    try:
        yield
    finally:
        agents.clear()
        agents.update(usual)
