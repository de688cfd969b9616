"""A log as an agent's conversation: whatever happened, the API takes it, and what was sent once never changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.agent import Event
from agents.projection import Voice, calls_of, project

VOICES = [
    Voice("assistant", "claude-sonnet-5-5", "p1", "t1"),
    Voice("assistant", "claude-sonnet-5-5", "p2", "t1"),
    Voice("security", "claude-opus-5-5", "p3", "t2"),
]
STOPS = ["end_turn", "tool_use", "max_tokens", "refusal", "pause_turn", "model_context_window_exceeded", "unheard_of"]

texts = st.sampled_from(["Logged.", "", " \n", "Which Acme?", "x" * 5_000])
thoughts = st.builds(lambda words: {"type": "thinking", "thinking": words, "signature": "s"}, texts)
inputs: Any = st.one_of(st.just({"name": "Acme"}), st.just([1, 2]), st.just({}))


@st.composite
def answers(draw: Any, names: list[str]) -> dict[str, Any]:
    """One answer; its calls are named in order, and now and then two have the same name."""
    content = []
    for kind in draw(st.lists(st.sampled_from(["text", "thinking", "tool_use", "server_tool_use"]), max_size=4)):
        if kind == "text":
            content.append({"type": "text", "text": draw(texts)})
        elif kind == "thinking":
            content.append(draw(thoughts))
        else:
            names.append(f"toolu_{len(names) + 1}")
            content.append({"type": kind, "id": names[-1], "name": "find_account", "input": draw(inputs)})
            if draw(st.booleans()) and draw(st.booleans()):
                content.append(dict(content[-1]))
    calls = any(block["type"] == "tool_use" for block in content)
    stop = draw(st.sampled_from(STOPS if not calls else ["tool_use", "tool_use", *STOPS]))
    return {"content": content, "stop_reason": stop, "usage": {}}


@st.composite
def sessions(draw: Any) -> tuple[list[Event], list[int]]:
    """A log as the loop writes it, and the lengths at which it would ask the model."""
    log: list[Event] = []
    asked: list[int] = []
    names: list[str] = []
    count = draw(st.integers(1, 4))
    for turn in range(1, count + 1):
        voice = draw(st.sampled_from(VOICES))

        def add(kind: str, body: dict[str, Any], turn: int = turn) -> None:
            log.append(Event(turn, len(log), kind, body))

        digests = {"agent": voice.prompt, "tools": voice.tools}
        add("began", {"agent": voice.agent, "model": voice.model, "digests": digests})
        if draw(st.integers(0, 9)) == 0:
            add("compacted", {"before": turn})
        add("heard", {"text": f"message {turn}"})
        for _ in range(draw(st.integers(0, 4))):
            asked.append(len(log))
            answer = draw(answers(names))
            add("answered", answer)
            stopped = False
            for call in calls_of(answer):
                if draw(st.integers(0, 5)) == 0:
                    stopped = True
                    break
                result = draw(st.sampled_from(["{}", "", "found"]))
                add("called", {"call": call["id"], "result": result, "is_error": False})
            if stopped or not calls_of(answer):
                break
        if draw(st.booleans()):
            add("replied", {"text": draw(texts)})
        if draw(st.booleans()):
            log.append(Event(100 + turn, len(log), "decided", {"words": "applied"}))
    return log, asked


def valid(messages: Sequence[dict[str, Any]]) -> None:
    """What the Messages API asks of a history (and what its stand-in refuses)."""
    ids: set[str] = set()
    open_calls: list[str] = []
    for at, message in enumerate(messages):
        assert message["role"] == ("user" if at % 2 == 0 else "assistant"), "the roles don't alternate"
        assert message["content"], "an empty message"
        results = [block["tool_use_id"] for block in message["content"] if block["type"] == "tool_result"]
        assert results == open_calls, "each call must be answered, in order, in the next message"
        open_calls = []
        for block in message["content"]:
            if block["type"] == "text":
                assert block["text"].strip()
            if block["type"] == "tool_use":
                assert isinstance(block["input"], dict)
                assert block["id"] not in ids
                ids.add(block["id"])
                open_calls.append(block["id"])
        if message["role"] == "assistant":
            assert message["content"][-1]["type"] not in ("thinking", "redacted_thinking")
    assert not open_calls


@settings(max_examples=400, deadline=None)
@given(sessions(), st.sampled_from(VOICES))
def test_any_log_at_any_moment_is_a_history_the_api_takes(session: tuple[list[Event], list[int]], voice: Voice) -> None:
    log, _ = session
    for length in range(len(log) + 1):
        valid(project(log[:length], voice))


@settings(max_examples=400, deadline=None)
@given(sessions(), st.sampled_from(VOICES))
def test_a_longer_log_only_adds_to_what_was_sent(session: tuple[list[Event], list[int]], voice: Voice) -> None:
    log, _ = session
    shorter: list[dict[str, Any]] = []
    for length in range(len(log) + 1):
        if length and log[length - 1].kind == "compacted":
            shorter = []
        longer = project(log[:length], voice)
        if any(event.kind == "compacted" for event in log[:length]) and not shorter:
            shorter = longer
            continue
        assert longer[: len(shorter)] == shorter
        shorter = longer


@settings(max_examples=200, deadline=None)
@given(sessions())
def test_the_model_is_always_asked_with_the_peoples_words_last(session: tuple[list[Event], list[int]]) -> None:
    log, asked = session
    for length in asked:
        began = next(event.body for event in reversed(log[:length]) if event.kind == "began")
        voice = Voice(began["agent"], began["model"], began["digests"]["agent"], began["digests"]["tools"])
        messages = project(log[:length], voice)
        assert messages
        assert messages[-1]["role"] == "user"


# -- examples ---------------------------------------------------------------------------------------------------------

US, THEM = VOICES[0], VOICES[2]
THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "sig"}
CALL = {"type": "tool_use", "id": "toolu_a", "name": "find_account", "input": {"name": "Acme"}}


def turn(number: int, voice: Voice, *lines: tuple[str, dict[str, Any]]) -> list[Event]:
    began = {"agent": voice.agent, "model": voice.model, "digests": {"agent": voice.prompt, "tools": voice.tools}}
    heard = {"text": f"message {number}"}
    return [Event(number, 0, kind, body) for kind, body in [("began", began), ("heard", heard), *lines]]


def said(*content: dict[str, Any], stop: str = "end_turn") -> tuple[str, dict[str, Any]]:
    return "answered", {"content": list(content), "stop_reason": stop, "usage": {}}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def roles(messages: list[dict[str, Any]]) -> list[str]:
    return [f"{one['role'][0]}:{one['content'][0].get('text', one['content'][0]['type'])}" for one in messages]


def test_own_turns_are_sent_back_word_for_word_with_their_thinking() -> None:
    answer = said(THOUGHT, CALL, stop="tool_use")
    result = ("called", {"call": "toolu_a", "result": '{"matches":[]}', "is_error": False})
    log = [*turn(1, US, answer, result, said(THOUGHT, text("Which Acme?"))), *turn(2, US)]
    messages = project(log, US)
    assert messages[1]["content"] == [THOUGHT, CALL]
    assert messages[2]["content"] == [{"type": "tool_result", "tool_use_id": "toolu_a", "content": '{"matches":[]}'}]
    assert messages[3]["content"] == [THOUGHT, text("Which Acme?")]


def test_another_agents_turn_is_told_in_words_without_thinking_or_calls() -> None:
    log = [*turn(1, THEM, said(THOUGHT, text("In Dublin.")), ("replied", {"text": "In Dublin."})), *turn(2, US)]
    assert project(log, US)[1] == {"role": "assistant", "content": [text("[security answered: In Dublin.]")]}


def test_after_a_change_of_its_own_prompt_earlier_thinking_is_not_sent() -> None:
    log = [*turn(1, VOICES[1], said(THOUGHT, text("Yes."))), *turn(2, US)]
    assert project(log, US)[1]["content"] == [text("[assistant answered: Yes.]")]


def test_an_update_in_the_middle_of_a_turn_drops_the_thinking_before_it() -> None:
    old, new = VOICES[1], US
    began = {"agent": new.agent, "model": new.model, "digests": {"agent": new.prompt, "tools": new.tools}}
    result = ("called", {"call": "toolu_a", "result": "{}", "is_error": False})
    log = [*turn(1, old, said(THOUGHT, CALL, stop="tool_use"), result), Event(1, 0, "began", began)]
    messages = project(log, new)
    valid(messages)
    assert messages[1]["content"] == [CALL]


def test_a_stopped_turn_answers_its_calls_and_says_how_it_ended() -> None:
    log = [*turn(1, US, said(CALL, stop="tool_use"), ("replied", {"text": "Half of it (stopped)"})), *turn(2, US)]
    messages = project(log, US)
    valid(messages)
    assert messages[2]["content"][0]["is_error"]
    assert roles(messages)[3:] == ["a:Half of it (stopped)", "u:message 2"]


def test_what_the_model_refused_is_left_out_and_told() -> None:
    log = [*turn(1, US, said(text("Sure, first"), stop="refusal"), ("replied", {"text": "It declined."})), *turn(2, US)]
    assert roles(project(log, US)) == ["u:message 1", "a:It declined.", "u:message 2"]


def test_calls_of_an_answer_that_was_cut_off_are_never_run() -> None:
    assert calls_of(said(CALL, stop="max_tokens")[1]) == []
    assert calls_of(said(CALL, stop="tool_use")[1]) == [CALL]


def test_a_long_conversation_goes_on_from_its_latest_exchanges_in_words() -> None:
    log = [line for at in range(1, 41) for line in turn(at, US, said(THOUGHT, text(f"answer {at}")))]
    log += [Event(41, 0, "compacted", {"before": 41}), *turn(41, US)]
    messages = project(log, US)
    assert len(messages) == 1
    remembered, heard = messages[0]["content"]
    assert heard == text("message 41")
    assert "answer 40" in remembered["text"]
    assert "answer 11]" in remembered["text"]
    assert "answer 10]" not in remembered["text"]
