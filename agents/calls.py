"""The calls an answer asks for: each through the guard, in order, and kept with its result before the next one."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from agents import delegating, moving, reading
from agents.agent import Wait
from agents.thinking import BACK_OFF_MS, Purse
from agents.work import Work
from rules.action import Effect
from skills.catalogue import all_skills
from store import faults
from systems.faults import SystemFault
from tools import catalogue, guard, ledger
from tools.tool import Answer, Context, as_text
from tools.world import World
from views import escape
from views.doing import doing

PATIENCE_MS = 2 * 60_000
WRITE_PATIENCE_MS = 20 * 60_000
"""How long a look, and a write, waits for a vendor that is down before the model is told so. The guard gives up a write
that has not begun sooner than that."""
MALFORMED = ("arguments.shape", "arguments.broken")
"""The rules of calls whose arguments were no good at all; the reasons are for a model."""
UNSURE = "source.unsure"
"""The rule of a write of which nobody knows whether it was done."""
_FRAME = re.compile(r"<(?=\s*/?\s*untrusted)", re.IGNORECASE)


def make(work: Work, block: Mapping[str, Any], purse: Purse | None = None) -> Wait | None:
    """Make one call and log its result; ``Wait`` when it has to go on later. A call made before answers the same.

    ``purse`` is what is left of the budgets, for a call that asks a model itself.
    """
    use, name = str(block["id"]), str(block["name"])
    started = time.monotonic()
    answer = _answer(work, use, name, block.get("input"), purse)
    if isinstance(answer, Wait):
        return answer
    faults.reached("tool.called")
    if answer.also is None and answer.verdict == "error":
        answer = _booked(work, use, name, answer)
    if answer.untrusted and not set(answer.untrusted) <= set(work.tainted_by()):
        # Before the call itself: a process that dies in between must not leave the session looking clean.
        work.turn.append("tainted", {"by": sorted(answer.untrusted)})
    body = {
        "call": use,
        "tool": name,
        "verdict": answer.verdict,
        "rule": answer.rule,
        "reason": answer.reason,
        "result": framed(answer.text, answer.untrusted, work.call_id(use)) if answer.untrusted else answer.text,
        "is_error": answer.is_error,
        "untrusted": list(answer.untrusted),
        "receipt": answer.receipt._asdict() if answer.receipt is not None else None,
        "approval": answer.approval,
        "ms": int((time.monotonic() - started) * 1000),
    }
    work.turn.append("called", body, also=answer.also)
    faults.reached("tool.stored")
    return None


def _answer(work: Work, use: str, name: str, arguments: Any, purse: Purse | None) -> Answer | Wait:
    made = len(work.bodies("called"))
    if made >= work.agent.tool_calls:
        most = work.agent.tool_calls
        return no("calls.too_many", f"One message may lead to {most} calls at most. Ask again for the rest.")
    if any(use in answered["broken"] for answered in work.bodies("answered")):
        return no("arguments.broken", "The arguments of this call could not be read as JSON. Make the call again.")
    work.signals.doing(doing(name))
    try:
        answer = guard.call(_context(work, name), name, arguments, work.call_id(use))
    except SystemFault as down:
        return _down(work, name, down)
    if answer.verdict != "want":
        return answer
    if name == "extract_facts":
        return reading.extract(work, purse, use, answer)
    wanted: Any = delegating.wanted(answer)
    if name == "load_skill":
        return _skill(work, str(wanted.get("name")), answer)
    return delegating.ask(work, use, str(wanted.get("agent")), str(wanted.get("question")), answer)


def _context(work: Work, name: str) -> Context:
    """For a change in a channel with whoever has joined since the turn began: its card will stand there."""
    context, tool = work.context(), catalogue.named(work.turn.systems, name)
    new = moving.joined(work) if tool is not None and tool.plan is not None else []
    return replace(context, audience=(*work.audience, *new), readers=None) if new else context


def _down(work: Work, name: str, down: SystemFault) -> Answer | Wait:
    """A vendor does not answer: wait a little, then let the model say so. What may have been written is waited for."""
    tool = catalogue.named(work.turn.systems, name)
    now = work.turn.systems.clock.now()
    looks = tool is None or tool.effect is Effect.READ
    pause = BACK_OFF_MS[min(work.tries(), len(BACK_OFF_MS) - 1)]
    if now + pause - work.idle_since() <= (PATIENCE_MS if looks else WRITE_PATIENCE_MS):
        return Wait(now + pause, str(down))
    if not looks:
        unsure = f"{down.system} can't be reached; whether this was done is not certain."
        return no(UNSURE, f"{unsure} Look there before it is asked for again.")
    return no("source.down", f"{down.system} can't be read just now. Say so, and answer with what you have.")


def _skill(work: Work, name: str, answer: Answer) -> Answer:
    if name not in work.agent.skills:
        return no("skill.unknown", f"There is no skill {name!r}. There are: {', '.join(work.agent.skills)}.")
    text = as_text({"skill": name, "text": all_skills()[name].body})
    return Answer(text, rule=answer.rule, reason=f"skill {name}", also=answer.also)


def no(rule: str, reason: str) -> Answer:
    """A call that was not made, and why, for the model."""
    return Answer(as_text({"refused": reason, "rule": rule}), True, "error", rule, reason)


def _booked(work: Work, use: str, name: str, answer: Answer) -> Answer:
    """A no that did not come from the guard stands in the ledger like one that did, with its rule and its reason."""
    world, tool = World(work.context()), catalogue.named(work.turn.systems, name)
    entry = ledger.Entry(
        at=world.now,
        call=ledger.name_of(work.call_id(use)),
        phase=ledger.JUDGED,
        tool=escape.clean(name, 64),
        effect=tool.effect if tool is not None else Effect.READ,
        session=world.context.session,
        agent=world.context.agent,
        person=world.context.person,
        verdict="error",
        rule=answer.rule,
        reason=answer.reason,
        policy=world.policy.version,
    )

    def also(connection: Connection) -> None:
        ledger.append(connection, world.ledger_key, world.context.workspace, entry)

    return replace(answer, also=also)


def framed(text: str, refs: tuple[str, ...], call_id: str) -> str:
    """Text from outside between tags that it cannot end: the tag is the call's own, and taken apart in the text."""
    tag = f"untrusted-{hashlib.sha256(call_id.encode()).hexdigest()[:8]}"
    source = ", ".join(refs).replace('"', "'")
    return f'<{tag} source="{source}">\n{_FRAME.sub("‹", text)}\n</{tag}>'
