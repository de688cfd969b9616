"""What a turn of three tool calls and an answer costs in CPU, next to the bare loop over the vendor's own package.

``python -m bench.bench_turn [--turns 25] [--rounds 5]``. The model is a stand-in that answers at once, in a process of
its own, so that what is counted is the client's side alone: CPU milliseconds of this process for one turn, one turn at
a time and 16 at once. The floor is the loop as one would write it first, with no durability: ``messages.create``, its
objects, three tools that do nothing. All subjects are measured in turns, so that a busy moment hits all alike.
"""

from __future__ import annotations

import argparse
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.goals import told
from bench.model_stand_in import TOOLS as TOOL_NAMES

CHECKOUT = Path(__file__).resolve().parent.parent
FLOOR = "bare loop, messages.create"
AT_ONCE = 16
MODEL = "claude-sonnet-5-5"
PROMPT = "You help a rep keep the CRM true. Ask when two accounts fit. Never guess an outcome. " * 20
SYSTEM = [{"type": "text", "text": PROMPT}]
TOOLS: list[dict[str, Any]] = [
    {
        "name": name,
        "description": f"What the tool {name} does, and when to use it, in a sentence or two as tools have them.",
        "input_schema": {
            "type": "object",
            "properties": {"account": {"type": "string", "description": "id"}, "quote": {"type": "string"}},
        },
    }
    for name in TOOL_NAMES
]
SAID = "I called Northwind and left a message"
RESULT = '{"done": "logged", "undo": true}'
HISTORY: list[dict[str, Any]] = [
    {"role": "user", "content": SAID},
    {"role": "assistant", "content": [{"type": "text", "text": "Logged as *Left voicemail*. " * 6}]},
]

Turn = Callable[[list[dict[str, Any]]], str]
"""One turn after that history: its answer's words."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--turns", type=int, default=25, help="turns of a subject in a round")
    arguments.add_argument("--rounds", type=int, default=5)
    asked = arguments.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the stand-in never stays behind
    stand_in = subprocess.Popen(
        [sys.executable, "-m", "bench.model_stand_in"], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert stand_in.stdout is not None
        subjects = subjects_at(stand_in.stdout.readline().strip())
        for at_once in (1, AT_ONCE):
            seen = measure(subjects, asked.turns, asked.rounds, at_once)
            print(f"CPU of a turn, {at_once} in flight (× {FLOOR}):")
            for name, times in seen.items():
                print(f"  {name:<28} {statistics.median(times):5.2f} ms   {_times_the_floor(seen, name):.2f} ×")
            told(f"the adapter's part of a turn, × the bare loop, {at_once} in flight",
                 _times_the_floor(seen, "the adapter"), 1.0)  # fmt: skip
        seen = measure(subjects, asked.turns, asked.rounds, 1, HISTORY * 60)
        print("the same after 60 earlier turns:")
        for name, times in seen.items():
            print(f"  {name:<28} {statistics.median(times):5.2f} ms   {_times_the_floor(seen, name):.2f} ×")
    finally:
        stand_in.terminate()
        stand_in.wait(timeout=10)


def subjects_at(address: str) -> dict[str, Turn]:
    """Every way to run a turn against the stand-in at that address, the floor first."""
    import anthropic

    from systems.claude import Claude

    client = anthropic.Anthropic(api_key="sk-ant-bench", base_url=address, max_retries=0)
    claude = Claude("sk-ant-bench", address)
    return {
        FLOOR: lambda history: _bare(client, history),
        "bare loop, messages.stream": lambda history: _bare_stream(client, history),
        "the adapter": lambda history: _adapter(claude, history),
    }


def measure(
    subjects: dict[str, Turn],
    turns: int,
    rounds: int,
    at_once: int,
    history: list[dict[str, Any]] | None = None,
) -> dict[str, list[float]]:
    """CPU milliseconds a turn of each subject, a number a round; each subject's first turn is not counted."""
    seen: dict[str, list[float]] = {name: [] for name in subjects}
    for turn in subjects.values():
        turn(list(history or ()))
    for _round in range(rounds):
        for name, turn in subjects.items():
            seen[name].append(_cpu_of_a_turn(turn, turns, at_once, history or []))
    return seen


def _cpu_of_a_turn(turn: Turn, turns: int, at_once: int, history: list[dict[str, Any]]) -> float:
    each = max(1, turns // at_once)
    failed: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(each):
                assert turn(list(history)).startswith("I logged your call"), "a turn that did not come to its end"
        except Exception as wrong:
            failed.append(wrong)
            raise

    threads = [threading.Thread(target=work) for _ in range(at_once)]
    began = time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.process_time() - began
    if failed:
        raise failed[0]
    return 1_000 * spent / (each * at_once)


def _times_the_floor(seen: dict[str, list[float]], name: str) -> float:
    """In pairs of the same round: what slows one of them slows the other."""
    return statistics.median(one / floor for one, floor in zip(seen[name], seen[FLOOR], strict=True))


def _bare(client: Any, history: list[dict[str, Any]]) -> str:
    messages = [*history, {"role": "user", "content": SAID}]
    while True:
        answer = client.messages.create(
            model=MODEL, max_tokens=4_000, system=SYSTEM, tools=TOOLS, messages=messages
        )
        if answer.stop_reason != "tool_use":
            return str(answer.content[0].text)
        _go_on(messages, answer.content, [block.id for block in answer.content if block.type == "tool_use"])


def _bare_stream(client: Any, history: list[dict[str, Any]]) -> str:
    messages = [*history, {"role": "user", "content": SAID}]
    while True:
        with client.messages.stream(
            model=MODEL, max_tokens=4_000, system=SYSTEM, tools=TOOLS, messages=messages
        ) as stream:
            answer = stream.get_final_message()
        if answer.stop_reason != "tool_use":
            return str(answer.content[0].text)
        _go_on(messages, answer.content, [block.id for block in answer.content if block.type == "tool_use"])


def _adapter(claude: Any, history: list[dict[str, Any]]) -> str:
    from systems.model import ModelRequest

    messages = [*history, {"role": "user", "content": SAID}]
    while True:
        answer = claude.ask(ModelRequest(MODEL, SYSTEM, TOOLS, messages, 4_000, "medium", 60.0), lambda _text: None)
        if answer.stop_reason != "tool_use":
            return str(answer.content[0]["text"])
        _go_on(messages, answer.content, [block["id"] for block in answer.content if block["type"] == "tool_use"])


def _go_on(messages: list[dict[str, Any]], content: Any, calls: list[str]) -> None:
    """The model's words, and the results of its calls, which do nothing."""
    messages.append({"role": "assistant", "content": content})
    results = [{"type": "tool_result", "tool_use_id": call, "content": RESULT} for call in calls]
    messages.append({"role": "user", "content": results})


if __name__ == "__main__":
    main()
