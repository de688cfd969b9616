"""How a measured number is told next to what was promised."""

from __future__ import annotations

import statistics
import threading
import time
from pathlib import Path

PACE_MS = 20
"""CPU milliseconds of adding up a million numbers on an unloaded core, as where the absolute goals were set."""
SAMPLE = 10_000
"""Numbers added up for one look at the pace."""


class Pace:
    """How slow this machine is while something is measured: other work on it makes every CPU second count less.

    ``slower`` is 1.0 on an unloaded core like the one the goals were set on; ``spent`` is the CPU of finding out.
    """

    def __init__(self) -> None:
        self._seen: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Pace:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        while True:
            began = time.thread_time()
            sum(range(SAMPLE))  # a fifth of a millisecond: whoever is measured may wait for it
            self._seen.append(time.thread_time() - began)
            if self._stop.wait(0.2):
                return

    @property
    def slower(self) -> float:
        return max(1.0, statistics.median(self._seen) * 1_000 * (1_000_000 / SAMPLE) / PACE_MS)

    @property
    def spent(self) -> float:
        return sum(self._seen)


def told_time(what: str, seen: float, most: float, unit: str, slower: float) -> None:
    """As ``told``; on a machine that is ``slower`` now, also what it would be at the pace the goal was set for."""
    told(what, seen, most, unit)
    if slower > 1.2:
        scaled = seen / slower
        verdict = "met" if scaled <= most else "missed"
        told_so = f"at full pace {_shown(scaled)} {unit}, {verdict}"
        print(f"     this machine was {slower:.1f} × slower meanwhile; {told_so}")


def told(what: str, seen: float, most: float, unit: str = "") -> None:
    """Print ``goal WHAT ≤ MOST: SEEN, met`` (or missed); nothing else happens when it is missed."""
    verdict = "met" if seen <= most else "missed"
    unit = f" {unit}" if unit else ""
    print(f"goal {what} ≤ {_shown(most)}{unit}: {_shown(seen)}{unit}, {verdict}", flush=True)


def peak_mib() -> float:
    """The most memory this process ever held. Not ``ru_maxrss``: that begins with the parent's, across an exec."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not tell a process its peak memory (VmHWM)")


def _shown(value: float) -> str:
    return f"{value:,.0f}" if isinstance(value, int) or abs(value) >= 100 else f"{value:.3g}"
