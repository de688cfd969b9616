"""One agent asks another: who may be asked, the waiting, and what comes back with everything it carries along."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import orjson

from agents.agent import Event, Wait
from agents.projection import calls_of
from agents.work import Work
from tools.tool import Answer, Receipt, as_text

DEEPEST = 2
LOOK_AGAIN_MS = 60_000
"""The turn is woken when the answer is there; this is for a wake-up that got lost."""


def wanted(answer: Answer) -> Mapping[str, Any]:
    """The arguments of a call that the loop itself must do, as the guard let them through."""
    told: Mapping[str, Any] = orjson.loads(answer.text)
    return told


def ask(work: Work, use: str, agent: str, question: str, allowed: Answer) -> Answer | Wait:
    """Put ``question`` to ``agent`` and wait for the end of its turn; its answer is the call's result."""
    from agents.catalogue import written_agents  # here, since the catalogue leads to the loop

    others = sorted(set(written_agents()) - {work.agent.name})
    if agent not in others:
        return _no("agent.unknown", f"There is no agent {agent!r} to ask. There are: {', '.join(others)}.")
    if work.depth + 1 > DEEPEST:
        return _no("agent.too_deep", "You were asked by an agent yourself. Answer with what you can find out.")
    child = work.turn.ask(agent, question, use, work.depth + 1)
    if child is None:
        return _no("agent.stopped", f"This was stopped before {agent} was asked.")
    log = work.turn.read_log(child)
    # What it has read marks this conversation whatever comes back, be it only that it failed.
    refs = tuple(sorted({ref for event in log if event.kind == "tainted" for ref in event.body["by"]}))
    if not any(event.kind in ("done", "failed") for event in log):
        returned = any(event.kind == "returned" and event.body["call"] == use for event in work.mine)
        if not returned:
            return Wait(work.turn.systems.clock.now() + LOOK_AGAIN_MS, f"waits for {agent}")
        return replace(_no("agent.stopped", f"{agent} was stopped before it answered."), untrusted=refs)
    said = next((event.body for event in reversed(log) if event.kind == "ending"), None)
    if said is None:
        failed = _no("agent.failed", f"{agent} could not answer. Say so, and answer with what you have.")
        return replace(failed, untrusted=refs)
    text = as_text({"agent": agent, "answer": said["text"], "facts": _facts(log)})
    return replace(allowed, text=text, is_error=bool(said["failed"]), verdict="read", untrusted=refs)


class Made(NamedTuple):
    """One call that was made: with which arguments, what came of it, and in which step of whose work."""

    step: tuple[str, int]
    """(session, number of the answer that asked for it): calls of one step don't know of each other."""
    arguments: Mapping[str, Any]
    called: Mapping[str, Any]


def receipts(work: Work) -> list[Receipt]:
    """What was done in this turn, by its agent and by those it asked, in order."""
    return [Receipt(**one.called["receipt"]) for one in made(work) if one.called["receipt"] is not None]


def made(work: Work) -> Iterator[Made]:
    """The calls that were made in this turn, by its agent and by those it asked, in order."""
    return _made(work, work.turn.session, work.mine)


def _made(work: Work, session: str, events: Iterator[Event]) -> Iterator[Made]:
    children: dict[str, str] = {}
    asked: dict[str, Any] = {}
    step = 0
    for event in events:
        if event.kind == "asked":
            children[str(event.body["call"])] = str(event.body["session"])
        elif event.kind == "answered":
            step += 1
            asked.update({str(block["id"]): block.get("input") for block in calls_of(event.body)})
        elif event.kind == "called":
            use = str(event.body["call"])
            given = asked.get(use)
            yield Made((session, step), given if isinstance(given, Mapping) else {}, event.body)
            if use in children:
                yield from _made(work, children[use], iter(work.turn.read_log(children[use])))


def _facts(log: Sequence[Event]) -> list[str]:
    """What the answer rests on: which tools were used on which records."""
    found = []
    for event in log:
        if event.kind == "called" and not event.body["is_error"]:
            refs = ", ".join(event.body["untrusted"])
            found.append(f"{event.body['tool']} ({refs})" if refs else str(event.body["tool"]))
    return found


def _no(rule: str, reason: str) -> Answer:
    return Answer(as_text({"refused": reason, "rule": rule}), True, "error", rule, reason)
