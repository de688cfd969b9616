"""Who hears of an account in trouble, and who hears of it next: never nobody, and never its owner alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.databases import Databases
from tests.office import words
from tests.stories.escalation_scenes import a_watched_office, new, own_day, urgent
from tests.trouble import ALONE, BOSS, MANAGER, NAMED, OTHER_REP, Watched


@pytest.fixture(scope="module")
def office(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with a_watched_office(databases, tmp_path_factory) as working:
        yield working


@pytest.fixture
def day(office: Watched) -> Iterator[datetime]:
    with own_day(office) as morning:
        yield morning


def test_what_nobody_claims_goes_up_after_a_working_day_and_no_further_than_there_is_somebody(
    office: Watched, day: datetime
) -> None:
    friday = day + timedelta(days=3, hours=5)
    office.go(friday)
    before = office.counts()
    urgent(office, friday, "Unclaimed Umbrellas")
    office.look()
    assert new(office, before) == {MANAGER: 1}
    assert "goes to Ignatius Bellwether Mon" in office.said(MANAGER)
    office.go(friday + timedelta(days=2))
    office.go(friday + timedelta(days=3, minutes=-30))
    assert new(office, before) == {MANAGER: 1}
    office.go(friday + timedelta(days=3, minutes=30))
    assert new(office, before) == {MANAGER: 1, BOSS: 1}
    assert "Nobody has claimed this yet, so it has gone up to you." in office.said(BOSS)
    assert "told: Marguerite Stonecastle Fri" in office.said(BOSS)
    assert "Level 2 of 3" in office.said(MANAGER)
    office.go(friday + timedelta(days=4, hours=1))
    assert new(office, before) == {MANAGER: 1, BOSS: 1, NAMED: 1}
    for days in (5, 8):
        office.go(friday + timedelta(days=days))
    # By then it has been open for ten days, which is worse by the rules, and everybody knows of it already.
    assert new(office, before) == {MANAGER: 1, BOSS: 1, NAMED: 1}


def test_who_has_no_manager_is_told_of_to_who_is_named_and_never_to_the_owner_alone(
    office: Watched, day: datetime
) -> None:
    before = office.counts()
    urgent(office, day, "Alone Anvils", ALONE)
    urgent(office, day, "Bosses Bells", BOSS)
    urgent(office, day, "Managers Mugs", MANAGER)
    urgent(office, day, "Nobodys Nets", None)
    office.look()
    assert new(office, before) == {NAMED: 3, BOSS: 1}
    assert "Managers Mugs" in office.said(BOSS)
    named = " ".join(words(message["blocks"]) for message in office.alerts(NAMED)[-3:])
    assert all(name in named for name in ("Alone Anvils", "Bosses Bells", "Nobodys Nets"))
    assert "owner nobody" in named


def test_somebody_slack_will_not_reach_is_passed_over_upwards(office: Watched, day: datetime) -> None:
    before = office.counts()
    gone = {"error": "user_disabled", "times": -1, "match": {"channel": MANAGER}}
    office.sandbox.misbehave("slack.chat.postMessage", "error", **gone)
    urgent(office, day, "Gone Gloves")
    office.look()
    office.go(day + timedelta(minutes=40))
    office.sandbox.ask("DELETE", "/_sandbox/knobs")
    assert new(office, before) == {BOSS: 1}
    assert "Gone Gloves" in office.said(BOSS)
    assert "Marguerite" not in office.said(BOSS)


def test_who_decides_for_a_manager_who_is_away_hears_in_their_place(office: Watched, day: datetime) -> None:
    def say(text: str) -> str:
        ask = {"user": MANAGER, "command": "/daybook", "text": text}
        return str(office.sandbox.post("/_sandbox/slack/command", ask)["delivery"]["payload"]["text"])

    assert "may decide for you" in say("away @Otto until next friday")
    before = office.counts()
    urgent(office, day, "Away Awnings")
    office.look()
    assert new(office, before) == {OTHER_REP: 1}
    assert "Welcome back" in say("back")
    assert "goes to Ignatius Bellwether" in office.said(OTHER_REP)
