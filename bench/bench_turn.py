"""What a turn of three tool calls and an answer costs in CPU, next to the bare loop over the vendor's own package.

``python -m bench.bench_turn [--turns 32] [--rounds 5]``. The model is a stand-in that answers at once, in a process of
its own, so that what is counted is the client's side alone: CPU milliseconds of this process for one turn, one turn at
a time and 16 at once. The floor is the loop as one would write it first, with no durability: ``messages.create``, its
objects, three tools that do nothing. All subjects are measured in turns, so that a busy moment hits all alike, and are
sent the same prompt, tools and history. One at a time, each turn of each subject is followed by a pause as long as a
worker rests between two looks: after a pause the same work costs half as much again (cold caches), and turns are seldom
back to back. What both cost without pauses is told too: the floor gains more from warm caches than a turn that waits
for the disk a dozen times.

The durable turn is the product's own, on SQLite with full flushes: put in line by the one door, run by the worker,
claimed, an agent's file, budgets, the guard and the ledger for each call, the log, the turn's end, and what the queue
leaves behind. Its tools (``bench/durable_turn.py``) do nothing either. Nobody waits for its answer, as with a vendor's
hook, so no vendor is called and nothing is posted. The time until a rep's message is with the model is measured with
messages, whose answers go to a stand-in for Slack.
"""

from __future__ import annotations

import argparse
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.durable_turn import AGENT, MODEL, SAID, Durable
from bench.goals import told
from sessions.engine import RESTS, TALK

CHECKOUT = Path(__file__).resolve().parent.parent
FLOOR = "bare loop, messages.create"
DURABLE = "the durable turn"
PEER = 3.9
"""LangGraph with its SQLite saver, × the bare loop: the cheapest of the durable ones (2026-11, the same turn)."""
AT_ONCE = 16
PAUSE = RESTS[TALK]
EARLIER = 60
STORED = 120
"""Turns whose bytes are counted."""
MESSAGES = 60
RESULT = '{"done":"logged","undo":true}'

History = list[dict[str, Any]]
Turn = Callable[[History], None]
"""One turn after that history."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--turns", type=int, default=32, help="turns of a subject in a round")
    arguments.add_argument("--rounds", type=int, default=5)
    asked = arguments.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the stand-ins never stay behind
    with (
        tempfile.TemporaryDirectory(prefix="daybook-bench-") as folder,
        StandIn("bench.model_stand_in") as model,
        StandIn("bench.slack_stand_in") as slack,
    ):
        durable = Durable(Path(folder), model, slack)
        try:
            _measured(durable, subjects_at(model, durable), asked.turns, asked.rounds)
            print(durable.check())
        finally:
            durable.close()


class StandIn:
    """A stand-in in a process of its own; gives its address."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __enter__(self) -> str:
        command = [sys.executable, "-m", self._module]
        self._process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)


def _measured(durable: Durable, subjects: dict[str, Turn], turns: int, rounds: int) -> None:
    for at_once in (1, AT_ONCE):
        seen = measure(subjects, durable, turns, rounds, at_once, pause=PAUSE if at_once == 1 else 0.0)
        _shown(f"CPU of a turn, {at_once} in flight (× {FLOOR}):", seen)
        told(f"the adapter's part of a turn, × the bare loop, {at_once} in flight",
             _times_the_floor(seen, "the adapter"), 1.0)  # fmt: skip
        _told_durable(seen, f"{at_once} in flight")
    hot = measure({name: subjects[name] for name in (FLOOR, DURABLE)}, durable, turns, rounds, 1)
    _shown("the same without pauses, one in flight (nobody's turns are back to back, but this is what they cost):", hot)
    durable.prepare(0, EARLIER)
    seen = measure(subjects, durable, turns, rounds, 1, durable.history(), PAUSE)
    _shown(f"the same after {EARLIER} earlier turns, one in flight:", seen)
    _told_durable(seen, f"after {EARLIER} earlier turns")
    fresh, later = _stored_by(durable, STORED, 0), _stored_by(durable, STORED, EARLIER)
    print(f"stored by a turn, all tables and indexes: {fresh:,.0f} bytes, after {EARLIER} earlier turns {later:,.0f}")
    told(f"stored by a turn after {EARLIER} earlier ones, × by the first", later / fresh, 1.1)
    waits = _until_asked(durable)
    p50, p95 = statistics.median(waits), waits[int(len(waits) * 0.95)]
    print(f"from a rep's message until the model has it, {len(waits)} messages, one at a time: p50 {p50:.0f} ms,"
          f" p95 {p95:.0f} ms, longest {waits[-1]:.0f} ms")  # fmt: skip
    told("from a rep's message until the model has it, median", p50, 150.0, "ms")


def _shown(title: str, seen: dict[str, list[float]]) -> None:
    print(title)
    for name, times in seen.items():
        print(f"  {name:<28} {statistics.median(times):5.2f} ms   {_times_the_floor(seen, name):.2f} ×", flush=True)


def _told_durable(seen: dict[str, list[float]], when: str) -> None:
    times = _times_the_floor(seen, DURABLE)
    told(f"the durable turn, × the bare loop, {when}", times, 1.8)
    told(f"the durable turn, × the cheapest durable peer, {when}", times / PEER, 1.0)


def _stored_by(durable: Durable, turns: int, earlier: int) -> float:
    """Bytes a turn adds to the database."""
    if earlier:
        durable.prepare(turns, earlier)
    before = durable.stored()
    for _ in range(turns):
        durable.turn()
    durable.settle()
    return (durable.stored() - before) / turns


def _until_asked(durable: Durable) -> list[float]:
    """Milliseconds from putting a message in line until the model's server has its first request, shortest first."""
    before, began = len(durable.first_requests()), []
    for number in range(MESSAGES):
        began.append(durable.said(number))
        # The worker is at rest by then, as it is when a person writes.
        threading.Event().wait(0.45)
    received = durable.first_requests()[before:]
    return sorted((there - put) * 1_000 for put, there in zip(began, received, strict=True))


def subjects_at(address: str, durable: Durable) -> dict[str, Turn]:
    """Every way to run a turn against the stand-in at that address, the floor first."""
    import anthropic

    from systems.claude import Claude

    client = anthropic.Anthropic(api_key="sk-ant-bench", base_url=address, max_retries=0)
    claude = Claude("sk-ant-bench", address)
    told = {"model": MODEL, "max_tokens": AGENT.output_tokens, "system": durable.system, "tools": durable.tools}
    return {
        FLOOR: lambda history: _bare(client, told, history),
        "bare loop, messages.stream": lambda history: _bare_stream(client, told, history),
        "the adapter": lambda history: _adapter(claude, durable, history),
        DURABLE: lambda _history: durable.turn(),
    }


def measure(
    subjects: dict[str, Turn],
    durable: Durable,
    turns: int,
    rounds: int,
    at_once: int,
    history: History | None = None,
    pause: float = 0.0,
) -> dict[str, list[float]]:
    """CPU milliseconds a turn of each subject, a number a round; each subject's first turn is not counted."""
    seen: dict[str, list[float]] = {name: [] for name in subjects}
    for turn in subjects.values():
        turn(list(history or ()))
    for _round in range(rounds):
        for name, turn in subjects.items():
            if history and name == DURABLE:
                durable.prepare(turns, EARLIER)
            durable.settle()
            seen[name].append(_cpu_of_a_turn(turn, durable, turns, at_once, history or [], pause))
    return seen


def _cpu_of_a_turn(
    turn: Turn, durable: Durable, turns: int, at_once: int, history: History, pause: float
) -> float:
    each = max(1, turns // at_once)
    failed: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(each):
                turn(list(history))
                if pause:
                    time.sleep(pause)
        except Exception as wrong:
            failed.append(wrong)
            raise

    threads = [threading.Thread(target=work) for _ in range(at_once)]
    began = time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    durable.settle()
    spent = time.process_time() - began
    if failed:
        raise failed[0]
    return 1_000 * spent / (each * at_once)


def _times_the_floor(seen: dict[str, list[float]], name: str) -> float:
    """In pairs of the same round: what slows one of them slows the other."""
    return statistics.median(one / floor for one, floor in zip(seen[name], seen[FLOOR], strict=True))


def _bare(client: Any, told: dict[str, Any], history: History) -> None:
    messages = [*history, {"role": "user", "content": SAID}]
    while True:
        answer = client.messages.create(**told, messages=messages)
        if answer.stop_reason != "tool_use":
            assert answer.content[0].text.startswith("I logged your call"), "a turn that did not come to its end"
            return
        _go_on(messages, answer.content, [block.id for block in answer.content if block.type == "tool_use"])


def _bare_stream(client: Any, told: dict[str, Any], history: History) -> None:
    messages = [*history, {"role": "user", "content": SAID}]
    while True:
        with client.messages.stream(**told, messages=messages) as stream:
            answer = stream.get_final_message()
        if answer.stop_reason != "tool_use":
            return
        _go_on(messages, answer.content, [block.id for block in answer.content if block.type == "tool_use"])


def _adapter(claude: Any, durable: Durable, history: History) -> None:
    from systems.model import ModelRequest

    messages = [*history, {"role": "user", "content": [{"type": "text", "text": SAID}]}]
    while True:
        answer = claude.ask(
            ModelRequest(MODEL, durable.system, durable.tools, messages, AGENT.output_tokens, "medium", 60.0),
            lambda _text: None,
        )
        if answer.stop_reason != "tool_use":
            return
        _go_on(messages, answer.content, [block["id"] for block in answer.content if block["type"] == "tool_use"])


def _go_on(messages: History, content: Any, calls: list[str]) -> None:
    """The model's words, and the results of its calls, which do nothing."""
    messages.append({"role": "assistant", "content": content})
    results = [{"type": "tool_result", "tool_use_id": call, "content": RESULT} for call in calls]
    messages.append({"role": "user", "content": results})


if __name__ == "__main__":
    main()
