"""How a turn of conversation begins: may this person ask, what runs (with digests), and what the agent is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents import hearing, news, prompt, spending
from agents.agent import Turn
from agents.definition import Definition
from agents.endings import End
from agents.projection import Voice, voice_of
from agents.signals import Signals
from agents.work import Work
from records import people, policies
from rules.action import Effect
from rules.asking import may_ask
from rules.verdict import Refuse
from skills.catalogue import all_skills
from store import faults
from store.engine import reading
from tools import catalogue as tools
from tools import principal

COMPACT_FROM = 120_000
"""Tokens read for the last answer from which on the next turn begins with a shortened history."""


def open_turn(turn: Turn, agent: Definition) -> tuple[Work, End | None]:
    """The turn, ready to be worked on, or why it is not; what an earlier attempt has logged of its beginning stands."""
    person_id = turn.trigger.get("person")
    with reading(turn.database).connect() as connection:
        person = people.by_slack_id(connection, person_id) if person_id else None
        role = principal.of(connection, person_id).role
        policy, _text = policies.current(turn.systems.settings)
    skills = all_skills()
    schemas = [tools.schema(name) for name in agent.tools]
    system = prompt.system_of(agent, skills)
    digests = prompt.digests(agent, skills, system, schemas, policy.version)
    voice = Voice(agent.name, agent.model, digests["agent"], digests["tools"])
    began = turn.logged("began")
    if began is None:
        began = _began(turn, agent, digests)
        turn.append("began", began)
    elif voice_of(began) != voice:
        # Daybook was updated in the middle of the turn. It goes on; the projection leaves out the earlier thinking.
        began = {**began, "model": agent.model, "digests": digests}
        turn.append("began", began)
    place = (began["place"][0], began["place"][1]) if began["place"] else None
    work = Work(
        turn=turn,
        agent=agent,
        voice=voice,
        system=system,
        tools=schemas,
        policy=policy,
        zone=person.tz if person else "UTC",
        root=began["root"],
        depth=began["depth"],
        grant=frozenset(began["grant"]) & frozenset(agent.tools),
        audience=tuple(began["audience"]),
        place=place,
        quoteable="",
        said_at=int(turn.trigger.get("said_at") or began["said_at"]),
        signals=Signals(turn.systems.chat, _thread(turn, began), person_id),
    )
    verdict = may_ask(agent.name, agent.who, role)
    if isinstance(verdict, Refuse):
        return work, End(verdict.reason, verdict.rule)
    work.signals.begin(_title(turn))
    heard = turn.logged("heard")
    if heard is None:
        heard = _hear(work, person, role)
    work.quoteable = str(heard["quoteable"])
    return work, None


def _began(turn: Turn, agent: Definition, digests: Mapping[str, str]) -> dict[str, Any]:
    """What the turn runs with; another agent's question inherits the rights, the readers and the purse of the asker."""
    trigger = turn.trigger
    body: dict[str, Any] = {"agent": agent.name, "model": agent.model, "digests": dict(digests)}
    if trigger["kind"] == "asked":
        asker = _of_turn(turn, "began")
        granted = set(asker["grant"])
        looks = {name for name in agent.tools if tools.all_tools()[name].effect is Effect.READ}
        return {
            **body,
            "root": asker["root"],
            "depth": int(trigger["depth"]),
            # Whoever may only look must not write by asking somebody who may.
            "grant": [name for name in agent.tools if name in looks | granted],
            "audience": asker["audience"],
            "place": asker["place"],
            "said_at": asker["said_at"],
        }
    audience: list[str] = []
    place: list[str | None] | None = None
    if trigger["kind"] == "said":
        place = [trigger["channel"], trigger["thread_ts"] or trigger["ts"]]
        audience = [] if trigger["direct"] else sorted(turn.systems.chat.members(trigger["channel"]))
    elif trigger.get("person"):
        place = [trigger["person"], None]
    return {
        **body,
        "root": f"{turn.session}:{turn.number}",
        "depth": 0,
        "grant": list(agent.tools),
        "audience": audience,
        "place": place,
        "said_at": turn.systems.clock.now(),
    }


def _hear(work: Work, person: people.Person | None, role: str) -> Mapping[str, Any]:
    turn = work.turn
    # What the turn that asked had heard: the words that a write may quote are still the person's.
    parent = _of_turn(turn, "heard") if turn.trigger["kind"] == "asked" else None
    _inherit_taint(work)
    if _is_long(turn):
        turn.append("compacted", {"before": turn.number})
    untold = news.untold(turn.log)
    body = {
        "by": turn.trigger.get("person"),
        "name": person.name if person else None,
        "at": work.said_at,
        "text": hearing.heard(turn.trigger, person, role, work.said_at, untold),
        "quoteable": parent["quoteable"] if parent is not None else hearing.quoteable(turn.trigger),
        "told": [one.key for one in untold],
    }
    strange = hearing.others(turn.trigger)
    if strange is not None:
        # Before the words themselves: a process that dies in between must not leave the session looking clean.
        turn.append("tainted", {"by": [strange]})
    turn.append("heard", body)
    faults.reached("turn.heard")
    return body


def _of_turn(turn: Turn, kind: str) -> Mapping[str, Any]:
    """The asking turn's line of this kind; it is there before that turn can ask."""
    for event in turn.read_log(str(turn.trigger["parent"])):
        if event.turn == turn.trigger["parent_turn"] and event.kind == kind:
            return event.body
    raise LookupError(f"{turn.session}: the turn that asked has no {kind}")


def _inherit_taint(work: Work) -> None:
    """What the asking session has read, this one counts as having read: the question may carry it."""
    if work.turn.trigger["kind"] != "asked" or work.turn.logged("tainted") is not None:
        return
    log = work.turn.read_log(str(work.turn.trigger["parent"]))
    by = sorted({ref for event in log if event.kind == "tainted" for ref in event.body["by"]})
    if by:
        work.turn.append("tainted", {"by": by})


def _is_long(turn: Turn) -> bool:
    answered = next((event for event in reversed(turn.log) if event.kind == "answered"), None)
    if answered is None:
        return False
    read, _cached, _out = spending.tokens(answered.body["usage"])
    return read > COMPACT_FROM or answered.body["stop_reason"] == "model_context_window_exceeded"


def _thread(turn: Turn, began: Mapping[str, Any]) -> tuple[str, str] | None:
    """Where a status can be shown: the thread of a person's own message."""
    if turn.trigger["kind"] != "said":
        return None
    return str(began["place"][0]), str(began["place"][1])


def _title(turn: Turn) -> str | None:
    """What Slack is to call the thread: a thread begun in a direct message goes by the words that began it.

    Those of the session's first message name the session too.
    """
    known = turn.title_of()
    if turn.trigger["kind"] != "said":
        return known
    title = hearing.title(str(turn.trigger["text"]))
    if not any(letter.isalnum() for letter in title):
        return known
    if known is None:
        turn.name(title)
    return title if known is None or turn.trigger["thread_ts"] is None else known
