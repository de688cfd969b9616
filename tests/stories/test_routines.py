"""A routine answers as the person who set it up, and does without asking what was granted then, in that run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from records import people, tables
from records.tables import accounts
from tests.agents.desk import call
from tests.deployments import all_ended, deploy, ticker, turns, until, working
from tests.killing import KILLED, in_a_child
from tests.office import Office
from tests.stories.conftest import OpenOffice
from tests.stories.routine_scenes import (
    EVERY,
    account_of,
    an_office,
    books,
    comes,
    comes_with,
    half_past_four,
    log_of,
    next_day,
    note,
    notes,
    own_day,
    policy,
    prepare,
    pressed,
    said,
    set_up,
    standing,
)
from tools import routines


@pytest.fixture(scope="module")
def office(open_office: OpenOffice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with an_office(open_office, tmp_path_factory.mktemp("policy")) as working:
        yield working


@pytest.fixture(autouse=True)
def a_day(office: Office) -> Iterator[None]:
    with own_day(office):
        yield


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
    next_day(office)
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


def test_what_came_by_the_clock_takes_over_no_conversation(office: Office) -> None:
    rep = office.reps[0]
    set_up(office, rep)
    prepare(office, "Hello.")
    office.sandbox.post("/_sandbox/slack/say", {"user": rep, "text": "about Acme", "wait": 5})
    office.settled("assistant")
    run = comes_with(office, "Nothing yet.")
    prepare(office, "Still here.")
    office.sandbox.post("/_sandbox/slack/say", {"user": rep, "text": "and now?", "wait": 5})
    office.settled("assistant")
    last = turns(office.daybook, "assistant")[-1]
    assert last["session"] != run["session"]


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


@pytest.mark.parametrize("plug", ["guard.judged", "effect.acted"])
def test_a_machine_that_dies_in_a_run_does_what_was_granted_once(office: Office, plug: str) -> None:
    rep = office.reps[0]
    set_up(office, rep, EVERY, "log_note", records=1)
    before = notes(office)
    office.at(half_past_four(office) - timedelta(minutes=2))
    for agent in ("morning_list", "watch_accounts", "tell_manager"):  # they act too, and are not the ones to die in
        office.settled(agent)
    prepare(office, note(account_of(office, rep)), "Noted.", "Noted.")
    office.stop()
    office.at(half_past_four(office))
    settings = {**office.more, "DAYBOOK_PEOPLE_FILE": str(office.file)}
    try:
        assert in_a_child(run_until_over, office.sandbox.env, office.url, settings, plug=plug) == KILLED
        office.sandbox.advance(61)  # a write whose answer was lost is looked for once it can't land any more
        assert in_a_child(run_until_over, office.sandbox.env, office.url, settings) == 0
    finally:
        office.start()
    assert notes(office) == before + 1
    run = dict(turns(office.daybook, "routine")[-1])
    assert run["state"] == "done"
    assert "Noted." in said(office, rep, run)


def run_until_over(env: dict[str, str], url: str, more: dict[str, str]) -> None:
    house = deploy(env, url, **more)
    clock = ticker(house)
    with working(house):
        until(lambda: clock.tick() * 0 + all_ended(house, "routine"), "the run", 40)
        os._exit(0)


def test_a_stricter_policy_binds_the_grants_that_were_made_before_it(office: Office) -> None:
    rep = office.reps[0]
    set_up(office, rep, EVERY, "log_note", records=3)
    before = notes(office)
    with policy(office, "records_per_run = 5", "records_per_run = 1"):
        prepare(office, *(note(account_of(office, rep, nth)) for nth in range(2)), "Noted.")
        run = comes(office)
    assert notes(office) == before + 1
    assert "1 record in one run" in said(office, rep, run)


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
