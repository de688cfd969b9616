"""The App Home: what each part says, what can be pressed, what an empty one tells to do, within Slack's limits."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.views.limits import assert_shape, assert_within_limits, every
from tests.views.lists import BERLIN, NINE
from tests.views.test_morning_list import HOSTILE, presses, texts
from views.card import Card, Row, card
from views.card_edit import Field
from views.home import Alerted, Did, Home, Schedule, Snoozed, home, stranger
from views.today import Account, NoToday, Today

HOUR = 3_600_000
TO_COME = NoToday("to_come", NINE + HOUR)
URL = "https://app.hubspot.com/contacts/4711/record/0-2/101"
GLOBEX = Card("ap_1", "update_deal", "Globex renewal", (Row("Stage", "Demo", "Proposal"),), "Ada", link=URL,
              expires_at=NINE + HOUR, zone=BERLIN, now=NINE, content="c0ffee")  # fmt: skip
FULL = Home(
    today=Today([Account("Acme Anvils", URL, "Urgent ticket SUP-412 open for 3 days")], 6, "https://slack.example/p1"),
    pending=[GLOBEX],
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
        "Confirm: Globex renewal Stage: Demo → Proposal Asked by Ada · open until 10:00",
        "Bluebell: Snoozed until Tue 24 Nov",
        "Morning list: 09:00 on mon,tue · next 10:00, Tue 24 Nov 09:00",
        "09:00 Logged a call on Acme",
        "09:00 Moved Globex · Undone by Wren 09:20",
        "Rules 2026.1.0+abc",
    ):
        assert words in shown, shown
    assert presses(view["blocks"]) == ["apply_change", "cancel_change", "restore_account", "pause_schedule", "undo"]


def test_what_was_done_beyond_what_fits_is_counted() -> None:
    done = [Did(f"s:{n}:t", "Logged a call", NINE, True) for n in range(11)]
    assert "and 3 more" in texts(home(Home(TO_COME, did=done))["blocks"])
    assert "more" not in texts(home(Home(TO_COME, did=done[:8]))["blocks"])


WORDS = "The new lamps leave on Thursday.\nSee https://help.example for more."
TELLING: dict[str, dict[str, object]] = {
    "a change": {},
    "words to a customer": {"sends": True, "rows": (Row("The customer will read", "", WORDS, exact=True),)},
    "what a manager decides": {"needs": "Needs Marguerite's yes", "reason": "A first amount above 10,000 is hers."},
    "whose words it came from": {"quote": "move it to proposal"},
    "a conflict": {"state": "conflict", "rows": (Row("Stage", "Demo", "Proposal", "Negotiation"),)},
    "what can be edited": {"rows": (Row("Amount", "1", "2", field=Field("amount", "number", "2")),)},
}


@pytest.mark.parametrize("what", TELLING)
def test_what_waits_says_and_offers_on_home_what_its_card_does(what: str) -> None:
    shown = dataclasses.replace(GLOBEX, **TELLING[what])  # type: ignore[arg-type]
    there, here = card(shown).blocks, home(Home(TO_COME, pending=[shown]))["blocks"]
    said = [[piece["text"] for piece in every(blocks) if piece.get("type") == "text"] for blocks in (there, here)]
    assert set(said[0]) <= set(said[1])
    assert [one for one in here if one["type"] == "actions"] == [one for one in there if one["type"] == "actions"]
    assert "open until 10:00" in texts(here)


def test_what_is_too_long_for_home_is_decided_on_its_card() -> None:
    for rows in ((Row("Text", "", "x" * 2_000, exact=True),), GLOBEX.rows * 6):
        here = home(Home(TO_COME, pending=[dataclasses.replace(GLOBEX, rows=rows)]))["blocks"]
        assert presses(here) == ["cancel_change"]
        assert "its card shows all of it" in texts(here)


def test_a_paused_schedule_can_be_resumed() -> None:
    paused = Home(TO_COME, schedules=[Schedule("morning_list", "Morning list", "09:00", [], True)])
    assert "paused" in texts(home(paused)["blocks"])
    assert presses(home(paused)["blocks"]) == ["resume_schedule"]


@pytest.mark.parametrize("words", ["/daybook list", "Nothing waits for your yes", "Press Snooze", "Write to me"])
def test_an_empty_part_says_what_to_do(words: str) -> None:
    assert words in texts(home(Home(TO_COME))["blocks"])


def test_it_has_the_vendors_shape() -> None:
    for shown in (home(FULL), home(Home(TO_COME)), stranger("No.")):
        assert_shape(shown, "HomeView")


@given(HOSTILE, HOSTILE, st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_no_names_and_no_numbers_of_things_break_a_limit(words: str, other: str, count: int) -> None:
    shown = Home(
        today=Today([Account(words, None, other)] * count, count, None),
        pending=[Card("a", words, words, (Row(words, other, words, other, exact=True),) * (count % 9), words,
                      "conflict", None, other, NINE, reason=other, needs=words)] * count,
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
