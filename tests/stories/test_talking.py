"""Talking to Daybook: direct messages, threads, channels, /agent, words that no model hears, edits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from sessions.session import HELD
from sessions.store import inbox, sessions, threads
from tests import echo
from tests.deployments import until
from tests.office import Office
from tests.stories.conftest import OpenOffice
from tests.stories.talking import (
    GUEST,
    ROOM,
    STRANGER,
    answered,
    command,
    count,
    echoing,
    kinds,
    quiet,
    say,
    session_of,
    shortcut,
    thread_of,
    whispered,
)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def office(request: pytest.FixtureRequest, open_office: OpenOffice) -> Iterator[Office]:
    with echoing(open_office, request.param) as working:
        yield working


@pytest.fixture(autouse=True)
def nobody_waits() -> Iterator[None]:
    yield
    echo.ASSISTANT.hold.clear()


# -- a direct message -------------------------------------------------------------------------------------------------


def test_a_direct_message_is_answered_in_its_thread_and_the_next_one_continues(office: Office) -> None:
    rep = office.reps[0]
    first = say(office, rep, "I called Acme &amp; left a message")
    assert answered(office, rep, first["ts"]) == "assistant heard: I called Acme & left a message"
    second = say(office, rep, "and Globex")
    answered(office, rep, second["ts"])
    assert session_of(office, first["ts"]) == session_of(office, second["ts"])
    in_thread = say(office, rep, "more", thread=first["ts"])
    answered(office, rep, first["ts"], count=2)
    assert session_of(office, in_thread["ts"]) == session_of(office, first["ts"])


def test_new_topic_starts_afresh(office: Office) -> None:
    rep = office.reps[0]
    first = say(office, rep, "about Acme")
    say(office, rep, "new topic")
    whispered(office, rep, "New topic.")
    second = say(office, rep, "about Globex")
    answered(office, rep, second["ts"])
    third = say(office, rep, "New topic: Initech")
    assert answered(office, rep, third["ts"]) == "assistant heard: Initech"
    assert len({session_of(office, one["ts"]) for one in (first, second, third)}) == 3


def test_a_message_delivered_again_is_answered_once(office: Office) -> None:
    rep = office.reps[0]
    said = office.sandbox.post("/_sandbox/slack/say", {"user": rep, "text": "only once", "wait": 5})
    answered(office, rep, said["message"]["ts"])
    before = count(office)
    again = {"event_id": said["delivery"]["id"], "wait": 5}
    assert office.sandbox.post("/_sandbox/slack/redeliver", again)["delivery"]["acked"]
    until(lambda: quiet(office), "quiet")
    assert count(office) == before
    assert len(thread_of(office, rep, said["message"]["ts"])) == 1


@pytest.mark.parametrize(("who", "where"), [(GUEST, ROOM), (STRANGER, "C0SHARED01")])
def test_guests_and_people_of_other_workspaces_get_one_polite_sentence_and_no_session(
    office: Office, who: str, where: str
) -> None:
    before, me = count(office, sessions), office.daybook.systems.chat.identity().bot_user
    text = {"user": who, "channel": where, "text": f"<@{me}> hello", "wait": 5}
    said = office.sandbox.post("/_sandbox/slack/say", text)
    whispered(office, who, "the team's own members")
    office.sandbox.post("/_sandbox/slack/redeliver", {"event_id": said["delivery"]["id"], "wait": 5})
    assert "the team's own members" in command(office, who, "security is it safe?", where)["payload"]["text"]
    assert count(office, sessions) == before
    assert len([one for one in office.told(who) if "own members" in one]) == 1


# -- channels ---------------------------------------------------------------------------------------------------------


def test_a_mention_starts_a_session_follow_ups_need_none_and_side_talk_is_left_alone(office: Office) -> None:
    ada, wren = office.reps[:2]
    me = office.daybook.systems.chat.identity().bot_user
    root = say(office, ada, f"<@{me}> what about Acme?", ROOM)
    assert answered(office, ada, root["ts"], ROOM) == "assistant heard: what about Acme?"
    say(office, ada, "and its deals?", ROOM, root["ts"])
    assert answered(office, ada, root["ts"], ROOM, 2) == "assistant heard: and its deals?"
    for person, text in ((ada, f"<@{wren}> can you take this?"), (wren, "sure, I will"), (ada, f"<@{wren}> thanks")):
        say(office, person, text, ROOM, root["ts"])
    say(office, wren, f"<@{me}> note that", ROOM, root["ts"])
    assert answered(office, ada, root["ts"], ROOM, 3) == "assistant heard: note that"
    say(office, wren, "and this", ROOM, root["ts"])
    assert answered(office, ada, root["ts"], ROOM, 4) == "assistant heard: and this"
    say(office, ada, "nobody asked Daybook", ROOM)
    until(lambda: quiet(office), "quiet")
    assert len(thread_of(office, ada, root["ts"], ROOM)) == 4


def test_side_talk_is_left_alone_until_daybook_is_named_again_also_after_a_restart(office: Office) -> None:
    ada, wren, otto = office.reps
    me = office.daybook.systems.chat.identity().bot_user
    root = say(office, otto, f"<@{me}> what about Acme?", ROOM)
    answered(office, otto, root["ts"], ROOM)
    for n, (person, text) in enumerate(((wren, "and Globex?"), (ada, "and Initech?")), 2):
        say(office, person, f"<@{me}> {text}", ROOM, root["ts"])
        assert answered(office, otto, root["ts"], ROOM, n) == f"assistant heard: {text}"
    say(office, otto, f"note that <@{wren}> called them", ROOM, root["ts"])
    assert "called them" in answered(office, otto, root["ts"], ROOM, 4), "named, but not talked to"
    say(office, otto, f"hey <@{wren}> did you hear back from them?", ROOM, root["ts"])
    say(office, wren, "not yet, will call tomorrow", ROOM, root["ts"])
    office.restart()
    say(office, otto, "ok thx", ROOM, root["ts"])
    say(office, ada, "and its deals?", ROOM, root["ts"])
    assert answered(office, otto, root["ts"], ROOM, 5) == "assistant heard: and its deals?", "a third person goes on"
    for n, person in enumerate((otto, wren), 3):
        say(office, person, f"<@{me}> back to you", ROOM, root["ts"])
        assert answered(office, otto, root["ts"], ROOM, 2 * n) == "assistant heard: back to you"
        say(office, person, "and more", ROOM, root["ts"])
        assert answered(office, otto, root["ts"], ROOM, 2 * n + 1) == "assistant heard: and more"
    until(lambda: quiet(office), "quiet")
    assert len(thread_of(office, otto, root["ts"], ROOM)) == 9


def test_stop_is_heard_in_the_middle_of_side_talk(office: Office) -> None:
    ada, wren = office.reps[:2]
    me = office.daybook.systems.chat.identity().bot_user
    echo.ASSISTANT.hold.set()
    root = say(office, ada, f"<@{me}> a long job", ROOM)
    until(lambda: "began" in kinds(office, root["ts"]), "the turn to begin")
    say(office, ada, f"<@{wren}> look at this", ROOM, root["ts"])
    say(office, ada, "stop", ROOM, root["ts"])
    until(lambda: quiet(office), "it to end", 10)
    assert "stopped" in kinds(office, root["ts"])


# -- agents by name ---------------------------------------------------------------------------------------------------


def test_agent_alone_lists_them_and_an_unknown_name_is_told_the_right_ones(office: Office) -> None:
    for text in ("", "nobody what?", "security"):
        said = command(office, office.reps[0], text)["payload"]["text"]
        assert "security" in said
        assert "data protection" in said


def test_agent_by_name_is_asked_in_a_thread_of_its_own(office: Office) -> None:
    rep = office.reps[0]
    assert "*security* is asked" in command(office, rep, "security is it encrypted?")["payload"]["text"]
    heard = "security heard: is it encrypted?"
    until(lambda: any(m["text"] == heard for m in office.sandbox.messages(rep)), "the answer")
    answer = next(m for m in office.sandbox.messages(rep) if m["text"] == heard)
    root = office.message(rep, answer["thread_ts"])
    assert "Asked of security: is it encrypted?" in root["text"]
    say(office, rep, "and backed up?", thread=root["ts"])
    assert answered(office, rep, root["ts"], count=2) == "assistant heard: and backed up?"


def test_agent_asked_in_a_channel_is_answered_in_the_persons_own_conversation(office: Office) -> None:
    rep = office.reps[0]
    in_the_room = f"/_sandbox/slack/messages?user={rep}&channel={ROOM}"
    before = office.sandbox.get(in_the_room)["messages"]
    told = command(office, rep, "security who reads this?", ROOM)["payload"]["text"]
    assert "direct messages" in told
    heard = "security heard: who reads this?"
    until(lambda: any(m["text"] == heard for m in office.sandbox.messages(rep)), "the answer")
    assert office.sandbox.get(in_the_room)["messages"] == before, "nobody else saw the command"


def test_agent_in_a_thread_answers_once_and_the_next_message_is_the_assistants_again(office: Office) -> None:
    rep = office.reps[0]
    root = say(office, rep, "hello there")
    answered(office, rep, root["ts"])
    say(office, rep, "!agent security where is it hosted?", thread=root["ts"])
    assert answered(office, rep, root["ts"], count=2) == "security heard: where is it hosted?"
    say(office, rep, "thanks", thread=root["ts"])
    assert answered(office, rep, root["ts"], count=3) == "assistant heard: thanks"


# -- words before the model -------------------------------------------------------------------------------------------


def test_stop_ends_what_runs_and_what_waits(office: Office) -> None:
    rep = office.reps[1]
    echo.ASSISTANT.hold.set()
    first = say(office, rep, "a long job")
    until(lambda: any(e == "began" for e in kinds(office, first["ts"])), "the turn to begin")
    second = say(office, rep, "and another", thread=first["ts"])
    say(office, rep, "Stop.", thread=first["ts"])
    whispered(office, rep, "Stopped.")
    until(lambda: quiet(office), "both to end", 10)
    assert thread_of(office, rep, first["ts"]) == []
    assert kinds(office, second["ts"]).count("stopped") == 2


def test_slacks_own_stop_button_stops(office: Office) -> None:
    rep = office.reps[1]
    echo.ASSISTANT.hold.set()
    first = say(office, rep, "new topic: a long job")
    until(lambda: "began" in kinds(office, first["ts"]), "the turn to begin")
    stop = {"user": rep, "channel": "app", "thread_ts": first["ts"]}
    office.sandbox.post("/_sandbox/slack/stop", stop)
    until(lambda: quiet(office), "it to end", 10)
    assert "stopped" in kinds(office, first["ts"])


def test_a_stop_that_is_delivered_again_does_not_stop_what_came_later(office: Office) -> None:
    rep = office.reps[1]
    root = say(office, rep, "new topic: quick")
    answered(office, rep, root["ts"])
    until(lambda: quiet(office), "its turn to end")
    stop = {"user": rep, "channel": "app", "thread_ts": root["ts"], "wait": 5}
    pressed = office.sandbox.post("/_sandbox/slack/stop", stop)
    assert pressed["delivery"]["acked"]
    whispered(office, rep, "Nothing is running here.")
    echo.ASSISTANT.hold.set()
    later = say(office, rep, "a long job", thread=root["ts"])
    until(lambda: kinds(office, later["ts"]).count("began") == 2, "the turn to begin")
    again = {"event_id": pressed["delivery"]["id"], "wait": 5}
    assert office.sandbox.post("/_sandbox/slack/redeliver", again)["delivery"]["acked"]
    echo.ASSISTANT.hold.clear()
    assert answered(office, rep, root["ts"], count=2) == "assistant heard: a long job"
    assert "stopped" not in kinds(office, later["ts"])


def test_a_guest_cannot_stop_a_conversation(office: Office) -> None:
    ada, me = office.reps[0], office.daybook.systems.chat.identity().bot_user
    echo.ASSISTANT.hold.set()
    root = say(office, ada, f"<@{me}> a long job in here", ROOM)
    until(lambda: "began" in kinds(office, root["ts"]), "the turn to begin")
    told = len(office.told(GUEST))
    stop = {"user": GUEST, "channel": ROOM, "thread_ts": root["ts"], "wait": 5}
    pressed = office.sandbox.post("/_sandbox/slack/stop", stop)["delivery"]
    office.sandbox.post("/_sandbox/slack/redeliver", {"event_id": pressed["id"], "wait": 5})
    until(lambda: len(office.told(GUEST)) > told, "a polite sentence")
    assert "the team's own members" in office.told(GUEST)[-1]
    echo.ASSISTANT.hold.clear()
    until(lambda: quiet(office), "it to end", 10)
    assert "stopped" not in kinds(office, root["ts"])
    assert len(office.told(GUEST)) == told + 1


def test_nothing_can_be_stopped_or_named_before_anything_was_said(office: Office) -> None:
    rep = office.reps[1]
    before = len(office.told(rep))
    topic = say(office, rep, "new topic")
    until(lambda: len(office.told(rep)) > before, "the new topic")
    for thread in (topic["ts"], "1700000000.000100", None):
        told = len(office.told(rep))
        stop = {"user": rep, "channel": "app", "thread_ts": thread, "wait": 5}
        assert office.sandbox.post("/_sandbox/slack/stop", stop)["delivery"]["acked"]
        until(lambda told=told: len(office.told(rep)) > told, "an answer")
        assert "no conversation with me here" in office.told(rep)[-1]
    for callback in ("pause_or_resume", "fork_from_here", "how_was_this_answered"):
        told = len(office.told(rep))
        shortcut(office, rep, callback, office.channel(rep), topic["ts"])
        until(lambda told=told: len(office.told(rep)) > told, f"an answer to {callback}")
        assert "no conversation with me here" in office.told(rep)[-1]


def test_a_paused_session_keeps_what_comes_and_goes_on_in_order(office: Office) -> None:
    rep = office.reps[1]
    root = say(office, rep, "new topic: one")
    answered(office, rep, root["ts"])
    say(office, rep, "pause", thread=root["ts"])
    whispered(office, rep, "Paused")
    say(office, rep, "two", thread=root["ts"])
    say(office, rep, "three", thread=root["ts"])
    assert len(thread_of(office, rep, root["ts"])) == 1
    say(office, rep, "resume", thread=root["ts"])
    answered(office, rep, root["ts"], count=3)
    assert thread_of(office, rep, root["ts"])[1:] == ["assistant heard: two", "assistant heard: three"]


def test_whoever_writes_in_a_paused_conversation_is_told_that_it_is_kept(office: Office) -> None:
    ada, wren = office.reps[:2]
    me = office.daybook.systems.chat.identity().bot_user
    kept = "Paused; your message is kept. *resume* lets it go on."
    root = say(office, ada, f"<@{me}> look at Acme", ROOM)
    answered(office, ada, root["ts"], ROOM)
    say(office, ada, f"<@{me}> pause", ROOM, root["ts"])
    whispered(office, ada, "Paused: what comes is kept")
    mine, hers = office.told(ada).count(kept), office.told(wren).count(kept)
    told = {"user": wren, "channel": ROOM, "thread_ts": root["ts"], "text": f"<@{me}> how does it work?", "wait": 5}
    said = office.sandbox.post("/_sandbox/slack/say", told)["delivery"]
    until(lambda: office.told(wren).count(kept) == hers + 1, "the sentence")
    assert office.sandbox.post("/_sandbox/slack/redeliver", {"event_id": said["id"], "wait": 5})["delivery"]["acked"]
    say(office, wren, "and its deals?", ROOM, root["ts"])
    until(lambda: office.told(wren).count(kept) == hers + 2, "one sentence a message, however often it comes")
    assert office.told(ada).count(kept) == mine, "others hear nothing of it"
    say(office, wren, "resume", ROOM, root["ts"])
    assert answered(office, ada, root["ts"], ROOM, 2) == "assistant heard: how does it work?"
    assert answered(office, ada, root["ts"], ROOM, 3) == "assistant heard: and its deals?"


def test_a_direct_message_and_a_question_to_an_agent_are_kept_while_their_conversation_is_paused(
    office: Office,
) -> None:
    rep = office.reps[1]
    kept = "Paused; your message is kept. *resume* lets it go on."
    root = say(office, rep, "new topic: Initech")
    answered(office, rep, root["ts"])
    shortcut(office, rep, "pause_or_resume", office.channel(rep), root["ts"])
    whispered(office, rep, "Paused: what comes is kept")
    before = office.told(rep).count(kept)
    later = say(office, rep, "and its tickets?")
    until(lambda: office.told(rep).count(kept) == before + 1, "the sentence")
    for where in ("app", ROOM):
        said = command(office, rep, "security is it encrypted?", where)["payload"]["text"]
        assert said.startswith("Our conversation is paused, so your question to *security* is kept."), said
    until(lambda: held(office) == 3, "the agent's questions to be in line")
    assert office.told(rep).count(kept) == before + 1, "that they are kept was said already"
    shortcut(office, rep, "pause_or_resume", office.channel(rep), root["ts"])
    assert answered(office, rep, later["ts"]) == "assistant heard: and its tickets?"
    until(lambda: quiet(office), "the other one")


def held(office: Office) -> int:
    with office.daybook.database.connect() as connection:
        return len(connection.scalars(select(inbox.c.seq).where(inbox.c.state == HELD)).all())


def test_what_a_paused_conversation_keeps_is_found_again_from_a_new_topic(office: Office) -> None:
    rep = office.reps[1]
    root = say(office, rep, "new topic: Wonka")
    answered(office, rep, root["ts"])
    say(office, rep, "name: Wonka")
    say(office, rep, "pause")
    whispered(office, rep, "Paused: what comes is kept")
    note = say(office, rep, "note on Wonka: x")
    until(lambda: held(office) == 1, "the message that is kept")
    still = "The conversation “Wonka” is still paused and keeps 1 message; *resume* lets it go on."
    say(office, rep, "new topic")
    whispered(office, rep, f"stays where it is. {still}")
    other = say(office, rep, "new topic: Hooli")
    answered(office, rep, other["ts"])
    until(lambda: still in office.told(rep), "the same beside the new topic")
    say(office, rep, "resume")
    going_on = "Going on with the conversation “Wonka”. What was kept is answered in its thread: 1 message."
    until(lambda: going_on in office.told(rep), "that the earlier one goes on")
    assert answered(office, rep, note["ts"]) == "assistant heard: note on Wonka: x"
    before = len(office.told(rep))
    say(office, rep, "resume")
    until(lambda: "It isn't paused." in office.told(rep)[before:], "that nothing is paused any more")


def joined(office: Office, top: dict[str, Any]) -> bool:
    """Whether what is written below that message belongs to a conversation already; it does a moment after it came."""
    with office.daybook.database.connect() as connection:
        return bool(connection.scalar(select(threads.c.session).where(threads.c.thread_ts == top["ts"])))


def titled(office: Office, rep: str, thread: str, title: str) -> None:
    """Slack's own list of conversations calls it that."""
    agent = lambda: office.sandbox.get(f"/_sandbox/slack/agent?user={rep}")["sessions"]  # noqa: E731
    until(lambda: (thread, title) in {(one["thread_ts"], one["title"]) for one in agent()}, f"the title {title}")


def test_a_fork_goes_on_in_a_thread_of_its_own_and_a_name_is_kept(office: Office) -> None:
    rep = office.reps[1]
    root = say(office, rep, "new topic: Acme")
    answered(office, rep, root["ts"])
    until(lambda: quiet(office), "its turn to end")
    office.daybook.systems.chat.set_session(office.channel(rep), root["ts"], "active", "new topic: Acme", rep)
    say(office, rep, "name: Acme's renewal", thread=root["ts"])
    whispered(office, rep, "Acme's renewal")
    titled(office, rep, root["ts"], "Acme's renewal")
    say(office, rep, "name: Acme's lamps")
    titled(office, rep, root["ts"], "Acme's lamps")
    say(office, rep, "name: Acme's renewal", thread=root["ts"])
    titled(office, rep, root["ts"], "Acme's renewal")
    say(office, rep, "fork", thread=root["ts"])
    until(lambda: [m for m in office.sandbox.messages(rep) if "A fork of “Acme's renewal”" in m["text"]], "the fork")
    top = next(m for m in office.sandbox.messages(rep) if "A fork of “Acme's renewal”" in m["text"])
    until(lambda: joined(office, top), "its thread to be the copy's")
    said = say(office, rep, "on the copy", thread=top["ts"])
    answered(office, rep, top["ts"])
    assert session_of(office, said["ts"]).startswith("fork:")
    until(lambda: kinds(office, said["ts"]).count("replied") == 2, "the answer to be in the log")


def test_a_sentence_that_begins_like_a_phrase_is_for_the_agent(office: Office) -> None:
    rep = office.reps[1]
    for text in ("stop the renewal mails to Acme", "name the top three", "pause the deal"):
        said = say(office, rep, text)
        assert answered(office, rep, said["ts"]) == f"assistant heard: {text}"


# -- edits and deletions ----------------------------------------------------------------------------------------------


def test_an_edit_or_a_deletion_counts_while_the_message_waits_in_line(office: Office) -> None:
    rep = office.reps[2]
    echo.ASSISTANT.hold.set()
    root = say(office, rep, "new topic: first")
    edited = say(office, rep, "secnod", thread=root["ts"])
    gone = say(office, rep, "third", thread=root["ts"])
    last = say(office, rep, "fourth", thread=root["ts"])
    office.sandbox.post("/_sandbox/slack/edit", {"user": rep, "ts": edited["ts"], "text": "second", "wait": 5})
    office.sandbox.post("/_sandbox/slack/delete", {"user": rep, "ts": gone["ts"], "wait": 5})
    echo.ASSISTANT.hold.clear()
    answered(office, rep, root["ts"], count=3)
    until(lambda: quiet(office), "quiet")
    heard = [f"assistant heard: {text}" for text in ("first", "second", "fourth")]
    assert thread_of(office, rep, root["ts"]) == heard
    office.sandbox.post("/_sandbox/slack/edit", {"user": rep, "ts": root["ts"], "text": "FIRST", "wait": 5})
    office.sandbox.post("/_sandbox/slack/edit", {"user": rep, "ts": last["ts"], "text": "FOURTH", "wait": 5})
    until(lambda: "edited" in kinds(office, root["ts"]), "the note")
    assert kinds(office, root["ts"]).count("edited") == 1
    assert len(thread_of(office, rep, root["ts"])) == 3


@pytest.mark.parametrize("as_stop", ["stop", "Stop it!"])
def test_a_message_in_line_that_is_changed_into_stop_stops(office: Office, as_stop: str) -> None:
    rep = office.reps[2]
    echo.ASSISTANT.hold.set()
    root = say(office, rep, "new topic: first")
    until(lambda: "started" in kinds(office, root["ts"]), "the turn that runs")
    waits = say(office, rep, "and another thing", thread=root["ts"])
    edited = {"user": rep, "ts": waits["ts"], "text": as_stop, "wait": 5}
    whispers = len(office.told(rep))
    office.sandbox.post("/_sandbox/slack/edit", edited)
    until(lambda: "Stopped." in office.told(rep)[whispers:], "the word that it was stopped")
    echo.ASSISTANT.hold.clear()
    until(lambda: quiet(office), "quiet")
    assert not any("another thing" in text or "top" in text for text in thread_of(office, rep, root["ts"]))
    assert "stopped" in kinds(office, root["ts"])


def test_a_message_in_line_that_is_changed_into_other_words_for_daybook_itself_is_taken_as_those(
    office: Office,
) -> None:
    rep = office.reps[2]
    echo.ASSISTANT.hold.set()
    root = say(office, rep, "new topic: first")
    until(lambda: "started" in kinds(office, root["ts"]), "the turn that runs")
    said = {
        "name: Acme's lamps": "now called Acme's lamps",
        "!agent nobody what now?": "There is no agent of that name",
        "new topic": "A thread is one conversation",
        "pause": "Paused",
    }
    for text, answer in said.items():
        waits = say(office, rep, "something else", thread=root["ts"])
        whispers = len(office.told(rep))
        office.sandbox.post("/_sandbox/slack/edit", {"user": rep, "ts": waits["ts"], "text": text, "wait": 5})
        until(lambda answer=answer, whispers=whispers: any(answer in one for one in office.told(rep)[whispers:]), text)
    held = say(office, rep, "is held", thread=root["ts"])
    office.sandbox.post("/_sandbox/slack/edit", {"user": rep, "ts": held["ts"], "text": "resume", "wait": 5})
    echo.ASSISTANT.hold.clear()
    answered(office, rep, root["ts"])
    until(lambda: quiet(office), "quiet")
    assert thread_of(office, rep, root["ts"]) == ["assistant heard: first"]


def test_an_edit_in_line_changes_who_is_asked_too(office: Office) -> None:
    rep = office.reps[2]
    echo.ASSISTANT.hold.set()
    root = say(office, rep, "new topic: first")
    away = say(office, rep, "!agent security second", thread=root["ts"])
    to = say(office, rep, "third", thread=root["ts"])
    office.sandbox.post("/_sandbox/slack/edit", {"user": rep, "ts": away["ts"], "text": "second", "wait": 5})
    edited = {"user": rep, "ts": to["ts"], "text": "!agent security third", "wait": 5}
    office.sandbox.post("/_sandbox/slack/edit", edited)
    echo.ASSISTANT.hold.clear()
    answered(office, rep, root["ts"], count=3)
    until(lambda: quiet(office), "quiet")
    heard = ["assistant heard: first", "assistant heard: second", "security heard: third"]
    assert thread_of(office, rep, root["ts"]) == heard


def edit(office: Office, person: str, ts: str, text: str, channel: str = "app") -> None:
    asked = {"user": person, "channel": channel, "ts": ts, "text": text, "wait": 5}
    delivery = office.sandbox.post("/_sandbox/slack/edit", asked)["delivery"]
    assert delivery["acked"], delivery
    again = {"event_id": delivery["id"], "wait": 5}
    assert office.sandbox.post("/_sandbox/slack/redeliver", again)["delivery"]["acked"]


def test_a_message_without_a_question_is_heard_once_it_is_changed_into_one(office: Office) -> None:
    rep, me = office.reps[2], office.daybook.systems.chat.identity().bot_user
    root = say(office, rep, f"<@{me}>", ROOM)
    whispered(office, rep, "Yes? Tell me")
    edit(office, rep, root["ts"], f"<@{me}> what about Acme?", ROOM)
    assert answered(office, rep, root["ts"], ROOM) == "assistant heard: what about Acme?"
    edit(office, rep, root["ts"], f"<@{me}> what about Acme Ltd?", ROOM)
    until(lambda: "edited" in kinds(office, root["ts"]), "the note")
    assert len(thread_of(office, rep, root["ts"], ROOM)) == 1, "heard once"


def test_naming_daybook_by_an_edit_asks_it_and_any_other_edit_of_what_it_did_not_hear_does_not(office: Office) -> None:
    rep, me = office.reps[2], office.daybook.systems.chat.identity().bot_user
    root = say(office, rep, "what about Initech?", ROOM)
    aside = say(office, rep, "and Hooli?", ROOM, root["ts"])
    edit(office, rep, root["ts"], f"<@{me}> what about Initech?", ROOM)
    assert answered(office, rep, root["ts"], ROOM) == "assistant heard: what about Initech?"
    edit(office, rep, aside["ts"], "and Hooli, who called?", ROOM)
    edit(office, rep, aside["ts"], f"and Hooli, <@{me}>?", ROOM)
    assert "and Hooli, @" in answered(office, rep, root["ts"], ROOM, 2)
    until(lambda: quiet(office), "quiet")
    assert len(thread_of(office, rep, root["ts"], ROOM)) == 2


def test_an_unknown_agent_is_answered_with_those_there_are_until_the_name_is_right(office: Office) -> None:
    rep = office.reps[2]
    root = say(office, rep, "new topic: hello")
    answered(office, rep, root["ts"])

    def lists() -> int:
        said = [one for one in office.told(rep) if one.startswith("There is no agent of that name")]
        assert all("*security*: answers questions about data protection" in one for one in said)
        return len(said)

    say(office, rep, "!agent", thread=root["ts"])
    whispered(office, rep, "for example `!agent ")
    say(office, rep, "!agent security", thread=root["ts"])
    whispered(office, rep, "`!agent security …`")
    before = lists()
    asked = say(office, rep, "!agent secruity is it safe?", thread=root["ts"])
    until(lambda: lists() == before + 1, "the agents there are")
    edit(office, rep, asked["ts"], "!agent securty is it safe?")
    until(lambda: lists() == before + 2, "them again")
    edit(office, rep, asked["ts"], "!agent security is it safe?")
    assert answered(office, rep, root["ts"], count=2) == "security heard: is it safe?"
    assert lists() == before + 2, "one sentence for each change, however often it is delivered"


def test_whoever_changes_or_deletes_what_is_worked_on_hears_that_it_goes_on(office: Office) -> None:
    rep = office.reps[2]
    echo.ASSISTANT.hold.set()
    root = say(office, rep, "new topic: a long job")
    until(lambda: "began" in kinds(office, root["ts"]), "the turn to begin")
    edit(office, rep, root["ts"], "another job")
    whispered(office, rep, "before you changed it, and I am at work on what it said")
    office.sandbox.post("/_sandbox/slack/delete", {"user": rep, "ts": root["ts"], "wait": 5})
    whispered(office, rep, "before you deleted it, and I am at work on it")
    echo.ASSISTANT.hold.clear()
    until(lambda: quiet(office), "it to end")
