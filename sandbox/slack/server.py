"""The stand-in Slack as one thing: its state, its doors, and the way to the bot."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

from sandbox.calls import Calls
from sandbox.clock import SharedClock
from sandbox.journal import Journal
from sandbox.knobs import Knobs
from sandbox.slack import payloads
from sandbox.slack.channel import Channel
from sandbox.slack.declared import Declared
from sandbox.slack.deliver import Deliveries, Delivery
from sandbox.slack.hands import Hands
from sandbox.slack.hooks import Hooks
from sandbox.slack.identity import Identity
from sandbox.slack.limits import Limits
from sandbox.slack.socket import Sockets
from sandbox.slack.state import Human, Workspace
from sandbox.slack.streams import Streams
from sandbox.slack.triggers import Triggers
from sandbox.slack.webapi import WebApi

Json = dict[str, Any]

BOT_EVENTS = frozenset(
    {
        "app_mention",
        "message.im",
        "message.channels",
        "message.groups",
        "message.mpim",
        "app_home_opened",
        "app_context_changed",
        "agent_session_stopped",
        "tokens_revoked",
        "app_uninstalled",
    }
)


class Slack:
    """One workspace with one installed app.

    `workspace` is the state (see `state.Workspace`), `hands` is what people do (see `hands.Hands`), `api` the
    Web API as an ASGI application, `sockets` Socket Mode, `deliveries` the way to the bot, `hooks` the
    response URLs.
    `base_url` must be set to the server's own address before anything is served.
    """

    def __init__(
        self,
        clock: SharedClock,
        people: Iterable[Human],
        knobs: Knobs | None = None,
        calls: Calls | None = None,
        *,
        identity: Identity | None = None,
        limits: bool = True,
        base_url: str = "http://127.0.0.1",
        request_url: str | None = None,
    ) -> None:
        self.clock = clock
        self.knobs = knobs or Knobs()
        self.calls = calls or Calls()
        self.workspace = Workspace(clock, people, identity)
        self.journal = Journal()
        self.limits = Limits(limits)
        self.triggers = Triggers()
        self.base_url = base_url
        self.bot_events: set[str] = set(BOT_EVENTS)
        self.declared = Declared()
        self.sockets = Sockets(self)
        self.deliveries = Deliveries(self, request_url)
        self.hooks = Hooks(self)
        self.streams = Streams(self)
        self.hands = Hands(self)
        self.api = WebApi(self)
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def socket_url(self) -> str:
        """Where Socket Mode connections are opened."""
        return self.base_url.replace("http", "ws", 1) + "/slack/link"

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run something beside the answer that is given now."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop everything that still waits or is connected."""
        await self.sockets.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.deliveries.close()

    def hears(self, channel: Channel) -> bool:
        """Whether the app is told what is said there: it is a member, and listens to that kind of conversation."""
        here = self.workspace.identity.bot_user in channel.members
        return here and payloads.message_event(channel) in self.bot_events

    def echo(self, channel: Channel, message: Json) -> None:
        """As in Slack, the bot's own message comes back to it as an event, if it listens to that channel."""
        if self.deliveries.attached and self.hears(channel):
            self.deliveries.event(payloads.said(channel, message), channel.is_ext_shared)

    def echo_change(self, channel: Channel, message: Json, before: Json | None = None) -> Delivery | None:
        """A changed message is told as `message_changed`."""
        if not (self.deliveries.attached and self.hears(channel)):
            return None
        changed = payloads.changed(channel, message, self.workspace.new_ts(), before)
        return self.deliveries.event(changed, channel.is_ext_shared)

    def delete(self, channel: Channel, ts: str) -> Delivery | None:
        """Take a message away, and tell the app: `message_deleted`, or a change into a tombstone with its thread."""
        before = self.workspace.delete_message(channel, ts)
        tombstone = channel.messages.get(ts)
        if tombstone is not None:
            return self.echo_change(channel, tombstone, before)
        if not (self.deliveries.attached and self.hears(channel)):
            return None
        gone = payloads.deleted(channel, before, self.workspace.new_ts())
        return self.deliveries.event(gone, channel.is_ext_shared)
