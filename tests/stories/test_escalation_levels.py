"""Who hears of an account in trouble, and who hears of it next: never nobody, and never its owner alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.office import words
from tests.stories.escalation_scenes import new, urgent
from tests.trouble import ALONE, BOSS, MANAGER, NAMED, OTHER_REP, Watched


def test_what_nobody_claims_goes_up_after_a_working_day_and_no_further_than_there_is_somebody(
    watched: Watched, day: datetime
) -> None:
    friday = day + timedelta(days=3, hours=5)
    watched.go(friday)
    before = watched.counts()
    urgent(watched, friday, "Unclaimed Umbrellas")
    watched.look()
    assert new(watched, before) == {MANAGER: 1}
    assert "goes to Ignatius Bellwether Mon" in watched.said(MANAGER)
    watched.go(friday + timedelta(days=2))
    watched.go(friday + timedelta(days=3, minutes=-30))
    assert new(watched, before) == {MANAGER: 1}
    watched.go(friday + timedelta(days=3, minutes=30))
    assert new(watched, before) == {MANAGER: 1, BOSS: 1}
    assert "Nobody has claimed this yet, so it has gone up to you." in watched.said(BOSS)
    assert "told: Marguerite Stonecastle Fri" in watched.said(BOSS)
    assert "Level 2 of 3" in watched.said(MANAGER)
    watched.go(friday + timedelta(days=4, hours=1))
    assert new(watched, before) == {MANAGER: 1, BOSS: 1, NAMED: 1}
    for days in (5, 8):
        watched.go(friday + timedelta(days=days))
    # By then it has been open for ten days, which is worse by the rules, and everybody knows of it already.
    assert new(watched, before) == {MANAGER: 1, BOSS: 1, NAMED: 1}


def test_who_has_no_manager_is_told_of_to_who_is_named_and_never_to_the_owner_alone(
    watched: Watched, day: datetime
) -> None:
    before = watched.counts()
    urgent(watched, day, "Alone Anvils", ALONE)
    urgent(watched, day, "Bosses Bells", BOSS)
    urgent(watched, day, "Managers Mugs", MANAGER)
    urgent(watched, day, "Nobodys Nets", None)
    watched.look()
    assert new(watched, before) == {NAMED: 3, BOSS: 1}
    assert "Managers Mugs" in watched.said(BOSS)
    named = " ".join(words(message["blocks"]) for message in watched.alerts(NAMED)[-3:])
    assert all(name in named for name in ("Alone Anvils", "Bosses Bells", "Nobodys Nets"))
    assert "owner nobody" in named


def test_somebody_slack_will_not_reach_is_passed_over_upwards(watched: Watched, day: datetime) -> None:
    before = watched.counts()
    gone = {"error": "user_disabled", "times": -1, "match": {"channel": MANAGER}}
    watched.sandbox.misbehave("slack.chat.postMessage", "error", **gone)
    urgent(watched, day, "Gone Gloves")
    watched.look()
    watched.go(day + timedelta(minutes=40))
    watched.sandbox.ask("DELETE", "/_sandbox/knobs")
    assert new(watched, before) == {BOSS: 1}
    assert "Gone Gloves" in watched.said(BOSS)
    assert "Marguerite" not in watched.said(BOSS)


def test_who_decides_for_a_manager_who_is_away_hears_in_their_place(watched: Watched, day: datetime) -> None:
    def say(text: str) -> str:
        ask = {"user": MANAGER, "command": "/daybook", "text": text}
        return str(watched.sandbox.post("/_sandbox/slack/command", ask)["delivery"]["payload"]["text"])

    assert "may decide for you" in say("away @Otto until next friday")
    before = watched.counts()
    urgent(watched, day, "Away Awnings")
    watched.look()
    assert new(watched, before) == {OTHER_REP: 1}
    assert "Welcome back" in say("back")
    assert "goes to Ignatius Bellwether" in watched.said(OTHER_REP)
