"""A routine that is due: may it still run, then its agent answers as the person it serves, within its grant.

Outcome: that of the agent it asks; of routines, the share that were not paused or deleted within a month.
"""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from agents import spending
from agents.agent import Done, Failed, Outcome, Turn, Wait
from agents.telling import post
from records import people, policies
from records.people import Person
from rules import allowance
from rules.action import Role
from rules.asking import may_ask
from rules.budget import Spent, may_think
from rules.verdict import Refuse
from store.engine import reading
from tools import principal, routines
from tools.routines import Routine
from views import routines as view
from views.blocks import Message

MINUTE = 60_000


def run(turn: Turn) -> Outcome:
    """One run. What it may do is looked up here and logged as the turn begins; nothing said later adds to it."""
    ident = str(turn.trigger["schedule"]).partition(":")[2]
    with reading(turn.database).connect() as connection:
        routine = routines.get(connection, turn.workspace, ident)
        who = principal.who(connection, str(turn.trigger["person"]))
    if routine is None or routine.person != turn.trigger["person"]:
        return Failed(f"there is no routine {ident}; `daybook routine list` shows them")
    if turn.logged("began") is None:
        over = _over(routine, who)
        if over is not None:
            return _ended(turn, routine, who.person, *over)
        if routine.ended_at is not None:
            return Done("skipped: the routine was ended before its time came")
        left_out = _left_out(turn, routine, who.person)
        if left_out is not None:
            return left_out
    outcome = _answer(turn, routine)
    if not isinstance(outcome, Wait):
        _note(turn, routine, "answered" if isinstance(outcome, Done) else outcome.reason)
    return outcome


def _answer(turn: Turn, routine: Routine) -> Outcome:
    from agents.catalogue import written_agents  # here, since the catalogue leads to this agent
    from agents.loop import converse

    policy = policies.current(turn.systems.settings)[0]
    agent = written_agents()[routine.agent]
    tools = allowance.grantable(routine.tools, agent.tools)
    # A policy that became stricter since binds the old grants too; one that became milder adds nothing to them.
    records = min(routine.records, policy.routines.records_per_run, policy.authority.bulk_records)
    grant = {"routine": routine.id, "digest": routine.digest, "tools": list(tools), "records": records}
    trigger = {
        **turn.trigger,
        "words": routine.words,
        "about_it": view.told_to_agent(tools, records),
        "grant": grant,
        "title": view.heading(routine.words, routine.at, routine.days),
    }
    turn.trigger = trigger
    if turn.title_of() is None:
        turn.name(view.title(routine.words))
    return converse(turn, agent)


def _over(routine: Routine, who: principal.Who) -> tuple[str, str] | None:
    """(rule, why) when it must never run again; None while it may."""
    from agents.catalogue import written_agents

    if routine.ended_at is not None:
        return None
    if who.person is None or who.person.deleted or who.principal.role is Role.NOBODY:
        return "routine.person_left", "the person it served is no longer an active member of the team"
    agent = written_agents().get(routine.agent)
    if agent is None:
        return "routine.agent_gone", f"there is no agent {routine.agent} any more"
    asked = may_ask(agent.name, agent.who, who.principal.role)
    if isinstance(asked, Refuse):
        return asked.rule, asked.reason
    if not routine.is_itself:
        return "routine.changed", "its row in the database is not what was confirmed"
    return None


def _ended(turn: Turn, routine: Routine, person: Person | None, rule: str, why: str) -> Outcome:
    """Ended for good, and said: to the person, or to whoever led them when they have left."""
    with reading(turn.database).connect() as connection:
        told = _to_tell(connection, person)
    if told is not None:
        of = None if person is not None and told == person.id else person
        _say(turn, told, view.ended(routine.words, why, of.name if of is not None else None))
    with turn.database.begin() as connection:
        now = turn.systems.clock.now()
        routines.end(connection, turn.systems.settings, routine, now, routine.person, rule, why)
    return Done(f"ended: {why}")


def _to_tell(connection: Connection, person: Person | None) -> str | None:
    """Who hears of it: the person, unless they have left; then their manager; nobody when there is none."""
    if person is None or not person.deleted:
        return person.id if person is not None else None
    lead = people.by_slack_id(connection, person.manager_id) if person.manager_id else None
    return lead.id if lead is not None and not lead.deleted else None


def _left_out(turn: Turn, routine: Routine, person: Person | None) -> Outcome | None:
    """A run that comes too late is left out and said; one for which there is no budget is left out in silence."""
    from agents.catalogue import written_agents

    assert person is not None, "somebody active, as was looked at before"
    policy = policies.current(turn.systems.settings)[0]
    now, nominal = turn.systems.clock.now(), int(turn.trigger["nominal"])
    if now > min(int(turn.trigger["worth_until"]), nominal + policy.routines.late_minutes * MINUTE):
        _say(turn, routine.person, view.too_late(routine.words, nominal, now, ZoneInfo(person.tz)))
        return _skipped(turn, routine, "too late: Daybook was not running at its time")
    limits = written_agents()[routine.agent].limits
    standing = spending.standing(turn, f"{turn.session}:{turn.number}", person.tz, 0, 0)
    # A new day's session begins with nothing spent; what a conversation in it used up is no reason to be silent.
    may = may_think(replace(standing, session=Spent()), limits, policy.budgets)
    if isinstance(may, Refuse):
        return _skipped(turn, routine, f"no budget left ({may.rule})")
    return None


def _skipped(turn: Turn, routine: Routine, why: str) -> Outcome:
    _note(turn, routine, f"left out: {why}")
    return Done(f"skipped: {why}")


def _note(turn: Turn, routine: Routine, how: str) -> None:
    with turn.database.begin() as connection:
        routines.note_run(connection, turn.workspace, routine.id, turn.systems.clock.now(), how)


def _say(turn: Turn, to: str, message: Message) -> None:
    """One message about the routine itself, once."""
    post(turn, to, message, f"{turn.session}:{turn.number}:about")
