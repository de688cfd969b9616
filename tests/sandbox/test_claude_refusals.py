"""Claude's noes: who is calling, what may be asked of which model, and histories that could not have happened."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import anthropic
import pytest
from anthropic import BadRequestError, NotFoundError

from sandbox.claude.errors import ClaudeError
from sandbox.claude.limits import REQUESTS_A_MINUTE, Limits
from tests.sandbox.claude_served import HAIKU, LONG, OPUS, SONNET, Claude, tool

Json = dict[str, Any]
HI = {"role": "user", "content": "hi"}
GOOD = {"authorization": "Bearer sk-ant-sandbox-larkspur", "anthropic-version": "2026-10-21"}
BODY = {"model": HAIKU, "max_tokens": 50, "messages": [HI]}


def _raw(
    claude: Claude, headers: dict[str, str], body: Any = None, path: str = "/v1/messages"
) -> tuple[int, Json, dict[str, str]]:
    """One call without the client."""
    data = body if isinstance(body, bytes) else json.dumps(BODY if body is None else body).encode()
    url = claude.running.sandbox.environment["ANTHROPIC_BASE_URL"] + path
    asked = urllib.request.Request(url, data=data, headers={**headers, "content-type": "application/json"})
    try:
        with urllib.request.urlopen(asked, timeout=15) as answer:
            return answer.status, json.loads(answer.read()), dict(answer.headers)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read()), dict(refused.headers)


def _no(claude: Claude, *messages: Any, **asked: Any) -> str:
    """The words of a 400."""
    with pytest.raises(BadRequestError) as caught:
        claude.ask(*(messages or ("hi",)), **asked)
    assert caught.value.type == "invalid_request_error"
    assert claude.requests[-1]["status"] == 400
    return str(caught.value.api_message)


@pytest.mark.parametrize(
    ("headers", "status", "type_", "words"),
    [
        ({}, 401, "authentication_error", "Authorization"),
        ({**GOOD, "authorization": "Bearer sk-ant-stolen"}, 401, "authentication_error", "invalid"),
        ({"x-api-key": "sk-ant-sandbox-larkspur", "anthropic-version": "2026-10-21"}, 401, "authentication_error",
         "x-api-key"),
        ({"authorization": GOOD["authorization"]}, 400, "invalid_request_error", "anthropic-version"),
        ({**GOOD, "anthropic-version": "2023-06-01"}, 400, "invalid_request_error", "older than 2026-10-21"),
        ({**GOOD, "anthropic-version": "2027-01-01"}, 400, "invalid_request_error", "not a valid version"),
    ],
)  # fmt: skip
def test_who_calls_and_in_which_version_comes_first(
    claude: Claude, headers: dict[str, str], status: int, type_: str, words: str
) -> None:
    got, told, answered = _raw(claude, headers)
    assert (got, told["type"], told["error"]["type"]) == (status, "error", type_)
    assert words in told["error"]["message"]
    assert told["request_id"] == answered["request-id"]


def test_a_wrong_key_is_the_clients_own_exception(claude: Claude) -> None:
    with pytest.raises(anthropic.AuthenticationError):
        claude.client.with_options(api_key="sk-ant-other").models.list()


def test_unknown_models_and_paths_are_not_found(claude: Claude) -> None:
    for ask in (lambda: claude.ask("hi", model="claude-2"), lambda: claude.client.models.retrieve("claude-2")):
        with pytest.raises(NotFoundError) as caught:
            ask()
        assert caught.value.type == "not_found_error"
    assert _raw(claude, GOOD, path="/v1/complete")[0] == 404


def test_rubbish_is_refused_in_words(claude: Claude) -> None:
    for body in (b"{", b"[]", b""):
        status, told, _ = _raw(claude, GOOD, body)
        assert (status, told["error"]["type"]) == (400, "invalid_request_error")


def test_what_is_missing_is_named(claude: Claude) -> None:
    for name in BODY:
        status, told, _ = _raw(claude, GOOD, {key: value for key, value in BODY.items() if key != name})
        assert (status, told["error"]["message"]) == (400, f"{name}: Field required")


def test_more_than_32_megabytes_are_too_much(claude: Claude) -> None:
    with pytest.raises(anthropic.ContentTooLargeError):
        claude.ask("x" * 33 * 1024 * 1024)


@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k", "mcp_servers", "betas", "banana"])
def test_settings_that_are_gone_or_were_never_there_are_refused(claude: Claude, name: str) -> None:
    assert _no(claude, extra_body={name: 0}).startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("model", "thinking"),
    [
        (SONNET, {"type": "disabled"}), (SONNET, {"type": "enabled", "budget_tokens": 2000}),
        (HAIKU, {"type": "enabled", "budget_tokens": 2000}), (OPUS, {"type": "disabled"}),
        (OPUS, {"type": "between_tools"}), (SONNET, {"type": "deep"}), (SONNET, {"type": "adaptive", "display": "all"}),
    ],
)  # fmt: skip
def test_a_model_thinks_only_in_its_own_ways(claude: Claude, model: str, thinking: Any) -> None:
    assert _no(claude, model=model, thinking=thinking, max_tokens=4000).startswith("thinking.")
    assert claude.ask("hi", model=model, thinking={"type": "adaptive"}).stop_reason == "end_turn"


def test_only_haiku_may_be_forced_to_use_a_tool(claude: Claude) -> None:
    for choice in ({"type": "any"}, {"type": "tool", "name": "x"}):
        for model in (SONNET, OPUS):
            assert "forces tool use" in _no(claude, model=model, tools=[tool("x")], tool_choice=choice)
        assert claude.ask("hi", tools=[tool("x")], tool_choice=choice).stop_reason == "tool_use"
    assert "not found" in _no(claude, tools=[tool("x")], tool_choice={"type": "tool", "name": "y"})
    assert "while providing tools" in _no(claude, tool_choice={"type": "auto"})


@pytest.mark.parametrize(
    ("tools", "words"),
    [
        ([tool("x"), tool("x")], "unique"),
        ([tool("find account")], "tools.0.custom.name"),
        ([tool("x" * 129)], "tools.0.custom.name"),
        ([tool("")], "tools.0.custom.name"),
        ([{"name": "x"}], "tools.0.custom.input_schema"),
        ([{"name": "x", "input_schema": {"type": "string"}}], "'object'"),
        ([tool("x", colour="red")], "tools.0.custom.colour"),
        ([tool("x", strict=True)], "additionalProperties"),
        ([{"type": "web_search_20260318", "name": "web_search"}], "no server tool"),
    ],
)
def test_tools_that_make_no_sense_are_refused(claude: Claude, tools: Any, words: str) -> None:
    assert words in _no(claude, tools=tools)


USE = {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "x", "input": {}}]}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "{}"}


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([{"role": "assistant", "content": "hello"}, HI], "first message"),
        ([HI, {"role": "assistant", "content": "I would"}], "prefill"),
        ([HI, {"role": "tool", "content": "x"}], 'Unexpected role "tool"'),
        ([{"role": "user", "content": ""}], "non-empty"),
        ([{"role": "user", "content": []}], "non-empty"),
        ([{"role": "user", "content": [{"type": "text", "text": ""}]}], "text content blocks must be non-empty"),
        ([{"role": "user", "content": [{"type": "tool_use", "id": "t1", "name": "x", "input": {}}]}], "tool_use"),
        ([{"role": "user", "content": [{"type": "text", "text": "x", "colour": "red"}]}], "Extra inputs"),
        ([{"role": "user", "content": 7}], "valid string"),
        ([{"role": "user", "content": "x", "name": "Wren"}], "messages.0.name"),
        ([{"role": "user"}], "messages.0.content: Field required"),
        ([HI, USE, HI], "`tool_use` ids were found without `tool_result` blocks immediately after: t1"),
        ([HI, USE, {"role": "user", "content": [{"type": "text", "text": "so"}, RESULT]}], "immediately after"),
        ([{"role": "user", "content": [RESULT]}], "unexpected `tool_use_id`"),
        ([HI, USE, {"role": "user", "content": [RESULT, {**RESULT, "tool_use_id": "t2"}]}], "unexpected `tool_use_id`"),
        ([HI, USE, {"role": "user", "content": [RESULT, RESULT]}], "single result"),
        ([HI, USE, {"role": "user", "content": [RESULT]}, USE, {"role": "user", "content": [RESULT]}], "unique"),
        ([HI, {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "x", "input": "a"}]}, HI],
         "valid dictionary"),
        ([HI, {"role": "assistant", "content": [{"type": "document", "source": {}}]}, HI], "document"),
        ([{"role": "user", "content": [{"type": "text", "text": "x", "citations": [{}]}]}], "citations"),
        ([{"role": "system", "content": "x"}, HI], "first message"),
        ([HI, {"role": "assistant", "content": "x"}, {"role": "system", "content": "x"}, HI], "must follow a user"),
        ([], "at least one"),
    ],
)  # fmt: skip
def test_a_history_that_could_not_have_happened_is_refused(claude: Claude, messages: Any, words: str) -> None:
    status, told, _ = _raw(claude, GOOD, {**BODY, "messages": messages})
    assert status == 400
    assert words in told["error"]["message"]


def test_a_history_that_could_have_happened_is_taken(claude: Claude) -> None:
    results = {"role": "user", "content": [RESULT, {"type": "text", "text": "and now?"}]}
    operator = {"role": "system", "content": "It is Monday."}
    assert claude.ask(HI, HI, USE, results, operator, {"role": "assistant", "content": "x"}, HI).content


def _thought(claude: Claude, model: str = SONNET, **asked: Any) -> Any:
    thinking = {"type": "adaptive", "display": "summarized"}
    return claude.ask("hello", model=model, thinking=thinking, **asked).to_param()


def test_thinking_is_taken_back_as_it_was(claude: Claude) -> None:
    said = _thought(claude, system=LONG)
    asked: Json = {"model": SONNET, "system": LONG}
    marked = [{"type": "text", "text": "hello", "cache_control": {"type": "ephemeral"}}]
    assert claude.ask("hello", said, "and?", **asked).content
    assert claude.ask({"role": "user", "content": marked}, said, "and?", **asked).content


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"first": "hullo"}, "history before it was edited"),
        ({"system": LONG + " "}, "history before it was edited"),
        ({"tools": [tool("x")]}, "history before it was edited"),
        ({"model": OPUS}, "another model"),
        ({"thinking": "I think otherwise."}, "its text was edited"),
        ({"signature": "c2VhbGVk"}, "Invalid `signature` in `thinking` block"),
        ({"signature": "not base64!"}, "Invalid `signature` in `thinking` block"),
    ],
)
def test_thinking_with_an_edited_history_is_refused(claude: Claude, change: Json, words: str) -> None:
    said = _thought(claude, system=LONG)
    thought = {**said["content"][0].to_dict(), **{k: v for k, v in change.items() if k in ("thinking", "signature")}}
    asked = {"model": SONNET, "system": LONG, **{k: v for k, v in change.items() if k in ("system", "tools", "model")}}
    edited = {"role": "assistant", "content": [thought, said["content"][1].to_dict()]}
    told = _no(claude, change.get("first", "hello"), edited, "and?", **asked)
    assert told.startswith("messages.1.content.0: ")
    assert words in told


def test_without_its_thinking_a_history_may_be_edited(claude: Claude) -> None:
    said = _thought(claude)
    plain = {"role": "assistant", "content": said["content"][1:]}
    assert claude.ask("hullo", plain, "and?", model=OPUS).content


def test_a_paused_turn_may_be_sent_back_as_it_was_and_nothing_else(claude: Claude) -> None:
    claude.script({"content": "Looking for", "stop_reason": "pause_turn"})
    paused = claude.ask("hello").to_param()
    assert claude.ask("hello", paused).stop_reason == "end_turn"
    assert "prefill" in _no(claude, "hello", {"role": "assistant", "content": "Looking for it"})


def test_four_breakpoints_are_the_most(claude: Claude) -> None:
    def system(marks: int) -> Any:
        return [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}} for _ in range(marks)]

    assert claude.ask("hi", system=system(4)).content
    assert _no(claude, system=system(5)).endswith("Found 5.")
    assert _no(claude, system=system(4), cache_control={"type": "ephemeral"}).endswith("Found 5.")


def test_breakpoints_for_an_hour_come_before_those_for_five_minutes(claude: Claude) -> None:
    def block(ttl: str) -> Any:
        return {"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": ttl}}

    assert claude.ask("hi", system=[block("1h"), block("5m")]).content
    assert "must not come after" in _no(claude, system=[block("5m"), block("1h")])
    assert "cache_control" in _no(claude, system=[block("2h")])


def test_counting_refuses_what_asking_refuses(claude: Claude) -> None:
    said: Any = [HI, USE, HI]
    with pytest.raises(BadRequestError):
        claude.client.messages.count_tokens(model=HAIKU, messages=said)


def test_more_than_a_models_longest_answer_is_refused(claude: Claude) -> None:
    assert "128000" in _no(claude, max_tokens=128_001, timeout=10)


def test_the_minute_is_full_after_4000_requests() -> None:
    limits = Limits(enforced=True)
    for _ in range(REQUESTS_A_MINUTE):
        limits.count()
    assert limits.headers()["anthropic-ratelimit-requests-remaining"] == "0"
    with pytest.raises(ClaudeError) as caught:
        limits.count()
    assert (caught.value.status, int(caught.value.headers["retry-after"]) > 0) == (429, True)
