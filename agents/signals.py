"""What people see while a turn is under way: the status line and the session's state. Nothing depends on it.

Told in the background, the newest thing only: neither the model nor a tool waits for Slack to show a status.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import structlog

from systems.chat import Chat
from systems.faults import SystemFault

log = structlog.get_logger("signals")


class Signals:
    """Of one turn. ``where`` is (channel, thread); None when nobody watches, and then nothing is told."""

    def __init__(self, chat: Chat, where: tuple[str, str] | None, person: str | None) -> None:
        self._chat, self._where, self._person = chat, where, person
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Callable[[], None]]] = {}
        self._busy = False

    def begin(self, title: str | None) -> None:
        """The session is being worked on; ``title`` counts when Slack sees it for the first time."""
        if self._where is not None:
            channel, thread = self._where
            self._tell("session", lambda: self._chat.set_session(channel, thread, "processing", title, self._person))

    def doing(self, words: str) -> None:
        if self._where is not None:
            channel, thread = self._where
            self._tell("status", lambda: self._chat.set_status(channel, thread, words))

    def end(self) -> None:
        """It is the people's turn again. What was still to be shown of the status is not shown any more."""
        if self._where is not None:
            channel, thread = self._where
            with self._lock:
                self._waiting.pop("status", None)
            self._tell("session", lambda: self._chat.set_session(channel, thread, "active"))

    def _tell(self, what: str, act: Callable[[], None]) -> None:
        with self._lock:
            # Begun and ended before Slack heard of it: both must arrive, in this order.
            before = self._waiting.get(what, []) if what == "session" else []
            self._waiting[what] = [*before, act]
            if self._busy:
                return
            self._busy = True
        try:
            _pool().submit(self._work)
        except RuntimeError:  # the process is ending
            self._busy = False

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._busy = False
                    return
                acts = self._waiting.pop("session", None) or self._waiting.pop("status")
            for act in acts:  # each by itself: a beginning that could not be shown must not keep the end from being
                try:
                    act()
                except SystemFault as fault:
                    log.debug("signals.not_shown", reason=str(fault))
                except Exception:  # whatever it is, the turn goes on
                    log.debug("signals.broke", exc_info=True)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(4, thread_name_prefix="signals")
