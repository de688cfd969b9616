"""Claude's answers through the real client: whole and streamed, prepared by a test, cut, late, broken on purpose."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic import APIConnectionError, APIStatusError, APITimeoutError, InternalServerError, OverloadedError

from tests.sandbox.claude_served import HAIKU, OPUS, SONNET, Claude, tool

CALL = {"type": "tool_use", "name": "find_account", "input": {"name": "Acme", "why": "they called this morning"}}
BROKEN_OFF = (httpx2.TransportError, APIConnectionError)


def _events(claude: Claude, **asked: Any) -> list[Any]:
    given = {"model": SONNET, "max_tokens": 1000, "messages": [{"role": "user", "content": "hi"}], **asked}
    return list(claude.client.messages.create(stream=True, **given))


def _final(claude: Claude, **asked: Any) -> Any:
    given = {"model": SONNET, "max_tokens": 1000, "messages": [{"role": "user", "content": "hi"}], **asked}
    with claude.client.messages.stream(**given) as stream:
        return stream.get_final_message()


def test_an_answer_has_what_the_client_reads(claude: Claude) -> None:
    answer = claude.ask("hello", model=SONNET)
    assert (answer.type, answer.role, answer.model, answer.stop_reason) == ("message", "assistant", SONNET, "end_turn")
    assert answer.id.startswith("msg_")
    assert answer._request_id is not None
    assert answer._request_id.startswith("req_")
    assert [block.type for block in answer.content] == ["thinking", "text"]
    details = answer.usage.output_tokens_details
    assert details is not None
    assert 0 < details.thinking_tokens < answer.usage.output_tokens


def test_thinking_is_shown_only_when_it_is_asked_for(claude: Claude) -> None:
    def thought(**asked: Any) -> list[str]:
        return [b.thinking for b in claude.ask("hello", model=SONNET, **asked).content if b.type == "thinking"]

    assert thought() == [""]
    (shown,) = thought(thinking={"type": "adaptive", "display": "summarized"})
    assert "hello" in shown
    assert thought(thinking={"type": "between_tools"}) == []


def test_a_stream_has_claudes_events_in_claudes_order(claude: Claude) -> None:
    claude.script({"content": [{"type": "thinking", "thinking": "Which Acme?"}, CALL]})
    events = _events(claude, tools=[tool("find_account")], thinking={"type": "adaptive", "display": "summarized"})
    assert [event.type for event in events[:2]] == ["message_start", "content_block_start"]
    assert [event.type for event in events[-3:]] == ["content_block_stop", "message_delta", "message_stop"]
    deltas = [event.delta for event in events if event.type == "content_block_delta"]
    kinds = [delta.type for delta in deltas]
    assert kinds[:2] == ["thinking_delta", "signature_delta"]
    pieces = [delta.partial_json for delta in deltas if delta.type == "input_json_delta"]
    assert len(pieces) > 2
    assert json.loads("".join(pieces)) == CALL["input"]
    ended = events[-2]
    assert ended.delta.stop_reason == "tool_use"
    assert ended.usage.output_tokens > 1
    assert events[0].message.usage.input_tokens == ended.usage.input_tokens > 0


def test_a_streamed_message_is_put_together_as_it_was_written(claude: Claude) -> None:
    claude.script({"content": [{"type": "text", "text": "Grüße an Acme. " * 9}, CALL]}, repeat=True)
    whole = claude.ask("hi", tools=[tool("find_account")])
    streamed = _final(claude, tools=[tool("find_account")])
    assert streamed.stop_reason == whole.stop_reason == "tool_use"
    assert [block.type for block in streamed.content] == ["text", "tool_use"]
    assert streamed.content[0].text == whole.content[0].text == "Grüße an Acme. " * 9
    assert streamed.content[1].input == CALL["input"]
    assert streamed.usage.output_tokens == whole.usage.output_tokens


def test_prepared_answers_come_in_order_and_then_the_stand_in_goes_on(claude: Claude) -> None:
    assert claude.script({"content": "one"}, {"content": "two"}) == {"waiting": 2}
    told = [claude.ask("hi").content[-1].text for _ in range(3)]
    assert told[:2] == ["one", "two"]
    assert "stand-in" in told[2]


def test_a_prepared_answer_may_be_for_one_model_only_and_may_be_taken_back(claude: Claude) -> None:
    claude.script({"content": "for sonnet", "model_contains": "sonnet"}, {"content": "for all"})
    assert claude.ask("hi", model=HAIKU).content[0].text == "for all"
    assert claude.ask("hi", model=SONNET).content[0].text == "for sonnet"
    claude.script({"content": "again"}, repeat=True)
    assert {claude.ask("hi").content[0].text for _ in range(3)} == {"again"}
    claude.running.ask("DELETE", "claude/script")
    assert "stand-in" in claude.ask("hi").content[-1].text


@pytest.mark.parametrize("wrong", [{}, {"content": [{"type": "image"}]}, {"content": "x", "stop": "now"},
                                   {"content": "x", "stop_reason": "tired"}])  # fmt: skip
def test_a_script_that_makes_no_sense_is_refused_in_words(claude: Claude, wrong: dict[str, Any]) -> None:
    told = claude.script(wrong)
    assert told["ok"] is False
    assert told["error"]


@pytest.mark.parametrize("stop", ["max_tokens", "refusal", "pause_turn", "model_context_window_exceeded"])
def test_an_answer_may_end_for_any_reason(claude: Claude, stop: str) -> None:
    claude.script({"content": "half a", "stop_reason": stop}, repeat=True)
    for answer in (claude.ask("hi"), _final(claude)):
        assert answer.stop_reason == stop
        assert (answer.stop_details is not None) is (stop == "refusal")


def test_a_refusal_may_name_its_category_and_hold_nothing(claude: Claude) -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "No."}
    claude.script({"content": [], "stop_reason": "refusal", "stop_details": details})
    answer = _final(claude)
    assert (answer.content, answer.stop_details.category) == ([], "cyber")


def test_usage_may_be_prepared(claude: Claude) -> None:
    claude.script({"content": "dear", "usage": {"output_tokens": 90_000}})
    assert claude.ask("hi").usage.output_tokens == 90_000


def test_a_stream_may_be_cut_in_the_middle(claude: Claude) -> None:
    claude.script({"content": [CALL], "cut_after": 4})
    seen: list[Any] = []
    stream = claude.client.messages.create(
        stream=True, model=SONNET, max_tokens=100, messages=[{"role": "user", "content": "hi"}]
    )
    with pytest.raises(BROKEN_OFF):
        seen.extend(iter(lambda: next(stream), None))
    assert claude.requests[-1]["sent_whole"] is False


def test_a_whole_answer_may_be_cut_too(claude: Claude) -> None:
    claude.script({"content": "half", "cut_after": 1})
    with pytest.raises(BROKEN_OFF):
        claude.ask("hi")


def test_an_error_may_come_in_the_middle_of_a_stream(claude: Claude) -> None:
    claude.script({"content": "never all of it", "cut_after": 3, "error": {"type": "overloaded_error", "status": 529}})
    with pytest.raises(APIStatusError) as caught:
        _events(claude)
    assert caught.value.type == "overloaded_error"


def test_a_late_answer_outlasts_an_impatient_client(claude: Claude) -> None:
    claude.script({"content": "late", "delay_ms": 500})
    with pytest.raises(APITimeoutError):
        claude.ask("hi", timeout=0.2)


def test_a_stream_ends_when_its_reader_hangs_up(claude: Claude) -> None:
    claude.script({"content": "slow " * 40, "chunk_delay_ms": 100}, {"content": "later", "delay_ms": 1500})
    with claude.client.messages.create(
        stream=True, model=SONNET, max_tokens=100, messages=[{"role": "user", "content": "hi"}]
    ) as stream:
        assert next(stream).type == "message_start"
    # By the time the second answer is there, the whole of the first would have been sent.
    claude.ask("hi")
    first = claude.requests[0]
    assert first["sent_whole"] is False
    assert first["sent_events"] < 6


def test_the_answer_ends_at_max_tokens_and_at_a_stop_sequence(claude: Claude) -> None:
    assert claude.ask("hi", max_tokens=3).stop_reason == "max_tokens"
    stopped = claude.ask("hi", stop_sequences=["stand-in"])
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", "stand-in")
    warmed = claude.ask("hi", max_tokens=0)
    assert (warmed.content, warmed.stop_reason) == ([], "max_tokens")


def test_a_call_that_did_not_fit_is_broken_off_in_its_json(claude: Claude) -> None:
    events = _events(
        claude, model=HAIKU, thinking={"type": "disabled"}, tools=[tool("find_account")], max_tokens=16,
        messages=[{"role": "user", "content": "what's open at The Extraordinarily Long-Winded Cooperative Society?"}],
    )  # fmt: skip
    text = "".join(e.delta.partial_json for e in events if e.type == "content_block_delta")
    assert text.startswith('{"name"')
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    assert events[-2].delta.stop_reason == "max_tokens"


def test_prepared_errors_come_as_the_clients_own_exceptions(claude: Claude) -> None:
    claude.script(
        {"error": {"status": 529}},
        {"error": {"status": 429, "message": "Slow down"}, "retry_after": 7},
        {"error": {"status": 500}},
        {"error": {"status": 402, "message": "Your credit balance is too low"}},
    )
    with pytest.raises(OverloadedError) as overloaded:
        claude.ask("hi")
    assert overloaded.value.type == "overloaded_error"
    assert overloaded.value.request_id is not None
    with pytest.raises(anthropic.RateLimitError) as limited:
        claude.ask("hi")
    assert (limited.value.api_message, limited.value.response.headers["retry-after"]) == ("Slow down", "7")
    with pytest.raises(InternalServerError):
        claude.ask("hi")
    with pytest.raises(anthropic.PaymentRequiredError):
        claude.ask("hi")


def test_the_client_tries_again_by_itself_when_it_may(claude: Claude) -> None:
    claude.script({"error": {"status": 529}, "retry_after": 0}, {"content": "now"})
    assert claude.client.with_options(max_retries=1).messages.create(
        model=HAIKU, max_tokens=50, messages=[{"role": "user", "content": "hi"}]
    ).content[0].text == "now"  # fmt: skip
    assert [request["status"] for request in claude.requests] == [529, 200]


def test_knobs_make_claude_misbehave_as_the_other_vendors(claude: Claude) -> None:
    turn = claude.running.turn
    turn("claude.messages", "rate_limit", retry_after=3)
    with pytest.raises(anthropic.RateLimitError) as limited:
        claude.ask("hi")
    assert limited.value.response.headers["retry-after"] == "3"
    turn("claude.messages", "error", status=500)
    with pytest.raises(InternalServerError):
        claude.ask("hi")
    turn("claude.messages", "error", error="overloaded_error")
    with pytest.raises(OverloadedError):
        claude.ask("hi")
    for mode in ("drop_before", "drop_after", "half_answer"):
        turn("claude.messages", mode)
        with pytest.raises(BROKEN_OFF):
            claude.ask("hi")
    turn("claude.messages", "half_answer", match={"stream": True})
    with pytest.raises(BROKEN_OFF):
        _events(claude)
    # A call that was dropped before it took effect was never a request to the model; one dropped after it was.
    assert [request["status"] for request in claude.requests] == [429, 500, 529, 200, 200, 200]
    turn("claude.messages", "delay", seconds=0.5)
    with pytest.raises(APITimeoutError):
        claude.ask("hi", timeout=0.2)
    assert claude.ask("hi").stop_reason == "end_turn"


def test_what_was_asked_and_answered_can_be_looked_at_and_forgotten(claude: Claude) -> None:
    claude.ask("hello", system="Be brief.", model=OPUS)
    (request,) = claude.requests
    assert request["body"]["system"] == "Be brief."
    assert (request["model"], request["status"], request["scripted"]) == (OPUS, 200, False)
    assert request["answer"]["stop_reason"] == "end_turn"
    assert request["usage"]["input_tokens"] > 0
    assert claude.running.ask("DELETE", "claude/requests") == {"requests": []}
    assert claude.running.ask("GET", "calls")["anthropic"] == {"total": 1, "by": {"POST /v1/messages": 1}}


def test_models_tell_what_they_take(claude: Claude) -> None:
    names = [model.id for model in claude.client.models.list(limit=2)]
    assert names[:2] == [HAIKU, SONNET]
    assert len(names) == 4
    sonnet = claude.client.models.retrieve(SONNET)
    assert sonnet.max_input_tokens == 1_000_000
    assert sonnet.capabilities is not None
    kinds = sonnet.capabilities.thinking.types
    assert (kinds.adaptive.supported, kinds.between_tools.supported, kinds.disabled.supported) == (True, True, False)


def test_tokens_can_be_counted_before_they_are_sent(claude: Claude) -> None:
    asked: Any = {"model": HAIKU, "system": "Be brief.", "messages": [{"role": "user", "content": "hello " * 50}],
                  "tools": [tool("find_account")]}  # fmt: skip
    counted = claude.client.messages.count_tokens(**asked).input_tokens
    assert counted == claude.client.messages.create(max_tokens=9, **asked).usage.input_tokens


async def _ask_async(claude: Claude) -> str:
    env = claude.running.sandbox.environment
    async with anthropic.AsyncAnthropic(
        api_key=env["ANTHROPIC_API_KEY"], base_url=env["ANTHROPIC_BASE_URL"], max_retries=0
    ) as client, client.messages.stream(
        model=HAIKU, max_tokens=500, messages=[{"role": "user", "content": "hi"}]
    ) as stream:
        return "".join([text async for text in stream.text_stream])


def test_the_async_client_reads_the_same_stream(claude: Claude) -> None:
    assert "stand-in" in asyncio.run(_ask_async(claude))
