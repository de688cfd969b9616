"""How a turn of conversation begins: may this person ask, what runs (with digests), and what the agent is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agents import hearing, news, prompt, spending
from agents.agent import Line, Turn
from agents.definition import Definition
from agents.endings import End
from agents.exposure import read_records
from agents.projection import Voice, voice_of
from agents.signals import Signals
from agents.work import Work
from records import policies
from rules.action import Effect
from rules.asking import may_ask
from rules.verdict import Allow, Refuse
from store import faults
from store.engine import reading
from tools import catalogue as tools
from tools import principal, readers
from tools.outside import offered

COMPACT_FROM = 120_000
"""Tokens read for the last answer from which on the next turn begins with a shortened history."""


def open_turn(turn: Turn, agent: Definition) -> tuple[Work, End | None]:
    """The turn, ready to be worked on, or why it is not; what an earlier attempt has logged of its beginning stands."""
    person_id = turn.trigger.get("person")
    with reading(turn.database).connect() as connection:
        who = principal.who(connection, person_id)
    policy, _text = policies.current(turn.systems.settings)
    policies.keep_once(turn.database, turn.systems.settings, turn.systems.clock.now())
    outside = offered(turn.systems, agent.mcp)
    has = (*agent.tools, *(tool.name for tool in outside))
    system, schemas, digests = prompt.told(agent, outside)
    digests = {**digests, "policy": policy.version}
    voice = Voice(agent.name, agent.model, digests["agent"], digests["tools"])
    began = turn.logged("began")
    lines: list[Line] = []
    if began is None:
        began = _began(turn, agent, has, digests)
        lines.append(("began", began))
    elif voice_of(began) != voice:
        # Daybook was updated in the middle of the turn. It goes on; the projection leaves out the earlier thinking.
        began = {**began, "model": agent.model, "digests": digests}
        lines.append(("began", began))
    place = (began["place"][0], began["place"][1]) if began["place"] else None
    work = Work(
        turn=turn,
        agent=agent,
        voice=voice,
        system=system,
        tools=schemas,
        policy=policy,
        who=who,
        root=began["root"],
        depth=began["depth"],
        grant=frozenset(began["grant"]) & frozenset(has),
        audience=tuple(began["audience"]),
        unattended=bool(began.get("unattended", turn.trigger["kind"] in ("scheduled", "hooked"))),
        granted=began.get("allowance"),
        place=place,
        quoteable="",
        said_at=int(turn.trigger.get("said_at") or began["said_at"]),
        signals=Signals(turn.systems.chat, _thread(turn, began), person_id),
    )
    verdict = may_ask(agent.name, agent.who, who.principal.role)
    heard = turn.logged("heard")
    if isinstance(verdict, Allow) and heard is None:
        lines += _hearing(work)
    if lines:
        turn.append_all(lines)  # in one go: each transaction is a flush of the disk
    if isinstance(verdict, Refuse):
        return work, End(verdict.reason, verdict.rule)
    if heard is None:
        heard = lines[-1][1]
        faults.reached("turn.heard")
    work.signals.begin(_title(turn))
    work.quoteable = str(heard["quoteable"])
    return work, None


def _began(turn: Turn, agent: Definition, has: Sequence[str], digests: Mapping[str, str]) -> dict[str, Any]:
    """What the turn runs with; another agent's question inherits the rights, the readers and the purse of the asker."""
    trigger = turn.trigger
    body: dict[str, Any] = {"agent": agent.name, "model": agent.model, "digests": dict(digests)}
    if trigger["kind"] == "asked":
        asker = _of_turn(turn, "began")
        granted = set(asker["grant"])
        ours = tools.all_tools()
        looks = {name for name in has if name not in ours or ours[name].effect is Effect.READ}
        return {
            **body,
            "root": asker["root"],
            "depth": int(trigger["depth"]),
            # Whoever may only look must not write by asking somebody who may.
            "grant": [name for name in has if name in looks | granted],
            # The question may carry whatever the asking session has read.
            "read_records": read_records(turn.read_log(str(trigger["parent"]))),
            "audience": asker["audience"],
            "place": asker["place"],
            "said_at": asker["said_at"],
            "unattended": asker.get("unattended", False),
            "allowance": asker.get("allowance"),
        }
    audience: list[str] = []
    place: list[str | None] | None = None
    if trigger["kind"] == "said":
        place = [trigger["channel"], trigger["thread_ts"] or trigger["ts"]]
        audience = [] if trigger["direct"] else _audience(turn, str(trigger["channel"]))
    elif trigger.get("person"):
        place = [trigger["person"], None]
    return {
        **body,
        "root": f"{turn.session}:{turn.number}",
        "depth": 0,
        "grant": list(has),
        "audience": audience,
        "place": place,
        "said_at": turn.systems.clock.now(),
        "unattended": trigger["kind"] in ("scheduled", "hooked"),
        # What was granted for this run; agents that it asks share it.
        "allowance": {**trigger["grant"], "run": f"{turn.session}:{turn.number}"} if trigger.get("grant") else None,
    }


def _audience(turn: Turn, channel: str) -> list[str]:
    return readers.of_channel(turn.database, turn.systems, channel)


def _hearing(work: Work) -> list[Line]:
    """The lines with which the turn hears what it is about; the last one is ``heard``."""
    turn = work.turn
    # What the turn that asked had heard: the words that a write may quote are still the person's.
    parent = _of_turn(turn, "heard") if turn.trigger["kind"] == "asked" else None
    lines = _inherited_taint(turn)
    if _is_long(turn):
        lines.append(("compacted", {"before": turn.number}))
    untold = news.untold(turn.log)
    person, role = work.who.person, work.who.principal.role
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
        lines.append(("tainted", {"by": [strange]}))
    return [*lines, ("heard", body)]


def _of_turn(turn: Turn, kind: str) -> Mapping[str, Any]:
    """The asking turn's line of this kind; it is there before that turn can ask."""
    for event in turn.read_log(str(turn.trigger["parent"])):
        if event.turn == turn.trigger["parent_turn"] and event.kind == kind:
            return event.body
    raise LookupError(f"{turn.session}: the turn that asked has no {kind}")


def _inherited_taint(turn: Turn) -> list[Line]:
    """What the asking session has read, this one counts as having read: the question may carry it."""
    if turn.trigger["kind"] != "asked" or turn.logged("tainted") is not None:
        return []
    log = turn.read_log(str(turn.trigger["parent"]))
    by = sorted({ref for event in log if event.kind == "tainted" for ref in event.body["by"]})
    return [("tainted", {"by": by})] if by else []


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
    if turn.trigger["kind"] != "said":
        return None  # nobody sees it
    known = turn.title_of()
    title = hearing.title(str(turn.trigger["text"]))
    if not any(letter.isalnum() for letter in title):
        return known
    if known is None:
        turn.name(title)
    return title if known is None or turn.trigger["thread_ts"] in (None, turn.trigger["ts"]) else known
