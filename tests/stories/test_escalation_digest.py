"""When managers are told: within their business hours, and many accounts at once in one message."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.databases import Databases
from tests.deployments import until
from tests.office import words
from tests.stories.escalation_scenes import a_watched_office, new, own_day, urgent
from tests.trouble import MANAGER, OTHER_REP, Watched


@pytest.fixture(scope="module")
def office(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with a_watched_office(databases, tmp_path_factory) as working:
        yield working


@pytest.fixture
def day(office: Watched) -> Iterator[datetime]:
    with own_day(office) as morning:
        yield morning


def test_nobody_is_told_outside_their_business_hours(office: Watched, day: datetime) -> None:
    urgent(office, day, "Night Nurseries", days=2 + 10 / 24)  # three full days at 23:00 today
    before = office.counts()
    office.go(day + timedelta(hours=15))
    office.go(day + timedelta(hours=22, minutes=50))
    assert new(office, before) == {}
    office.go(day + timedelta(hours=23))
    assert new(office, before) == {MANAGER: 1}


def test_many_at_once_are_one_message_in_which_each_account_has_its_own_buttons(office: Watched, day: datetime) -> None:
    names = [f"Storm {name}" for name in ("Atlas", "Boats", "Canvas", "Dolls", "Easels")]
    for name in names:
        urgent(office, day, name, OTHER_REP)
    before = office.counts()
    office.look()
    assert new(office, before) == {MANAGER: 1}
    message = office.alerts(MANAGER)[-1]
    assert words(message["blocks"]).startswith("5 accounts need a decision")
    said = office.decide(MANAGER, message, "claim_escalation", name="Storm Boats")
    assert said.startswith("4 accounts need a decision")
    assert said.count("✓ Claimed by") == 1
    # A sixth one within the hour is held until the hour is over.
    urgent(office, day, "Storm Flutes", OTHER_REP)
    office.look()
    assert new(office, before) == {MANAGER: 1}
    office.go(day + timedelta(hours=2))
    assert new(office, before) == {MANAGER: 2}
    assert "Storm Flutes" in office.said(MANAGER)
    assert "Storm Atlas" not in office.said(MANAGER)


def test_when_slack_draws_an_older_message_over_a_newer_one_it_is_drawn_once_more(
    office: Watched, day: datetime
) -> None:
    names = [f"Overdrawn {n}" for n in range(4)]
    for name in names:
        urgent(office, day, name)
    office.look()
    message = office.alerts(MANAGER)[-1]
    only = {"channel": office.channel(MANAGER)}
    office.sandbox.misbehave("slack.chat.update", "delay", seconds=1.0, times=1, match=only)
    office.push(MANAGER, message, "claim_escalation", names[0])
    until(lambda: all(one["taken"] for one in office.sandbox.get("/_sandbox/knobs")["knobs"]), "the first drawing")
    office.push(MANAGER, message, "claim_escalation", names[1])
    office.quiet()
    said = words(office.message(MANAGER, message["ts"])["blocks"])
    assert said.count("✓ Claimed by Marguerite Stonecastle") == 2
