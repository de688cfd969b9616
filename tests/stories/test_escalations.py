"""Alerts to managers: who is told, what they may press, and that each level of each cause is told once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from cli import doctor
from sessions import events
from systems import settings
from tests.databases import Databases
from tests.deployments import turns, until
from tests.office import links, words
from tests.trouble import (
    ADMIN,
    ALONE,
    BOSS,
    EVERYBODY,
    MANAGER,
    NAMED,
    OTHER_REP,
    REP,
    TITLE,
    Crm,
    Watched,
    button,
    buttons,
    emptied,
)
from tools import read_escalations
from tools.tool import Context, Problem
from tools.world import World


@pytest.fixture(scope="module")
def office(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    sandbox = emptied()
    try:
        crm = Crm(sandbox)
        for rep in (REP, OTHER_REP, ALONE):
            crm.account(f"Quiet of {rep}", rep)
        working = Watched(sandbox, databases.new("sqlite"), tmp_path_factory.mktemp("office"), crm)
        try:
            sandbox.post("/_sandbox/slack/app", {"record": True})
            yield working
        finally:
            working.stop()
    finally:
        sandbox.stop()


@pytest.fixture
def day(office: Watched) -> Iterator[datetime]:
    """A Tuesday of its own, nine in the morning; afterwards every ticket is closed."""
    office.moment = office.moment.replace(hour=9, minute=0) + timedelta(days=(1 - office.moment.weekday()) % 7 or 7)
    office.go(office.moment)
    yield office.moment
    for ticket in office.crm.tickets:
        office.crm.close(ticket, office.moment)
    office.crm.tickets.clear()
    office.look()


def new(office: Watched, before: dict[str, int]) -> dict[str, int]:
    """How many messages each person got since then; nobody who got none."""
    now = office.counts()
    return {person: now[person] - before[person] for person in EVERYBODY if now[person] != before[person]}


def test_a_large_accounts_urgent_ticket_nobody_answered_for_ten_days_reaches_two_levels_once(
    office: Watched, day: datetime
) -> None:
    before = office.counts()
    account = office.crm.account("Headline Hats", REP, 412_000)
    ticket = office.crm.ticket(account, day - timedelta(days=10, hours=2))
    office.look()
    assert new(office, before) == {MANAGER: 1, BOSS: 1}
    said = office.said(MANAGER)
    assert "Headline Hats · Tier A · $412k" in said
    assert f"Urgent ticket #{ticket} open for 10 days, and nobody has answered" in said
    assert "no answer on record" in said
    assert "Level 2 of 3 · told: you Tue" in said
    assert TITLE not in said
    assert "<!channel>" not in str(office.alerts(MANAGER)[-1])
    addresses = links(office.alerts(MANAGER)[-1]["blocks"])
    assert any(address.endswith(f"/record/0-5/{ticket}") for address in addresses)
    assert any(address.endswith(f"/record/0-2/{account}") for address in addresses)
    for _ in range(3):
        office.look()
    office.restart()
    office.look()
    assert new(office, before) == {MANAGER: 1, BOSS: 1}


def urgent(office: Watched, day: datetime, name: str, rep: str | None = REP, days: float = 4, **more: int) -> str:
    """A large account whose urgent ticket has been open, unanswered, for so many days; the ticket."""
    return office.crm.ticket(office.crm.account(name, rep, **more), day - timedelta(days=days, hours=2))


def test_claiming_stops_the_next_level_tells_the_owner_and_the_next_presser_who_was_first(
    office: Watched, day: datetime
) -> None:
    urgent(office, day, "Claimed Clocks", days=10)
    office.look()
    mine, boss, owners = office.alerts(MANAGER)[-1], office.alerts(BOSS)[-1], len(office.sandbox.messages(REP))
    # The boss's screen is slow today: there the button is still to be seen when somebody has pressed it.
    late = {"error": "cant_update_message", "times": -1, "match": {"channel": office.channel(BOSS)}}
    office.sandbox.misbehave("slack.chat.update", "error", **late)
    assert "✓ Claimed by Marguerite Stonecastle Tue" in office.decide(MANAGER, mine, "claim_escalation")
    office.sandbox.ask("DELETE", "/_sandbox/knobs")
    told = office.sandbox.messages(REP)
    assert len(told) == owners + 1
    assert "Marguerite Stonecastle has taken on your account Claimed Clocks" in words(told[-1]["blocks"])
    before = office.counts()
    office.restart()
    office.decide(BOSS, boss, "claim_escalation")
    assert any("Already claimed by Marguerite Stonecastle on Tue" in said for said in office.told(BOSS))
    for days in (1, 2, 3):
        office.go(day + timedelta(days=days))
    assert new(office, before) == {}
    assert "Level 2 of 3" in office.decide(MANAGER, mine, "reopen_escalation")
    assert "Claim" in [one["text"]["text"] for one in buttons(office.message(MANAGER, mine["ts"])) if "text" in one]


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
    for days in (5, 6, 7, 8):
        office.go(friday + timedelta(days=days))
    # By then it has been open for ten days, which is worse by the rules, and everybody knows of it already.
    assert new(office, before) == {MANAGER: 1, BOSS: 1, NAMED: 1}


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
    assert new(office, before) == {MANAGER: 2}
    assert "✓ Solved" in words(office.message(MANAGER, message["ts"])["blocks"])


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


def test_why_shows_each_condition_with_its_numbers_also_after_a_restart(office: Watched, day: datetime) -> None:
    ticket = urgent(office, day, "Why Wagons")
    office.look()
    office.restart()
    message = office.alerts(MANAGER)[-1]
    for person in (MANAGER, ADMIN):
        office.push(MANAGER, message, "explain_escalation", by=person)
        said = words(office.modal(person))
        assert "✓ Priority of #" in said
        assert f"✓ #{ticket} open for 4 days (from day 3 on)" in said
        assert f"✓ Nobody has ever answered the customer on #{ticket}" in said
        assert "What level 2 by the rules lacks" in said
        assert f"#{ticket} open for 4 days (from day 10 on)" in said
        assert "Level 1: Marguerite Stonecastle" in said
        assert "The rules find the same now" in said
        office.close_modal(person)


def test_an_agent_reads_only_what_the_person_may_see(office: Watched, day: datetime) -> None:
    account = office.crm.account("Readable Rugs", REP)
    ticket = office.crm.ticket(account, day - timedelta(days=4, hours=2))
    office.look()

    def read(person: str, account: str | None = None) -> list[dict[str, Any]]:
        nowhere = {"session": "s", "turn": 1, "agent": "escalations", "channel": None, "thread_ts": None}
        d = office.daybook
        context = Context(d.database, d.systems, d.workspace, grant=frozenset(), person=person, **nowhere)
        found = read_escalations.look(World(context), read_escalations.ReadEscalations(account=account))
        return list(found.found["escalated"])

    for person in (REP, MANAGER, BOSS, ADMIN):
        assert [one["ticket"] for one in read(person, account)] == [f"hubspot:{ticket}"]
    assert read(OTHER_REP) == []
    with pytest.raises(Problem, match="no such record"):
        read(OTHER_REP, account)


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


def test_what_stands_is_listed_by_a_command_and_on_home_where_it_can_be_claimed(office: Watched, day: datetime) -> None:
    urgent(office, day, "Homely Hammocks")
    office.look()
    for person, said in ((MANAGER, "Homely Hammocks"), (OTHER_REP, "Nothing that you were told of still stands.")):
        ask = {"user": person, "command": "/daybook", "text": "escalations"}
        told = office.sandbox.post("/_sandbox/slack/command", ask)
        assert said in told["delivery"]["payload"]["text"]
    office.sandbox.post("/_sandbox/slack/home", {"user": MANAGER, "wait": 5})
    until(lambda: "Homely Hammocks" in words(home(office, MANAGER)), "the alert on Home")
    block, claim = button(home(office, MANAGER), "claim_escalation", "Homely Hammocks")
    pressed = {"user": MANAGER, "home": True, "action_id": "claim_escalation", "block_id": block}
    office.sandbox.post("/_sandbox/slack/press", {**pressed, "value": claim["value"]})
    until(lambda: "Claimed by Marguerite" in words(home(office, MANAGER)), "Home with the claim")
    assert "✓ Claimed by Marguerite" in office.said(MANAGER)


def home(office: Watched, person: str) -> dict[str, Any]:
    return dict(office.sandbox.get(f"/_sandbox/slack/views?user={person}")["home"] or {})


def test_the_command_line_lists_what_is_escalated_and_doctor_says_who_would_hear(
    office: Watched, day: datetime, daybook: Callable[..., Any]
) -> None:
    ticket = urgent(office, day, "Listed Lanterns")
    office.look()
    env = {**office.sandbox.env, "DATABASE_URL": office.url, "DAYBOOK_PEOPLE_FILE": str(office.file)}
    told = daybook("escalations", "--json", env={**env, "DAYBOOK_ESCALATE_TO": NAMED})
    assert told.returncode == 0, told.stderr
    listed = next(one for one in json.loads(told.stdout) if one["name"] == "Listed Lanterns")
    assert (listed["level"], listed["state"], listed["ticket"]) == (1, "open", f"hubspot:{ticket}")
    assert [one["name"] for one in listed["told"]] == ["Marguerite Stonecastle"]
    assert listed["next"] == "Ignatius Bellwether"
    assert "Listed Lanterns" in daybook("escalations", env=env).stdout
    for named, state, said in (
        (NAMED, "good", "has somebody who hears"),
        ("", "odd", "an administrator hears"),
        ("nobody@example.com", "bad", "is nobody active in Slack"),
    ):
        loaded = settings.load({**env, "DAYBOOK_ESCALATE_TO": named})
        found = list(doctor.superiors(office.daybook.database, loaded))
        assert any(one.state == state and said in one.words for one in found), found
