"""Claude's answers, and what its client sends, judged by Anthropic's own published description."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from anthropic import APIStatusError

from tests.sandbox.claude_served import HAIKU, SONNET, Claude, Conversation, accounts, tool
from tests.sandbox.spec_judge import faults, faults_of

CALL = {"type": "tool_use", "name": "find_account", "input": {"name": "Acme"}}


@pytest.fixture
def spec(specs: Path) -> Path:
    file = specs / "anthropic" / "anthropic-openapi.json"
    if not file.exists():
        pytest.skip("Anthropic's spec is not here; name the folder of the specs in DAYBOOK_SPECS")
    return file


@pytest.mark.parametrize(
    "prepared",
    [None, {"content": [CALL]}, {"content": [], "stop_reason": "refusal"},
     {"content": "x", "stop_reason": "max_tokens"}],
)  # fmt: skip
def test_a_message_is_what_anthropic_publishes(claude: Claude, spec: Path, prepared: Any) -> None:
    if prepared:
        claude.script(prepared)
    claude_said = claude.client.messages.with_raw_response.create(
        model=SONNET, max_tokens=500, messages=[{"role": "user", "content": "hi"}], tools=[tool("find_account")]
    )
    assert not faults(spec, "POST", "/v1/messages", 200, json.loads(claude_said.text()))


@pytest.mark.parametrize("block", [{"type": "text", "text": "x"}, {"type": "thinking", "thinking": "x"}, CALL])
def test_every_event_of_a_stream_is_what_anthropic_publishes(claude: Claude, spec: Path, block: Any) -> None:
    claude.script({"content": [block]})
    with claude.client.messages.with_streaming_response.create(
        model=SONNET, max_tokens=500, messages=[{"role": "user", "content": "hi"}], stream=True
    ) as answer:
        told = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]
    assert told[-1]["type"] == "message_stop"
    assert not [fault for event in told for fault in faults_of(spec, "MessageStreamEvent", event)]


def test_errors_are_what_anthropic_publishes(claude: Claude, spec: Path) -> None:
    for status, asked in ((404, {"model": "claude-2"}), (400, {"model": HAIKU})):
        with pytest.raises(APIStatusError) as caught:
            claude.client.messages.create(max_tokens=5, messages=[], **asked)
        assert caught.value.status_code == status
        assert not faults_of(spec, "ErrorResponse", caught.value.body)


def test_models_and_counts_are_what_anthropic_publishes(claude: Claude, spec: Path) -> None:
    models = claude.client.models.with_raw_response.list(limit=2)
    assert not faults(spec, "GET", "/v1/models", 200, json.loads(models.text()))
    one = claude.client.models.with_raw_response.retrieve(HAIKU)
    assert not faults(spec, "GET", "/v1/models/{model_id}", 200, json.loads(one.text()))
    count = claude.client.messages.with_raw_response.count_tokens(
        model=HAIKU, messages=[{"role": "user", "content": "hi"}]
    )
    assert not faults(spec, "POST", "/v1/messages/count_tokens", 200, json.loads(count.text()))


def test_a_whole_conversation_is_asked_as_anthropic_publishes(claude: Claude, spec: Path) -> None:
    talk = Conversation(claude, {"find_account": accounts("Acme"), "log_call": {"done": "Logged."}})
    talk.say("I called Acme and left a message")
    assert len(claude.requests) == 3
    for request in claude.requests:
        assert not faults_of(spec, "CreateMessageParams", request["body"])
