"""Agents that tests put on the stage: small, and each shows one thing about sessions."""

from __future__ import annotations

import threading
from types import SimpleNamespace

from agents import catalogue
from agents.agent import Done, Failed, Outcome, Turn, Wait
from sessions.session import Decided, Hooked, Said

NOBODY_WAITS_THAT_LONG = 24 * 3_600_000


class Scene:
    """What the agents of this process do together, and what was seen of it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.order: list[int] = []
        self.running = 0
        self.most_running = 0
        self.may_end = threading.Event()


scene = Scene()


def orderly(turn: Turn) -> Outcome:
    """Notes when it runs, and beside how many others."""
    with scene.lock:
        scene.order.append(turn.number)
        scene.running += 1
        scene.most_running = max(scene.most_running, scene.running)
    turn.append("heard", {"n": turn.number})
    with scene.lock:
        scene.running -= 1
    return Done("ok")


def patient(turn: Turn) -> Outcome:
    """Goes on until it is allowed to end, or stopped."""
    while not scene.may_end.wait(0.02):
        if turn.stopped():
            return Failed("stopped")
    return Done("ended by itself")


def quick(turn: Turn) -> Outcome:
    """A press's agent: decides at once."""
    turn.append("decided", {"subject": turn.trigger["subject"], "by": turn.trigger["person"]})
    return Done("decided")


def asker(turn: Turn) -> Outcome:
    """Asks two others, and waits for both however long it takes."""
    for call in ("c1", "c2"):
        turn.ask("helper", f"what about {call}?", call, 1)
    back = {event.body["call"]: event.body["outcome"] for event in turn.log if event.kind == "returned"}
    if len(back) < 2:
        return Wait(turn.systems.clock.now() + NOBODY_WAITS_THAT_LONG, "asked two others")
    return Done(" ".join(f"{call} {outcome}" for call, outcome in sorted(back.items())))


def helper(turn: Turn) -> Outcome:
    """Answers what it is asked; the second question it can't."""
    if turn.logged("worked") is None:
        turn.append("worked", {"on": turn.trigger["call"]})
    return Failed("not known") if turn.trigger["call"] == "c2" else Done("known")


CAST = {"orderly": orderly, "patient": patient, "quick": quick, "asker": asker, "helper": helper}


def enter() -> None:
    """Every agent of the cast is known to this process."""
    for name, run in CAST.items():
        if name not in catalogue.all_agents():
            catalogue.add(name, SimpleNamespace(run=run))


def leave() -> None:
    for name in CAST:
        catalogue.all_agents().pop(name, None)


def said(key: str, session: str, agent: str, now: int) -> Said:
    return Said(
        key=key,
        session=session,
        agent=agent,
        person="U1",
        text="hello",
        channel="D1",
        thread_ts=None,
        ts=key,
        said_at=now,
        direct=True,
    )


def decided(key: str, session: str, subject: str, now: int) -> Decided:
    return Decided(
        key=key,
        session=session,
        agent="quick",
        person="U1",
        action="apply_change",
        subject=subject,
        values=None,
        channel="D1",
        message_ts="1.0",
        pressed_at=now,
    )


def hooked(key: str, session: str, now: int, agent: str = "orderly") -> Hooked:
    return Hooked(
        key=key,
        session=session,
        agent=agent,
        person=None,
        source="hubspot",
        event="deal.propertyChange",
        object_kind="deals",
        object_id="1",
        property="amount",
        occurred_at=now,
        heard_at=now,
    )
