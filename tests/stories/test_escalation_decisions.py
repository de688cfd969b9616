"""What a manager may do about an alert: put it off, set it aside, look why, ask to be prepared; and who may."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from sessions import events
from tests.databases import Databases
from tests.deployments import turns, until
from tests.office import words
from tests.stories.escalation_scenes import a_watched_office, new, own_day, urgent
from tests.trouble import BOSS, MANAGER, NAMED, OTHER_REP, REP, Watched, buttons


@pytest.fixture(scope="module")
def office(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with a_watched_office(databases, tmp_path_factory) as working:
        yield working


@pytest.fixture
def day(office: Watched) -> Iterator[datetime]:
    with own_day(office) as morning:
        yield morning


def test_a_claim_that_nothing_follows_is_heard_of_once_by_who_claimed_it_and_by_the_next(
    office: Watched, day: datetime
) -> None:
    account = office.crm.account("Lapsed Lathes", REP)
    office.crm.ticket(account, day - timedelta(days=4, hours=2))
    office.look()
    message = office.alerts(MANAGER)[-1]
    said = office.decide(MANAGER, message, "claim_escalation")
    assert "it goes no further unless nothing is on record by Fri" in said
    before = office.counts()
    office.go(day + timedelta(days=3))
    assert new(office, before) == {}
    office.go(day + timedelta(days=3, hours=1))
    assert new(office, before) == {MANAGER: 1, BOSS: 1}
    assert "You claimed this Tue" in office.said(MANAGER)
    assert "Marguerite Stonecastle claimed this Tue" in office.said(BOSS)
    assert "Since then nothing is on record, and it still stands." in office.said(BOSS)
    assert "Level 2 of 3" in words(office.message(MANAGER, message["ts"])["blocks"])
    # Claimed again, on a Friday; on Monday the customer is called, so the claim holds until Thursday.
    office.decide(BOSS, office.alerts(BOSS)[-1], "claim_escalation")
    office.crm.touch("calls", account, day + timedelta(days=6, hours=2))
    office.go(day + timedelta(days=8, hours=2, minutes=30))
    assert new(office, before) == {MANAGER: 1, BOSS: 1}
    assert "by Thu" in office.said(BOSS)
    office.go(day + timedelta(days=9, hours=2, minutes=30))
    assert new(office, before) == {MANAGER: 1, BOSS: 2, NAMED: 1}
    assert "Ignatius Bellwether claimed this Fri" in office.said(NAMED)


def test_who_claims_takes_on_the_account_with_all_that_is_open_on_it_and_gives_all_of_it_back(
    office: Watched, day: datetime
) -> None:
    renewal = (day + timedelta(days=12)).strftime("%Y-%m-%d")
    account = office.crm.account("Several Saws", REP, renewal_date=renewal)
    ticket = office.crm.ticket(account, day - timedelta(days=8), "HIGH")
    office.look()
    of_boss, of_manager = office.alerts(BOSS)[-1], office.alerts(MANAGER)[-1]
    assert f"Ticket #{ticket} open for 8 days" in office.said(MANAGER), "the manager hears of the ticket as well"
    before = office.counts()
    office.decide(BOSS, of_boss, "claim_escalation")
    shown = office.message(MANAGER, of_manager["ts"])
    assert "claim_escalation" not in str(shown["blocks"])
    assert "open for 8 days" in words(office.sandbox.messages(REP)[-1]["blocks"])
    office.go(day + timedelta(days=2))
    assert new(office, before) == {}
    # Something else goes wrong there: whoever hears of it hears as well that somebody is at work on the account.
    office.crm.ticket(account, day - timedelta(days=2))
    office.look()
    assert new(office, before) == {MANAGER: 1}
    assert "Ignatius Bellwether has claimed something else on this account Tue" in office.said(MANAGER)
    office.decide(BOSS, of_boss, "reopen_escalation")
    shown = office.message(MANAGER, of_manager["ts"])
    assert "claim_escalation" in str(shown["blocks"])
    assert "has claimed something else" not in office.said(MANAGER)


@pytest.mark.parametrize(("choice", "days"), [("day", 1), ("week", 7)])
def test_a_snoozed_alert_comes_back_to_who_snoozed_it_unless_it_was_solved(
    office: Watched, day: datetime, choice: str, days: int
) -> None:
    ticket = office.crm.ticket(office.crm.account(f"Sleepy {choice}", REP), day - timedelta(days=8), "HIGH")
    office.look()
    before, message = office.counts(), office.alerts(MANAGER)[-1]
    assert "Snoozed by Marguerite Stonecastle until" in office.decide(
        MANAGER, message, "snooze_escalation", choice=choice
    )
    woken = day.replace(hour=8) + timedelta(days=days)
    office.go(woken - timedelta(minutes=30))
    assert new(office, before) == {}
    office.go(woken)
    assert new(office, before) == {MANAGER: 1}
    assert "Back, as you asked: it still stands." in office.said(MANAGER)
    office.decide(MANAGER, office.alerts(MANAGER)[-1], "snooze_escalation", choice="day")
    office.crm.answer(ticket, woken)
    office.go(woken + timedelta(days=1, hours=2))
    assert new(office, before) == {MANAGER: 1}


def test_not_a_problem_asks_why_shows_it_and_comes_back_only_when_it_gets_worse(office: Watched, day: datetime) -> None:
    urgent(office, day, "Fine Ferries")
    office.look()
    before, message = office.counts(), office.alerts(MANAGER)[-1]
    said = office.dismiss(MANAGER, message, "They are on <holiday> until *March*")
    assert "Not a problem, says Marguerite Stonecastle" in said
    assert "They are on <holiday> until *March*" in said
    for days in (1, 3, 5):
        office.go(day + timedelta(days=days))
    assert new(office, before) == {}
    office.go(day + timedelta(days=7))
    assert new(office, before) == {MANAGER: 1, BOSS: 1}
    assert "It got worse" in office.said(MANAGER)
    assert "Level 2 of 3" in office.said(BOSS)


def test_an_answer_closes_the_card_by_itself_and_the_same_trouble_later_is_a_new_one(
    office: Watched, day: datetime
) -> None:
    ticket = urgent(office, day, "Solved Saddles")
    before = office.counts()
    office.look()
    message = office.alerts(MANAGER)[-1]
    office.crm.answer(ticket, day + timedelta(minutes=15))
    office.look()
    said = words(office.message(MANAGER, message["ts"])["blocks"])
    assert "✓ Solved by itself: the customer was answered Tue" in said
    left = [one["text"]["text"] for one in buttons(office.message(MANAGER, message["ts"]))]
    assert left == ["Why?", "Open in HubSpot"]
    assert new(office, before) == {MANAGER: 1}
    office.crm.ask(ticket, day + timedelta(hours=3))
    office.go(day + timedelta(hours=4))
    assert new(office, before) == {MANAGER: 1}, "they are talking: not each word is an alarm"
    office.go(day + timedelta(days=1, hours=3, minutes=30))
    assert new(office, before) == {MANAGER: 2}
    assert "✓ Solved" in words(office.message(MANAGER, message["ts"])["blocks"])


def test_only_who_was_told_and_who_leads_them_may_press_and_everybody_gets_an_answer(
    office: Watched, day: datetime
) -> None:
    urgent(office, day, "Guarded Gates")
    office.look()
    message = office.alerts(MANAGER)[-1]
    for person, said in ((OTHER_REP, "Only those who were told"), (REP, "This was sent to your manager")):
        for action in ("claim_escalation", "explain_escalation", "dismiss_escalation", "prepare_escalation"):
            before = len(office.told(person))
            office.push(MANAGER, message, action, by=person)
            until(lambda: len(office.told(person)) > before, f"an answer to {action}")  # noqa: B023
            assert said in office.told(person)[-1]
    office.quiet()
    assert office.message(MANAGER, message["ts"])["blocks"] == message["blocks"]
    office.push(MANAGER, message, "claim_escalation", by=BOSS)
    office.quiet()
    assert "✓ Claimed by Ignatius Bellwether" in words(office.message(MANAGER, message["ts"])["blocks"])


def test_a_button_of_a_message_long_forgotten_gets_a_sentence(office: Watched) -> None:
    pressed = [
        {"type": "button", "text": {"type": "plain_text", "text": action}, "action_id": action, "value": "gone/e123"}
        for action in ("claim_escalation", "explain_escalation", "dismiss_escalation", "prepare_escalation")
    ]
    blocks = [{"type": "rich_text", "elements": []}, {"type": "actions", "elements": pressed}]
    where = office.daybook.systems.chat.post(MANAGER, "An old alert", blocks[1:], "old")
    for each in pressed:
        before = len(office.told(MANAGER))
        shown = office.message(MANAGER, where.ts)
        told = {"user": MANAGER, "channel": where.channel, "message_ts": where.ts, "action_id": each["action_id"]}
        block = shown["blocks"][0]["block_id"]
        office.sandbox.post("/_sandbox/slack/press", {**told, "block_id": block, "value": "gone/e123"})
        until(lambda: len(office.told(MANAGER)) > before, f"a sentence for {each}")  # noqa: B023
        assert "no longer known" in office.told(MANAGER)[-1]


def test_a_word_below_an_alert_and_prepare_me_reach_the_agent_that_prepares_managers(
    office: Watched, day: datetime
) -> None:
    urgent(office, day, "Threaded Thimbles")
    office.look()
    message = office.alerts(MANAGER)[-1]
    asked = len(turns(office.daybook, "escalations"))
    office.push(MANAGER, message, "prepare_escalation")
    where = {"user": MANAGER, "channel": office.channel(MANAGER)}
    office.sandbox.post("/_sandbox/slack/say", {**where, "text": "What is going on?", "thread_ts": message["ts"]})
    office.quiet()
    found = turns(office.daybook, "escalations")[asked:]
    assert [row["state"] for row in found] == ["done", "done"]
    with office.daybook.database.connect() as connection:
        heard = events.latest(connection, found[0]["session"], "heard")
        log = events.read(connection, found[0]["session"])
    assert ":escalated:" in found[0]["session"]
    assert any("of accounts in trouble: Threaded Thimbles" in str(event.body.get("text")) for event in log)
    assert heard is not None
    thread = [m for m in office.sandbox.messages(MANAGER) if m.get("thread_ts") == message["ts"]]
    assert len([m for m in thread if m.get("bot_id") and m["ts"] != message["ts"]]) == 2
    # An alert is decided by the rules and by people: nothing the agent said has changed it.
    assert office.message(MANAGER, message["ts"])["blocks"] == message["blocks"]
