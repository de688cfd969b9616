"""How a measured number is told next to what was promised."""

from __future__ import annotations

from pathlib import Path


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
