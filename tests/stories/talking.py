"""What stories about talking to Daybook share: saying something, reading the answers, commands, menus, Home."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import func, select

from sessions.session import ENDED
from sessions.store import events, inbox
from tests import echo
from tests.deployments import until
from tests.office import Office
from tests.stories.conftest import OpenOffice

WITHIN_MS = 1_000
ROOM, GUEST, STRANGER = "C0SALES001", "U0GUEST001", "U0STRANGER"


@contextmanager
def echoing(open_office: OpenOffice, kind: str) -> Iterator[Office]:
    """An office whose agents say what they heard."""
    with echo.instead(), open_office(kind, reps=3, accounts=6) as working:
        yield working


def say(office: Office, person: str, text: str, channel: str = "app", thread: str | None = None) -> dict[str, Any]:
    told = office.sandbox.post(
        "/_sandbox/slack/say",
        {"user": person, "channel": channel, "text": text, "wait": 5, **({"thread_ts": thread} if thread else {})},
    )
    assert told["delivery"] is None or told["delivery"]["acked"], told["delivery"]
    return dict(told["message"])


def thread_of(office: Office, person: str, ts: str, channel: str = "app") -> list[str]:
    """What Daybook answered in a thread."""
    where = f"&channel={channel}" if channel != "app" else ""
    told = office.sandbox.get(f"/_sandbox/slack/messages?user={person}{where}")["messages"]
    return [m["text"] for m in told if m.get("thread_ts") == ts != m["ts"] and m.get("bot_id")]


def answered(office: Office, person: str, ts: str, channel: str = "app", count: int = 1) -> str:
    until(lambda: len(thread_of(office, person, ts, channel)) >= count, f"answer {count} in {ts}")
    return thread_of(office, person, ts, channel)[count - 1]


def whispered(office: Office, person: str, words: str) -> None:
    until(lambda: any(words in said for said in office.told(person)), f"a whisper: {words}")


def session_of(office: Office, ts: str) -> str:
    with office.daybook.database.connect() as connection:
        found = connection.scalar(select(inbox.c.session).where(inbox.c.key.endswith(f":{ts}")))
    assert found is not None
    return str(found)


def kinds(office: Office, ts: str) -> list[str]:
    session = session_of(office, ts)
    with office.daybook.database.connect() as connection:
        return list(connection.scalars(select(events.c.kind).where(events.c.session == session).order_by(events.c.id)))


def quiet(office: Office) -> bool:
    with office.daybook.database.connect() as connection:
        states = connection.scalars(select(inbox.c.state)).all()
    return all(state in ENDED for state in states)


def count(office: Office, table: Any = inbox) -> int:
    with office.daybook.database.connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def command(office: Office, person: str, text: str, channel: str = "app") -> dict[str, Any]:
    asked = {"user": person, "channel": channel, "command": "/agent", "text": text}
    delivery = office.sandbox.post("/_sandbox/slack/command", asked)["delivery"]
    assert delivery["acked"], delivery
    assert delivery["ms"] < WITHIN_MS
    return dict(delivery)


def shortcut(office: Office, person: str, callback: str, channel: str, ts: str) -> None:
    chosen = {"user": person, "callback_id": callback, "channel": channel, "message_ts": ts}
    delivery = office.sandbox.post("/_sandbox/slack/shortcut", chosen)["delivery"]
    assert delivery["acked"], delivery
    assert delivery["ms"] < WITHIN_MS


def shown_home(office: Office, person: str) -> Any:
    return office.sandbox.get(f"/_sandbox/slack/views?user={person}").get("home")
