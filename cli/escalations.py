"""``daybook escalations``: which accounts managers hear of: what, since when, how far up, and who has it in hand."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Connection

from cli.times import stamp
from records import people
from rules.facts import DAY
from store.engine import open_database
from systems import connect, settings
from systems.connect import Systems
from tools import escalation_cards, escalations
from views import escape
from views.escalated import Escalated, Escalations, standing_words, told_words

SHOWN_DAYS = 7
"""How far back solved ones are shown with ``--all``."""


def run(everything: bool, as_json: bool) -> None:
    loaded = settings.load()
    database = open_database(loaded.database_url)
    systems = connect.connect(loaded)
    now = systems.clock.now()
    with database.connect() as connection:
        found = []
        for workspace in sorted(people.workspaces(connection)):
            rows = escalations.standing(connection, workspace)
            rows += escalations.ended_since(connection, workspace, now - SHOWN_DAYS * DAY) if everything else []
            found += _of(connection, systems, rows)
    if as_json:
        print(orjson.dumps([_json(row, one) for row, one, _ in found]).decode())
        return
    for row, one, shown in found:
        name, owner = escape.name(one.case.account.name), escape.name(one.owner or "nobody")
        print(f"{stamp(row.since):<21} level {row.level}  {row.state:<10} {name} (owner {owner})")
        print(f"{'':<21} {one.alert.says}")
        print(f"{'':<21} {standing_words(one, shown) or told_words(one, shown)}")
    if not found:
        print("Nothing is escalated. `daybook fire watch_accounts` looks now; `daybook doctor` says who hears.")


def _of(
    connection: Connection, systems: Systems, rows: list[escalations.Escalation]
) -> list[tuple[escalations.Escalation, Escalated, Escalations]]:
    rows = sorted(rows, key=escalation_cards.weight)
    shown = escalation_cards.listed(connection, systems, None, rows)
    return [(row, one, shown) for row, one in zip(rows, shown.alerts, strict=True)]


def _json(row: escalations.Escalation, one: Escalated) -> dict[str, Any]:
    return {
        "id": row.id, "account_id": row.account_id, "name": one.case.account.name, "owner": one.owner,
        "cause": row.cause.value, "ticket": row.ticket or None, "episode": row.episode, "rule": row.rule,
        "rules_version": row.version, "says": one.alert.says, "level": row.level, "state": row.state,
        "since": row.since, "state_at": row.state_at, "told": [{"name": t.name, "at": t.at} for t in one.told],
        "by": one.by, "until": row.until, "reason": row.reason, "next_level_at": one.next_at, "next": one.next_name,
    }  # fmt: skip
