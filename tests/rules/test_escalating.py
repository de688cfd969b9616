"""What becomes of an alert, who is told, in which hours, and who may press: as tables and as laws."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.alerting import Case, TicketFacts
from rules.escalating import LOOKS, Standing, State, ladder, may_press, sending, step, stirred
from rules.facts import HOUR, MINUTE
from rules.office_hours import after_working, next_morning, opens_at
from rules.verdict import Allow, Refuse
from tests.rules.books import NOW, POLICY, account, days_ago, in_days

N = POLICY.escalation
STATES: tuple[State, ...] = ("open", "claimed", "snoozed", "dismissed")


def standing(state: State = "open", level: int = 1, by_rules: int = 1, **more: int) -> Standing:
    return Standing(state, level, by_rules, **more)


@pytest.mark.parametrize(
    ("before", "found", "what", "tell"),
    [
        (None, None, "stays", None),
        (None, 1, "opens", 1),
        (None, 2, "opens", 2),
        (standing(), 1, "stays", None),
        (standing(), 2, "rises", 2),
        (standing(level=2), 2, "rises", None),  # it had gone up by itself: everybody knows
        (standing(level=2, by_rules=2), 1, "stays", None),
        (standing(next_level_at=NOW), 1, "goes_up", 2),
        (standing(next_level_at=NOW + 1), 1, "stays", None),
        (standing(level=3, by_rules=3, next_level_at=NOW), 3, "stays", None),
        (standing("claimed", next_level_at=NOW), 1, "stays", None),
        (standing("claimed"), 2, "stays", None),
        (standing("claimed", until=NOW + 1), 2, "stays", None),
        (standing("claimed", until=NOW), 1, "lapses", None),
        (standing("snoozed", until=NOW), 1, "comes_back", 1),
        (standing("dismissed", until=NOW), 1, "stays", None),
        (standing("snoozed", until=NOW + 1), 1, "stays", None),
        (standing("snoozed", until=NOW + 1), 2, "rises", 2),
        (standing("dismissed", next_level_at=NOW), 1, "stays", None),
        (standing("dismissed"), 2, "rises", 2),
        *((standing(state), None, "solved", None) for state in STATES),
    ],
)
def test_what_a_look_changes(before: Standing | None, found: int | None, what: str, tell: int | None) -> None:
    result = step(before, found, NOW, N)
    assert (result.what, result.tell) == (what, tell)


@given(st.sampled_from(STATES), st.integers(1, 3), st.integers(1, 2), st.none() | st.integers(1, 2))
def test_from_records_that_are_out_of_date_nobody_is_told_anything(
    state: State, level: int, by_rules: int, found: int | None
) -> None:
    old = Standing(state, max(level, by_rules), by_rules, NOW, NOW)
    assert step(old, found, NOW, N, fresh=False).what in ("stays", "solved")
    assert step(None, found, NOW, N, fresh=False).what == "stays"


def test_what_was_done_for_the_customer_keeps_a_claim_and_so_does_a_meeting_in_the_next_days() -> None:
    ticket = TicketFacts("jira:SUP-1", "urgent", days_ago(9), days_ago(1), days_ago(4))
    for facts, about, found in (
        ({}, "", None),
        ({"last_touch_at": days_ago(2)}, "", days_ago(2)),
        ({"last_touch_at": days_ago(6)}, "jira:SUP-1", days_ago(4)),
        ({"last_touch_at": days_ago(6)}, "", days_ago(6)),
        ({"next_meeting_at": in_days(7)}, "jira:SUP-1", in_days(7)),
        ({"next_meeting_at": in_days(8)}, "jira:SUP-1", days_ago(4)),
    ):
        assert stirred(Case(account(**facts), (ticket,)), about, NOW, 7) == found


def test_the_ladder_skips_who_has_left_and_never_names_the_owner() -> None:
    assert ladder("o", [("m", True), ("b", True)], ["f"], ["a"]) == ("m", "b", "f")
    assert ladder("o", [("m", False), ("b", True)], [], ["a"]) == ("b", "a")
    assert ladder("o", [], ["o"], ["o", "a"]) == ("a",)
    assert ladder(None, [], [], ["a", "c"]) == ("a",)
    assert ladder("o", [("m", True)], ["m", "f"], [], gone=["m"]) == ("f",)
    assert ladder("o", [], [], ["o"]) == ()
    # One manager, who is an administrator as well: level 2 is for another one.
    assert ladder("o", [("m", True)], [], ["m", "o", "a", "b"]) == ("m", "a")
    assert ladder("o", [("m", True)], ["m"], ["a"]) == ("m",), "who is named is the last one"


_ids = st.sampled_from(["a", "b", "c", "d", "e"])


@given(st.none() | _ids, st.lists(st.tuples(_ids, st.booleans())), st.lists(_ids), st.lists(_ids), st.lists(_ids))
def test_whoever_can_be_told_is_told_but_never_the_owner(
    owner: str | None, above: list[tuple[str, bool]], named: list[str], admins: list[str], gone: list[str]
) -> None:
    found = ladder(owner, above, named, admins, gone)
    assert owner not in found
    assert not set(gone) & set(found)
    assert len(set(found)) == len(found)
    somebody = ({one for one, active in above if active} | set(named) | set(admins)) - {owner, *gone}
    assert bool(found) == bool(somebody)


def test_a_storm_is_one_message_and_the_next_one_waits_until_the_window_is_over() -> None:
    assert sending(3, [], NOW, N).how == "single"
    assert sending(4, [], NOW, N).how == "digest"
    assert sending(1, [NOW - MINUTE] * 2, NOW, N).how == "single"
    later = sending(1, [NOW - 10 * MINUTE] * 3, NOW, N)
    assert (later.how, later.at) == ("later", NOW + 50 * MINUTE)
    assert sending(1, [NOW - 60 * MINUTE] * 9, NOW, N).how == "single"


LONDON, APIA = ZoneInfo("Europe/London"), ZoneInfo("Pacific/Apia")


def ms(text: str, zone: ZoneInfo = LONDON) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-23T08:00", "2026-11-23T08:00"),
        ("2026-11-23T07:59", "2026-11-23T08:00"),
        ("2026-11-23T17:59", "2026-11-23T17:59"),
        ("2026-11-23T18:00", "2026-11-24T08:00"),
        ("2026-11-27T18:00", "2026-11-30T08:00"),
        ("2026-11-28T12:00", "2026-11-30T08:00"),
        ("2026-03-29T12:00", "2026-03-30T08:00"),  # the clocks go forward that Sunday
    ],
)
def test_business_hours_are_those_of_the_persons_own_day(now: str, opens: str) -> None:
    for zone in (LONDON, APIA, ZoneInfo("UTC")):
        assert opens_at(ms(now, zone), zone, N) == ms(opens, zone)


def test_working_hours_pass_in_working_time_only() -> None:
    assert after_working(ms("2026-11-23T09:00"), 10, LONDON, N) == ms("2026-11-24T09:00")
    assert after_working(ms("2026-11-27T17:00"), 10, LONDON, N) == ms("2026-11-30T17:00")
    assert after_working(ms("2026-11-28T03:00"), 10, LONDON, N) == ms("2026-11-30T18:00")
    assert after_working(ms("2026-11-23T05:00"), 1, LONDON, N) == ms("2026-11-23T09:00")
    assert after_working(ms("2026-11-23T09:00"), 100, LONDON, N) == ms("2026-12-07T09:00")
    assert next_morning(ms("2026-11-23T08:00"), LONDON, N) == ms("2026-11-24T08:00")
    assert next_morning(ms("2026-11-23T07:00"), LONDON, N) == ms("2026-11-23T08:00")


@given(st.integers(NOW, NOW + 60 * 24 * HOUR), st.sampled_from([LONDON, APIA, ZoneInfo("America/New_York")]))
def test_hours_open_on_a_working_day_and_not_before_now(now: int, zone: ZoneInfo) -> None:
    opens = opens_at(now, zone, N)
    local = datetime.fromtimestamp(opens / 1000, UTC).astimezone(zone)
    assert opens >= now
    assert local.weekday() < 5
    assert N.hours_from <= local.hour < N.hours_to
    assert opens_at(opens, zone, N) == opens


ACTIONS = ("claim_escalation", "snooze_escalation", "dismiss_escalation", "reopen_escalation", "prepare_escalation")


@pytest.mark.parametrize("action", [*ACTIONS, *LOOKS])
def test_those_who_were_told_who_leads_them_and_administrators_may_press(action: str) -> None:
    told, above = ["m"], ["b"]
    assert isinstance(may_press(action, "m", told, above, False, "o"), Allow)
    assert isinstance(may_press(action, "b", told, above, False, "o"), Allow)
    assert isinstance(may_press(action, "x", told, above, True, "o"), Allow)
    for presser in ("x", "o"):
        refused = may_press(action, presser, told, above, False, "o")
        assert isinstance(refused, Refuse)
        assert refused.reason.endswith(".")


def test_a_button_nobody_knows_is_refused() -> None:
    for told, admin in product(([], ["m"]), (False, True)):
        assert isinstance(may_press("explode", "m", told, [], admin, None), Refuse)
