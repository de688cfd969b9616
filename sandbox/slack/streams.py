"""Which streamed answers are still open: one that nothing is written to for five minutes ends by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.slack.channel import Channel
    from sandbox.slack.server import Slack

Json = dict[str, Any]
# Slack names no number; pauses of some minutes were seen to end a stream (github.com/vercel/chat/issues/607).
IDLE_MS = 300_000


class Streams:
    """The open streams, each with the instant (ms, shared clock) something was last written to it."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self._open: dict[tuple[str, str], tuple[int, Channel, Json]] = {}
        self._sweeping = False

    def written(self, channel: Channel, message: Json) -> None:
        """Something was written to this stream just now."""
        self._open[channel.id, message["ts"]] = (self._slack.clock.now_ms(), channel, message)
        if not self._sweeping:
            self._sweeping = True
            self._slack.spawn(self._sweep())

    def settle(self, channel: Channel, message: Json) -> None:
        """Forget a stream that has ended; end one that was left alone too long."""
        key = (channel.id, message["ts"])
        known = self._open.get(key)
        if known is None:
            return
        if message.get("streaming_state") != "in_progress":
            del self._open[key]
        elif self._slack.clock.now_ms() - known[0] >= IDLE_MS:
            del self._open[key]
            self._slack.workspace.change_message(channel, message, {"streaming_state": "expired"})

    async def _sweep(self) -> None:
        while self._open:
            await self._slack.clock.reached(min(at for at, _, _ in self._open.values()) + IDLE_MS)
            for _, channel, message in list(self._open.values()):
                self.settle(channel, message)
        self._sweeping = False
