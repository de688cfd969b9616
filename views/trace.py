"""A session's log as an operator reads it: each turn with its model calls, tool calls, costs and times, without words.

What people and customers wrote is left out: of a line only fields are shown that hold ids, numbers, names of rules, or
sentences of Daybook's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol


class Line(Protocol):
    @property
    def turn(self) -> int: ...
    @property
    def at(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def body(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Asking:
    """One call of the model: tokens it read fresh, read from the cache, and wrote; what it cost, how long it took."""

    model: str
    fresh: int
    cached: int
    written: int
    cost_micros: int
    ms: int
    stop_reason: str


@dataclass(frozen=True)
class Call:
    """One call of a tool, and what the guard said to it."""

    tool: str
    verdict: str
    rule: str
    reason: str
    ms: int
    size: int = 0
    """Characters of what came back; the text itself is for whoever may see it."""


@dataclass(frozen=True)
class TurnSummary:
    """One turn at a glance."""

    number: int
    trigger: str
    person: str | None
    agent: str
    state: str
    attempts: int
    ms: int
    model_calls: list[Asking] = field(default_factory=list)
    tool_calls: list[Call] = field(default_factory=list)

    @property
    def cost_micros(self) -> int:
        return sum(call.cost_micros for call in self.model_calls)

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "cost_micros": self.cost_micros}


SHOWN = (
    "by", "agent", "model", "digests", "channel", "ts", "call", "session", "outcome", "action", "subject", "account",
    "from", "turn", "before", "parts", "until", "reason", "note", "error", "late_ms",
)  # fmt: skip
"""Fields that never hold what somebody wrote."""
ASKED = ("answered", "extracted", "unfinished")
"""Lines about an answer of a model; one that was stopped or cut off is paid for too."""


_TOOL = re.compile(r"[a-z][a-z0-9_]{0,40}|-")


def summarise(number: int, row: Mapping[str, Any] | None, log: Sequence[Line]) -> TurnSummary:
    """What turn ``number`` did; ``row`` is its place in the inbox, None for a turn that a fork has copied."""
    mine = [line for line in log if line.turn == number]
    started = next((line.body["trigger"] for line in mine if line.kind == "started"), None)
    trigger: Mapping[str, Any] = started or (row["trigger"] if row else {})
    began = next((line.body for line in reversed(mine) if line.kind == "began"), {})
    last = next((line.kind for line in reversed(mine) if line.kind in ("done", "failed", "stopped")), "-")
    return TurnSummary(
        number=number,
        trigger=trigger.get("kind", "-"),
        person=trigger.get("person"),
        agent=began.get("agent") or trigger.get("agent", "-"),
        state=row["state"] if row else f"{last} (copied)",
        attempts=row["attempt"] + 1 if row else 1,
        ms=mine[-1].at - mine[0].at if mine else 0,
        model_calls=[asking_of(line.body) for line in mine if line.kind in ASKED],
        tool_calls=[call_of(line.body) for line in mine if line.kind == "called"],
    )


def heading(turn: TurnSummary, note: str | None) -> str:
    """One line about a turn; its costs, when a model took part."""
    parts = [
        f"turn {turn.number}",
        turn.trigger + (f" by {turn.person}" if turn.person else ""),
        turn.agent,
        turn.state,
        f"attempt {turn.attempts}",
        seconds(turn.ms),
    ]
    if turn.model_calls:
        tokens = _tokens(
            sum(c.fresh for c in turn.model_calls),
            sum(c.cached for c in turn.model_calls),
            sum(c.written for c in turn.model_calls),
        )
        parts += [_times(len(turn.model_calls), "model call"), tokens, dollars(turn.cost_micros)]
    if turn.tool_calls:
        parts.append(_times(len(turn.tool_calls), "tool call"))
    if note:
        parts.append(note)
    return " · ".join(parts)


def told(line: Line) -> str:
    """One line of the log in words, without anybody's words."""
    body = line.body
    if line.kind in ASKED:
        return told_model(asking_of(body))
    if line.kind == "called":
        return told_call(call_of(body))
    if line.kind == "started":
        return f"late by {seconds(int(body.get('late_ms') or 0))}"
    if line.kind == "tainted":
        return "by " + ", ".join(str(ref) for ref in body.get("by", ()))
    return " · ".join(f"{name} {_plain(body[name])}" for name in SHOWN if body.get(name) not in (None, "", {}))


def told_model(a: Asking) -> str:
    """One answer of the model: its tokens, what it cost, how long it took."""
    tokens = _tokens(a.fresh, a.cached, a.written)
    return f"{a.model}: {tokens} · {dollars(a.cost_micros)} · {seconds(a.ms)} · {a.stop_reason}"


def told_call(c: Call) -> str:
    """One call of a tool: the guard's verdict, by which rule and why."""
    why = " · ".join(part for part in (c.rule, c.reason) if part)
    size = f" · {c.size:,} characters" if c.size else ""
    return f"{c.tool}: {c.verdict}" + (f" · {why}" if why else "") + f" · {seconds(c.ms)}{size}"


def dollars(micros: int) -> str:
    return f"${micros / 1_000_000:.4f}"


def asking_of(body: Mapping[str, Any]) -> Asking:
    usage = body.get("usage") or {}
    fresh = _number(usage, "input_tokens") + _number(usage, "cache_creation_input_tokens")
    return Asking(
        model=str(body.get("model", "-")),
        fresh=fresh,
        cached=_number(usage, "cache_read_input_tokens"),
        written=_number(usage, "output_tokens"),
        cost_micros=_number(body, "cost_micros"),
        ms=_number(body, "ms"),
        stop_reason=str(body.get("stop_reason") or "-"),
    )


def call_of(body: Mapping[str, Any]) -> Call:
    rule, verdict = str(body.get("rule") or ""), str(body.get("verdict", "-"))
    # Of what was done the reason is the deed itself, in words a person chose, and an error may quote what the model put
    # into its arguments; a no is in the rules' own words.
    reason = str(body.get("reason") or "") if verdict in ("refuse", "ask") else ""
    size = len(str(body.get("result") or ""))
    tool = str(body.get("tool", "-"))
    if not _TOOL.fullmatch(tool):
        tool = "(a tool that does not exist)"  # whatever a model made up
    return Call(tool, verdict, rule, reason, _number(body, "ms"), size)


def _number(body: Mapping[str, Any], name: str) -> int:
    """Vendors' figures are not trusted to be there, nor to be numbers."""
    value = body.get(name)
    return int(value) if isinstance(value, int | float) else 0


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{name}={_plain(one)}" for name, one in value.items())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ",".join(_plain(one) for one in value)
    return " ".join(str(value).split())


def _tokens(fresh: int, cached: int, written: int) -> str:
    return f"in {fresh:,} cached {cached:,} out {written:,}"


def _times(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def seconds(ms: int) -> str:
    """``340 ms``, ``12.4 s``."""
    return f"{ms} ms" if ms < 10_000 else f"{ms / 1000:.1f} s"
