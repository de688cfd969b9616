"""A write that was refused is told by code, below the answer, whatever the model says of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from records.tables import accounts
from rules.authority import NOT_FOUND
from sessions import inbox
from sessions.session import Decided
from tests.agents.desk import Desk, call, calls
from tests.deployments import until

LIE = "Noted on Acme: they agreed to renew."


def of_rep(desk: Desk, rep: int) -> str:
    with desk.deployment.database.connect() as connection:
        owned = accounts.c.owner_id == desk.owner(desk.reps[rep])
        return str(connection.scalar(select(accounts.c.id).where(owned).order_by(accounts.c.id)))


def note(account: str, text: str = "They agreed to renew.") -> dict[str, Any]:
    return call("log_note", {"account": account, "text": text, "quote": "Please"})


def task(account: str, due: str) -> dict[str, Any]:
    return {"name": "create_task", "input": {"account": account, "title": "Call", "due": due, "quote": "Please"}}


def answer(desk: Desk, *said: Any) -> str:
    desk.prepare(*said)
    session, _ = desk.ask("Please see to it.")
    (reply,) = desk.replies(session)
    return str(reply["text"])


def test_a_refused_note_is_told_though_the_model_says_it_was_taken(desk: Desk) -> None:
    told = answer(desk, note(of_rep(desk, 1)), LIE)
    assert LIE in told
    assert f"Not done (log note): {NOT_FOUND}" in told


def test_so_is_one_of_an_agent_that_was_asked_and_one_in_a_form_that_nobody_can_read(desk: Desk) -> None:
    asked = call("ask_agent", {"agent": "escalations", "question": "Please note it."})
    told = answer(desk, asked, note(of_rep(desk, 1)), LIE, note("Acme"), LIE)
    assert f"Not done (log note): {NOT_FOUND}" in told
    assert "Not done (log note): What was to be written could not be made out." in told


def test_a_note_that_is_too_long_is_told_to_be_so_unless_it_was_shortened(desk: Desk) -> None:
    mine = of_rep(desk, 0)
    told = answer(desk, note(mine, "x" * 7_000), LIE)
    assert "Not done (log note): The text is too long: it may have 5,000 characters at most." in told
    assert "Not done" not in answer(desk, note(mine, "y" * 7_000), note(mine, "They agreed."), "Noted, in short.")


@pytest.mark.parametrize("first", ["last Monday", "some day"])
def test_what_the_model_mended_itself_is_not_told(desk: Desk, first: str) -> None:
    mine = of_rep(desk, 0)
    told = answer(desk, calls(task(mine, first)), calls(task(mine, "in two weeks")), "There.")
    assert "✓ Task on" in told
    assert "Not done" not in told
    told = answer(desk, calls(task(mine, first), task(mine, "in two weeks")), "There.")
    assert "Not done (create task)" in told, "the one beside it was another task"


def test_a_refused_look_is_not_told_and_many_refusals_are_counted(desk: Desk) -> None:
    theirs = of_rep(desk, 1)
    assert "Not done" not in answer(desk, call("read_account", {"account": theirs}), "I see nothing there.")
    bad = [{"name": "log_call", "input": {"account": theirs, "outcome": "Busy", "quote": "Please"}}]
    bad += [task(of_rep(desk, 0), due) for due in ("last Monday", "2020-01-01", "2021-01-01", "2022-01-01")]
    told = answer(desk, calls(*bad), "All of it is done.")
    assert told.count("Not done (") == 3
    assert "and 2 more that were not done" in told


def test_an_answer_that_says_it_word_for_word_is_not_repeated(desk: Desk) -> None:
    assert answer(desk, note(of_rep(desk, 1)), f"That was not done: {NOT_FOUND}").count(NOT_FOUND) == 1


def test_it_still_stands_there_when_something_beside_it_is_undone(desk: Desk) -> None:
    desk.prepare(note(of_rep(desk, 0)), note(of_rep(desk, 1)), "Both are noted.")
    session, _ = desk.ask("Please see to it.")
    (reply,) = desk.replies(session)
    (undo,) = [block["accessory"]["value"] for block in reply["blocks"] if "accessory" in block]
    (told,) = desk.bodies(session, "replied")
    house, now = desk.deployment, desk.deployment.systems.clock.now()
    press = Decided(
        key=f"{house.workspace}:press:undo", session=session, person=desk.rep, agent="card_buttons", action="undo",
        subject=undo, values=None, channel=told["channel"], message_ts=told["ts"], pressed_at=now,
    )  # fmt: skip
    with house.database.begin() as connection:
        inbox.submit(connection, house.queue, house.workspace, press, now)
    until(lambda: "Undone by" in desk.replies(session)[0]["text"], "the line of what was undone")
    assert f"Not done (log note): {NOT_FOUND}" in desk.replies(session)[0]["text"]
