"""Routines: an agent answers by the clock, as the person who set it up, and within what was granted then."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from records import people, tables
from records.tables import accounts
from sessions import events
from tests.agents.desk import call
from tests.conftest import CHECKOUT
from tests.deployments import LEDGER_KEY, all_ended, deploy, ticker, turns, until, working
from tests.killing import KILLED, in_a_child
from tests.office import MONDAY, Office, words
from tests.stories.conftest import OpenOffice
from tests.stories.test_schedule import together
from tools import ledger, routines
from views import blocks as b

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
    """It is half past four, or ``at``; the run that came of it, once it has ended."""
    office.at(at or half_past_four(office))
    before = len(turns(office.daybook, "routine"))
    office.settled("routine")
    found = turns(office.daybook, "routine")
    assert len(found) == before + 1
    return dict(found[-1])


def half_past_four(office: Office) -> datetime:
    return office.day.replace(hour=16, minute=30, second=1)


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


def test_what_was_not_granted_is_refused_with_the_reason_in_the_ledger_and_in_the_answer(office: Office) -> None:
    rep = office.reps[0]
    set_up(office, rep)
    before = notes(office)
    prepare(office, note(account_of(office, rep)), "All is well.")
    run = comes(office)
    assert notes(office) == before
    (row,) = [row for row in books(office, run) if row["tool"] == "log_note"]
    assert (row["verdict"], row["rule"]) == ("refuse", "grant.tool")
    assert row["reason"] in said(office, rep, run), "although the agent says that all is well"


def test_a_run_may_write_to_so_many_records_and_no_more(office: Office) -> None:
    rep = office.reps[0]
    set_up(office, rep, EVERY, "log_note", records=2)
    before = notes(office)
    prepare(office, *(note(account_of(office, rep, nth)) for nth in range(3)), "Noted.")
    run = comes(office)
    assert notes(office) == before + 2
    assert "2 records in one run at most" in said(office, rep, run)
    prepare(office, note(account_of(office, rep)), "Noted again.")
    office.day += timedelta(days=3 if office.day.weekday() == 4 else 1)
    comes(office)
    assert notes(office) == before + 3, "the next run has its own"


def test_an_agent_that_it_asks_shares_its_grant_and_has_no_more(office: Office) -> None:
    rep = office.reps[0]
    set_up(office, rep, EVERY, "log_note", records=2)
    before = notes(office)
    mine = [note(account_of(office, rep, nth)) for nth in range(3)]
    task = call("create_task", {"account": account_of(office, rep), "title": "x", "due": "tomorrow", "quote": ""})
    asks = call("ask_agent", {"agent": "escalations", "question": "and there?"})
    prepare(office, mine[0], asks, mine[1], mine[2], task, "One noted.", "Both noted.")
    run = comes(office)
    assert run["state"] == "done", run["note"]
    assert notes(office) == before + 2
    rules = sorted(row["rule"] for row in books(office, run) if row["verdict"] == "refuse")
    assert rules == ["grant.records", "grant.tool"]


def test_a_reply_in_its_thread_is_attended_and_has_no_grant(office: Office) -> None:
    rep = office.reps[0]
    set_up(office, rep, EVERY, "log_note", records=1)
    run = comes_with(office, "Nothing yet.")
    (replied,) = log_of(office, run, "replied")
    prepare(office, *(note(account_of(office, rep, nth)) for nth in range(2)), "Noted both.")
    before = notes(office)
    say = {"user": rep, "channel": "app", "thread_ts": replied["ts"], "text": "note that on both", "wait": 5}
    office.sandbox.post("/_sandbox/slack/say", say)
    office.settled("assistant")
    assert notes(office) == before + 2, "a person may do more than the run was granted"
    turn = turns(office.daybook, "assistant")[-1]
    assert turn["session"] == run["session"]
    (began,) = log_of(office, turn, "began")
    assert (began["unattended"], began["allowance"]) == (False, None)


def comes_with(office: Office, *answers: Any) -> dict[str, Any]:
    prepare(office, *answers)
    return comes(office)


def test_what_a_ticket_says_cannot_use_the_grant_elsewhere(office: Office) -> None:
    rep = office.reps[0]
    set_up(office, rep, EVERY, "log_note", records=5)
    with office.daybook.database.connect() as connection:
        theirs = select(tables.tickets.c.account_id).join(
            accounts, accounts.c.id == tables.tickets.c.account_id
        )
        owner = people.by_slack_id(connection, rep)
        assert owner is not None
        hostile = str(connection.scalar(theirs.where(accounts.c.owner_id == owner.owner_id).limit(1)))
    other = next(one for one in (account_of(office, rep, nth) for nth in range(6)) if one != hostile)
    before = notes(office)
    read = call("read_tickets", {"account": hostile})
    linked = note(hostile, "see https://evil.example/x")
    run = comes_with(office, read, note(other, "as the ticket says"), linked, note(hostile), "Done.")
    assert notes(office) == before + 1
    refused = [row["rule"] for row in books(office, run) if row["verdict"] == "refuse"]
    assert refused == ["grant.taint", "grant.taint"]
    assert "somebody's yes" in said(office, rep, run)


@pytest.mark.parametrize("plug", ["guard.judged", "effect.acted", "guard.recorded", "reply.decided"])
def test_a_machine_that_dies_in_a_run_does_what_was_granted_once(office: Office, plug: str) -> None:
    rep = office.reps[0]
    set_up(office, rep, EVERY, "log_note", records=1)
    before = notes(office)
    told = len(office.sandbox.messages(rep))
    prepare(office, note(account_of(office, rep)), "Noted.", "Noted.")
    office.stop()
    office.at(half_past_four(office))
    settings = {**office.more, "DAYBOOK_PEOPLE_FILE": str(office.file)}
    try:
        assert in_a_child(run_until_over, office.sandbox.env, office.url, settings, plug=plug) == KILLED
        assert in_a_child(run_until_over, office.sandbox.env, office.url, settings) == 0
    finally:
        office.start()
    assert notes(office) == before + 1
    assert len(office.sandbox.messages(rep)) == told + 1
    assert turns(office.daybook, "routine")[-1]["state"] == "done"


def run_until_over(env: dict[str, str], url: str, more: dict[str, str]) -> None:
    house = deploy(env, url, **more)
    clock = ticker(house)
    with working(house):
        until(lambda: clock.tick() * 0 + all_ended(house, "routine"), "the run", 40)
        os._exit(0)


# -- when it comes -----------------------------------------------------------------------------------------------------


def test_three_clocks_set_a_routine_off_once(office: Office) -> None:
    set_up(office, office.reps[0])
    before = len(turns(office.daybook, "routine"))
    prepare(office, "Nothing moved.")
    office.at(half_past_four(office))
    together([ticker(office.daybook) for _ in range(3)])
    office.settled("routine")
    assert len(turns(office.daybook, "routine")) == before + 1


def test_after_downtime_a_late_run_is_left_out_and_said(office: Office) -> None:
    rep = office.reps[0]
    routine = set_up(office, rep)
    run = comes(office, office.day.replace(hour=20, minute=30))
    assert "too late" in run["note"]
    assert "It was due 16:30" in said(office, rep, run)
    with office.daybook.database.connect() as connection:
        kept = routines.get(connection, office.daybook.workspace, routine.id)
    assert kept is not None
    assert kept.ran_how == "left out: too late: Daybook was not running at its time"


def test_a_stricter_policy_binds_the_grants_that_were_made_before_it(office: Office, tmp_path: Path) -> None:
    rep = office.reps[0]
    set_up(office, rep, EVERY, "log_note", records=3)
    before = notes(office)
    text = (CHECKOUT / "rules" / "policy.toml").read_text()
    with policy(office, tmp_path, text.replace("records_per_run = 5", "records_per_run = 1")):
        prepare(office, *(note(account_of(office, rep, nth)) for nth in range(2)), "Noted.")
        run = comes(office)
    assert notes(office) == before + 1
    assert "1 record in one run" in said(office, rep, run)


def test_when_the_workspaces_budget_is_used_up_it_is_quiet(office: Office, tmp_path: Path) -> None:
    rep = office.reps[0]
    set_up(office, rep)
    text = (CHECKOUT / "rules" / "policy.toml").read_text()
    told = len(office.sandbox.messages(rep))
    with policy(office, tmp_path, text.replace("workspace_day_cents = 20_000", "workspace_day_cents = 0")):
        run = comes(office)
    assert "no budget left (budget.workspace_day)" in run["note"]
    assert len(office.sandbox.messages(rep)) == told


@contextmanager
def policy(office: Office, folder: Path, text: str) -> Iterator[None]:
    """Daybook with another policy for a while."""
    file = folder / "policy.toml"
    file.write_text(text)
    before = office.more
    office.more = {**before, "DAYBOOK_POLICY_FILE": str(file)}
    office.restart()
    try:
        yield
    finally:
        office.more = before
        office.restart()


# -- whose it is -------------------------------------------------------------------------------------------------------


def test_when_the_person_leaves_it_stops_and_their_manager_is_told(office: Office) -> None:
    rep = office.reps[1]
    routine = set_up(office, rep, EVERY, "log_note")
    p = tables.people.c
    with office.daybook.database.begin() as connection:
        person = people.by_slack_id(connection, rep)
        connection.execute(update(tables.people).where(p.slack_id == rep).values(deleted=True))
    assert person is not None
    assert person.manager_id is not None
    try:
        run = comes(office)
        assert "no longer an active member" in run["note"]
        assert f"The routine of {person.name} has ended" in said(office, person.manager_id, run)
        assert routine.id not in {one.id for one in standing(office)}
    finally:
        with office.daybook.database.begin() as connection:
            connection.execute(update(tables.people).where(p.slack_id == rep).values(deleted=False))
    office.day += timedelta(days=3 if office.day.weekday() == 4 else 1)
    before = len(turns(office.daybook, "routine"))
    office.at(half_past_four(office))
    office.settled("routine")
    assert len(turns(office.daybook, "routine")) == before, "it does not come back with them"


def test_a_routine_whose_row_was_tampered_with_does_not_run(office: Office) -> None:
    rep = office.reps[0]
    routine = set_up(office, rep)
    with office.daybook.database.connect() as connection, pytest.raises(DBAPIError, match="a routine never changes"):
        connection.execute(update(routines.routines).values(tools=["log_note"], records=5))
    assert routine.is_itself


def test_ending_it_ends_its_grant_while_it_runs(office: Office) -> None:
    rep = office.reps[0]
    routine = set_up(office, rep, EVERY, "log_note", records=5)
    before = notes(office)
    slow = {**note(account_of(office, rep)), "delay_ms": 3_000}
    prepare(office, note(account_of(office, rep)), slow, "Noted.")
    office.at(half_past_four(office))
    office.clock.tick()
    until(lambda: notes(office) == before + 1, "the first note")
    pressed(office, rep, "delete_routine", routine)
    until(lambda: routine.id not in {one.id for one in standing(office)}, "its end")
    office.settled("routine")
    assert notes(office) == before + 1
    run = dict(turns(office.daybook, "routine")[-1])
    assert "run.unattended" in [row["rule"] for row in books(office, run)]


def test_home_shows_each_with_its_grant_and_its_buttons_work(office: Office) -> None:
    rep = office.reps[0]
    routine = set_up(office, rep, EVERY, "log_note", "create_task", records=5)
    shown = home(office, rep, "What moved on my accounts")
    assert "assistant, every weekday at 16:30 · next 16:30" in shown
    assert "May add notes and tasks on your accounts without asking, on 5 records at most a run" in shown
    pressed(office, rep, "pause_routine", routine)
    home(office, rep, "paused")
    pressed(office, rep, "resume_routine", routine)
    home(office, rep, "next 16:30")
    prepare(office, "Here it is.")
    pressed(office, rep, "run_routine", routine)
    office.settled("routine")
    assert "Here it is." in said(office, rep, dict(turns(office.daybook, "routine")[-1]))
    pressed(office, rep, "delete_routine", routine)
    home(office, rep, "None yet. Have an agent answer by the clock")


def test_a_manager_sees_and_pauses_a_routine_of_their_people_and_does_no_more(office: Office) -> None:
    rep, colleague = office.reps[0], office.reps[2]
    routine = set_up(office, rep)
    with office.daybook.database.connect() as connection:
        person = people.by_slack_id(connection, rep)
    assert person is not None
    assert person.manager_id is not None
    assert f"{person.name}: What moved" in home(office, person.manager_id, person.name)
    assert "What moved on my" not in home(office, colleague, "Routines")
    pressed(office, person.manager_id, "pause_routine", routine)
    home(office, rep, "paused")
    pressed(office, colleague, "resume_routine", routine, force=True)
    until(lambda: any("somebody else's routine" in m["text"] for m in office.sandbox.messages(colleague)), "a no")
    home(office, rep, "paused")


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


# -- what can't be set up ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("every fortnight at 9 look", "I don't know the days"),
        ("every monday at 9 ask nobody look", "There is no agent nobody"),
        ("every weekday", "I don't understand when"),
    ],
)
def test_what_cannot_be_meant_is_answered_at_once(office: Office, text: str, says: str) -> None:
    assert says in daybook(office, office.reps[0], f"{text} ")["text"]


def test_there_are_so_many_a_person_and_a_stranger_has_none(office: Office, tmp_path: Path) -> None:
    rep = office.reps[0]
    assert "the team's own members" in daybook(office, "U0GUEST001", EVERY)["text"]
    text = (CHECKOUT / "rules" / "policy.toml").read_text()
    with policy(office, tmp_path, text.replace("per_person = 10 ", "per_person = 1 ")):
        set_up(office, rep)
        assert "You have 1 routines, and that is the most" in daybook(office, rep, EVERY)["text"]


def test_an_agent_that_only_looks_has_nothing_to_be_granted(office: Office) -> None:
    rep = office.reps[0]
    daybook(office, rep, "every weekday at 16:30 ask priorities What moved?")
    view = office.modal(rep)
    assert inputs(view) == set()
    assert "only looks and reports" in words(view)
    office.close_modal(rep)


def test_the_command_line_lists_adds_pauses_and_deletes(office: Office, daybook: Any) -> None:
    rep, env = office.reps[2], {**office.sandbox.env, "DATABASE_URL": office.url, "DAYBOOK_LEDGER_KEY": LEDGER_KEY}
    wish = "every monday at 9 ask assistant What is due?"
    grant = ("--allow", "log_note", "--records", "3")
    added = daybook("routine", "add", wish, "--person", rep, *grant, "--json", env=env)
    assert added.returncode == 0, added.stderr
    made = json.loads(added.stdout)
    assert (made["tools"], made["records"], made["made_by"], made["at"]) == (["log_note"], 3, "terminal", "09:00")
    listed = daybook("routine", "list", env=env).stdout
    assert "may add notes on your accounts without asking, on 3 records at most a run" in listed
    assert f"routine:{made['id']}" in daybook("schedules", env=env).stdout
    assert "paused" in daybook("routine", "pause", made["id"], env=env).stdout
    assert "every Mon at 09:00" in daybook("routine", "resume", made["id"], env=env).stdout
    assert "is deleted" in daybook("routine", "delete", made["id"], env=env).stdout
    assert daybook("routine", "list", env=env).stdout.startswith("No routines.")
    wrong = daybook("routine", "add", wish, "--person", rep, "--allow", "update_deal", env=env)
    assert wrong.returncode == 2
    assert "can't be granted update_deal beforehand" in wrong.stderr
