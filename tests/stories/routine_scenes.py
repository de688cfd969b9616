"""What stories about routines share: setting one up as a person does, letting it come, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from records import people
from records.tables import accounts
from sessions import events
from tests.agents.desk import call
from tests.conftest import CHECKOUT
from tests.deployments import turns, until
from tests.office import MONDAY, Office, words
from tests.stories.conftest import OpenOffice
from tools import ledger, routines
from views import blocks as b

EVERY = "every weekday at 16:30 ask assistant What moved on my accounts since this morning?"


@contextmanager
def own_day(office: Office) -> Iterator[None]:
    """A working day for one test, from nine o'clock, with no routine left behind."""
    next_day(office)
    office.at(office.day)
    office.sandbox.ask("DELETE", "/_sandbox/claude/script")
    yield
    house = office.daybook
    for routine in standing(office):
        with house.database.begin() as connection:
            routines.end(connection, house.settings, routine, house.systems.clock.now(), "test", "routine.deleted", "")


def next_day(office: Office) -> None:
    """The next working day."""
    office.day += timedelta(days=3 if office.day.weekday() == 4 else 1)


def standing(office: Office) -> list[routines.Routine]:
    with office.daybook.database.connect() as connection:
        return routines.live(connection, office.daybook.workspace)


def command(office: Office, person: str, text: str) -> dict[str, Any]:
    """What Slack was answered to ``/daybook text``."""
    asked = {"user": person, "command": "/daybook", "text": text}
    delivery = office.sandbox.post("/_sandbox/slack/command", asked)["delivery"]
    assert delivery["acked"], delivery
    return dict(delivery["payload"] or {})


def set_up(office: Office, person: str, text: str = EVERY, *tools: str, records: int = 1) -> routines.Routine:
    """The command, the dialog with these boxes ticked, and the routine that came of it."""
    before = {one.id for one in standing(office)}
    command(office, person, text)
    view = office.modal(person)
    values = {"grant": {"value": list(tools)}, "records": {"value": str(records)}} if "grant" in inputs(view) else {}
    office.sandbox.post("/_sandbox/slack/submit", {"user": person, "view_id": view["id"], "values": values})
    until(lambda: {one.id for one in standing(office)} - before, "the routine")
    (made,) = [one for one in standing(office) if one.id not in before]
    return made


def inputs(view: dict[str, Any]) -> set[str]:
    return {block["block_id"] for block in view["blocks"] if block["type"] == "input"}


def prepare(office: Office, *answers: Any) -> None:
    """What the model will say."""
    given = [{"content": [{"type": "text", "text": a}]} if isinstance(a, str) else a for a in answers]
    office.sandbox.post("/_sandbox/claude/script", {"answers": given})


def comes(office: Office, at: datetime | None = None) -> dict[str, Any]:
    """It is half past four, or ``at``; the run that came of it, once it has ended."""
    office.at(at or half_past_four(office))
    before = len(turns(office.daybook, "routine"))
    office.settled("routine")
    found = turns(office.daybook, "routine")
    assert len(found) == before + 1
    return dict(found[-1])


def comes_with(office: Office, *answers: Any) -> dict[str, Any]:
    prepare(office, *answers)
    return comes(office)


def half_past_four(office: Office) -> datetime:
    return office.day.replace(hour=16, minute=30, second=1)


def said(office: Office, person: str, run: dict[str, Any]) -> str:
    """The answer of a run in the person's DM, of which there is one."""
    (message,) = told(office, person, run)
    return words(message["blocks"])


def told(office: Office, person: str, run: dict[str, Any]) -> list[dict[str, Any]]:
    """What somebody was told by a run."""
    key = f"{run['session']}:{run['turn']}:"
    return [message for message in office.sandbox.messages(person) if key_of(message).startswith(key)]


def key_of(message: dict[str, Any]) -> str:
    return str(((message.get("metadata") or {}).get("event_payload") or {}).get("key", ""))


def account_of(office: Office, person: str, nth: int = 0) -> str:
    with office.daybook.database.connect() as connection:
        owner = next(rep.owner_id for rep in people.reps(connection) if rep.id == person)
        mine = select(accounts.c.id).where(accounts.c.owner_id == owner).order_by(accounts.c.id)
        return str(connection.scalars(mine).all()[nth])


def notes(office: Office) -> int:
    return len(office.daybook.systems.crm.listed("notes", (), (), None).records)


def log_of(office: Office, run: dict[str, Any], kind: str) -> list[Any]:
    with office.daybook.database.connect() as connection:
        log = events.read(connection, run["session"])
    return [event.body for event in log if event.turn == run["turn"] and event.kind == kind]


def books(office: Office, run: dict[str, Any]) -> list[Any]:
    with office.daybook.database.connect() as connection:
        rows = ledger.export(connection, office.daybook.workspace)
        return [row for row in rows if row["session"] == run["session"] and row["verdict"] in ("allow", "refuse")]


def note(account: str, text: str = "Nothing moved.") -> dict[str, Any]:
    return call("log_note", {"account": account, "text": text, "quote": ""})


def pressed(office: Office, person: str, action: str, routine: routines.Routine, force: bool = False) -> None:
    if force:
        # A button that they were never shown, as somebody would forge it: in a message of their own.
        chat = office.daybook.systems.chat
        button = b.actions(b.button("Press", action, routine.id))
        where = chat.post(office.channel(person), "x", [button], f"forged:{action}:{routine.id}")
        how = {"user": person, "channel": where.channel, "message_ts": where.ts, "action_id": action}
        assert office.sandbox.post("/_sandbox/slack/press", how)["delivery"]["acked"]
        return
    home(office, person, "Routines")
    how = {"user": person, "home": True, "action_id": action, "value": routine.id}
    assert office.sandbox.post("/_sandbox/slack/press", how)["delivery"]["acked"]


def home(office: Office, person: str, says: str) -> str:
    """The person's Home once it says that."""
    office.sandbox.post("/_sandbox/slack/home", {"user": person, "wait": 5})

    def shown() -> str:
        return words(office.sandbox.get(f"/_sandbox/slack/views?user={person}").get("home") or {})

    until(lambda: says in shown(), f"{says} on Home")
    return shown()


@contextmanager
def policy(office: Office, old: str, new: str) -> Iterator[None]:
    """Another policy for a while; it is read anew as soon as the file changes."""
    file = Path(office.more["DAYBOOK_POLICY_FILE"])
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    try:
        yield
    finally:
        file.write_text(text)


@contextmanager
def an_office(open_office: OpenOffice, folder: Path) -> Iterator[Office]:
    """A company on a Monday, with a policy file of its own."""
    file = folder / "policy.toml"
    file.write_text((CHECKOUT / "rules" / "policy.toml").read_text())
    with open_office(reps=3, accounts=6, DAYBOOK_POLICY_FILE=str(file)) as working:
        working.at(MONDAY)
        yield working
