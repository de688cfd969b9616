"""``daybook outcomes``: the number each agent must move, and how it stands."""

from __future__ import annotations

from typing import Any

import orjson

from agents.catalogue import written_agents
from rules.wording import plural
from sessions.outcomes import DAY, Achieved, achieved
from store.engine import open_database, reading
from systems import settings
from systems.connect import connect


def run(days: int, as_json: bool) -> None:
    given = settings.load()
    systems = connect(given)
    database = open_database(given.database_url)
    workspace = systems.chat.identity().workspace
    with reading(database).connect() as connection:
        found = achieved(connection, workspace, systems.clock.now() - days * DAY)
    aims = {name: agent.outcome for name, agent in written_agents().items()}
    rows = [_row(name, aims.get(name), found.get(name, Achieved(name))) for name in sorted({*aims, *found})]
    if as_json:
        print(orjson.dumps({"days": days, "agents": rows}, option=orjson.OPT_INDENT_2).decode())
        return
    print(f"The last {days} day{'s' * (days != 1)}:")
    for row in rows:
        print(f"\n{row['agent']}")
        if row["outcome"]:
            print(f"  must move: {row['outcome']}")
        for line in _lines(row):
            print(f"  {line}")


def _row(name: str, aim: str | None, figures: Achieved) -> dict[str, Any]:
    return {
        "agent": name,
        "outcome": aim,
        "turns": figures.turns,
        "cost_usd": figures.cost_micros / 1_000_000,
        "writes_told": figures.told,
        "writes_within_an_hour": figures.within_hour,
        "writes_within_an_hour_percent": figures.prompt_share,
        "writes_undone": figures.undone,
        "accounts_listed": figures.listed,
        "accounts_acted_on": figures.acted_on,
        "accounts_acted_on_percent": figures.acted_share,
    }


def _lines(row: dict[str, Any]) -> list[str]:
    lines = []
    if row["writes_told"]:
        undone = f", {row['writes_undone']} undone" if row["writes_undone"] else ""
        lines.append(
            f"{row['writes_within_an_hour']} of {row['writes_told']} calls and changes in HubSpot within an hour "
            f"of being told ({row['writes_within_an_hour_percent']} %){undone}"
        )
    if row["accounts_listed"]:
        lines.append(
            f"{row['accounts_acted_on']} of {row['accounts_listed']} listed accounts acted on within a day "
            f"({row['accounts_acted_on_percent']} %)"
        )
    if row["turns"]:
        lines.append(f"{plural(row['turns'], 'turn')}, ${row['cost_usd']:.2f}")
    return lines or ["nothing to count yet: the books hold no turn, write or list that shows it"]
