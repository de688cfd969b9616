"""``/daybook`` in Slack: when my list comes, another time, a pause, today's list now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.deployments import turns
from tests.office import Office
from tests.stories.conftest import OpenOffice


@pytest.fixture(scope="module")
def office(open_office: OpenOffice) -> Iterator[Office]:
    with open_office(reps=6, accounts=6) as working:
        yield working


def say(office: Office, person: str, text: str) -> str:
    """What the person is answered, within a second."""
    delivery = office.sandbox.post("/_sandbox/slack/command", {"user": person, "command": "/daybook", "text": text})[
        "delivery"
    ]
    assert delivery["acked"], delivery
    assert delivery["ms"] < 1_000
    assert delivery["payload"]["response_type"] == "ephemeral"
    return str(delivery["payload"]["text"])


def received(office: Office, rep: str) -> list[str]:
    """At which times of the day (London) this rep's lists were set off."""
    mine = (row for row in turns(office.daybook) if row["trigger"]["person"] == rep)
    return [f"{datetime.fromtimestamp(row['received_at'] / 1000, UTC):%a %H:%M}" for row in mine]


def test_it_says_when_and_helps_with_what_it_does_not_know(office: Office) -> None:
    rep = office.reps[0]
    assert say(office, rep, "") == say(office, rep, "when")
    assert "at 09:00 on mon,tue,wed,thu,fri (Europe/London); next on Mon 23 Nov" in say(office, rep, "when")
    assert "/daybook at 08:30" in say(office, rep, "make me a sandwich")


def test_it_says_what_the_policy_is_and_one_rule_with_its_number(office: Office) -> None:
    told = say(office, office.reps[0], "policy")
    assert "`amount.change`" in told
    assert "`agent.not_granted`" in told
    assert len(told) < 8_000
    at_once, takes_a_yes = told.index("*Done at once*"), told.index("*Done after a yes*")
    assert at_once < told.index("What a person did is logged at once") < takes_a_yes
    assert "• One message leads to a limited number of steps (calls per message: 16). `cap.calls`" in told
    assert "`amount_change_percent` = 20" in say(office, office.reps[0], "policy amount.change")
    hostile = say(office, office.reps[0], "policy <!channel> *x*")
    assert "No rule goes by that name" in hostile
    assert "<!" not in hostile
    assert "I work for the team's own members" in say(office, "U0NEW00001", "policy")


@pytest.mark.parametrize("wrong", ["at", "at noon", "at 25:00", "at *:50", "at 9", "days", "days someday", "days ,"])
def test_what_cannot_be_used_is_refused_and_changes_nothing(office: Office, wrong: str) -> None:
    rep = office.reps[0]
    before = say(office, rep, "when")
    assert "write it like" in say(office, rep, wrong)
    assert say(office, rep, "when") == before


def test_a_stranger_is_told_why_they_have_no_list(office: Office) -> None:
    assert "no active HubSpot owner" in say(office, "U0NEW00001", "when")


def test_whoever_owns_no_accounts_is_told_that_no_list_comes(office: Office) -> None:
    assert "it goes to whoever owns accounts in HubSpot" in say(office, "U0MGR00001", "when")


def test_another_time_other_days_a_pause_and_a_resume_are_kept(office: Office) -> None:
    early, some_days, paused, asks_now = office.reps[1:5]
    assert "at 08:30" in say(office, early, "at 8:30")
    assert "on mon,wed" in say(office, some_days, "days Wed, monday")
    assert "paused" in say(office, paused, "pause")
    assert "paused" in say(office, paused, "when")
    office.restart()
    office.sandbox.set_clock("2026-11-23T08:30:01Z")
    office.settled("morning_list")
    assert [len(office.lists(rep)) for rep in office.reps[1:5]] == [1, 0, 0, 0]
    assert say(office, asks_now, "list") == "Your list is on its way."
    office.settled("morning_list")
    assert "sent already" in say(office, asks_now, "list")
    office.next_morning()
    assert [len(office.lists(rep)) for rep in office.reps[1:5]] == [1, 1, 0, 1]
    assert "next on Tue 24 Nov" in say(office, paused, "resume")
    office.next_morning()
    assert received(office, early)[0] == "Mon 08:30"
    assert len(received(office, early)) == 2
    assert received(office, some_days) == ["Mon 09:00"]
    assert received(office, paused) == ["Tue 09:00"]
    assert received(office, asks_now) == ["Mon 08:30", "Tue 09:00"]


def test_a_list_that_was_too_late_says_so_and_comes_when_asked_for(office: Office) -> None:
    rep = office.reps[5]
    office.sandbox.set_clock("2026-11-25T13:00:00Z")
    office.settled("morning_list")
    before = len(office.lists(rep))
    assert "was not sent (skipped" in say(office, rep, "list")
    office.settled("morning_list")
    assert len(office.lists(rep)) == before + 1
    assert "sent already" in say(office, rep, "list")
