"""Short phrases that are answered before any model hears them: stop, pause, resume, fork, new topic, a name, an agent.

Whole messages only, so that "stop the renewal mails to Acme" stays a sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_AGENT = re.compile(r"!agent\b[ \t]*([A-Za-z0-9_-]*)\s*(.*)", re.DOTALL | re.IGNORECASE)
_NAME = re.compile(r"name(?: this)?(?: session| conversation| thread)?:\s*(.+)", re.IGNORECASE)
_TOPIC = re.compile(r"new topic(?::\s*(.*))?", re.DOTALL | re.IGNORECASE)
PHRASES = {
    "stop": "stop",
    "stop it": "stop",
    "pause": "pause",
    "resume": "resume",
    "continue the session": "resume",
    "fork": "fork",
    "fork this": "fork",
}


@dataclass(frozen=True)
class Phrase:
    """One of stop, pause, resume, fork, name (``rest`` is the title), topic (``rest`` is what it begins with)."""

    kind: str
    rest: str = ""


@dataclass(frozen=True)
class ToAgent:
    """``!agent NAME words``; an empty name asks which agents there are."""

    name: str
    words: str


def phrase(text: str) -> Phrase | ToAgent | None:
    """The phrase that the whole of ``text`` is, or None: then it is for an agent."""
    said = text.strip()
    asked = _AGENT.fullmatch(said)
    if asked:
        return ToAgent(asked[1].lower().replace("-", "_"), asked[2].strip())
    short = " ".join(said.lower().rstrip(".!").split()).removeprefix("!")
    if short in PHRASES:
        return Phrase(PHRASES[short])
    named = _NAME.fullmatch(said.removeprefix("!"))
    if named:
        return Phrase("name", named[1].strip())
    topic = _TOPIC.fullmatch(said.rstrip(".!") if len(said) < 12 else said)
    return Phrase("topic", (topic[1] or "").strip()) if topic else None
