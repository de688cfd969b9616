"""How a measured number is told next to what was promised."""

from __future__ import annotations


def told(what: str, seen: float, most: float, unit: str = "") -> None:
    """Print ``goal WHAT ≤ MOST: SEEN, met`` (or missed); nothing else happens when it is missed."""
    verdict = "met" if seen <= most else "missed"
    unit = f" {unit}" if unit else ""
    print(f"goal {what} ≤ {_shown(most)}{unit}: {_shown(seen)}{unit}, {verdict}", flush=True)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if isinstance(value, int) or abs(value) >= 100 else f"{value:.3g}"
