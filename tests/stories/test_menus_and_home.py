"""What is chosen and pressed: the menu of a message, the Home page, and decisions."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from sessions.store import events, sessions
from tests import echo
from tests.deployments import until
from tests.office import Office, accounts_of, row_text, words
from tests.stories.conftest import OpenOffice
from tests.stories.talking import (
    ROOM,
    WITHIN_MS,
    answered,
    count,
    echoing,
    kinds,
    say,
    session_of,
    shortcut,
    shown_home,
)
from tests.views.test_reply import Done
from tools import ledger
from views.card import Card, Row, card
from views.card_edit import Field
from views.reply import reply


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def office(request: pytest.FixtureRequest, open_office: OpenOffice) -> Iterator[Office]:
    with echoing(open_office, request.param) as working:
        yield working


@pytest.fixture(autouse=True)
def nobody_waits() -> Iterator[None]:
    yield
    echo.ASSISTANT.hold.clear()


EDITABLE = Field("dealstage", "text", "b")


# -- the menu of a message, and the Home page -------------------------------------------------------------------------


def test_an_agent_is_asked_about_somebody_elses_message_in_a_direct_message(office: Office) -> None:
    ada, wren = office.reps[:2]
    theirs = say(office, wren, "the audit asks for our data centre", ROOM)
    shortcut(office, ada, "ask_about_message", ROOM, theirs["ts"])
    view = office.modal(ada)
    values = {"agent": {"value": "security"}, "question": {"value": "what do I answer?"}}
    office.sandbox.post("/_sandbox/slack/submit", {"user": ada, "view_id": view["id"], "values": values})
    until(lambda: [m for m in office.sandbox.messages(ada) if "security heard: what do I answer?" in m["text"]], "it")
    asked = [m for m in office.sandbox.messages(ada) if "Asked of security" in words(m["blocks"])][-1]
    assert "the audit asks for our data centre" in words(asked["blocks"])
    with office.daybook.database.connect() as connection:
        (trigger,) = [
            body["trigger"]
            for body in connection.scalars(select(events.c.body).where(events.c.kind == "started"))
            if body["trigger"].get("about")
        ]
    assert trigger["text"] == "what do I answer?", "what somebody else wrote is not the person's own word"
    assert trigger["about"].endswith(": the audit asks for our data centre")


def test_how_an_answer_came_about_is_one_press_away_and_holds_nobodys_words(office: Office) -> None:
    rep = office.reps[2]
    root = say(office, rep, "new topic: a secret word")
    answered(office, rep, root["ts"])
    shortcut(office, rep, "how_was_this_answered", office.channel(rep), root["ts"])
    view = office.modal(rep)
    assert words(view).startswith("assistant · ")
    assert "daybook trace" in words(view)
    assert "secret" not in words(view)
    office.close_modal(rep)


def test_fork_from_here_copies_up_to_that_message(office: Office) -> None:
    rep = office.reps[2]
    root = say(office, rep, "new topic: alpha")
    answered(office, rep, root["ts"])
    say(office, rep, "beta", thread=root["ts"])
    answered(office, rep, root["ts"], count=2)
    shortcut(office, rep, "fork_from_here", office.channel(rep), root["ts"])
    until(lambda: [m for m in office.sandbox.messages(rep) if m["text"].startswith("A fork")], "the fork")
    top = [m for m in office.sandbox.messages(rep) if m["text"].startswith("A fork")][-1]
    assert re.search(r"up to “alpha” \(\w{3} \d+ Nov \d\d:\d\d\) and what came of it", top["text"]), top["text"]
    said = say(office, rep, "gamma", thread=top["ts"])
    answered(office, rep, top["ts"])
    until(lambda: kinds(office, said["ts"]).count("replied") == 2, "the answer to be in the log")


def test_the_home_page_shows_the_day_and_its_buttons_work(office: Office) -> None:
    office.next_morning()
    rep = office.reps[0]
    office.sandbox.post("/_sandbox/slack/home", {"user": rep, "wait": 5})
    home = until(lambda: shown_home(office, rep), "the Home page")
    said = words(home)
    for heading in ("Today", "Waiting for you", "Set aside", "Schedules", "Done for you lately", "How the list works"):
        assert heading in said
    assert "Open the list" in said
    pause = {"user": rep, "home": True, "action_id": "pause_schedule", "value": "morning_list"}
    assert office.sandbox.post("/_sandbox/slack/press", pause)["delivery"]["acked"]
    until(lambda: "paused" in words(shown_home(office, rep)), "the pause")
    resume = {**pause, "action_id": "resume_schedule"}
    assert office.sandbox.post("/_sandbox/slack/press", resume)["delivery"]["acked"]
    until(lambda: "paused" not in words(shown_home(office, rep)), "it to go on")


def test_a_snoozed_account_comes_back_from_the_home_page(office: Office) -> None:
    office.next_morning()
    rep = office.reps[0]
    message = office.newest(rep)
    account = accounts_of(message)[0]
    office.press(rep, message, "snooze_account", account, "week")
    office.settled()
    office.sandbox.post("/_sandbox/slack/home", {"user": rep, "wait": 5})
    until(lambda: "Back on the list" in words(shown_home(office, rep) or {}), "the snoozed account")
    home = shown_home(office, rep)
    back = next(
        block["accessory"]["value"]
        for block in home["blocks"]
        if (block.get("accessory") or {}).get("action_id") == "restore_account"
    )
    pressed = {"user": rep, "home": True, "action_id": "restore_account", "value": back}
    assert office.sandbox.post("/_sandbox/slack/press", pressed)["delivery"]["acked"]
    office.settled()
    assert "Snoozed" not in row_text(office.message(rep, message["ts"]), account)


# -- decisions --------------------------------------------------------------------------------------------------------


def test_undo_is_a_decision_of_the_conversation_it_belongs_to_once(office: Office) -> None:
    rep, house = office.reps[2], office.daybook
    root = say(office, rep, "new topic: log it")
    answered(office, rep, root["ts"])
    session = session_of(office, root["ts"])
    call, now = f"{session}:1:toolu_1", house.systems.clock.now()
    entry = ledger.Entry(now, call, "done", "log_call", "log", session, "assistant", rep, "allow", "done", "", "v")
    with house.database.begin() as connection:
        ledger.append(connection, ledger.key_of(house.settings), house.workspace, entry)
    (message,) = reply("Done.", [(Done(call, "Logged a call on Acme", True), None)])
    shown = house.systems.chat.post(office.channel(rep), message.text, message.blocks, f"{session}:undo")
    pressed = {"user": rep, "channel": shown.channel, "message_ts": shown.ts, "action_id": "undo"}
    delivery = office.sandbox.post("/_sandbox/slack/press", pressed)["delivery"]
    assert delivery["acked"]
    assert delivery["ms"] < WITHIN_MS
    until(lambda: "decided" in kinds(office, root["ts"]), "the decision")
    with house.database.connect() as connection:
        body = connection.scalar(
            select(events.c.body).where(events.c.session == session, events.c.kind == "decided")
        )
    assert body == {"action": "undo", "subject": call, "values": None, "person": rep}


def test_a_button_of_something_forgotten_is_answered_and_starts_no_session(office: Office) -> None:
    rep = office.reps[2]
    before = count(office, sessions)
    shown = card(Card("ap_gone", "update_deal", "Globex", (Row("Stage", "a", "b", field=EDITABLE),), "Ada"))
    where = office.daybook.systems.chat.post(office.channel(rep), shown.text, shown.blocks, "gone")
    for action in ("apply_change", "edit_change", "cancel_change"):
        told = len(office.told(rep))
        pressed = {"user": rep, "channel": where.channel, "message_ts": where.ts, "action_id": action}
        assert office.sandbox.post("/_sandbox/slack/press", pressed)["delivery"]["acked"]
        until(lambda told=told: len(office.told(rep)) > told, f"a sentence for {action}")
        assert "no longer knows" in office.told(rep)[-1]
    assert count(office, sessions) == before
