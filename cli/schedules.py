"""``daybook schedules``: what is due next, and changing or pausing a person's morning list."""

from __future__ import annotations

import orjson
import typer

from cli.times import stamp
from records import people
from rules.allowance import in_words
from sessions import schedules
from sessions.schedules import ScheduleError
from store.engine import open_database
from systems import settings
from systems.connect import clock_of
from tools import routines


def run(person: str | None, at: str | None, days: str | None, pause: bool | None, as_json: bool) -> None:
    loaded = settings.load()
    database = open_database(loaded.database_url)
    now = clock_of(loaded).now()
    changing = at is not None or days is not None or pause is not None
    if changing and person is None:
        raise typer.BadParameter("--at, --days, --pause and --resume change one person's list: add --person.")
    with database.begin() as connection:
        who = people.find_one(connection, person) if person is not None else None
        if changing and who is not None:
            try:
                schedules.change(connection, who.workspace, "morning_list", who.id, now, at=at, days=days, paused=pause)
            except ScheduleError as wrong:
                raise typer.BadParameter(f"{wrong}.") from None
        workspaces = {who.workspace} if who else people.workspaces(connection)
        rows = [row for workspace in sorted(workspaces) for row in schedules.every(connection, workspace)]
        grants = {
            one.schedule: in_words(one.tools, one.records)
            for workspace in sorted(workspaces)
            for one in routines.live(connection, workspace)
        }
    rows = [row for row in rows if who is None or row["person"] == who.id]
    if as_json:
        told = [{**row, "grant": grants.get(row["name"])} for row in rows]
        print(orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS).decode())
        return
    for row in rows:
        next_at = "paused" if row["paused"] else stamp(row["next_at"])
        print(f"{next_at:<21} {row['name']:<18} {row['person'] or '-':<12} {row['at']} {row['days']} {row['zone']}")
        if row["name"] in grants:
            print(f"{'':<21} {grants[row['name']]}")
    if not rows:
        print("No schedules yet: `daybook run` makes them once `daybook sync` has read the people.")
