"""What a manager may do about an alert: put it off, set it aside, look why, ask to be prepared; and who may."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sessions import events
from tests.deployments import turns, until
from tests.office import words
from tests.stories.escalation_scenes import new, urgent
from tests.trouble import ALONE, BOSS, MANAGER, NAMED, OTHER_REP, OWNERS, REP, Watched, buttons


def test_a_claim_that_nothing_follows_is_heard_of_once_by_who_claimed_it_and_by_the_next(
    watched: Watched, day: datetime
) -> None:
    account = watched.crm.account("Lapsed Lathes", REP)
    watched.crm.ticket(account, day - timedelta(days=4, hours=2))
    watched.look()
    message = watched.alerts(MANAGER)[-1]
    said = watched.decide(MANAGER, message, "claim_escalation")
    assert "it goes no further unless nothing is on record by Fri" in said
    before = watched.counts()
    watched.go(day + timedelta(days=3))
    assert new(watched, before) == {}
    watched.go(day + timedelta(days=3, hours=1))
    assert new(watched, before) == {MANAGER: 1, BOSS: 1}
    assert "You claimed this Tue" in watched.said(MANAGER)
    assert "Marguerite Stonecastle claimed this Tue" in watched.said(BOSS)
    assert "Since then nothing is on record, and it still stands." in watched.said(BOSS)
    assert "Level 2 of 3" in words(watched.message(MANAGER, message["ts"])["blocks"])
    # Claimed again, on a Friday; on Monday the customer is called, so the claim holds until Thursday.
    watched.decide(BOSS, watched.alerts(BOSS)[-1], "claim_escalation")
    watched.crm.touch("calls", account, day + timedelta(days=6, hours=2))
    watched.go(day + timedelta(days=8, hours=2, minutes=30))
    assert new(watched, before) == {MANAGER: 1, BOSS: 1}
    assert "by Thu" in watched.said(BOSS)
    watched.go(day + timedelta(days=9, hours=2, minutes=30))
    assert new(watched, before) == {MANAGER: 1, BOSS: 2, NAMED: 1}
    assert "Ignatius Bellwether claimed this Fri" in watched.said(NAMED)


def test_who_claims_takes_on_the_account_with_all_that_is_open_on_it_and_gives_all_of_it_back(
    watched: Watched, day: datetime
) -> None:
    renewal = (day + timedelta(days=12)).strftime("%Y-%m-%d")
    account = watched.crm.account("Several Saws", REP, renewal_date=renewal)
    ticket = watched.crm.ticket(account, day - timedelta(days=8), "HIGH")
    watched.look()
    of_boss, of_manager = watched.alerts(BOSS)[-1], watched.alerts(MANAGER)[-1]
    assert f"Ticket #{ticket} open for 8 days" in watched.said(MANAGER), "the manager hears of the ticket as well"
    before = watched.counts()
    watched.decide(BOSS, of_boss, "claim_escalation")
    shown = watched.message(MANAGER, of_manager["ts"])
    assert "claim_escalation" not in str(shown["blocks"])
    assert "open for 8 days" in words(watched.sandbox.messages(REP)[-1]["blocks"])
    watched.go(day + timedelta(days=2))
    assert new(watched, before) == {}
    # Something else goes wrong there: whoever hears of it hears as well that somebody is at work on the account.
    watched.crm.ticket(account, day - timedelta(days=2))
    watched.look()
    assert new(watched, before) == {MANAGER: 1}
    assert "Ignatius Bellwether has claimed something else on this account Tue" in watched.said(MANAGER)
    watched.decide(BOSS, of_boss, "reopen_escalation")
    shown = watched.message(MANAGER, of_manager["ts"])
    assert "claim_escalation" in str(shown["blocks"])
    assert "has claimed something else" not in watched.said(MANAGER)


@pytest.mark.parametrize(("choice", "days"), [("day", 1), ("week", 7)])
def test_a_snoozed_alert_comes_back_to_who_snoozed_it_unless_it_was_solved(
    watched: Watched, day: datetime, choice: str, days: int
) -> None:
    ticket = watched.crm.ticket(watched.crm.account(f"Sleepy {choice}", REP), day - timedelta(days=8), "HIGH")
    watched.look()
    before, message = watched.counts(), watched.alerts(MANAGER)[-1]
    assert "Snoozed by Marguerite Stonecastle until" in watched.decide(
        MANAGER, message, "snooze_escalation", choice=choice
    )
    woken = day.replace(hour=8) + timedelta(days=days)
    watched.go(woken - timedelta(minutes=30))
    assert new(watched, before) == {}
    watched.go(woken)
    assert new(watched, before) == {MANAGER: 1}
    assert "Back, as you asked: it still stands." in watched.said(MANAGER)
    watched.decide(MANAGER, watched.alerts(MANAGER)[-1], "snooze_escalation", choice="day")
    watched.crm.answer(ticket, woken)
    watched.go(woken + timedelta(days=1, hours=2))
    assert new(watched, before) == {MANAGER: 1}


def test_not_a_problem_asks_why_shows_it_and_comes_back_only_when_it_gets_worse(
    watched: Watched, day: datetime
) -> None:
    urgent(watched, day, "Fine Ferries")
    watched.look()
    before, message = watched.counts(), watched.alerts(MANAGER)[-1]
    said = watched.dismiss(MANAGER, message, "They are on <holiday> until *March*")
    assert "Not a problem, says Marguerite Stonecastle" in said
    assert "They are on <holiday> until *March*" in said
    for days in (1, 3, 5):
        watched.go(day + timedelta(days=days))
    assert new(watched, before) == {}
    watched.go(day + timedelta(days=7))
    assert new(watched, before) == {MANAGER: 1, BOSS: 1}
    assert "It got worse" in watched.said(MANAGER)
    assert "Level 2 of 3" in watched.said(BOSS)


def test_an_answer_closes_the_card_by_itself_and_the_same_trouble_later_is_a_new_one(
    watched: Watched, day: datetime
) -> None:
    ticket = urgent(watched, day, "Solved Saddles")
    before = watched.counts()
    watched.look()
    message = watched.alerts(MANAGER)[-1]
    watched.crm.answer(ticket, day + timedelta(minutes=15))
    watched.look()
    said = words(watched.message(MANAGER, message["ts"])["blocks"])
    assert "✓ Solved by itself: the customer was answered Tue" in said
    left = [one["text"]["text"] for one in buttons(watched.message(MANAGER, message["ts"]))]
    assert left == ["Why?", "Open in HubSpot"]
    assert new(watched, before) == {MANAGER: 1}
    watched.crm.ask(ticket, day + timedelta(hours=3))
    watched.go(day + timedelta(hours=4))
    assert new(watched, before) == {MANAGER: 1}, "they are talking: not each word is an alarm"
    watched.go(day + timedelta(days=1, hours=3, minutes=30))
    assert new(watched, before) == {MANAGER: 2}
    assert "✓ Solved" in words(watched.message(MANAGER, message["ts"])["blocks"])


def test_only_who_was_told_and_who_leads_them_may_press_and_everybody_gets_an_answer(
    watched: Watched, day: datetime
) -> None:
    urgent(watched, day, "Guarded Gates")
    watched.look()
    message = watched.alerts(MANAGER)[-1]
    for person, said in ((OTHER_REP, "Only those who were told"), (REP, "This was sent to your manager")):
        for action in ("claim_escalation", "explain_escalation", "dismiss_escalation", "prepare_escalation"):
            before = len(watched.told(person))
            watched.push(MANAGER, message, action, by=person)
            until(lambda: len(watched.told(person)) > before, f"an answer to {action}")  # noqa: B023
            assert said in watched.told(person)[-1]
    watched.quiet()
    assert watched.message(MANAGER, message["ts"])["blocks"] == message["blocks"]
    watched.push(MANAGER, message, "claim_escalation", by=BOSS)
    watched.quiet()
    assert "✓ Claimed by Ignatius Bellwether" in words(watched.message(MANAGER, message["ts"])["blocks"])


def test_an_account_that_has_another_owner_by_now_is_theirs_and_of_those_above_them(
    watched: Watched, day: datetime
) -> None:
    accounts = [watched.crm.account(name, REP) for name in ("Moved Motors", "Snoozed Sails")]
    for account in accounts:
        watched.crm.ticket(account, day - timedelta(days=4, hours=2))
    watched.look()
    moved, snoozed = (
        next(m for m in reversed(watched.alerts(MANAGER)) if name in words(m["blocks"])) for name in ("Motors", "Sails")
    )
    watched.decide(MANAGER, snoozed, "snooze_escalation", choice="day")
    for account in accounts:
        watched.crm.change("companies", account, hubspot_owner_id=OWNERS[ALONE])
    watched.look()
    for action in ("claim_escalation", "explain_escalation"):
        before = len(watched.told(MANAGER))
        watched.push(MANAGER, moved, action)
        until(lambda: len(watched.told(MANAGER)) > before, f"an answer to {action}")  # noqa: B023
        assert "The account has another owner by now" in watched.told(MANAGER)[-1]
    counts = watched.counts()
    watched.go(day + timedelta(days=1, hours=2))
    assert new(watched, counts) == {MANAGER: -2, NAMED: 2}
    for message in (moved, snoozed):
        shown = watched.message(MANAGER, message["ts"])
        assert "another owner by now: it is no longer yours to decide" in words(shown["blocks"])
        assert "icket" not in str(shown)
        assert not buttons(shown)
    assert "owner Delphine Ashgrove" in watched.said(NAMED)
    heard = len(watched.sandbox.messages(REP))
    watched.decide(NAMED, watched.alerts(NAMED)[-1], "claim_escalation")
    assert len(watched.sandbox.messages(REP)) == heard
    assert "has taken on your account" in words(watched.sandbox.messages(ALONE)[-1]["blocks"])


def test_a_button_of_a_message_long_forgotten_gets_a_sentence(watched: Watched) -> None:
    pressed = [
        {"type": "button", "text": {"type": "plain_text", "text": action}, "action_id": action, "value": "gone/e123"}
        for action in ("claim_escalation", "explain_escalation", "dismiss_escalation", "prepare_escalation")
    ]
    blocks = [{"type": "rich_text", "elements": []}, {"type": "actions", "elements": pressed}]
    where = watched.daybook.systems.chat.post(MANAGER, "An old alert", blocks[1:], "old")
    for each in pressed:
        before = len(watched.told(MANAGER))
        shown = watched.message(MANAGER, where.ts)
        told = {"user": MANAGER, "channel": where.channel, "message_ts": where.ts, "action_id": each["action_id"]}
        block = shown["blocks"][0]["block_id"]
        watched.sandbox.post("/_sandbox/slack/press", {**told, "block_id": block, "value": "gone/e123"})
        until(lambda: len(watched.told(MANAGER)) > before, f"a sentence for {each}")  # noqa: B023
        assert "no longer known" in watched.told(MANAGER)[-1]


def test_a_word_below_an_alert_and_prepare_me_reach_the_agent_that_prepares_managers(
    watched: Watched, day: datetime
) -> None:
    urgent(watched, day, "Threaded Thimbles")
    watched.look()
    message = watched.alerts(MANAGER)[-1]
    asked = len(turns(watched.daybook, "escalations"))
    watched.push(MANAGER, message, "prepare_escalation")
    where = {"user": MANAGER, "channel": watched.channel(MANAGER)}
    watched.sandbox.post("/_sandbox/slack/say", {**where, "text": "What is going on?", "thread_ts": message["ts"]})
    watched.quiet()
    found = turns(watched.daybook, "escalations")[asked:]
    assert [row["state"] for row in found] == ["done", "done"]
    with watched.daybook.database.connect() as connection:
        heard = events.latest(connection, found[0]["session"], "heard")
        log = events.read(connection, found[0]["session"])
    assert ":escalated:" in found[0]["session"]
    assert any("of accounts in trouble: Threaded Thimbles" in str(event.body.get("text")) for event in log)
    assert heard is not None
    thread = [m for m in watched.sandbox.messages(MANAGER) if m.get("thread_ts") == message["ts"]]
    assert len([m for m in thread if m.get("bot_id") and m["ts"] != message["ts"]]) == 2
    # An alert is decided by the rules and by people: nothing the agent said has changed it.
    assert watched.message(MANAGER, message["ts"])["blocks"] == message["blocks"]
