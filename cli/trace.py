"""``daybook trace``: what a session did, turn by turn: its triggers, model calls and tool calls, costs and times."""

from __future__ import annotations

import orjson
import typer
from sqlalchemy import select

from cli.session import find
from cli.times import stamp
from sessions import events
from sessions.store import inbox, sessions
from store.engine import open_database, reading
from systems import redaction, settings
from views import trace as view


def run(session: str, as_json: bool, words: bool) -> None:
    """``session`` may end in ``/7``, as an answer's footer has it: then it is that turn alone."""
    session, _, only = session.partition("/")
    database = reading(open_database(settings.load().database_url))
    with database.connect() as connection:
        name = find(connection, session)
        about = dict(connection.execute(select(sessions).where(sessions.c.id == name)).mappings().one())
        log = events.read(connection, name)
        rows = connection.execute(select(inbox).where(inbox.c.session == name).order_by(inbox.c.turn)).mappings().all()
    by_turn = {row["turn"]: dict(row) for row in rows}
    numbers = sorted({*by_turn, *(line.turn for line in log)})
    if only:
        numbers = [number for number in numbers if str(number) == only]
        if not numbers:
            raise typer.BadParameter(f"{name} has no turn {only}; leave out /{only} to see all of them.")
        log = [line for line in log if line.turn in numbers]
        by_turn = {number: row for number, row in by_turn.items() if number in numbers}
    turns = {number: view.summarise(number, by_turn.get(number), log) for number in numbers}
    if as_json:
        told = {
            "session": name,
            "about": about,
            "turns": list(by_turn.values()),
            "summary": [turn.as_dict() for turn in turns.values()],
            "log": [line._asdict() for line in log],
        }
        print(orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS).decode())
        return
    print(" · ".join([name, *_about(about)]))
    for number, turn in turns.items():
        head = view.heading(turn, by_turn[number]["note"] if number in by_turn else None)
        print("\n" + redaction.plain(head))
        for line in log:
            if line.turn == number:
                text = orjson.dumps(line.body).decode() if words else redaction.plain(view.told(line))
                print(f"  {stamp(line.at)}  {line.kind:<10} {text}".rstrip())
    cost = sum(turn.cost_micros for turn in turns.values())
    if cost:
        print(f"\n{view.dollars(cost)} in all")


def _about(about: dict[str, object]) -> list[str]:
    forked = about["forked_from"]
    return [
        *([f'"{redaction.plain(str(about["title"]))}"'] if about["title"] else []),
        *(["paused"] if about["paused"] else []),
        *([f"forked from {forked} after turn {about['forked_turn']}"] if forked else []),
    ]
