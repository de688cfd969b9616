"""Conversations with the sandbox's Claude over the wire: whole answers, the cache, and each way it says no."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from systems.claude import Claude
from systems.faults import NotFound, RateLimited, Rejected, SourceDown, SystemFault, Unauthorized
from systems.model import ModelRequest, Stopped, cost_micros
from tests.deployments import until
from tests.stand_ins import Sandbox

LONG = "A rep's call is logged with the outcome the rep named, never with one that was guessed. " * 60
TOOL = {
    "name": "log_call",
    "description": "Log a call",
    "input_schema": {"type": "object", "properties": {"account": {"type": "string"}, "outcome": {"type": "string"}}},
}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "log_call", "input": {"outcome": "Busy", "account": "4711"}}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    running = Sandbox.start(reps=1, accounts=1)
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def _fresh(sandbox: Sandbox) -> None:
    sandbox.ask("DELETE", "/_sandbox/claude/script")
    sandbox.ask("DELETE", "/_sandbox/claude/requests")
    sandbox.ask("DELETE", "/_sandbox/knobs")


@pytest.fixture
def claude(sandbox: Sandbox) -> Iterator[Claude]:
    adapter = Claude(sandbox.env["ANTHROPIC_API_KEY"], sandbox.env["ANTHROPIC_BASE_URL"])
    yield adapter
    adapter.close()


def question(*messages: Any, **more: Any) -> ModelRequest:
    given: dict[str, Any] = {
        "model": "claude-sonnet-5-5",
        "system": [{"type": "text", "text": LONG}],
        "tools": [TOOL],
        "messages": list(messages) or [{"role": "user", "content": "I called Northwind, they were busy"}],
        "max_tokens": 4_000,
        "effort": "medium",
        "timeout_seconds": 20.0,
    }
    return ModelRequest(**{**given, **more})


def prepared(sandbox: Sandbox, *answers: dict[str, Any]) -> None:
    sandbox.post("/_sandbox/claude/script", {"answers": list(answers)})


def requests(sandbox: Sandbox) -> list[dict[str, Any]]:
    return list(sandbox.get("/_sandbox/claude/requests")["requests"])


def test_a_turn_goes_back_word_for_word_and_reads_its_beginning_from_the_cache(
    sandbox: Sandbox, claude: Claude
) -> None:
    thought = {"type": "thinking", "thinking": "One account is called that. Log it."}
    prepared(
        sandbox,
        {"content": [thought, {"type": "text", "text": "One moment."}, CALL], "stop_reason": "tool_use"},
        {"content": [{"type": "text", "text": "Logged. 🦊"}], "stop_reason": "end_turn"},
    )
    heard: list[str] = []
    asked = question()
    first = claude.ask(asked, heard.append)
    assert first.stop_reason == "tool_use"
    assert first.content == requests(sandbox)[0]["answer"]["content"], "with the seal on its thinking"
    assert "".join(heard) == "One moment."

    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": '{"done": "Logged"}'}
    second = claude.ask(
        question(
            *asked.messages, {"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}
        )
    )

    assert second.content == requests(sandbox)[1]["answer"]["content"]
    assert second.content[0]["text"] == "Logged. 🦊"
    assert first.usage["cache_creation_input_tokens"] > 0
    assert second.usage["cache_read_input_tokens"] == first.usage["cache_creation_input_tokens"]
    assert second.usage == requests(sandbox)[1]["usage"]
    assert cost_micros(second.model, second.usage) < cost_micros(first.model, first.usage)


def test_a_second_conversation_reads_tools_and_system_from_the_first_ones_cache(
    sandbox: Sandbox, claude: Claude
) -> None:
    prepared(sandbox, *({"content": [{"type": "text", "text": "ok"}]} for _ in range(2)))
    system = [{"type": "text", "text": LONG + "Second conversations."}]
    claude.ask(question({"role": "user", "content": "hello"}, system=system))
    other = claude.ask(question({"role": "user", "content": "something else altogether"}, system=system))
    assert other.usage["cache_read_input_tokens"] > 1_000


@pytest.mark.parametrize("model", ["claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5", "claude-fable-5-1"])
@pytest.mark.parametrize("effort", [None, "low", "max"])
def test_every_model_takes_what_is_sent(sandbox: Sandbox, claude: Claude, model: str, effort: str | None) -> None:
    prepared(sandbox, {"content": [{"type": "text", "text": "ok"}]})
    assert claude.ask(question(model=model, effort=effort)).model == model


@pytest.mark.parametrize(
    ("status", "kind", "fault"),
    [
        (400, "invalid_request_error", Rejected),
        (429, "rate_limit_error", RateLimited),
        (500, "api_error", SourceDown),
        (529, "overloaded_error", SourceDown),
    ],
)
def test_a_refusal_is_asked_once_and_told_by_its_kind(
    sandbox: Sandbox, claude: Claude, status: int, kind: str, fault: type[SystemFault]
) -> None:
    prepared(sandbox, {"error": {"status": status, "type": kind, "message": "not now"}, "retry_after": 7})
    with pytest.raises(SystemFault) as raised:
        claude.ask(question())
    assert type(raised.value) is fault
    if isinstance(raised.value, RateLimited):
        assert raised.value.retry_after == 7
    assert len(requests(sandbox)) == 1


def test_a_wrong_key_and_an_unknown_model_are_named(sandbox: Sandbox, claude: Claude) -> None:
    stranger = Claude("sk-ant-of-somebody-else", sandbox.env["ANTHROPIC_BASE_URL"])
    with pytest.raises(Unauthorized, match="ANTHROPIC_API_KEY"):
        stranger.ask(question())
    stranger.close()
    with pytest.raises(NotFound, match="model"):
        claude.ask(question(model="claude-unheard-of-1"))


def test_an_overload_in_the_middle_of_the_stream_is_no_answer(sandbox: Sandbox, claude: Claude) -> None:
    half = {"error": {"status": 529, "type": "overloaded_error", "message": "busy"}, "cut_after": 3}
    prepared(sandbox, {"content": [{"type": "text", "text": "I have log"}], **half})
    with pytest.raises(SourceDown, match="overloaded"):
        claude.ask(question())


def test_refusals_and_answers_that_reach_their_limit_say_so(sandbox: Sandbox, claude: Claude) -> None:
    prepared(
        sandbox,
        {"content": [], "stop_reason": "refusal", "stop_details": {"type": "refusal", "category": "cyber"}},
        {"content": [{**CALL, "input": {}, "input_text": '{"account": "47'}], "stop_reason": "max_tokens"},
    )
    refusal = claude.ask(question())
    assert refusal.stop_reason == "refusal"
    assert refusal.stop_details is not None
    assert refusal.stop_details["category"] == "cyber"
    short = claude.ask(question())
    assert short.stop_reason == "max_tokens"
    assert short.broken_inputs == ("toolu_1",)
    assert short.content[-1]["input"] == {}


@pytest.mark.parametrize("events", range(1, 7))
def test_a_stream_that_is_cut_is_no_answer(sandbox: Sandbox, claude: Claude, events: int) -> None:
    prepared(sandbox, {"content": [CALL], "stop_reason": "tool_use", "cut_after": events})
    with pytest.raises(SourceDown):
        claude.ask(question())


@pytest.mark.parametrize("mode", ["drop_before", "drop_after", "half_answer", "error", "rate_limit"])
def test_a_connection_that_misbehaves_is_a_fault_to_try_again(sandbox: Sandbox, claude: Claude, mode: str) -> None:
    prepared(sandbox, {"content": [CALL], "stop_reason": "tool_use"})
    sandbox.misbehave("claude.messages", mode, times=1)
    with pytest.raises(SourceDown):
        claude.ask(question())


def test_a_stop_hangs_up_while_the_answer_is_still_being_written(sandbox: Sandbox, claude: Claude) -> None:
    slow = {"content": [{"type": "text", "text": "word " * 400}], "chunk_delay_ms": 20}
    prepared(sandbox, slow)
    heard: list[str] = []
    stop = threading.Event()

    def hear(text: str) -> None:
        heard.append(text)
        stop.set()

    with pytest.raises(Stopped):
        claude.ask(question(), hear, stop.is_set)
    assert len(heard) == 1
    until(lambda: not requests(sandbox)[0]["sent_whole"], "the sandbox to notice")


def test_the_doctor_says_whether_the_key_works(
    sandbox: Sandbox, sqlite_url: str, daybook: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    env = {**sandbox.env, "DATABASE_URL": sqlite_url}
    assert "✓ claude     the key is accepted" in daybook("doctor", env=env).stdout
    wrong = daybook("doctor", env={**env, "ANTHROPIC_API_KEY": "sk-ant-old"})
    assert "✗ claude     Claude: the key was refused. Renew ANTHROPIC_API_KEY" in wrong.stdout
    assert wrong.returncode == 1
    without = daybook("doctor", env={k: v for k, v in env.items() if k != "ANTHROPIC_API_KEY"})
    assert "· claude     not set up: nobody can talk to Daybook" in without.stdout


def test_the_doctor_names_the_models_that_the_key_lacks(claude: Claude) -> None:
    assert claude.missing(["claude-sonnet-5-5", "claude-unheard-of-1"]) == ["claude-unheard-of-1"]
