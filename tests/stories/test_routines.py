"""Routines: an agent answers by the clock as the person who set it up, and does without asking what was granted then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from records.tables import accounts
from sessions import events
from tests.agents.desk import call
from tests.deployments import turns, until
from tests.office import MONDAY, Office, words
from tests.stories.conftest import OpenOffice
from tools import ledger, routines

EVERY = "every weekday at 16:30 ask assistant What moved on my accounts since this morning?"


@pytest.fixture(scope="module")
def office(open_office: OpenOffice) -> Iterator[Office]:
    with open_office(reps=3, accounts=6) as working:
        working.at(MONDAY)
        yield working


@pytest.fixture(autouse=True)
def another_day(office: Office) -> Iterator[None]:
    """Each test has a working day of its own, from nine o'clock, and takes its routines with it."""
    office.day += timedelta(days=3 if office.day.weekday() == 4 else 1)
    office.at(office.day)
    office.sandbox.ask("DELETE", "/_sandbox/claude/script")
    yield
    for routine in standing(office):
        house = office.daybook
        with house.database.begin() as connection:
            routines.end(connection, house.settings, routine, house.systems.clock.now(), "test", "routine.deleted", "")


def standing(office: Office) -> list[routines.Routine]:
    with office.daybook.database.connect() as connection:
        return routines.live(connection, office.daybook.workspace)


def daybook(office: Office, person: str, text: str) -> dict[str, Any]:
    """What Slack was answered to ``/daybook text``."""
    asked = {"user": person, "command": "/daybook", "text": text}
    delivery = office.sandbox.post("/_sandbox/slack/command", asked)["delivery"]
    assert delivery["acked"], delivery
    return dict(delivery["payload"] or {})


def set_up(office: Office, person: str, text: str = EVERY, *tools: str, records: int = 1) -> routines.Routine:
    """The command, the dialog with these boxes ticked, and the routine that came of it."""
    before = {one.id for one in standing(office)}
    daybook(office, person, text)
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
    """It is half past four; the run that came of it, once it has ended."""
    office.at(at or office.day.replace(hour=16, minute=30, second=1))
    office.settled("routine")
    return dict(turns(office.daybook, "routine")[-1])


def said(office: Office, person: str, run: dict[str, Any]) -> str:
    """The answer of a run in the person's DM."""
    key = f"{run['session']}:{run['turn']}:"
    found = [m for m in office.sandbox.messages(person) if key_of(m).startswith(key)]
    assert len(found) == 1, [key_of(m) for m in office.sandbox.messages(person)]
    return words(found[0]["blocks"])


def key_of(message: dict[str, Any]) -> str:
    return str(((message.get("metadata") or {}).get("event_payload") or {}).get("key", ""))


def account_of(office: Office, person: str, nth: int = 0) -> str:
    with office.daybook.database.connect() as connection:
        owner = next(rep.owner_id for rep in people_of(connection) if rep.id == person)
        mine = select(accounts.c.id).where(accounts.c.owner_id == owner).order_by(accounts.c.id)
        return str(connection.scalars(mine).all()[nth])


def people_of(connection: Any) -> list[Any]:
    from records import people

    return people.reps(connection)


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


# -- setting one up ----------------------------------------------------------------------------------------------------


def test_the_dialog_says_when_who_answers_and_what_it_may_do_and_nothing_is_kept_before_it_is_confirmed(
    office: Office,
) -> None:
    rep = office.reps[0]
    daybook(office, rep, EVERY)
    view = office.modal(rep)
    for part in ("Every weekday at 16:30, London time", "First 16:30", "assistant", "What moved on my accounts"):
        assert part in words(view)
    assert inputs(view) == {"grant", "records"}
    boxes = next(block["element"] for block in view["blocks"] if block.get("block_id") == "grant")
    assert [option["value"] for option in boxes["options"]] == ["log_note", "create_task", "comment_ticket"]
    assert "initial_options" not in boxes
    office.close_modal(rep)
    assert standing(office) == []


def test_an_unattended_answer_comes_at_its_time_as_the_persons_own_and_says_which_routine_it_is_of(
    office: Office,
) -> None:
    rep = office.reps[0]
    routine = set_up(office, rep)
    assert (routine.tools, routine.records, routine.made_by) == ((), 0, rep)
    prepare(office, "Nothing moved today.")
    run = comes(office)
    assert run["state"] == "done", run["note"]
    assert run["trigger"]["person"] == rep
    told = said(office, rep, run)
    assert "Routine (every weekday at 16:30): What moved on my accounts" in told
    assert "Nothing moved today." in told
    (began,) = log_of(office, run, "began")
    assert began["unattended"] is True


def test_what_was_granted_is_done_once_and_its_record_names_the_routine(office: Office) -> None:
    rep = office.reps[0]
    routine = set_up(office, rep, EVERY, "log_note", records=2)
    before = notes(office)
    prepare(office, note(account_of(office, rep)), "Noted.")
    run = comes(office)
    assert notes(office) == before + 1
    assert "Noted." in said(office, rep, run)
    (judged,) = [row for row in books(office, run) if row["phase"] == "judged" and row["tool"] == "log_note"]
    assert (judged["verdict"], judged["facts"]["routine"]) == ("allow", routine.id)
