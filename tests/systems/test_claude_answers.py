"""What Claude says is kept word for word, what it is asked is laid out for its cache, and nothing leaks."""

from __future__ import annotations

import logging

import pytest

from systems.claude import Claude, body_of
from systems.faults import (
    SourceDown,
    Unauthorized,
)
from systems.settings import SettingsError, load
from tests.systems.wire_of_claude import (
    HEAD,
    SECRET,
    START,
    STOP,
    SYSTEM,
    TOOLS,
    RawClaude,
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


def test_an_answer_is_kept_block_by_block_as_it_was_said(wire: RawClaude, claude: Claude) -> None:
    thinking = [
        begun(0, {"type": "thinking", "thinking": "", "signature": ""}),
        delta(0, "thinking_delta", thinking="Two matches? "),
        delta(0, "thinking_delta", thinking="No, one."),
        delta(0, "signature_delta", signature="c2ln"),
        over(0),
    ]
    hidden = [begun(1, {"type": "redacted_thinking", "data": "eHg="}), over(1)]
    newer = [
        begun(4, {"type": "hologram", "shape": {"b": 1, "a": [2]}, "words": "on"}),
        delta(4, "hologram_delta", words="ce", size=3),
        over(4),
    ]
    said = text("Ich prüfe ", "das. 🦊", index=2)
    call = tool('{"outcome": "Left voicemail", "account": "4711", "minutes": 5}', index=3)
    wire.scripts = [streamed(whole(thinking, hidden, said, call, newer, reason="tool_use"))]
    heard: list[str] = []

    answer = claude.ask(question(), heard.append)

    assert answer.content == [
        {"type": "thinking", "thinking": "Two matches? No, one.", "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "eHg="},
        {"type": "text", "text": "Ich prüfe das. 🦊"},
        {
            "type": "tool_use",
            "id": "toolu_1",
            "name": "log_call",
            "input": {"outcome": "Left voicemail", "account": "4711", "minutes": 5},
        },
        {"type": "hologram", "shape": {"b": 1, "a": [2]}, "words": "once", "size": 3},
    ]
    assert list(answer.content[3]["input"]) == ["outcome", "account", "minutes"]
    assert heard == ["Ich prüfe ", "das. 🦊"]
    assert (answer.stop_reason, answer.id, answer.model) == ("tool_use", "msg_1", "claude-sonnet-5-5")
    assert answer.usage == {
        "input_tokens": 10,
        "cache_read_input_tokens": 4000,
        "output_tokens": 20,
        "service_tier": "standard",
    }
    assert answer.broken_inputs == ()


def test_it_does_not_matter_where_the_bytes_are_cut(wire: RawClaude, claude: Claude) -> None:
    events = b"".join(sse(event) for event in whole(text("naïve ", "🦊"), tool('{"a": "ß"}', index=1)))
    crlf = events.replace(b"\n", b"\r\n")
    for body in (events, crlf):
        pieces = b"".join(chunk(body[at : at + 1]) for at in range(len(body)))
        wire.scripts = [HEAD + pieces + b"0\r\n\r\n"]
        answer = claude.ask(question())
        assert answer.content[0]["text"] == "naïve 🦊"
        assert answer.content[1]["input"] == {"a": "ß"}


@pytest.mark.parametrize("arguments", ['{"account": "4711", "outco', "[1, 2]", '"words"', "null", '{"a": NaN}', "{]"])
def test_arguments_that_cannot_be_read_are_empty_and_named(wire: RawClaude, claude: Claude, arguments: str) -> None:
    good = tool('{"account": "1"}', index=0, id="toolu_good")
    wire.scripts = [streamed(whole(good, tool(arguments, index=1, id="toolu_bad"), reason="tool_use"))]
    answer = claude.ask(question())
    assert [block["input"] for block in answer.content] == [{"account": "1"}, {}]
    assert answer.broken_inputs == ("toolu_bad",)


def test_a_tool_without_arguments_is_not_broken(wire: RawClaude, claude: Claude) -> None:
    wire.scripts = [streamed(whole(tool("", index=0), reason="tool_use"))]
    answer = claude.ask(question())
    assert (answer.content[0]["input"], answer.broken_inputs) == ({}, ())


def test_refusals_and_cut_short_answers_say_so(wire: RawClaude, claude: Claude) -> None:
    details = {"type": "refusal", "category": "cyber"}
    wire.scripts = [
        streamed([START, ended("refusal", details, output_tokens=0), STOP]),
        streamed([START, *tool('{"account": "47'), ended("max_tokens"), STOP]),
        streamed([START, *text("x"), ended("brand_new_reason"), STOP]),
    ]
    refusal = claude.ask(question())
    assert (refusal.stop_reason, refusal.stop_details, refusal.content) == ("refusal", details, [])
    short = claude.ask(question())
    assert (short.stop_reason, short.broken_inputs) == ("max_tokens", ("toolu_1",))
    assert claude.ask(question()).stop_reason == "brand_new_reason"


def test_the_request_is_laid_out_for_the_cache(wire: RawClaude, claude: Claude) -> None:
    wire.scripts = [streamed(whole(text("ok")))]
    claude.ask(question())
    ((line, headers, _body),) = wire.requests
    (body,) = wire.bodies()
    assert line.startswith("POST /v1/messages ")
    assert headers["authorization"] == "Bearer sk-ant-test"
    assert headers["anthropic-version"] == "2026-10-21"
    assert headers["content-type"] == "application/json"
    assert body == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 4_000,
        "stream": True,
        "cache_control": {"type": "ephemeral"},
        "system": [SYSTEM[0], {**SYSTEM[1], "cache_control": {"type": "ephemeral"}}],
        "tools": TOOLS,
        "messages": [{"role": "user", "content": SECRET}],
        "thinking": {"type": "adaptive", "display": "summarized"},
        "output_config": {"effort": "low"},
    }
    assert SYSTEM[1].keys() == {"type", "text"}, "the caller's blocks are left as they were"


def test_the_same_request_is_the_same_bytes_whatever_the_database_did_to_the_order_of_keys() -> None:
    call = {"type": "tool_use", "id": "t", "name": "n", "input": {"b": 1, "a": {"d": 2, "c": 3}}}
    shuffled = {"input": {"a": {"c": 3, "d": 2}, "b": 1}, "name": "n", "id": "t", "type": "tool_use"}
    one = body_of(question(messages=[{"role": "assistant", "content": [call]}]))
    other = body_of(question(messages=[{"content": [shuffled], "role": "assistant"}]))
    assert one == other


def test_a_longer_conversation_begins_with_the_bytes_of_the_shorter_one() -> None:
    first = [{"role": "user", "content": "hello"}]
    longer = [*first, {"role": "assistant", "content": [{"type": "text", "text": "hi"}]}]
    before, after = (body_of(question(messages=messages)) for messages in (first, longer))
    start = before.index(b'"messages":[') + len(b'"messages":[')
    prefix = before[: before.index(b"]", start)]
    assert after.startswith(prefix)


@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-sonnet-4-5-20250929", "claude-opus-4-5-20251101"])
def test_older_models_are_not_asked_for_what_they_refuse(model: str) -> None:
    body = body_of(question(model=model))
    assert b"thinking" not in body
    assert b"effort" not in body


def test_the_doctor_learns_which_models_the_key_cannot_use(wire: RawClaude, claude: Claude) -> None:
    def found(model: str) -> bytes:
        body = b'{"type":"model","id":"%s","display_name":"x","created_at":"2026-09-01T00:00:00Z"}' % model.encode()
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    listed = b'{"data":[],"has_more":false,"first_id":null,"last_id":null}'
    page = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(listed) + listed
    wire.scripts = [page, found("claude-sonnet-5-5"), refused(404, "not_found_error")]
    assert claude.missing(["claude-sonnet-5-5", "claude-gone-1"]) == ["claude-gone-1"]
    wire.scripts = [refused(401, "authentication_error")]
    with pytest.raises(Unauthorized, match="ANTHROPIC_API_KEY"):
        claude.missing([])


def test_a_moved_clock_may_ask_the_real_claude_but_no_real_crm() -> None:
    sandbox = {"SLACK_API_URL": "http://127.0.0.1:1/", "HUBSPOT_API_URL": "http://127.0.0.1:1", "DAYBOOK_CLOCK": "x"}
    load({**sandbox, "ANTHROPIC_API_KEY": "sk-ant-1"})
    with pytest.raises(SettingsError, match=r"api\.hubapi\.com"):
        load({"SLACK_API_URL": "http://127.0.0.1:1/", "DAYBOOK_CLOCK": "x", "ANTHROPIC_API_KEY": "sk-ant-1"})


def test_neither_words_nor_key_reach_the_log_or_a_fault(
    wire: RawClaude, claude: Claude, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wire.scripts = [streamed(whole(text("Northwind is fine."))), refused(500, "api_error"), b"\r\n\r\n"]
    claude.ask(question())
    for _ in range(2):
        with pytest.raises(SourceDown) as fault:
            claude.ask(question())
        assert SECRET not in repr(fault.value)
    assert "Northwind" not in caplog.text
    assert "sk-ant-test" not in caplog.text
