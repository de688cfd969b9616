"""``daybook list``: the list a person would get now, and why an account is on it, as text."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import orjson
import typer
from sqlalchemy import Connection

from records import gather, people
from records.people import Person
from rules.marks import holds
from rules.ranking import place, what_if
from rules.scoring import explain
from store.engine import open_database
from systems import connect, settings
from systems.connect import Systems
from tools import listing as listings
from tools import rank_accounts
from tools.rank_accounts import Ranked
from views import terminal
from views.morning_list import MorningList, Row
from views.why import Why
from views.words import marked


def run(person: str, why: str | None, as_json: bool) -> None:
    loaded = settings.load()
    database = open_database(loaded.database_url)
    systems = connect.connect(loaded)
    now = systems.clock.now()
    with database.begin() as connection:
        rep = people.find_one(connection, person)
        if rep.owner_id is None:
            raise typer.BadParameter(f"{rep.name} has no list: {rep.problem or 'no HubSpot owner'}.")
        ranked = rank_accounts.run(connection, systems, rep.workspace, rep, now)
        if why is not None:
            answer = explained(connection, systems, rep, ranked, why, now)
            print(orjson.dumps(_why_json(answer)).decode() if as_json else terminal.why_as_text(answer))
            return
        shown = as_list(connection, systems, rep, ranked, now)
    print(orjson.dumps(_list_json(rep, ranked)).decode() if as_json else terminal.list_as_text(shown, rep.name))


def as_list(connection: Connection, systems: Systems, rep: Person, ranked: Ranked, now: int) -> MorningList:
    ranking = ranked.ranking
    return MorningList(
        at=now,
        zone=ZoneInfo(rep.tz),
        rows=tuple(Row(f"-/{one.facts.account_id}", one) for one in ranking.listed),
        due=ranking.due,
        sources=tuple(map(listings.as_source, ranked.sources)),
        version=ranked.policy.version,
        links=listings.links(connection, systems),
        policy=ranked.policy,
        held=len(ranking.held),
    )


def explained(connection: Connection, systems: Systems, rep: Person, ranked: Ranked, account: str, now: int) -> Why:
    """The arithmetic of one of the rep's accounts, named by id or by part of its name. Raises ``BadParameter``."""
    found = gather.find_account(connection, [rep.owner_id] if rep.owner_id else [], account)
    if len(found) != 1:
        names = ", ".join(f"{one.name} ({one.account_id})" for one in found[:5])
        raise typer.BadParameter(
            f"{len(found)} of {rep.name}'s accounts match {account!r}{': ' + names if names else ''}."
        )
    facts = found[0]
    explanation = explain(facts, ranked.today)
    mark = ranked.marks.get(facts.account_id)
    return Why(
        facts=facts,
        explanation=explanation,
        position=place(facts, explanation.total, ranked.ranking.order, ranked.today),
        due=ranked.ranking.due,
        what_if=what_if(facts, ranked.today, ranked.ranking.order),
        zone=ZoneInfo(rep.tz),
        links=listings.links(connection, systems),
        policy=ranked.policy,
        now=now,
        mark=mark,
        verdict=holds(mark, facts, ranked.today, explanation) if mark else None,
    )


def _list_json(rep: Person, ranked: Ranked) -> dict[str, Any]:
    return {
        "person": rep.id,
        "version": ranked.policy.version,
        "considered": ranked.ranking.considered,
        "due": ranked.ranking.due,
        "listed": [
            {
                "account_id": one.facts.account_id,
                "name": one.facts.name,
                "position": one.position,
                "points": one.explanation.total,
                "group": one.explanation.group,
                "reasons": [
                    {"rule": line.rule, "words": line.words, "points": line.counted, "evidence": line.evidence}
                    for line in one.explanation.lines
                ],
            }
            for one in ranked.ranking.listed
        ],
        "held": [{"account_id": one.facts.account_id, "words": marked(one.mark, ZoneInfo(rep.tz))}
                 for one in ranked.ranking.held],
    }


def _why_json(why: Why) -> dict[str, Any]:
    explanation = why.explanation
    return {
        "account_id": why.facts.account_id,
        "name": why.facts.name,
        "position": why.position,
        "due": why.due,
        "lines": [
            {
                "rule": line.rule,
                "value": line.value,
                "weight": line.weight,
                "points": line.points,
                "counted": line.counted,
                "words": line.words,
                "evidence": line.evidence,
            }
            for line in explanation.lines
        ],
        "neutral": [{"rule": one.rule, "words": one.words} for one in explanation.neutral],
        "subtotal": explanation.subtotal,
        "tier": explanation.tier,
        "tier_percent": explanation.tier_percent,
        "total": explanation.total,
        "version": explanation.version,
    }
