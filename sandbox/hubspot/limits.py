"""HubSpot's call limits: a rolling burst, five searches a second, and a day's worth."""

from __future__ import annotations

import time
from collections import deque

from sandbox.hubspot.errors import HubSpotError

BURST, BURST_SECONDS = 190, 10.0
SEARCHES_A_SECOND = 5
DAILY = 1_000_000


class Limits:
    """Counts calls on wall time, as HubSpot does; switched off, it still counts but never refuses."""

    def __init__(self, *, enforced: bool = True) -> None:
        self.enforced = enforced
        self._calls: deque[float] = deque()
        self._searches: deque[float] = deque()
        self._day = 0
        self._today = 0

    def count(self, *, search: bool) -> None:
        """One more call; 429 with the policy's name when it is one too many. A refused call counts as well."""
        now = time.monotonic()
        self._daily()
        if not self.enforced:
            return
        if search:
            self._within(self._searches, now, 1.0, SEARCHES_A_SECOND, "SECONDLY")
        self._within(self._calls, now, BURST_SECONDS, BURST, "TEN_SECONDLY_ROLLING")
        if self._today > DAILY:
            raise refusal("DAILY")

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The rate headers that every answer but a search's carries."""
        left = BURST - len(self._calls)
        told = {
            "Daily": DAILY, "Daily-Remaining": max(0, DAILY - self._today), "Interval-Milliseconds": 10_000,
            "Max": BURST, "Remaining": max(0, left),
        }  # fmt: skip
        return [(f"x-hubspot-ratelimit-{name}".lower().encode(), str(value).encode()) for name, value in told.items()]

    def _within(self, calls: deque[float], now: float, window: float, most: int, policy: str) -> None:
        while calls and calls[0] <= now - window:
            calls.popleft()
        if len(calls) >= most:
            raise refusal(policy)
        calls.append(now)

    def _daily(self) -> None:
        day = int(time.time() // 86_400)
        if day != self._day:
            self._day, self._today = day, 0
        self._today += 1


def refusal(policy: str, retry_after: int | None = None) -> HubSpotError:
    """429 as HubSpot words it; a Retry-After only when one is asked for, because HubSpot does not promise it."""
    word = {"SECONDLY": "secondly", "DAILY": "daily"}.get(policy, "ten_secondly_rolling")
    return HubSpotError(
        429, "RATE_LIMITS", f"You have reached your {word} limit.",
        extra={"errorType": "RATE_LIMIT", "policyName": policy},
        headers={} if retry_after is None else {"retry-after": str(retry_after)},
    )  # fmt: skip
