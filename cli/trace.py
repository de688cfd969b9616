"""``daybook trace``: a session's whole log, one line an event."""

from __future__ import annotations

import orjson
import typer
from sqlalchemy import select

from cli.times import stamp
from sessions import events
from sessions.store import inbox, sessions
from store.engine import open_database
from systems import settings

MOST = 160


def run(session: str, as_json: bool) -> None:
    database = open_database(settings.load().database_url)
    with database.connect() as connection:
        ids = list(
            connection.scalars(
                select(sessions.c.id).where(sessions.c.id.endswith(session, autoescape=True)).order_by(sessions.c.id)
            )
        )
        if len(ids) != 1:
            found = "no session" if not ids else f"{len(ids)} sessions ({', '.join(ids[:5])} …)"
            raise typer.BadParameter(f"{found} ends in {session!r}; `daybook sessions` lists them.")
        log = events.read(connection, ids[0])
        turns = (
            connection.execute(select(inbox).where(inbox.c.session == ids[0]).order_by(inbox.c.turn)).mappings().all()
        )
    if as_json:
        print(
            orjson.dumps(
                {"session": ids[0], "turns": [dict(t) for t in turns], "log": [e.__dict__ for e in log]},
                option=orjson.OPT_NON_STR_KEYS,
            ).decode()
        )
        return
    print(ids[0])
    for turn in turns:
        print(
            f"\nturn {turn['turn']} · {turn['trigger']['kind']} · {turn['state']} · attempt {turn['attempt'] + 1}"
            + (f" · {turn['note']}" if turn["note"] else "")
        )
        for event in log:
            if event.turn == turn["turn"]:
                text = orjson.dumps(event.body).decode()
                print(f"  {stamp(event.at)}  {event.kind:<10} {text if len(text) <= MOST else text[:MOST] + ' …'}")
