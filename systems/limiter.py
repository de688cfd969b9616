"""Keeps our requests under a vendor's rate limit by waiting before a request, not after a refusal."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable


class Limiter:
    """At most ``size`` requests in any ``seconds``, however they are spread; ``spend`` waits for its turn.

    Vendors count in a rolling window: a bucket that refills while it is emptied would let nearly twice as many
    through. Runs on the machine's monotonic time, since vendors count in real seconds whatever our clock says.
    """

    def __init__(
        self,
        size: int,
        seconds: float,
        wait: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.size, self.seconds = size, seconds
        self._wait, self._monotonic = wait, monotonic
        self._turns: deque[float] = deque(maxlen=size)
        self._not_before = 0.0
        self._lock = threading.Lock()

    def spend(self) -> float:
        """Take the next turn and wait for it. Returns the seconds waited."""
        with self._lock:
            now = self._monotonic()
            turn = max(now, self._not_before)
            if len(self._turns) == self.size:
                turn = max(turn, self._turns[0] + self.seconds)
            # Booked before waiting, so that threads queue up behind each other instead of waking together.
            self._turns.append(turn)
        if turn > now:
            self._wait(turn - now)
        return turn - now

    def take(self) -> bool:
        """Take a turn if one is free now; False when it is not. Nobody waits."""
        with self._lock:
            now = self._monotonic()
            if now < self._not_before or (len(self._turns) == self.size and now < self._turns[0] + self.seconds):
                return False
            self._turns.append(now)
            return True

    def hold(self, seconds: float) -> None:
        """The vendor asked for a pause: no turn begins for ``seconds``."""
        with self._lock:
            self._not_before = max(self._not_before, self._monotonic() + seconds)
