"""``daybook sessions``: the latest sessions and how their last turn ended."""

from __future__ import annotations

import orjson
from sqlalchemy import and_, select

from cli.times import stamp
from sessions.store import inbox, sessions
from store.engine import open_database
from systems import redaction, settings


def run(person: str | None, limit: int, as_json: bool) -> None:
    database = open_database(settings.load().database_url)
    last = and_(inbox.c.session == sessions.c.id, inbox.c.turn == sessions.c.turns)
    query = (
        select(
            sessions.c.id,
            sessions.c.agent,
            sessions.c.person,
            sessions.c.turns,
            sessions.c.touched_at,
            sessions.c.title,
            sessions.c.paused,
            sessions.c.forked_from,
            inbox.c.state,
            inbox.c.note,
        )
        .outerjoin(inbox, last)
        .order_by(sessions.c.touched_at.desc(), sessions.c.id)
        .limit(limit)
    )
    with database.connect() as connection:
        if person is not None:
            from records import people

            query = query.where(sessions.c.person == people.find_one(connection, person).id)
        rows = [dict(row) for row in connection.execute(query).mappings()]
    if as_json:
        print(orjson.dumps(rows, option=orjson.OPT_NON_STR_KEYS).decode())
        return
    if not rows:
        print("No sessions yet. `daybook fire morning_list` starts some.")
    for row in rows:
        turns = f"{row['turns']} turn{'' if row['turns'] == 1 else 's'}"
        state = "paused" if row["paused"] else row["state"] or "-"
        title = f'"{redaction.plain(row["title"])}"  ' if row["title"] else ""
        print(f"{stamp(row['touched_at'])}  {state:<8} {turns:<9} {row['id']}  {title}{row['note'] or ''}".rstrip())
