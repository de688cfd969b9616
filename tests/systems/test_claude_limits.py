"""An answer has a time limit, can be stopped at any moment, and shares its connection with nobody meanwhile."""

from __future__ import annotations

import threading
import time

import pytest

from systems.claude import Claude
from systems.faults import (
    SourceDown,
)
from systems.model import Stopped
from tests.systems.wire_of_claude import (
    HEAD,
    START,
    RawClaude,
    Talk,
    chunk,
    question,
    sse,
    streamed,
    text,
    whole,
)


def test_a_trickle_ends_at_the_limit_for_the_whole_answer(wire: RawClaude, claude: Claude) -> None:
    def trickle(talk: Talk) -> None:
        talk.say(HEAD + chunk(sse(START)))
        while not talk.wait(0.05):
            talk.say(chunk(sse({"type": "ping"})))

    wire.scripts = [trickle]
    began = time.monotonic()
    with pytest.raises(SourceDown, match=r"within 0\.6 s"):
        claude.ask(question(timeout_seconds=0.6))
    assert 0.5 < time.monotonic() - began < 3


@pytest.mark.parametrize("said", [b"", HEAD, HEAD + chunk(sse(START))])
def test_silence_ends_at_the_limit_too(wire: RawClaude, claude: Claude, said: bytes) -> None:
    def silent(talk: Talk) -> None:
        talk.say(said)
        talk.wait(30)

    wire.scripts = [silent]
    began = time.monotonic()
    with pytest.raises(SourceDown, match="within"):
        claude.ask(question(timeout_seconds=0.4))
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("said", [b"", HEAD + chunk(sse(START))])
def test_a_stop_hangs_up_even_in_silence(wire: RawClaude, claude: Claude, said: bytes) -> None:
    hung_up = threading.Event()
    asked = threading.Event()

    def silent(talk: Talk) -> None:
        talk.say(said)
        asked.set()
        if talk.gone():
            hung_up.set()

    wire.scripts = [silent]
    began = time.monotonic()
    with pytest.raises(Stopped):
        claude.ask(question(), stopped=asked.is_set)
    assert time.monotonic() - began < 3
    assert hung_up.wait(5), "the connection is closed, so that the vendor stops writing"


def test_a_stop_between_two_pieces_that_came_together_is_noticed(wire: RawClaude, claude: Claude) -> None:
    wire.scripts = [streamed(whole(text("one ", "two ", "three")))]
    heard: list[str] = []
    with pytest.raises(Stopped):
        claude.ask(question(), heard.append, stopped=lambda: bool(heard))
    assert heard == ["one "]


def test_an_answer_that_is_whole_counts_even_when_its_connection_does_not_end(
    wire: RawClaude, claude: Claude
) -> None:
    events = b"".join(chunk(sse(event)) for event in whole(text("Paid for.")))

    def lingering(talk: Talk) -> None:
        talk.say(HEAD + events)
        talk.gone()

    def resetting(talk: Talk) -> None:
        talk.say(HEAD + events)
        talk.wait(0.05)
        talk.reset()

    for script in (lingering, resetting):
        wire.scripts = [script]
        began = time.monotonic()
        assert claude.ask(question()).content == [{"type": "text", "text": "Paid for."}]
        assert time.monotonic() - began < 3


def test_one_connection_serves_the_questions_of_a_turn(wire: RawClaude, claude: Claude) -> None:
    wire.scripts = [streamed(whole(text("ok"))) for _ in range(4)]
    for _ in range(4):
        claude.ask(question())
    assert wire.connections == 1


def test_a_connection_that_was_closed_meanwhile_is_not_used_again(wire: RawClaude, claude: Claude) -> None:
    def and_close(talk: Talk) -> None:
        talk.say(streamed(whole(text("one"))))
        talk.hang_up()
        closed.set()

    closed = threading.Event()
    wire.scripts = [and_close, streamed(whole(text("two")))]
    claude.ask(question())
    assert closed.wait(5)
    assert claude.ask(question()).content == [{"type": "text", "text": "two"}]
    assert wire.connections == 2


def test_sixteen_turns_at_once_each_get_their_own_answer_and_their_own_stop(wire: RawClaude, claude: Claude) -> None:
    def echo(talk: Talk) -> None:
        talk.say(streamed(whole(text("an ", "answer"))))

    wire.scripts = [echo] * 64
    ends: list[str] = []

    def turn(stops: bool) -> None:
        heard: list[str] = []
        for _ in range(4):
            try:
                ends.append(claude.ask(question(), heard.append, lambda: stops and bool(heard)).content[0]["text"])
            except Stopped:
                ends.append("stopped")

    threads = [threading.Thread(target=turn, args=(n % 2 == 0,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(ends) == ["an answer"] * 32 + ["stopped"] * 32
