"""How long a person waits for the command line: importing it, and ``daybook --help``, next to Python doing nothing."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

from bench.goals import Pace, told_time

CHECKOUT = Path(__file__).resolve().parent.parent
ROUNDS = 7
SUBJECTS = {
    "python -c pass": ["-c", "pass"],
    "import cli.main": ["-c", "import cli.main"],
    "daybook --help": ["-m", "cli.main", "--help"],
}


def main() -> None:
    seen: dict[str, list[float]] = {name: [] for name in SUBJECTS}
    with Pace() as pace:
        for _round in range(ROUNDS):  # in turns, so that a busy moment of the machine hits all alike
            for name, arguments in SUBJECTS.items():
                seen[name].append(_cpu_seconds(arguments))
    middle = {name: statistics.median(seconds) for name, seconds in seen.items()}
    floor = middle["python -c pass"]
    for name, seconds in middle.items():
        print(f"{name}: {seconds:.3f} s CPU, {seconds / floor:.1f} × python doing nothing")
    told_time("CPU of importing the command line", middle["import cli.main"], 0.5, "s", pace.slower)
    told_time("CPU of daybook --help", middle["daybook --help"], 0.5, "s", pace.slower)


def _cpu_seconds(arguments: list[str]) -> float:
    before = os.times()
    subprocess.run([sys.executable, *arguments], cwd=CHECKOUT, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


if __name__ == "__main__":
    main()
