"""Delivery: whatever Slack does, each rep who can be reached has one list, and who can't is on record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from records import people
from records.policies import current
from sessions import schedules, threads
from tests.deployments import all_ended, turns, until
from tests.office import Office, accounts_of
from tests.stories.conftest import OpenOffice


@pytest.fixture(scope="module")
def office(open_office: OpenOffice) -> Iterator[Office]:
    with open_office(reps=5, accounts=40) as working:
        working.clock.tick()
        house = working.daybook
        with house.database.begin() as connection:
            # What managers hear would take up the faults that are meant for lists.
            now = house.systems.clock.now()
            schedules.change(connection, house.workspace, "watch_accounts", "", now, paused=True)
        yield working


@pytest.fixture(autouse=True)
def _slack_behaves_afterwards(office: Office) -> Iterator[None]:
    yield
    office.sandbox.ask("DELETE", "/_sandbox/knobs")


def counts(office: Office) -> dict[str, int]:
    return {rep: len(office.lists(rep)) for rep in office.reps}


def one_more(before: dict[str, int], *but: str) -> dict[str, int]:
    return {rep: n + (rep not in but) for rep, n in before.items()}


def todays(office: Office) -> dict[str, Any]:
    day = office.day.date().isoformat()
    return {r["trigger"]["person"]: r for r in turns(office.daybook) if r["trigger"]["day"] == day}


def ticked_until(office: Office, check: Callable[[], Any], what: str) -> None:
    until(lambda: office.clock.tick() * 0 + bool(check()), what)


def test_what_is_said_after_a_list_belongs_to_the_lists_session(office: Office) -> None:
    office.next_morning()
    rep = office.reps[0]
    channel, ts, session = office.channel(rep), office.newest(rep)["ts"], todays(office)[rep]["session"]
    with office.daybook.database.begin() as connection:
        workspace, now = office.daybook.workspace, office.daybook.systems.clock.now()
        assert threads.place(connection, workspace, channel, ts, f"{ts}1", now, direct=True) == session
        assert threads.place(connection, workspace, channel, None, f"{ts}2", now, direct=True) == session


@pytest.mark.parametrize("error", ["channel_not_found", "user_disabled", "cannot_dm_bot"])
def test_a_rep_slack_will_not_reach_is_recorded_and_the_others_have_theirs(office: Office, error: str) -> None:
    before, gone = counts(office), office.reps[1]
    office.sandbox.misbehave("slack.chat.postMessage", "error", error=error, times=-1, match={"channel": gone})
    office.next_morning()
    assert counts(office) == one_more(before, gone)
    assert todays(office)[gone]["state"] == "failed"
    assert error in todays(office)[gone]["note"]
    assert {row["state"] for rep, row in todays(office).items() if rep != gone} == {"done"}


def test_a_rate_limit_is_waited_out_as_long_as_slack_asked(office: Office) -> None:
    before = counts(office)
    office.sandbox.misbehave("slack.chat.postMessage", "rate_limit", retry_after=40, times=3)
    office.begin_morning()
    ticked_until(office, lambda: sorted(office.states("morning_list")[-5:]).count("waiting") == 3, "three to wait")
    office.sandbox.advance(35)
    office.clock.tick()
    assert office.states("morning_list")[-5:].count("waiting") == 3, "sent again before Slack allowed it"
    office.sandbox.advance(6)
    office.settled("morning_list")
    assert counts(office) == one_more(before)


def test_a_revoked_token_is_waited_for_and_nobody_gets_two(office: Office) -> None:
    before = counts(office)
    office.sandbox.misbehave("slack.*", "error", error="token_revoked", times=-1)
    office.begin_morning()
    ticked_until(office, lambda: office.states("morning_list")[-5:].count("waiting") == 5, "all to wait")
    assert all("SLACK_BOT_TOKEN" in row["note"] for row in todays(office).values())
    assert counts_unchanged(office, before)
    office.sandbox.ask("DELETE", "/_sandbox/knobs")
    office.sandbox.advance(61)
    office.settled("morning_list")
    assert counts(office) == one_more(before)


def counts_unchanged(office: Office, before: dict[str, int]) -> bool:
    return counts(office) == before


def test_a_token_that_stays_revoked_until_afternoon_sends_no_stale_list(office: Office) -> None:
    before = counts(office)
    office.sandbox.misbehave("slack.chat.postMessage", "error", error="token_revoked", times=-1)
    office.begin_morning()
    ticked_until(office, lambda: office.states("morning_list")[-5:].count("waiting") == 5, "all to wait")
    office.sandbox.ask("DELETE", "/_sandbox/knobs")
    office.sandbox.advance(4 * 3600)
    office.settled("morning_list")
    assert counts_unchanged(office, before)
    assert all("no longer worth" in row["note"] for row in todays(office).values())


def test_no_list_is_longer_than_the_policy_says(office: Office) -> None:
    office.next_morning()
    most = current(office.daybook.settings)[0].length
    lists = {rep: office.newest(rep) for rep in office.reps}
    assert any(len(accounts_of(message)) == most for message in lists.values())
    for message in lists.values():
        rows = accounts_of(message)
        assert len(rows) == len(set(rows)) <= most
        assert len(message["blocks"]) <= 50


def test_the_messages_are_valid_and_nobody_is_looked_up_one_by_one(office: Office) -> None:
    office.next_morning()
    office.sandbox.post("/_sandbox/slack/app", {"record": True})
    office.sandbox.forget_calls()
    office.next_morning()
    told = office.sandbox.get("/_sandbox/slack/requests")["requests"]
    assert not {"conversations.open", "users.info", "users.lookupByEmail", "conversations.history"} & {
        one["method"] for one in told
    }
    posted = [one["args"] for one in told if one["method"] == "chat.postMessage"]
    assert sorted(one["channel"] for one in posted if one["channel"] in office.reps) == sorted(office.reps)
    assert all(len(one["blocks"]) <= 50 and one["text"] for one in posted)


def test_a_rep_deactivated_overnight_gets_no_list_and_the_reason_is_kept(
    office: Office,
) -> None:
    office.next_morning()
    owner = office.reps[2]
    with office.daybook.database.connect() as connection:
        known = people.by_slack_id(connection, owner)
    assert known is not None
    before = counts(office)
    office.sandbox.ask("PATCH", f"/_sandbox/crm/owners/{known.owner_id}", {"archived": True})
    office.next_morning()
    assert owner not in todays(office)
    assert counts(office) == one_more(before, owner)
    with office.daybook.database.connect() as connection:
        left = people.by_slack_id(connection, owner)
    assert left is not None
    assert left.problem
    assert all_ended(office.daybook)
