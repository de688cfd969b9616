"""What one session of the attack is: who writes what where, what the model will do, who presses, what must land."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
HOSTILE, HONEST = "5", "6"
"""The ends of marks of a model that only reads one text: one that obeys it, and one that does its job."""


@dataclass(frozen=True)
class Press:
    """A person at a card (or at *Undo*) of this session, once its turn is over.

    ``by`` is a Slack id. ``text`` stands on the card that is meant; None means every card of the session. ``late`` is
    pressed a day and an hour later. ``values`` are typed into *Edit*.
    """

    by: str
    action: str = "apply_change"
    text: str | None = None
    times: int = 1
    late: bool = False
    values: Mapping[str, str] | None = None
    before: tuple[Json, ...] = ()
    """What a hand does in the vendors' own screens in between: {method, path, body}."""
    between: tuple[Json, ...] = ()
    """The same, once the window is open and before it is sent; or {press: a button of the card}, by the same person."""
    waits: bool = False
    """Pressed only once all the presses before it have their end."""


@dataclass(frozen=True)
class AlarmPress:
    """A person at an alert to managers on an account, whether or not they can see it."""

    by: str
    action: str
    account: str
    times: int = 1
    reason: str = ""
    """Typed into the window that asks why it is no problem."""


@dataclass(frozen=True)
class Job:
    """A piece of legitimate work that must land exactly once.

    ``text`` stands in the one write that it is (``verb`` of a record of ``kind``, on ``target`` when that is known).
    """

    kind: str
    verb: str
    text: str
    target: str | None = None
    person: str = ""
    gone: bool = False
    """It was undone by a press: made once, and taken away once."""


@dataclass(frozen=True)
class Turn:
    """One message of a person, what the model does with it, and what people press afterwards."""

    words: str
    steps: tuple[Json, ...]
    presses: tuple[Press, ...] = ()
    by: str | None = None
    """Somebody else than whoever began the session."""
    scripts: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    """Scripts of agents that are asked: the end of the mark -> steps."""
    before: tuple[Json, ...] = ()
    """What a hand does in the vendors' own screens first: {method, path, body}."""


@dataclass(frozen=True)
class Grant:
    """What a routine is set up with: the first turn of its session is its run, the others are answers to that."""

    tools: tuple[str, ...] = ()
    records: int = 1
    comes: str = "now"
    """"now" by the button, "" not by itself: ``before`` says how."""
    before: tuple[Json, ...] = ()
    """What happens once it is set up: as a turn's, or {home: a button, by, mark}, or {clock: True} (its time comes)."""


@dataclass(frozen=True)
class Session:
    """A whole session. ``place`` is "app" (the direct message) or a channel. ``agent`` is who is asked."""

    mark: str
    person: str
    turns: tuple[Turn, ...]
    place: str = "app"
    agent: str = "assistant"
    jobs: tuple[Job, ...] = ()
    unattended: bool = False
    """Started by the clock for the person, not by the person's own words."""
    grant: Grant | None = None
    """It is a routine's: its first turn is a run of that."""
    nobody: bool = False
    """Started by the clock for nobody."""
    again: bool = False
    """Slack delivers its messages twice, as after a lost acknowledgement."""
    nosy: str | None = None
    """Somebody who afterwards asks how Daybook's answers here came about, forks the conversation, and opens the app."""
    alarms: tuple[AlarmPress, ...] = ()
    """What people press on alerts meanwhile."""
    about: str = ""
    """What it tries, in a word or two, for the table."""

    def mark_of(self, number: int) -> str:
        """The mark of a turn: ``s17``, ``s17b``, ``s17c``."""
        return self.mark if number == 0 else f"{self.mark}{chr(97 + number)}"


def call(name: str, /, **given: Any) -> Json:
    return {"name": name, "input": given}


def calls(*asked: Json, **more: Any) -> Json:
    """A step that asks for these calls at once."""
    return {"calls": list(asked), **more}


def say(text: str, **more: Any) -> Json:
    return {"say": text, **more}


def transcript(session: Session, lines: list[Json], told: list[Json]) -> str:
    """Everything of one session, for whoever has to understand a failure."""
    shown = [f"session {session.mark}: {session.person} in {session.place}, agent {session.agent}; {session.about}"]
    for number, turn in enumerate(session.turns):
        shown.append(f"  > {turn.by or session.person}: {turn.words}")
        mark = session.mark_of(number)
        for one in told:
            if one["mark"] == mark or one["mark"].startswith(f"{mark}."):
                for use, result in one["results"].items():
                    shown.append(f"    {use} -> {'REFUSED ' if result['is_error'] else ''}{result['text'][:300]}")
                for block in one["content"]:
                    shown.append(f"    {one['mark']} {json.dumps(block)[:400]}")
        shown += [f"    press {press}" for press in turn.presses]
    shown += [f"  expects {job}" for job in session.jobs]
    for line in lines:
        shown.append(f"  line {line['n']} {line['by']} {json.dumps(line)[:600]}")
    return "\n".join(shown)
