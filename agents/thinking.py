"""One question to the model: may it be asked, what is sent, and the answer kept with its cost before all else."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import orjson

from agents import endings, prompt, spending
from agents.agent import Wait
from agents.endings import End
from agents.streaming import Stream
from agents.work import Work
from rules.budget import Spent, Standing, may_think
from rules.verdict import Refuse
from store import faults
from systems.faults import NotAllowed, RateLimited, SourceDown, SystemFault, Unauthorized
from systems.model import ModelAnswer, ModelRequest, Stopped, cost_micros

PATIENCE_MS = 4 * 60_000
"""How long a person is kept waiting for a model that is overloaded or can't be reached."""
MOST_TRIES = 8
BACK_OFF_MS = (1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000)
SLACK_SECONDS = 5
LOOK_AGAIN_SECONDS = 5.0


@dataclass
class Purse:
    """What is left of the budgets: read from the database now and then, counted up in between."""

    work: Work
    _read: Standing | None = None
    _read_at: float = 0.0

    def standing(self) -> Standing:
        calls = len(self.work.bodies("answered")) + len(self.work.bodies("extracted"))
        worked = self.work.worked_ms()
        if self._read is None or time.monotonic() - self._read_at > LOOK_AGAIN_SECONDS:
            self._read = spending.standing(self.work.turn, self.work.root, self.work.zone, calls, worked)
            self._read_at = time.monotonic()
        _calls, _worked, *spent = (getattr(self._read, name) for name in Standing.__dataclass_fields__)
        return Standing(calls, worked, *spent)

    def paid(self, tokens: int, micros: int, ms: int) -> None:
        if self._read is not None:
            _calls, _worked, *spent = (getattr(self._read, name) for name in Standing.__dataclass_fields__)
            more = (Spent(one.tokens + tokens, one.micros + micros, one.ms + ms) for one in spent)
            self._read = Standing(0, 0, *more)


def think(work: Work, purse: Purse, stream: Stream) -> Wait | End | None:
    """Ask the model once and log its answer. None when there is one; else how the turn goes on or ends."""
    turn, model = work.turn, work.turn.systems.model
    if model is None:
        return End(endings.NO_MODEL, "ANTHROPIC_API_KEY is not set", failed=True)
    verdict = may_think(purse.standing(), work.limits, work.policy.budgets)
    if isinstance(verdict, Refuse):
        return End(verdict.reason, verdict.rule)
    request = ModelRequest(
        model=work.agent.model,
        system=work.system,
        tools=work.tools,
        messages=prompt.marked(work.projection.messages(turn.log)),
        max_tokens=work.agent.output_tokens,
        effort=work.agent.effort,
        timeout_seconds=max(1.0, work.limits.seconds - work.worked_ms() / 1000) + SLACK_SECONDS,
    )
    stream.begin_answer()
    faults.reached("model.asked")
    started = time.monotonic()

    def unfinished(model: str, usage: dict[str, Any]) -> None:
        book(work, purse, model, usage, int((time.monotonic() - started) * 1000))

    try:
        answer = model.ask(request, stream.text, turn.stopped, unfinished)
    except Stopped:
        return endings.stopped(stream.said)
    except SourceDown as down:
        return _later(work, down)
    except (Unauthorized, NotAllowed) as closed:
        return End(endings.CLOSED, str(closed), failed=True)
    except SystemFault as wrong:
        return End(endings.WRONG, str(wrong), failed=True)
    faults.reached("model.answered")
    _keep(work, purse, answer, int((time.monotonic() - started) * 1000))
    return None


def _keep(work: Work, purse: Purse, answer: ModelAnswer, ms: int) -> None:
    cost = cost_micros(answer.model, answer.usage)
    n = len(work.bodies("answered")) + 1
    body = {
        "n": n,
        "content": _storable(answer.content),
        "stop_reason": answer.stop_reason,
        "stop_details": answer.stop_details,
        "usage": answer.usage,
        "model": answer.model,
        "id": answer.id,
        "agent": work.agent.name,
        "broken": list(answer.broken_inputs),
        "cost_micros": cost,
        "ms": ms,
    }
    worked = ms + work.calls_ms()
    also = spending.note(work.turn, work.root, work.agent.name, n, answer.model, answer.usage, cost, worked)
    work.turn.append("answered", body, also=also)
    read, _cached, out = spending.tokens(answer.usage)
    purse.paid(read + out, cost, worked)
    faults.reached("model.stored")


def book(work: Work, purse: Purse, model: str, usage: dict[str, Any], ms: int) -> None:
    """An answer that was stopped or cut off is paid for too: budgets can't be passed by asking and stopping."""
    n = -1 - len(work.bodies("unfinished"))
    cost = cost_micros(model, usage)
    also = spending.note(work.turn, work.root, work.agent.name, n, model, usage, cost, ms)
    work.turn.append("unfinished", {"usage": usage, "model": model, "cost_micros": cost}, also=also)
    read, _cached, out = spending.tokens(usage)
    purse.paid(read + out, cost, ms)


def _storable(content: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Postgres has no NUL in JSON, and nobody needs one; nearly every answer is kept as it came."""
    raw = orjson.dumps(content)
    if b"\\u0000" not in raw:
        return content
    plain: list[dict[str, Any]] = orjson.loads(raw.replace(b"\\u0000", b""))
    return plain


def _later(work: Work, down: SourceDown) -> Wait | End:
    """Ask again later, as the vendor says or with growing pauses, as long as a person would wait."""
    now, tries = work.turn.systems.clock.now(), work.tries()
    asked = down.retry_after if isinstance(down, RateLimited) else None
    pause = int(asked * 1000) if asked is not None else BACK_OFF_MS[min(tries, len(BACK_OFF_MS) - 1)]
    if tries >= MOST_TRIES or now + pause - work.idle_since() > PATIENCE_MS:
        return End(endings.OVERLOADED, str(down), failed=True)
    return Wait(now + pause, str(down))
