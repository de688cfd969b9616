"""An answer that people read while it is written: begun when it is long enough, a second apart, never needed.

When anything goes wrong here the stream is left alone; ``agents.reply`` gives the message its final form in any case,
also one that a killed process had begun.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache

import structlog

from agents import moving
from agents.work import Work
from store import faults
from systems.faults import SystemFault
from systems.limiter import Limiter
from views.streaming import stream_text

log = structlog.get_logger("streaming")

WORTH_IT = 160
"""Characters from which on it is worth showing an answer before it is whole."""
A_SECOND = 1.0
STARTS_A_MINUTE = 15
"""Slack allows some twenty starts a minute in a workspace (chat.startStream is Tier 2)."""
MOST_SHOWN = 11_000
"""chat.appendStream takes 12,000 characters; what is longer comes with the final form."""


class Stream:
    """Of one attempt of a turn. ``said`` is the text of the answer that is being written."""

    def __init__(self, work: Work, links: Callable[[], tuple[str, ...]]) -> None:
        self._work, self._links = work, links
        self.said = ""
        self._before = ""
        self._shown = ""
        self._ts: str | None = None
        self._at = 0.0
        # Only what a person asked, in the thread of their message, is streamed; a later attempt leaves it to the end.
        self._off = work.turn.trigger["kind"] != "said" or work.turn.logged("streaming") is not None

    def begin_answer(self) -> None:
        """Another answer begins; what was shown of the one before it stays above it until the end."""
        if self._shown:
            self._before = f"{self._before}{self.said}\n\n"
        self.said = ""

    def text(self, piece: str) -> None:
        """More of the answer. Never raises: an answer must not be lost because Slack did not show it."""
        self.said += piece
        if self._off:
            return
        now = time.monotonic()
        if self._ts is None and (len(self.said) < WORTH_IT or not _starts().take()):
            return
        if self._ts is not None and now - self._at < A_SECOND:
            return
        self._at = now
        try:
            self._show()
        except SystemFault as fault:
            self._off = True
            log.debug("streaming.given_up", reason=str(fault))

    def _show(self) -> None:
        whole = stream_text(self._before + self.said, self._links())
        more = whole[len(self._shown) :]
        if not more.strip() or not whole.startswith(self._shown) or len(whole) > MOST_SHOWN:
            return
        turn, place = self._work.turn, self._work.place
        assert place is not None, "a message that was said has a place"
        assert place[1] is not None, "and is in a thread"
        if self._ts is None:
            if moving.joined(self._work):
                self._off = True  # the end decides who gets it
                return
            turn.append("streaming", {"channel": place[0], "thread_ts": place[1]})
            faults.reached("stream.beginning")
            self._ts = turn.systems.chat.start_stream(place[0], place[1], str(turn.trigger["person"]))
            faults.reached("stream.begun")
            turn.append("streamed", {"channel": place[0], "ts": self._ts})
        turn.systems.chat.append_stream(place[0], self._ts, more)
        self._shown = whole


@cache
def _starts() -> Limiter:
    return Limiter(size=STARTS_A_MINUTE, seconds=60)
