"""Knobs that make a vendor misbehave on purpose: refuse, fail, hang up, answer late, answer half."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from itertools import count
from typing import Any

MODES = frozenset(
    {"rate_limit", "error", "drop_before", "drop_after", "late", "delay", "search_lag", "half_answer"}
)
DEFAULT_SECONDS = {"late": 20.0, "delay": 1.0, "search_lag": 5.0}


class KnobError(ValueError):
    """The knob asked for does not exist or is not complete."""


@dataclass
class Knob:
    """One way to misbehave: where (`slack.chat.postMessage`, `slack.*`), how, how often (-1: for good)."""

    target: str
    mode: str
    times: int = 1
    seconds: float = 0.0
    status: int = 500
    retry_after: int | None = None
    error: str | None = None
    match: dict[str, Any] = field(default_factory=dict)
    skip: int = 0
    id: int = 0
    taken: int = 0

    def fits(self, target: str, attrs: Mapping[str, Any]) -> bool:
        """Whether this knob is meant for that call."""
        if self.times == 0 or not fnmatchcase(target, self.target):
            return False
        return all(attrs.get(key) == value for key, value in self.match.items())


class Knobs:
    """The knobs that are turned now, oldest first."""

    def __init__(self) -> None:
        self._knobs: list[Knob] = []
        self._ids = count(1)

    def turn(self, asked: Mapping[str, Any]) -> Knob:
        """Add a knob from `{target, mode, times?, seconds?, status?, retry_after?, error?, match?, skip?}`.

        `skip` lets that many fitting calls pass first. `error` is a vendor's error name, answered in the
        vendor's own shape instead of a bare status. An unknown key or mode is refused.
        """
        unknown = set(asked) - {
            "target",
            "mode",
            "times",
            "seconds",
            "status",
            "retry_after",
            "error",
            "match",
            "skip",
        }
        if unknown:
            raise KnobError(f"unknown knob setting: {', '.join(sorted(unknown))}")
        target, mode = asked.get("target"), asked.get("mode")
        if not isinstance(target, str) or not target:
            raise KnobError("a knob needs a target, for example slack.chat.postMessage or hubspot.*")
        if mode not in MODES:
            raise KnobError(f"a knob's mode is one of {', '.join(sorted(MODES))}")
        times = int(asked.get("times", 1))
        if times == 0 or times < -1:
            raise KnobError("times is a count from 1, or -1 for 'until cleared'")
        knob = Knob(
            target=target,
            mode=str(mode),
            times=times,
            seconds=float(asked.get("seconds") or DEFAULT_SECONDS.get(str(mode), 0.0)),
            status=int(asked.get("status") or 500),
            retry_after=asked.get("retry_after"),
            error=asked.get("error"),
            match=dict(asked.get("match") or {}),
            skip=int(asked.get("skip") or 0),
            id=next(self._ids),
        )
        self._knobs.append(knob)
        return knob

    def take(
        self, target: str, attrs: Mapping[str, Any] | None = None, modes: Collection[str] | None = None
    ) -> Knob | None:
        """The first knob that fits this call, counted as used once; None when none does (the usual case)."""
        if not self._knobs:
            return None
        for knob in self._knobs:
            if (modes is None or knob.mode in modes) and knob.fits(target, attrs or {}):
                if knob.skip > 0:
                    knob.skip -= 1
                    continue
                knob.taken += 1
                if knob.times > 0:
                    knob.times -= 1
                if knob.times == 0:
                    self._knobs.remove(knob)
                return knob
        return None

    def peek(self, target: str, mode: str, attrs: Mapping[str, Any] | None = None) -> Knob | None:
        """A knob of that mode that is turned for this target, without using it up."""
        return next((k for k in self._knobs if k.mode == mode and k.fits(target, attrs or {})), None)

    def clear(self, target: str | None = None) -> None:
        """Let everything behave again, or one target."""
        self._knobs = [knob for knob in self._knobs if target is not None and knob.target != target]

    def as_json(self) -> list[dict[str, Any]]:
        """Every knob that is turned now."""
        return [asdict(knob) for knob in self._knobs]
