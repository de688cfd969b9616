"""Routines as people have them: the dialog, Home, their times, their managers, the command line, and who has left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update

from records import people, tables
from scheduler import routine
from sessions.schedules import Due
from sessions.store import schedules
from tests.deployments import LEDGER_KEY, ticker, turns, until
from tests.office import Office, words
from tests.stories.conftest import OpenOffice
from tests.stories.routine_scenes import (
    EVERY,
    an_office,
    comes,
    command,
    half_past_four,
    home,
    inputs,
    next_day,
    own_day,
    policy,
    prepare,
    pressed,
    said,
    set_up,
    standing,
    told,
)
from tests.stories.test_schedule import together
from tools import routines


@pytest.fixture(scope="module")
def office(open_office: OpenOffice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with an_office(open_office, tmp_path_factory.mktemp("policy")) as working:
        working.settled("sync_records")
        # What the tests write into the tables of people is not to be read over by the hourly sync.
        with working.daybook.database.begin() as connection:
            connection.execute(update(schedules).where(schedules.c.name == "sync_records").values(paused=True))
        yield working


@pytest.fixture(autouse=True)
def a_day(office: Office) -> Iterator[None]:
    with own_day(office):
        yield


def test_the_dialog_says_when_who_answers_and_what_it_may_do_and_nothing_is_kept_before_it_is_confirmed(
    office: Office,
) -> None:
    rep = office.reps[0]
    command(office, rep, EVERY)
    view = office.modal(rep)
    for part in ("Every weekday at 16:30, London time", "First today at 16:30", "assistant", "What moved on my"):
        assert part in words(view)
    assert inputs(view) == {"grant", "records"}
    boxes = next(block["element"] for block in view["blocks"] if block.get("block_id") == "grant")
    assert [option["value"] for option in boxes["options"]] == ["log_note", "create_task", "comment_ticket"]
    assert "initial_options" not in boxes
    office.close_modal(rep)
    assert standing(office) == []


def test_three_clocks_set_a_routine_off_once(office: Office) -> None:
    set_up(office, office.reps[0])
    before = len(turns(office.daybook, "routine"))
    prepare(office, "Nothing moved.")
    office.at(half_past_four(office))
    together([ticker(office.daybook) for _ in range(3)])
    office.settled("routine")
    assert len(turns(office.daybook, "routine")) == before + 1


def test_an_hour_that_the_clocks_repeat_does_not_bring_it_twice() -> None:
    times = [datetime.fromisoformat(at) for at in ("2026-10-25T01:30+01:00", "2026-10-25T01:30+00:00")]
    due = [Due("routine:r1", "U1", "Europe/London", int(at.timestamp() * 1000)) for at in times]
    first, again = (routine.trigger("T1", one) for one in due)
    assert first.nominal < again.nominal
    assert (first.key, first.session) == (again.key, again.session)


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


def test_when_the_workspaces_budget_is_used_up_it_is_quiet(office: Office) -> None:
    rep = office.reps[0]
    set_up(office, rep)
    with policy(office, "workspace_day_cents = 20_000", "workspace_day_cents = 0"):
        run = comes(office)
    assert "no budget left (budget.workspace_day)" in run["note"]
    assert told(office, rep, run) == []


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
    next_day(office)
    before = len(turns(office.daybook, "routine"))
    office.at(half_past_four(office))
    office.settled("routine")
    assert len(turns(office.daybook, "routine")) == before, "it does not come back with them"


def test_home_shows_each_with_its_grant_and_its_buttons_work(office: Office) -> None:
    rep = office.reps[0]
    routine = set_up(office, rep, EVERY, "log_note", "create_task", records=5)
    shown = home(office, rep, "May add notes and tasks on your accounts without asking, on 5 records at most a run")
    assert "assistant, every weekday at 16:30 · next 16:30" in shown
    pressed(office, rep, "pause_routine", routine)
    home(office, rep, "paused")
    pressed(office, rep, "resume_routine", routine)
    home(office, rep, "next 16:30")
    prepare(office, "Here it is.")
    pressed(office, rep, "run_routine", routine)
    office.settled("routine")
    assert "Here it is." in said(office, rep, dict(turns(office.daybook, "routine")[-1]))
    runs = len(turns(office.daybook, "routine"))
    for minutes, answer in ((0, "It ran 0 minutes ago"), (59, "Press again in 1 minute,")):
        office.sandbox.advance(minutes * 60)
        pressed(office, rep, "run_routine", routine)
        until(lambda answer=answer: any(answer in m["text"] for m in office.sandbox.messages(rep)), answer)
    assert len(turns(office.daybook, "routine")) == runs
    office.sandbox.advance(60)
    prepare(office, "Here it is again.")
    pressed(office, rep, "run_routine", routine)
    office.settled("routine")
    assert "Here it is again." in said(office, rep, dict(turns(office.daybook, "routine")[-1]))
    pressed(office, rep, "delete_routine", routine)
    home(office, rep, "None yet. Have an agent answer by the clock")


def test_who_is_no_longer_known_in_hubspot_is_told_that_it_has_ended(office: Office) -> None:
    rep = office.reps[1]
    set_up(office, rep)
    p = tables.people.c
    with office.daybook.database.begin() as connection:
        connection.execute(update(tables.people).where(p.slack_id == rep).values(problem="not active in HubSpot"))
    try:
        run = comes(office)
    finally:
        with office.daybook.database.begin() as connection:
            connection.execute(update(tables.people).where(p.slack_id == rep).values(problem=None))
    assert "A routine of yours has ended" in said(office, rep, run)
    assert standing(office) == []


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
    until(lambda: any("paused a routine of yours" in m["text"] for m in office.sandbox.messages(rep)), "the news")
    pressed(office, colleague, "resume_routine", routine, force=True)
    until(lambda: any("somebody else's routine" in m["text"] for m in office.sandbox.messages(colleague)), "a no")
    home(office, rep, "paused")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("every fortnight at 9 look", "I don't know the days"),
        ("every monday at 9 ask nobody look", "There is no agent nobody"),
        ("every weekday", "I don't understand when"),
    ],
)
def test_what_cannot_be_meant_is_answered_at_once(office: Office, text: str, says: str) -> None:
    assert says in command(office, office.reps[0], f"{text} ")["text"]


def test_there_are_so_many_a_person_and_a_stranger_has_none(office: Office) -> None:
    rep = office.reps[0]
    assert "the team's own members" in command(office, "U0GUEST001", EVERY)["text"]
    with policy(office, "per_person = 10 ", "per_person = 1 "):
        set_up(office, rep)
        assert "You have 1 routines, and that is the most" in command(office, rep, EVERY)["text"]


def test_an_agent_that_only_looks_has_nothing_to_be_granted(office: Office) -> None:
    rep = office.reps[0]
    command(office, rep, "every weekday at 16:30 ask priorities What moved?")
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
    beside = daybook("schedules", env=env).stdout.partition(f"routine:{made['id']}")[2].splitlines()[1]
    assert beside.strip().startswith("may add notes on your accounts")
    assert "paused" in daybook("routine", "pause", made["id"], env=env).stdout
    assert "every Mon at 09:00" in daybook("routine", "resume", made["id"], env=env).stdout
    assert "is deleted" in daybook("routine", "delete", made["id"], env=env).stdout
    assert daybook("routine", "list", env=env).stdout.startswith("No routines.")
    wrong = daybook("routine", "add", wish, "--person", rep, "--allow", "update_deal", env=env)
    assert wrong.returncode == 2
    assert "can't be granted update_deal beforehand" in wrong.stderr
