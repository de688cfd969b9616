"""The only way to a write: parse, look at the records as they are now, judge, record, act, read back, record.

The model proposes; nothing it says decides. Who acts, where, for which agent and what has been read are fixed in the
``Context`` before it says a word. A call that is made again, after a crash or by a restart, answers what it answered.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from records import policies
from rules.action import Action, Circumstances, Effect
from rules.authority import decide, decide_early
from rules.verdict import Allow, Ask, Refuse, Ruling
from store import faults
from tools import approvals, carrying_out, catalogue, judging, ledger, showing
from tools.carrying_out import Books
from tools.tool import Answer, Context, Look, Plan, Problem, Tool, as_text
from tools.world import World
from views import escape


def call(context: Context, name: str, arguments: Any, call_id: str) -> Answer:
    """Judge one call and, if it is allowed, do it. ``call_id`` names it for good: the same id never acts twice.

    Raises ``effects.Unknown`` and ``effects.NotDone`` when the turn must go on later, and the ports' faults when a
    system that had to be asked is down. Everything else is an ``Answer``, with the reason when it is a no.
    """
    world = World(replace(context, clean=not context.tainted_by))
    call_id = ledger.name_of(call_id)
    name = escape.clean(name, 64)  # whatever a model makes up goes into the books
    tool = catalogue.named(context.systems, name)
    if tool is None:
        known = ", ".join(sorted(context.grant))
        named = repr(name) if re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name) else "of that name"
        reason = f"There is no tool {named}. There are: {known}."
        return _refused(world, call_id, name, "read", "tool.unknown", reason)
    action = Action(tool.name, tool.effect)
    at = judging.circumstances(world)
    early = decide_early(action, world.principal, at, world.policy)
    if early is not None:
        return _ruled_out(world, call_id, tool, early)
    try:
        asked = tool.arguments.model_validate(arguments)
    except ValidationError as wrong:
        rule, reason = _what_is_wrong(wrong)
        return _refused(world, call_id, name, tool.effect, rule, reason, verdict="error")
    try:
        if tool.asks is not None:
            return _ask_outside(world, tool, asked, at, call_id)
        if tool.look is not None:
            return _look(world, tool, asked, at, call_id)
        if tool.wants:
            return _answered(world, call_id, tool, Look(asked.model_dump(exclude_none=True)), "want")
        return _write(world, tool, asked, at, call_id)
    except Problem as problem:
        # What doesn't exist and what isn't theirs are refusals; a date that can't be read is an error to be mended.
        verdict = "refuse" if problem.rule.startswith("scope.") else "error"
        return _refused(world, call_id, name, tool.effect, problem.rule, str(problem), verdict=verdict)


def _look(world: World, tool: Tool, asked: Any, at: Circumstances, call_id: str) -> Answer:
    assert tool.look is not None
    found = tool.look(world, asked)
    action = Action(tool.name, tool.effect, found.targets)
    ruling = decide(action, world.principal, replace(at, readers=world.readers), world.policy)
    if not isinstance(ruling.verdict, Allow):
        return _ruled_out(world, call_id, tool, ruling, action)
    return _answered(world, call_id, tool, found, "want" if tool.wants else "read", ruling)


def _ask_outside(world: World, tool: Tool, asked: Any, at: Circumstances, call_id: str) -> Answer:
    """A look that sends the model's words to somebody else's server: judged, and in the books, before it is sent."""
    assert tool.look is not None
    action, at = Action(tool.name, tool.effect, asks=tool.asks), replace(at, readers=world.readers)
    ruling = decide(action, world.principal, at, world.policy)
    if not isinstance(ruling.verdict, Allow) or tool.asks is None:
        return _ruled_out(world, call_id, tool, ruling)
    sent = hashlib.sha256(asked.model_dump_json().encode()).hexdigest()
    entry = _entry(world, call_id, tool, "read", ruling.verdict.rule, "")
    entry = replace(entry, facts={"records": [tool.asks.ref], "sent": sent})
    if not _books(world, call_id):
        with world.context.database.begin() as connection:
            ledger.append(connection, world.ledger_key, world.context.workspace, entry)
    try:
        found = tool.look(world, asked)
    except Problem as problem:
        said = replace(entry, phase=ledger.FAILED, verdict="error", rule=problem.rule, reason=str(problem))
        text = as_text({"refused": str(problem), "rule": problem.rule})
        also = _also(world, replace(said, facts={"made": []}))
        return Answer(text, True, "error", problem.rule, str(problem), also=also)
    return Answer(as_text(found.found), found.failed, "read", ruling.verdict.rule, untrusted=found.untrusted)


def _write(world: World, tool: Tool, asked: Any, at: Circumstances, call_id: str) -> Answer:
    books = _books(world, call_id)
    judged = next((row for row in books if row["phase"] == ledger.JUDGED), None)
    if judged is not None and judged["verdict"] == "allow":
        # Allowed before, and this process or another one died on the way: the plan is in the books, go on with it.
        return carrying_out.carry_out(world, call_id, tool.name, approvals.plan_from(judged["facts"]["plan"]), books)
    if judged is not None and judged["verdict"] == "ask":
        return showing.announce(world, call_id)
    assert tool.plan is not None
    plan = quoting(tool.plan(world, asked), world.context.said)
    entry = _entry(world, call_id, tool, "allow", "", "")
    with world.context.database.begin() as connection:
        ledger.lock(connection, world.context.workspace)
        ruling = judging.judge(world, connection, plan.action, at, call_id)
        match ruling.verdict:
            case Allow(rule, reason):
                facts = {**_facts(ruling, plan.action), **_granted(world), "plan": approvals.as_json(plan)}
                entry = replace(entry, rule=rule, reason=reason, records=_count(plan.action), facts=facts)
                ledger.append(connection, world.ledger_key, world.context.workspace, entry)
                policies.keep(connection, world.context.systems.settings, world.now)
            case Ask() as ask:
                facts = _facts(ruling, plan.action)
                entry = replace(entry, verdict="ask", rule=ask.rule, reason=ask.reason, facts=facts)
                ledger.append(connection, world.ledger_key, world.context.workspace, entry)
                approvals.open_one(connection, world, tool, plan, ask, call_id)
                policies.keep(connection, world.context.systems.settings, world.now)
    faults.reached("guard.judged")
    if isinstance(ruling.verdict, Allow):
        return carrying_out.carry_out(world, call_id, tool.name, plan, [])
    if isinstance(ruling.verdict, Ask):
        return showing.announce(world, call_id)
    return _ruled_out(world, call_id, tool, ruling, plan.action)


def quoting(plan: Plan, said: str) -> Plan:
    """The plan with a quote that was really said: the model's, if the message has it, else the message's start."""
    squeezed = " ".join(escape.lines(said[:20_000]).split())
    quote = " ".join(plan.quote.split())
    if quote and quote.casefold() in squeezed.casefold():
        return replace(plan, quote=quote)
    return replace(plan, quote=squeezed[:300])


def _count(action: Action) -> int:
    return len({target.ref for target in action.targets}) if action.effect is not Effect.OWN else 0


# -- books and answers -------------------------------------------------------------------------------------------------


def _books(world: World, call_id: str) -> Books:
    with world.reading() as connection:
        return ledger.of_call(connection, call_id)


def _entry(world: World, call_id: str, tool: Tool | str, verdict: str, rule: str, reason: str) -> ledger.Entry:
    context = world.context
    return ledger.Entry(
        at=world.now,
        call=call_id,
        phase=ledger.JUDGED,
        tool=tool if isinstance(tool, str) else tool.name,
        effect=tool.effect if isinstance(tool, Tool) else "",
        session=context.session,
        agent=context.agent,
        person=context.person,
        verdict=verdict,
        rule=rule,
        reason=reason,
        policy=world.policy.version,
    )


def _facts(ruling: Ruling | None, action: Action | None) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if action is not None:
        facts["records"] = [target.ref for target in action.targets]
    if ruling is not None and len(ruling.all) > 1:
        facts["said"] = [[type(one).__name__.lower(), one.rule] for one in ruling.all]
    return facts


def _granted(world: World) -> dict[str, Any]:
    """By which routine's grant a run acts: its records are counted by this."""
    context = world.context
    return {"run": judging.run_of(context), "routine": context.routine} if context.allowance is not None else {}


def _answered(
    world: World, call_id: str, tool: Tool, found: Look, verdict: Any, ruling: Ruling | None = None
) -> Answer:
    rule = ruling.verdict.rule if ruling else "want"
    entry = _entry(world, call_id, tool, verdict, rule, "")
    entry = replace(entry, facts={"records": [target.ref for target in found.targets]})
    return Answer(as_text(found.found), False, verdict, rule, untrusted=found.untrusted, also=_also(world, entry))


def _refused(
    world: World, call_id: str, tool: str, effect: str, rule: str, reason: str, verdict: Any = "refuse"
) -> Answer:
    entry = replace(_entry(world, call_id, tool, verdict, rule, reason), effect=str(effect))
    text = as_text({"refused": reason, "rule": rule})
    return Answer(text, True, verdict, rule, reason, also=_also(world, entry))


def _ruled_out(world: World, call_id: str, tool: Tool, ruling: Ruling, action: Action | None = None) -> Answer:
    verdict = ruling.verdict
    entry = _entry(world, call_id, tool, "refuse", verdict.rule, verdict.reason)
    entry = replace(entry, facts=_facts(ruling, action))
    reasons = [one.reason for one in ruling.all if isinstance(one, Refuse)] or [verdict.reason]
    text = as_text({"refused": " ".join(dict.fromkeys(reasons)), "rule": verdict.rule})
    return Answer(text, True, "refuse", verdict.rule, verdict.reason, also=_also(world, entry))


def _also(world: World, entry: ledger.Entry) -> Any:
    """The ledger's row, to be written with the log's line: what is not in the books is not told to the model."""
    return lambda connection: ledger.append(connection, world.ledger_key, world.context.workspace, entry)


def _what_is_wrong(wrong: ValidationError) -> tuple[str, str]:
    """Which argument is at fault, and how; never the value, nor a name that is made up: both may be anything.

    That their words are too long is for the person to mend, and so has a rule of its own; a quote is the model's.
    """
    said, long = [], True
    for error in wrong.errors()[:5]:
        names = [str(one) if re.fullmatch(r"[a-z0-9_]{1,40}", str(one)) else "(another)" for one in error["loc"]]
        if error["type"] == "string_too_long":
            words = " ".join(names).replace("_", " ")
            said.append(f"The {words} is too long: it may have {error['ctx']['max_length']:,} characters at most.")
        else:
            said.append(f"{'.'.join(names) or 'arguments'}: {error['msg']}")
        long = long and error["type"] == "string_too_long" and names != ["quote"]
    return ("arguments.too_long", " ".join(said)) if long else ("arguments.shape", escape.clean("; ".join(said), 600))
