"""What of a turn anybody may be told who has its link: its steps by names and numbers that are ours, nobody's words.

Closed by default: a tool, a model, an agent, a verdict or a rule is named only if there is one of that name, whatever
the log has. A model can call a tool that it made up, and a vendor can say anything; neither is repeated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from views import trace
from views.trace import Line, TurnSummary

VERDICTS = {
    "read": "looked", "allow": "allowed", "ask": "asked first", "refuse": "refused", "error": "not made",
    "want": "a step",
}  # fmt: skip
ENDS = {
    "end_turn": "an answer", "stop_sequence": "an answer", "tool_use": "asks for tools",
    "max_tokens": "cut off at its length", "refusal": "declined", "pause_turn": "paused",
    "model_context_window_exceeded": "the conversation is too long",
}  # fmt: skip
SAID = {
    "heard": "Heard the question",
    "tainted": "Read what outsiders wrote: the conversation is marked",
    "compacted": "Began with a shortened history",
    "waiting": "Waits",
    "broke": "Something broke; it is tried again",
    "edited": "The question was edited",
    "moved": "Somebody has joined who may not see this: it goes to a direct message",
    "replied": "Answered",
    "stopped": "Stopped by a person",
    "failed": "Failed",
    "done": "Done",
}
"""The other lines that are worth a row."""
ELSEWHERE = "its steps and its costs have a page of their own"
TRIGGERS = ("said", "scheduled", "asked", "hooked", "pressed", "decided")
STATES = ("queued", "running", "waiting", "held", "done", "failed", "stopped")

_RULE = re.compile(r"[a-z_]{1,40}(?:\.[a-z_]{1,40})?")
_DIGEST = re.compile(r"[0-9a-f]{12,128}")
_VERSION = re.compile(r"[A-Za-z0-9.+_-]{1,80}")
_SESSION = re.compile(r"[A-Za-z0-9:._-]{1,200}")


@dataclass(frozen=True)
class Known:
    """The names there are; ``rules`` by name, with what each says in general."""

    agents: Collection[str]
    models: Collection[str]
    tools: Collection[str]
    rules: Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """One row. ``at`` is ms since the turn began; of figures, None is not known."""

    at: int
    what: str
    detail: str = ""
    tokens: str = ""
    cost: str = ""
    ms: int | None = None
    verdict: str = ""
    rule: str = ""
    says: str = ""
    """The rule's own sentence."""
    link: str | None = None


@dataclass(frozen=True)
class Told:
    """A turn as it may be told to anybody."""

    heading: str
    running: bool
    began_at: int | None
    trace: str
    """As ``daybook trace`` takes it; empty when the session's id is in no shape of ours."""
    facts: list[tuple[str, str]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def told(
    session: str, turn: TurnSummary, log: Sequence[Line], known: Known, link: Callable[[str], str | None]
) -> Told:
    """``log`` is the turn's own lines; ``link`` leads to the turn of another agent that this one has asked."""
    began: Mapping[str, Any] = next((line.body for line in reversed(log) if line.kind == "began"), {})
    first = log[0].at if log else None
    return Told(
        heading=trace.heading(_plainly(turn, known), None),
        running=turn.state in ("queued", "running", "waiting", "held"),
        began_at=first,
        trace=f"{session}/{turn.number}" if _SESSION.fullmatch(session) else "",
        facts=_facts(began),
        steps=[step for line in log for step in _steps(line, line.at - (first or 0), known, link)],
    )


def _plainly(turn: TurnSummary, known: Known) -> TurnSummary:
    """The summary without who asked, and with names of ours only."""
    state, _, copied = turn.state.partition(" ")
    return replace(
        turn,
        trigger=_one_of(turn.trigger, TRIGGERS, "-"),
        person=None,
        agent=_agent(turn.agent, known),
        state=_one_of(state, STATES, "-") + (" (copied)" if copied else ""),
    )


def _facts(began: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The policy's version, and what digest the agent's prompt, its skills and its tools had."""
    digests = began.get("digests")
    told = digests if isinstance(digests, Mapping) else {}
    found = []
    for name, label, shape in (
        ("policy", "Policy", _VERSION), ("agent", "Agent's prompt", _DIGEST), ("skills", "Skills", _DIGEST),
        ("tools", "Tools", _DIGEST),
    ):  # fmt: skip
        if shape.fullmatch(value := str(told.get(name, ""))):
            found.append((label, value if name == "policy" else value[:12]))
    return found


def _steps(line: Line, at: int, known: Known, link: Callable[[str], str | None]) -> list[Step]:
    """The row of a line of the log, if it has one."""
    body = line.body
    match line.kind:
        case "started":
            late = body.get("late_ms")
            waited = f"{trace.seconds(late)} after it came" if isinstance(late, int) and late > 0 else ""
            return [Step(at, "Began", waited)]
        case "answered" | "extracted" | "unfinished":
            return [_asked_a_model(line.kind, body, at, known)]
        case "called":
            return [_called(body, at, known)]
        case "asked":
            where = link(str(body.get("session", "")))
            asked = _agent(str(body.get("agent", "")), known)
            return [Step(at, f"Asked {asked}", ELSEWHERE if where else "", link=where)]
        case "returned":
            outcome = _one_of(str(body.get("outcome", "")), STATES, "")
            return [Step(at, "The other agent's turn is over", outcome)]
        case kind if kind in SAID:
            return [Step(at, SAID[kind])]
    return []


def _asked_a_model(kind: str, body: Mapping[str, Any], at: int, known: Known) -> Step:
    asked = trace.asking_of(body)
    name = re.sub(r"-\d{8}\Z", "", asked.model)
    model = name if name in known.models else "a model that has no price here"
    detail = {"answered": ENDS.get(asked.stop_reason, ""), "extracted": "facts out of a text"}.get(kind, "not finished")
    tokens = f"{asked.fresh:,} read · {asked.cached:,} cached · {asked.written:,} written"
    return Step(at, model, detail, tokens, trace.dollars(asked.cost_micros), None if kind == "unfinished" else asked.ms)


def _called(body: Mapping[str, Any], at: int, known: Known) -> Step:
    call = trace.call_of(body)
    rule = call.rule if _RULE.fullmatch(call.rule) else ""
    return Step(
        at,
        call.tool if call.tool in known.tools else "(a tool that does not exist)",
        ms=call.ms,
        verdict=VERDICTS.get(call.verdict, ""),
        rule=rule,
        says=known.rules.get(rule, ""),
    )


def _agent(name: str, known: Known) -> str:
    return name if name in known.agents else "(an agent that is no more)"


def _one_of(name: str, names: Collection[str], other: str) -> str:
    return name if name in names else other
