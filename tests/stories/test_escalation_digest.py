"""When managers are told: within their business hours, and many accounts at once in one message."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.deployments import until
from tests.office import words
from tests.stories.escalation_scenes import new, urgent
from tests.trouble import MANAGER, OTHER_REP, Watched


def test_nobody_is_told_outside_their_business_hours(watched: Watched, day: datetime) -> None:
    urgent(watched, day, "Night Nurseries", days=2 + 10 / 24)  # three full days at 23:00 today
    before = watched.counts()
    watched.go(day + timedelta(hours=15))
    watched.go(day + timedelta(hours=22, minutes=50))
    assert new(watched, before) == {}
    watched.go(day + timedelta(hours=23))
    assert new(watched, before) == {MANAGER: 1}


def test_many_at_once_are_one_message_in_which_each_account_has_its_own_buttons(
    watched: Watched, day: datetime
) -> None:
    names = [f"Storm {name}" for name in ("Atlas", "Boats", "Canvas", "Dolls", "Easels")]
    for name in names:
        urgent(watched, day, name, OTHER_REP)
    before = watched.counts()
    watched.look()
    assert new(watched, before) == {MANAGER: 1}
    message = watched.alerts(MANAGER)[-1]
    assert words(message["blocks"]).startswith("5 accounts need a decision")
    said = watched.decide(MANAGER, message, "claim_escalation", name="Storm Boats")
    assert said.startswith("4 accounts need a decision")
    assert said.count("✓ Claimed by") == 1
    # A sixth one within the hour is held until the hour is over.
    urgent(watched, day, "Storm Flutes", OTHER_REP)
    watched.look()
    assert new(watched, before) == {MANAGER: 1}
    watched.go(day + timedelta(hours=2))
    assert new(watched, before) == {MANAGER: 2}
    assert "Storm Flutes" in watched.said(MANAGER)
    assert "Storm Atlas" not in watched.said(MANAGER)


def test_when_slack_draws_an_older_message_over_a_newer_one_it_is_drawn_once_more(
    watched: Watched, day: datetime
) -> None:
    names = [f"Overdrawn {n}" for n in range(4)]
    for name in names:
        urgent(watched, day, name)
    watched.look()
    message = watched.alerts(MANAGER)[-1]
    only = {"channel": watched.channel(MANAGER)}
    watched.sandbox.misbehave("slack.chat.update", "delay", seconds=1.0, times=1, match=only)
    watched.push(MANAGER, message, "claim_escalation", names[0])
    until(lambda: all(one["taken"] for one in watched.sandbox.get("/_sandbox/knobs")["knobs"]), "the first drawing")
    watched.push(MANAGER, message, "claim_escalation", names[1])
    watched.quiet()
    said = words(watched.message(MANAGER, message["ts"])["blocks"])
    assert said.count("✓ Claimed by Marguerite Stonecastle") == 2
