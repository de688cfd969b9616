"""The buttons of a list: why, not now, not relevant, take it back; answered at once, shown, and remembered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from records import people
from sessions.store import sessions
from tests.deployments import until
from tests.office import Office, accounts_of, links, row_text, words
from tests.stories.conftest import OpenOffice
from tools import marks

WITHIN_MS = 1_000


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def office(request: pytest.FixtureRequest, open_office: OpenOffice) -> Iterator[Office]:
    # Two turns at a time: with three lists in line, a press that waited behind them would be seen to.
    with open_office(request.param, reps=5, accounts=14, DAYBOOK_WORKER_THREADS="2") as working:
        working.next_morning()
        yield working


@pytest.fixture
def rep(office: Office) -> str:
    """Somebody with a list of at least four accounts nobody has marked yet."""
    for one in office.reps:
        rows = accounts_of(office.newest(one))
        if len(rows) >= 4 and "Take back" not in words(office.newest(one)) and not held(office, one):
            return one
    for one in office.reps:
        for account in held(office, one):
            with office.daybook.database.begin() as connection:
                marks.lift(connection, office.daybook.workspace, one, account, one, 0)
    office.next_morning()
    return next(one for one in office.reps if len(accounts_of(office.newest(one))) >= 4)


def held(office: Office, rep: str) -> dict[str, Any]:
    with office.daybook.database.connect() as connection:
        return marks.active(connection, office.daybook.workspace, rep)


def answered(delivery: dict[str, Any]) -> None:
    assert delivery["acked"], delivery
    assert delivery["ms"] < WITHIN_MS


# -- why --------------------------------------------------------------------------------------------------------------


def check_arithmetic(view: dict[str, Any]) -> None:
    """Every value x weight is its points, and what is counted adds up to the sum and the total."""
    said = words(view)
    products = re.findall(r"(\d+) × (\d+) = −?(\d+) ", said)
    assert products
    assert all(int(value) * int(weight) == int(points) for value, weight, points in products)
    counted = [
        int(piece["text"].replace("−", "-"))
        for block in view["blocks"]
        for part in block.get("elements", [])
        if isinstance(part, dict) and part.get("type") == "rich_text_list"
        for item in part["elements"]
        for piece in item["elements"][:1]
        if re.fullmatch(r"[+−]?\d+ ", piece["text"])
    ]
    base, percent, total = re.search(r"Sum (\d+) × (\d+) % .*?= (\d+) point", said).groups()  # type: ignore[union-attr]
    assert sum(counted) == int(base)
    assert int(base) * int(percent) // 100 == int(total)


def test_why_opens_the_sum_with_its_version_and_evidence(office: Office, rep: str) -> None:
    message, evidence = office.newest(rep), set()
    for account in accounts_of(message):
        answered(office.press(rep, message, "explain_priority", account))
        view = office.modal(rep)
        check_arithmetic(view)
        assert re.search(r"Rules \d{4}\.\d+\.\d+\+\w+", words(view))
        assert any(address.endswith(f"/record/0-2/{account}") for address in links(view))
        evidence |= {address for address in links(view) if not address.endswith(account)}
        office.close_modal(rep)
    assert any("/record/0-5/" in address for address in evidence), "no link to a ticket"
    assert any("/record/0-3/" in address for address in evidence), "no link to a deal"


def test_why_still_answers_on_an_older_list_after_a_restart(office: Office, rep: str) -> None:
    message = office.newest(rep)
    day = message["text"].partition(" · ")[0]
    office.next_morning()
    office.restart()
    account = accounts_of(message)[0]
    answered(office.press(rep, message, "explain_priority", account))
    view = office.modal(rep)
    check_arithmetic(view)
    assert f"As it stood when the list was made, {day}" in words(view)
    office.close_modal(rep)


def test_a_manager_may_see_why_and_a_stranger_is_told_no(office: Office, rep: str) -> None:
    message = office.newest(rep)
    account = accounts_of(message)[0]
    with office.daybook.database.connect() as connection:
        above = people.managers_of(connection, rep)
    assert above
    for manager in above:
        answered(office.press(rep, message, "explain_priority", account, by=manager))
        check_arithmetic(office.modal(manager))
        office.close_modal(manager)
    stranger = next(one for one in office.reps if one != rep)
    answered(office.press(rep, message, "explain_priority", account, by=stranger))
    until(lambda: any("somebody else's list" in said for said in office.told(stranger)), "the refusal")
    assert office.sandbox.get(f"/_sandbox/slack/views?user={stranger}")["top"] is None


def test_a_why_that_slack_would_not_open_is_answered_with_a_sentence(office: Office, rep: str) -> None:
    message = office.newest(rep)
    for knob in ({"mode": "error", "error": "expired_trigger_id"}, {"mode": "drop_before"}):
        office.sandbox.post("/_sandbox/knobs", {"target": "slack.views.open", **knob})
        before = len(office.told(rep))
        answered(office.press(rep, message, "explain_priority", accounts_of(message)[0]))
        until(lambda: len(office.told(rep)) > before, f"a sentence after {knob}")  # noqa: B023
        assert "press *Why?* again" in office.told(rep)[-1]


# -- snooze, not relevant, take back ----------------------------------------------------------------------------------


def test_snoozed_rows_show_it_stay_away_until_their_time_and_can_be_taken_back(office: Office, rep: str) -> None:
    message = office.newest(rep)
    day, week, change, back = accounts_of(message)[:4]
    for account, choice in ((day, "day"), (week, "week"), (change, "change"), (back, "week")):
        answered(office.press(rep, message, "snooze_account", account, choice))
    office.settled()
    message = office.message(rep, message["ts"])
    assert "Snoozed until" in row_text(message, day)
    assert "Snoozed until" in row_text(message, week)
    assert "until something changes" in row_text(message, change)
    answered(office.press(rep, message, "restore_account", back))
    office.settled()
    assert "Snoozed" not in row_text(office.message(rep, message["ts"]), back)
    office.restart()
    office.next_morning()
    assert {day, back} <= set(accounts_of(office.newest(rep)))
    assert not {week, change} & set(accounts_of(office.newest(rep)))
    answered(office.press(rep, message, "explain_priority", week))
    assert "Snoozed by you until" in words(office.modal(rep))
    office.close_modal(rep)
    answered(office.press(rep, office.message(rep, message["ts"]), "restore_account", change))
    office.settled()
    office.next_morning()
    assert change in accounts_of(office.newest(rep))
    assert week not in accounts_of(office.newest(rep))


def test_not_relevant_holds_for_each_reason_and_is_shown_in_why(office: Office, rep: str) -> None:
    message = office.newest(rep)
    reasons = {
        "handled": "Already handled",
        "not_mine": "Not my account",
        "bad_data": "The data is wrong",
        "not_now": "Not worth it this quarter",
    }
    rows = dict(zip(accounts_of(message), reasons, strict=False))
    for account, reason in rows.items():
        answered(office.press(rep, message, "dismiss_account", account, reason))
    office.settled()
    shown = office.message(rep, message["ts"])
    for account, reason in rows.items():
        assert f"Not relevant: {reasons[reason]}" in row_text(shown, account)
    office.next_morning()
    assert not set(rows) & set(accounts_of(office.newest(rep)))
    account = next(iter(rows))
    answered(office.press(rep, message, "explain_priority", account))
    assert "Not relevant by you: Already handled" in words(office.modal(rep))
    office.close_modal(rep)
    answered(office.press(rep, office.message(rep, message["ts"]), "restore_account", account))
    office.settled()
    office.next_morning()
    assert account in accounts_of(office.newest(rep))


def test_something_new_and_worse_brings_a_snoozed_account_back_early_and_says_so_once(office: Office, rep: str) -> None:
    message = office.newest(rep)
    quiet = next(a for a in accounts_of(message) if "urgent" not in row_text(message, a).lower())
    answered(office.press(rep, message, "snooze_account", quiet, "week"))
    office.settled()
    ticket = {"subject": "Nothing works", "hs_pipeline": "0", "hs_pipeline_stage": "1", "hs_ticket_priority": "URGENT"}
    office.sandbox.post(
        "/_sandbox/crm/objects/tickets",
        {"properties": ticket, "associations": [{"type": "companies", "id": quiet, "primary": True}]},
    )
    office.next_morning()
    assert "Back early: urgent ticket" in row_text(office.newest(rep), quiet)
    assert quiet not in held(office, rep)
    office.next_morning()
    assert quiet in accounts_of(office.newest(rep))
    assert "Back early" not in row_text(office.newest(rep), quiet)


# -- presses that meet, repeat, or are somebody else's ----------------------------------------------------------------


def test_two_presses_on_two_rows_at_the_same_time_both_show(office: Office, rep: str) -> None:
    message = office.newest(rep)
    one, other = accounts_of(message)[:2]
    with ThreadPoolExecutor(2) as hands:
        first = hands.submit(office.press, rep, message, "snooze_account", one, "week")
        second = hands.submit(office.press, rep, message, "dismiss_account", other, "handled")
        answered(first.result())
        answered(second.result())
    office.settled()
    shown = office.message(rep, message["ts"])
    assert "Snoozed until" in row_text(shown, one)
    assert "Not relevant: Already handled" in row_text(shown, other)


def test_a_press_twice_is_a_press_once(office: Office, rep: str) -> None:
    message = office.newest(rep)
    account = accounts_of(message)[0]
    with ThreadPoolExecutor(2) as hands:
        for pressed in [hands.submit(office.press, rep, message, "snooze_account", account, "week") for _ in range(2)]:
            answered(pressed.result())
    office.settled()
    assert "Snoozed until" in row_text(office.message(rep, message["ts"]), account)
    with office.daybook.database.connect() as connection:
        standing = connection.scalar(
            select(func.count())
            .select_from(marks.marks)
            .where(marks.marks.c.person == rep, marks.marks.c.account_id == account, marks.marks.c.lifted_at.is_(None))
        )
    assert standing == 1


def test_somebody_elses_press_is_refused_and_changes_nothing(office: Office, rep: str) -> None:
    message = office.newest(rep)
    account = accounts_of(message)[0]
    with office.daybook.database.connect() as connection:
        manager = next(iter(people.managers_of(connection, rep)))
    answered(office.press(rep, message, "snooze_account", account, "week", by=manager))
    office.settled()
    assert any("Only the person this list is for" in said for said in office.told(manager))
    assert office.message(rep, message["ts"])["blocks"] == message["blocks"]
    assert account not in held(office, rep)


def test_a_press_does_not_wait_behind_lists_that_are_being_sent(office: Office, rep: str) -> None:
    message = office.newest(rep)
    account = accounts_of(message)[0]
    office.sandbox.misbehave("slack.chat.postMessage", "delay", times=-1, seconds=2)
    try:
        office.begin_morning()
        answered(office.press(rep, message, "snooze_account", account, "week"))
        until(lambda: "Snoozed until" in row_text(office.message(rep, message["ts"]), account), "the row", 1.5)
        assert not office.everyone_has_theirs()
    finally:
        office.sandbox.ask("DELETE", "/_sandbox/knobs")
    office.settled("morning_list")


def test_a_button_of_a_message_long_forgotten_gets_a_sentence(office: Office, rep: str) -> None:
    blocks = [
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "text": {"type": "plain_text", "text": label},
                    "action_id": action,
                    "value": "forgotten-session/10000000001",
                }
                for label, action in (("Why?", "explain_priority"), ("Take back", "restore_account"))
            ],
        }
    ]
    where = office.daybook.systems.chat.post(rep, "An old list", blocks, "old")
    for action in ("explain_priority", "restore_account"):
        before = len(office.told(rep))
        answered(office.press(rep, office.message(rep, where.ts), action, "10000000001"))
        until(lambda: len(office.told(rep)) > before, f"a sentence for {action}")  # noqa: B023
        assert "no longer knows" in office.told(rep)[-1]
    with office.daybook.database.connect() as connection:
        assert connection.scalar(select(sessions.c.id).where(sessions.c.id == "forgotten-session")) is None


def test_a_row_whose_drawing_slack_put_off_is_drawn_later(office: Office, rep: str) -> None:
    message = office.newest(rep)
    account = accounts_of(message)[0]
    office.sandbox.misbehave("slack.chat.update", "rate_limit", retry_after=20)
    answered(office.press(rep, message, "dismiss_account", account, "not_mine"))
    until(lambda: "waiting" in office.states("row_buttons"), "the press to wait")
    assert office.message(rep, message["ts"])["blocks"] == message["blocks"]
    office.sandbox.advance(21)
    office.settled()
    assert "Not relevant: Not my account" in row_text(office.message(rep, message["ts"]), account)


def test_a_press_on_a_message_that_can_no_longer_be_changed_counts_and_is_confirmed(office: Office, rep: str) -> None:
    message = office.newest(rep)
    account = accounts_of(message)[0]
    office.sandbox.misbehave("slack.chat.update", "error", error="cant_update_message", times=-1)
    try:
        before = len(office.told(rep))
        answered(office.press(rep, message, "snooze_account", account, "week"))
        until(lambda: len(office.told(rep)) > before, "a sentence")
        assert "That message can't be changed any more." in office.told(rep)[-1]
        office.settled()
    finally:
        office.sandbox.ask("DELETE", "/_sandbox/knobs")
    assert office.states("row_buttons")[-1] == "done"
    assert account in held(office, rep)
    office.next_morning()
    assert account not in accounts_of(office.newest(rep))


def test_a_call_logged_after_the_list_is_ticked_off_on_it(office: Office, rep: str) -> None:
    message = office.newest(rep)
    account = accounts_of(message)[0]
    office.sandbox.post(
        "/_sandbox/crm/objects/calls",
        {
            "properties": {"hs_call_title": "Called back", "hs_call_direction": "OUTBOUND"},
            "associations": [{"type": "companies", "id": account}],
        },
    )
    office.sync()
    shown = office.message(rep, message["ts"])
    assert "✓" in row_text(shown, account)
    assert "Touched" in row_text(shown, account)
    assert "✓" not in row_text(shown, accounts_of(shown)[1])
