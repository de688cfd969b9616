"""Whatever Claude's wire does, an answer is whole or none, and each way it fails is told by its kind."""

from __future__ import annotations

import time

import pytest

from systems.claude import Claude
from systems.faults import (
    NotAllowed,
    NotFound,
    RateLimited,
    Rejected,
    SourceDown,
    SystemFault,
    Unauthorized,
)
from tests.systems.wire_of_claude import (
    HEAD,
    START,
    STOP,
    RawClaude,
    Talk,
    begun,
    chunk,
    delta,
    ended,
    over,
    question,
    refused,
    sse,
    streamed,
    text,
    tool,
    whole,
)


def test_an_answer_cut_anywhere_is_no_answer(wire: RawClaude, claude: Claude) -> None:
    events = whole(text("Done."), tool('{"account": "1"}', index=1), reason="tool_use")
    body = b"".join(chunk(sse(event)) for event in events[:-1])
    cuts = [*range(0, len(body), 97), len(body)]
    for how in (b"", b"0\r\n\r\n"):
        for at in cuts:

            def cut(talk: Talk, at: int = at, how: bytes = how) -> None:
                talk.say(HEAD + body[:at] + how)
                talk.hang_up()

            wire.scripts = [cut]
            with pytest.raises(SourceDown) as fault:
                claude.ask(question())
            assert not isinstance(fault.value, RateLimited)


def test_a_reset_in_the_middle_is_a_fault_to_try_again(wire: RawClaude, claude: Claude) -> None:
    def reset(talk: Talk) -> None:
        talk.say(HEAD + chunk(sse(START)))
        talk.reset()

    def at_once(talk: Talk) -> None:
        talk.reset()

    for script in (reset, at_once):
        wire.scripts = [script]
        with pytest.raises(SourceDown):
            claude.ask(question())
    assert len(wire.requests) == 2, "nothing is asked twice"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>gateway</html>",
        b"data: {not json}\n\n",
        b"data: \xff\xfe\n\n",
        b"data: []\n\n",
        b"data: null\n\n",
        b'data: {"type": "content_block_delta", "index": 7, "delta": {"type": "text_delta", "text": "x"}}\n\n',
        sse(START) + b'data: {"type": "content_block_start", "index": 0}\n\n',
        sse(START) + sse(begun(0, {"type": "text", "text": ""})) + sse(delta(0, "text_delta", text=5)) + sse(over(0)),
        sse(START) + sse(over(3)),
        sse(STOP),
        sse(START) + sse(STOP),
        sse(START) + sse(ended(None)) + sse(STOP),
        sse(START) + sse(begun(0, {"type": "text", "text": "half"})) + sse(ended("end_turn")) + sse(STOP),
    ],
)
def test_garbage_is_no_answer(wire: RawClaude, claude: Claude, body: bytes) -> None:
    wire.scripts = [HEAD + (chunk(body) if body else b"") + b"0\r\n\r\n"]
    with pytest.raises(SourceDown):
        claude.ask(question())


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\ngarbage",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"not HTTP at all\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
        b"HTTP/1.1 503 Said\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_whatever_a_proxy_says_instead_is_a_fault_to_try_again(
    wire: RawClaude, claude: Claude, answer: bytes
) -> None:
    wire.scripts = [answer]
    with pytest.raises(SourceDown):
        claude.ask(question())


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("overloaded_error", SourceDown),
        ("api_error", SourceDown),
        ("timeout_error", SourceDown),
        ("something_new", SourceDown),
        ("rate_limit_error", RateLimited),
        ("authentication_error", Unauthorized),
        ("permission_error", NotAllowed),
        ("billing_error", NotAllowed),
        ("not_found_error", NotFound),
        ("invalid_request_error", Rejected),
    ],
)
def test_an_error_in_the_stream_is_the_fault_it_names(
    wire: RawClaude, claude: Claude, kind: str, fault: type[SystemFault]
) -> None:
    wrong = {"type": "error", "error": {"type": kind, "message": "no"}}
    wire.scripts = [streamed([START, *text("I "), wrong, ended("end_turn"), STOP])]
    with pytest.raises(SystemFault) as raised:
        claude.ask(question())
    assert type(raised.value) is fault


@pytest.mark.parametrize(
    ("status", "kind", "fault"),
    [
        (400, "invalid_request_error", Rejected),
        (401, "authentication_error", Unauthorized),
        (402, "billing_error", NotAllowed),
        (403, "permission_error", NotAllowed),
        (404, "not_found_error", NotFound),
        (408, "timeout_error", SourceDown),
        (409, "conflict_error", SourceDown),
        (413, "request_too_large", Rejected),
        (422, "invalid_request_error", Rejected),
        (429, "rate_limit_error", RateLimited),
        (500, "api_error", SourceDown),
        (504, "timeout_error", SourceDown),
        (529, "overloaded_error", SourceDown),
    ],
)
def test_a_refusal_is_told_by_its_kind_and_never_repeated(
    wire: RawClaude, claude: Claude, status: int, kind: str, fault: type[SystemFault]
) -> None:
    wire.scripts = [refused(status, kind, retry_after="75"), streamed(whole(text("ok")))]
    began = time.monotonic()
    with pytest.raises(SystemFault) as raised:
        claude.ask(question())
    assert type(raised.value) is fault
    assert time.monotonic() - began < 5, "a Retry-After is told, not obeyed"
    if isinstance(raised.value, RateLimited):
        assert raised.value.retry_after == 75
    assert len(wire.requests) == 1
    assert claude.ask(question()).content == [{"type": "text", "text": "ok"}]


@pytest.mark.parametrize(("told", "seconds"), [("", None), ("soon", None), ("nan", None), ("-3", None), ("0.5", 0.5)])
def test_a_retry_after_that_is_no_number_of_seconds_is_not_known(
    wire: RawClaude, claude: Claude, told: str, seconds: float | None
) -> None:
    wire.scripts = [refused(429, "rate_limit_error", retry_after=told)]
    with pytest.raises(RateLimited) as raised:
        claude.ask(question())
    assert raised.value.retry_after == seconds


def test_nobody_there_is_a_fault_to_try_again() -> None:
    gone = RawClaude()
    gone.close()
    with pytest.raises(SourceDown):
        Claude("sk-ant-test", gone.address).ask(question())


def test_what_the_askers_own_functions_raise_is_not_taken_for_a_fault_of_claude(
    wire: RawClaude, claude: Claude
) -> None:
    def broken(_text: str) -> None:
        raise LookupError("ours")

    def broken_stop() -> bool:
        raise LookupError("ours")

    wire.scripts = [streamed(whole(text("one"))), streamed(whole(text("one")))]
    with pytest.raises(LookupError):
        claude.ask(question(), broken)
    with pytest.raises(LookupError):
        claude.ask(question(), stopped=broken_stop)
