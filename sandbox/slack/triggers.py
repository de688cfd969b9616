"""Trigger ids: what a person just did, good for opening one modal within three seconds."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

from sandbox.slack.refusal import Refused

TRIGGER_SECONDS = 3.0


@dataclass
class _Trigger:
    user: str
    born: float
    view_id: str | None
    spent: bool = False


class Triggers:
    """Trigger ids: single use, good for three seconds of wall time."""

    def __init__(self) -> None:
        self._known: dict[str, _Trigger] = {}

    def issue(self, user: str, view_id: str | None = None) -> str:
        """A fresh trigger id for something that person did, maybe inside a modal."""
        now = time.monotonic()
        if len(self._known) > 10_000:
            self._known = {key: t for key, t in self._known.items() if now - t.born < 600}
        number = secrets.randbelow(10**12)
        name = f"{10**12 + number}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._known[name] = _Trigger(user, now, view_id)
        return name

    def spend(self, name: str) -> _Trigger:
        """Use a trigger id up, or Refused with what is wrong with it."""
        trigger = self._known.get(name)
        if trigger is None:
            raise Refused("invalid_trigger_id" if name.count(".") != 2 else "expired_trigger_id")
        if trigger.spent:
            raise Refused("exchanged_trigger_id")
        if time.monotonic() - trigger.born > TRIGGER_SECONDS:
            raise Refused("expired_trigger_id")
        trigger.spent = True
        return trigger
