"""What a second request reads from the prompt cache, what it pays for anew, and when the cache forgets."""

from __future__ import annotations

from typing import Any

import pytest
from anthropic.types import Usage

from tests.sandbox.claude_served import LONG, OPUS, SONNET, Claude, tool

MARK = {"type": "ephemeral"}
HOUR = {"type": "ephemeral", "ttl": "1h"}


def _figures(usage: Usage) -> tuple[int, int, int]:
    return usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0, usage.input_tokens


def test_a_second_turn_reads_the_whole_first_one(claude: Claude) -> None:
    messages: list[Any] = ["hello"]
    asked: dict[str, Any] = {"system": LONG, "tools": [tool("x")], "cache_control": MARK, "model": SONNET}
    first = claude.ask(*messages, **asked)
    read, written, fresh = _figures(first.usage)
    assert (read, fresh) == (0, 3)
    assert written > 512
    messages += [first.to_param(), "again"]
    second = claude.ask(*messages, **asked)
    read_then, written_then, _ = _figures(second.usage)
    assert read_then == written
    assert 0 < written_then < 100
    messages += [second.to_param(), "and again"]
    assert _figures(claude.ask(*messages, **asked).usage)[0] == written + written_then


def test_breakpoints_keep_tools_and_system_when_the_messages_differ(claude: Claude) -> None:
    asked: dict[str, Any] = {
        "tools": [tool("a", description=LONG), tool("b", cache_control=MARK)],
        "system": [{"type": "text", "text": LONG, "cache_control": MARK}],
    }
    _, written, _ = _figures(claude.ask("hello", **asked).usage)
    assert _figures(claude.ask("something else", **asked).usage)[:2] == (written, 0)
    other = {**asked, "system": [{"type": "text", "text": LONG + "!", "cache_control": MARK}]}
    read, anew, _ = _figures(claude.ask("hello", **other).usage)
    assert 512 < read < written
    assert anew > 512
    swapped = {**asked, "tools": [tool("b"), tool("a", description=LONG, cache_control=MARK)]}
    assert _figures(claude.ask("hello", **swapped).usage)[0] == 0


def test_moving_a_breakpoint_does_not_change_the_words_before_it(claude: Claude) -> None:
    def marked(text: str) -> dict[str, Any]:
        return {"role": "user", "content": [{"type": "text", "text": text, "cache_control": MARK}]}

    claude.ask(marked(LONG))
    said = {"role": "assistant", "content": "Good."}
    usage = claude.ask(LONG, said, marked("More.")).usage
    assert _figures(usage)[0] > 512


def test_less_than_512_tokens_are_not_kept(claude: Claude) -> None:
    for _ in range(2):
        assert _figures(claude.ask("short", cache_control=MARK).usage)[:2] == (0, 0)


def test_without_a_breakpoint_nothing_is_kept(claude: Claude) -> None:
    for _ in range(2):
        assert _figures(claude.ask(LONG).usage)[:2] == (0, 0)


@pytest.mark.parametrize(("mark", "minutes"), [(MARK, 5), (HOUR, 60)])
def test_the_cache_forgets_when_the_shared_clock_has_passed_its_time(
    claude: Claude, mark: dict[str, str], minutes: int
) -> None:
    clock = claude.running.sandbox.clock
    clock.run(False)
    asked: dict[str, Any] = {"cache_control": mark}
    usage = claude.ask(LONG, **asked).usage
    assert usage.cache_creation is not None
    kept = (usage.cache_creation.ephemeral_5m_input_tokens, usage.cache_creation.ephemeral_1h_input_tokens)
    assert (kept[0] > 0, kept[1] > 0) == (minutes == 5, minutes == 60)
    for _ in range(2):
        # Each reading keeps it for as long again.
        clock.advance(minutes * 60 - 1)
        assert _figures(claude.ask(LONG, **asked).usage)[0] > 512
    clock.advance(minutes * 60)
    assert _figures(claude.ask(LONG, **asked).usage)[0] == 0


def test_each_model_has_a_cache_of_its_own(claude: Claude) -> None:
    claude.ask(LONG, cache_control=MARK, model=SONNET)
    assert _figures(claude.ask(LONG, cache_control=MARK, model=OPUS).usage)[0] == 0
    assert _figures(claude.ask(LONG, cache_control=MARK, model=SONNET).usage)[0] > 512


def test_another_way_of_thinking_keeps_the_system_and_loses_the_messages(claude: Claude) -> None:
    asked: dict[str, Any] = {"system": [{"type": "text", "text": LONG, "cache_control": MARK}], "cache_control": MARK}
    _, written, _ = _figures(claude.ask(LONG, model=SONNET, **asked).usage)
    read, anew, _ = _figures(claude.ask(LONG, model=SONNET, thinking={"type": "between_tools"}, **asked).usage)
    assert 512 < read < written
    assert read + anew == written


def test_only_twenty_blocks_are_looked_back(claude: Claude) -> None:
    claude.ask(LONG, cache_control=MARK)
    answer = {"role": "assistant", "content": "Yes."}
    near = [LONG, *[answer, "go on"] * 10]
    far = [LONG, *[answer, "go on"] * 11]
    assert _figures(claude.ask(*near, cache_control=MARK).usage)[0] > 512
    claude.running.sandbox.clock.advance(400)
    claude.ask(LONG, cache_control=MARK)
    assert _figures(claude.ask(*far, cache_control=MARK).usage)[0] == 0


def test_a_request_without_an_answer_fills_the_cache(claude: Claude) -> None:
    claude.ask(LONG, cache_control=MARK, max_tokens=0)
    assert _figures(claude.ask(LONG, cache_control=MARK).usage)[0] > 512
