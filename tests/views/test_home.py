"""The App Home: what each part says, what can be pressed, what an empty one tells to do, within Slack's limits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.views.limits import assert_shape, assert_within_limits, every
from tests.views.lists import BERLIN, NINE
from tests.views.test_morning_list import HOSTILE, presses, texts
from views.home import Account, Alerted, Did, Home, Pending, Schedule, Snoozed, Today, home, stranger

HOUR = 3_600_000
URL = "https://app.hubspot.com/contacts/4711/record/0-2/101"
FULL = Home(
    today=Today([Account("Acme Anvils", URL, "Urgent ticket SUP-412 open for 3 days")], 6, "https://slack.example/p1"),
    pending=[Pending("ap_1", "Globex renewal", URL, ["Stage: Demo → Proposal"], "Ada", NINE + HOUR, "https://s.example/2")],
    snoozed=[Snoozed("mlist/102", "Bluebell", URL, "Snoozed until Tue 24 Nov")],
    schedules=[Schedule("morning_list", "Morning list", "09:00 on mon,tue", [NINE + HOUR, NINE + 24 * HOUR], False)],
    did=[
        Did("s:1:t", "Logged a call on Acme", NINE, True),
        Did("s:1:u", "Moved Globex", NINE, True, "Undone by Wren 09:20"),
    ],
    rules=["Urgent ticket is open (weight 40)"],
    version="2026.1.0+abc",
    zone=BERLIN,
    now=NINE,
)  # fmt: skip


def test_it_shows_the_day_and_what_can_be_done_about_it() -> None:
    view = home(FULL)
    shown = texts(view["blocks"])
    for words in (
        "Acme Anvils : Urgent ticket SUP-412 open for 3 days",
        "Open the list · 5 more on it",
        "Globex renewal Stage: Demo → Proposal Asked by Ada · open until 10:00",
        "Bluebell: Snoozed until Tue 24 Nov",
        "Morning list: 09:00 on mon,tue · next 10:00, Tue 24 Nov 09:00",
        "09:00 Logged a call on Acme",
        "09:00 Moved Globex · Undone by Wren 09:20",
        "Rules 2026.1.0+abc",
    ):
        assert words in shown, shown
    assert presses(view["blocks"]) == ["apply_change", "cancel_change", "restore_account", "pause_schedule", "undo"]


def test_a_paused_schedule_can_be_resumed() -> None:
    paused = Home(None, schedules=[Schedule("morning_list", "Morning list", "09:00", [], True)])
    assert "paused" in texts(home(paused)["blocks"])
    assert presses(home(paused)["blocks"]) == ["resume_schedule"]


@pytest.mark.parametrize("words", ["/daybook list", "Nothing waits for your yes", "Press Snooze", "Write to me"])
def test_an_empty_part_says_what_to_do(words: str) -> None:
    assert words in texts(home(Home(None))["blocks"])


def test_it_has_the_vendors_shape() -> None:
    for shown in (home(FULL), home(Home(None)), stranger("No.")):
        assert_shape(shown, "HomeView")


@given(HOSTILE, HOSTILE, st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_no_names_and_no_numbers_of_things_break_a_limit(words: str, other: str, count: int) -> None:
    shown = Home(
        today=Today([Account(words, None, other)] * count, count, None),
        pending=[Pending("a", words, None, [other] * count, words, NINE)] * count,
        snoozed=[Snoozed("k", words, None, other)] * count,
        schedules=[Schedule("morning_list", words, other, [NINE] * 3, False)] * count,
        did=[Did("s:1:t", words, NINE, True, other or None)] * count,
        alerted=[Alerted("n/e", words, None, other, words, count % 2 == 0)] * count,
        rules=[words] * count,
        version=other,
        zone=BERLIN,
        now=NINE,
    )
    view = home(shown)
    assert_within_limits(view["blocks"], 100)
    assert not [part for part in every(view) if "url" in part]
