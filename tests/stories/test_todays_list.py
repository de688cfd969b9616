"""What Daybook says is true: of today's list when it is asked, in its prompts and on Home, and of what it did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.home import PROMPTS
from tests.deployments import until
from tests.office import Office, accounts_of, words
from tests.stories.conftest import OpenOffice
from tests.stories.talking import kinds, say, shown_home, thread_of
from tools.ledger import ledger

MANAGER, ADMIN = "U0MGR00001", "U0ADM00001"


@pytest.fixture(scope="module")
def office(open_office: OpenOffice) -> Iterator[Office]:
    with open_office(reps=2, accounts=8) as working:
        yield working


def answer_to(office: Office, person: str, said: dict[str, Any]) -> str:
    """The whole answer to a message."""
    until(lambda: "replied" in kinds(office, said["ts"]), f"the answer to {said['text']}")
    return "\n".join(thread_of(office, person, said["ts"]))


def asked(office: Office, person: str, text: str) -> str:
    """The answer in a conversation of its own."""
    return answer_to(office, person, say(office, person, f"new topic: {text}"))


def home_says(office: Office, person: str, said: str) -> None:
    office.sandbox.post("/_sandbox/slack/home", {"user": person, "wait": 5})
    until(lambda: said in words(shown_home(office, person) or {}), f"Home of {person} to say: {said}")


def test_every_suggested_prompt_gets_a_real_answer_from_anybody_and_changes_nothing(office: Office) -> None:
    everybody = (office.reps[0], MANAGER, ADMIN)
    pressed = [(one, say(office, one, f"new topic: {text}")) for one in everybody for _title, text in PROMPTS]
    known = ("Your list", "points, place 1", "multiplied by", "Policy 2", "they have no list")
    for person, said in pressed:
        answer = answer_to(office, person, said)
        assert any(one in answer for one in known), (person, said["text"], answer)
    with office.daybook.database.connect() as connection:
        effects = set(connection.scalars(select(func.distinct(ledger.c.effect))))
    assert effects == {"read"}


def test_home_says_when_the_list_comes_that_somebody_gets_none_and_that_it_is_paused(office: Office) -> None:
    rep = office.reps[0]
    home_says(office, rep, "No list today. The next one comes Mon 23 Nov 09:00.")
    office.at(office.day + timedelta(days=3, hours=-1))
    home_says(office, rep, "No list yet today. It comes at 09:00; /daybook list sends it now.")
    for person in (MANAGER, ADMIN):
        home_says(office, person, "You get no morning list: it goes to whoever owns accounts in HubSpot.")
    pause = {"user": rep, "home": True, "action_id": "pause_schedule", "value": "morning_list"}
    office.sandbox.post("/_sandbox/slack/press", pause)
    home_says(office, rep, "Your morning list is paused.")
    office.sandbox.post("/_sandbox/slack/press", {**pause, "action_id": "resume_schedule"})
    home_says(office, rep, "No list yet today.")


def test_the_list_home_and_the_answer_agree_on_what_is_done_today(office: Office) -> None:
    office.next_morning()
    rep = office.reps[0]
    message = office.newest(rep)
    others = accounts_of(message)[1:]
    home_says(office, rep, "Acme: ")
    assert "ticked off" not in asked(office, rep, "What's on my list?")
    assert "Logged a call on Acme" in asked(office, rep, "I called Acme and left a message")
    until(lambda: "✓ Acme" in words(office.message(rep, message["ts"])["blocks"]), "the list to tick it off")
    home_says(office, rep, "1 done")
    answer = asked(office, rep, "What's on my list?")
    assert "Acme (ticked off 2026-11-23" in answer, answer
    for account in others:
        office.press(rep, message, "snooze_account", account, "week")
    office.settled()
    home_says(office, rep, f"Today's list is done: 1 touched and {len(others)} set aside.")
    assert f"All {1 + len(others)} of today's list are done." in asked(office, rep, "What's on my list?")


def test_a_list_that_named_nobody_is_no_missing_list(office: Office) -> None:
    rep = office.reps[1]
    while accounts_of(office.newest(rep)):
        for account in accounts_of(office.newest(rep)):
            office.press(rep, office.newest(rep), "snooze_account", account, "change")
        office.settled()
        office.next_morning()
    assert "Nobody needs you first thing today." in words(office.newest(rep)["blocks"])
    home_says(office, rep, "Nobody needs you first thing today.")


def test_a_typo_mended_in_a_question_is_no_matter_and_in_a_deed_it_is_said_that_the_deed_stands(office: Office) -> None:
    rep = office.reps[0]
    stands = "What I did stands, with its Undo"
    question = say(office, rep, "new topic: how does the lst work?")
    answer_to(office, rep, question)
    deed = say(office, rep, "new topic: I called Globex and left a message")
    assert "Logged a call on Globex" in answer_to(office, rep, deed)
    for said, text in ((question, "how does the list work?"), (deed, "I rang Globex and left a message")):
        office.sandbox.post("/_sandbox/slack/edit", {"user": rep, "ts": said["ts"], "text": text, "wait": 5})
        until(lambda said=said: "edited" in kinds(office, said["ts"]), "the note")
    until(lambda: any(stands in one for one in office.told(rep)), "the sentence")
    office.sandbox.post("/_sandbox/slack/delete", {"user": rep, "ts": question["ts"], "wait": 5})
    office.sandbox.post("/_sandbox/slack/delete", {"user": rep, "ts": deed["ts"], "wait": 5})
    until(lambda: sum(stands in one for one in office.told(rep)) == 2, "the sentence for the deletion")
    assert not any("at work" in one for one in office.told(rep))
