"""Everything the stand-in workspace remembers: people, channels, messages, views, and who is watching."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import count
from typing import Any, Protocol

from sandbox.clock import SharedClock
from sandbox.slack.channel import Channel, micros
from sandbox.slack.identity import Identity
from sandbox.slack.rooms import settle

Json = dict[str, Any]


class Human(Protocol):
    """What the workspace needs to know of a person of the sandbox world."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def real_name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def tz(self) -> str: ...


class NoSuch(LookupError):
    """Something was named that this workspace does not have; the message is Slack's own error name."""


class Workspace:
    """The state of one Slack workspace with one installed app, all in memory."""

    def __init__(self, clock: SharedClock, people: Iterable[Human], identity: Identity | None = None) -> None:
        self.clock = clock
        self.identity = identity or Identity()
        self.users: dict[str, Json] = {}
        self.channels: dict[str, Channel] = {}
        self.ephemerals: list[Json] = []
        self.views: dict[str, Json] = {}
        self.viewers: dict[str, str] = {}
        self.stacks: dict[str, list[str]] = {}
        self.homes: dict[str, Json] = {}
        self.statuses: dict[tuple[str, str], Json] = {}
        self.prompts: dict[str, Json] = {}
        self.titles: dict[tuple[str, str], str] = {}
        self.sessions: dict[tuple[str, str | None], Json] = {}
        self.scheduled: dict[str, Json] = {}
        self._by_email: dict[str, str] = {}
        self._ims: dict[str, str] = {}
        self._last_micros = 0
        self._ids = count(1)
        self._watchers: dict[str | None, set[asyncio.Queue[Json]]] = {}
        settle(self, people)

    def add_user(self, user: Json) -> None:
        """Somebody with an account here, found by id and by address."""
        self.users[user["id"]] = user
        self._by_email[user["profile"]["email"].lower()] = user["id"]

    def new_ts(self) -> str:
        """The next message timestamp: the shared now, never twice, never backwards."""
        self._last_micros = max(self.clock.now_ms() * 1000, self._last_micros + 1)
        return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06d}"

    def new_id(self, prefix: str) -> str:
        """A fresh Slack-shaped id, for example V0000000A1 for a view."""
        return f"{prefix}{next(self._ids):09X}"

    def user(self, user_id: str) -> Json:
        """A user object by id; NoSuch("user_not_found")."""
        try:
            return self.users[user_id]
        except KeyError:
            raise NoSuch("user_not_found") from None

    def user_by_email(self, email: str) -> Json:
        """An active user by address, letter case aside; NoSuch("users_not_found")."""
        user_id = self._by_email.get(email.lower())
        if user_id is None or self.users[user_id]["deleted"]:
            raise NoSuch("users_not_found")
        return self.users[user_id]

    def add_channel(self, channel_id: str, name: str, members: list[str]) -> Channel:
        """A public channel with these members."""
        channel = Channel(channel_id, name, False, list(members), self.clock.now_ms() // 1000)
        self.channels[channel_id] = channel
        return channel

    def im(self, user_id: str) -> Channel:
        """The DM of that person with the app, made when it is first needed; NoSuch when there can be none."""
        known = self._ims.get(user_id)
        if known is not None:
            return self.channels[known]
        user = self.user(user_id)
        if user["deleted"]:
            raise NoSuch("user_disabled")
        if user["team_id"] != self.identity.team_id:
            # People of another company share a channel, not the app.
            raise NoSuch("user_not_visible")
        if user["is_bot"] or user_id == "USLACKBOT":
            raise NoSuch("cannot_dm_bot")
        channel = Channel(
            "D" + user_id[1:],
            "directmessage",
            True,
            [user_id, self.identity.bot_user],
            self.clock.now_ms() // 1000,
            user=user_id,
        )
        self.channels[channel.id] = channel
        self._ims[user_id] = channel.id
        return channel

    def channel(self, channel_id: str) -> Channel:
        """A channel or DM by id; a bare D id of a person whose DM was never opened counts too."""
        found = self.channels.get(channel_id)
        if found is not None:
            return found
        if channel_id.startswith("D") and "U" + channel_id[1:] in self.users:
            return self.im("U" + channel_id[1:])
        raise NoSuch("channel_not_found")

    def message(self, channel: Channel, ts: str) -> Json:
        """A message of that channel; NoSuch("message_not_found")."""
        try:
            return channel.messages[ts]
        except KeyError:
            raise NoSuch("message_not_found") from None

    def add_message(self, channel: Channel, message: Json) -> Json:
        """Keep a message, keep its thread's counters, and tell who watches. `message["ts"]` is given here."""
        ts = message["ts"] = message.get("ts") or self.new_ts()
        thread_ts = message.get("thread_ts")
        channel.messages[ts] = message
        if thread_ts is None or thread_ts == ts:
            channel.roots.append(micros(ts))
        else:
            self._add_reply(channel, thread_ts, message)
            if message.get("subtype") == "thread_broadcast":
                channel.roots.append(micros(ts))
        self.publish(channel.members, {"type": "message", "channel": channel.id, "message": message})
        if self.statuses and "bot_id" in message:
            self.clear_status(channel, thread_ts)
        return message

    def _add_reply(self, channel: Channel, thread_ts: str, message: Json) -> None:
        root = channel.messages.get(thread_ts)
        replies = channel.threads.setdefault(thread_ts, [])
        replies.append(message["ts"])
        message["parent_user_id"] = root["user"] if root else None
        if root is None:
            return
        writers = root.setdefault("reply_users", [])
        if message["user"] not in writers:
            writers.append(message["user"])
        root.update(
            thread_ts=thread_ts,
            reply_count=len(replies),
            reply_users_count=len(writers),
            latest_reply=message["ts"],
            is_locked=False,
            subscribed=True,
        )

    def change_message(self, channel: Channel, message: Json, change: Json) -> Json:
        """Edit a kept message in place and tell who watches."""
        message.update(change)
        self.publish(channel.members, {"type": "message_changed", "channel": channel.id, "message": message})
        return message

    def delete_message(self, channel: Channel, ts: str) -> Json:
        """Forget a message; a root that has replies leaves a tombstone, as in Slack. Answers it as it was."""
        message = self.message(channel, ts)
        before = dict(message)
        thread_ts = message.get("thread_ts")
        if channel.threads.get(ts):
            for key in ("blocks", "metadata", "attachments", "bot_id", "app_id", "bot_profile"):
                message.pop(key, None)
            message.update(subtype="tombstone", text="This message was deleted.", user="USLACKBOT", hidden=True)
            self.publish(channel.members, {"type": "message_changed", "channel": channel.id, "message": message})
            return before
        del channel.messages[ts]
        if micros(ts) in channel.roots:
            channel.roots.remove(micros(ts))
        if thread_ts and thread_ts != ts:
            replies = channel.threads[thread_ts]
            replies.remove(ts)
            root = channel.messages.get(thread_ts)
            if root is not None:
                root["reply_count"] = len(replies)
                self.publish(channel.members, {"type": "message_changed", "channel": channel.id, "message": root})
        self.publish(channel.members, {"type": "message_deleted", "channel": channel.id, "ts": ts})
        return before

    def add_ephemeral(self, channel: Channel, user_id: str, message: Json) -> Json:
        """A message only that person sees, until the page is left; history never returns it."""
        message["ts"] = self.new_ts()
        kept = {"channel": channel.id, "user": user_id, "message": message}
        self.ephemerals.append(kept)
        self.publish([user_id], {"type": "ephemeral", **kept})
        return message

    def clear_status(self, channel: Channel, thread_ts: str | None) -> None:
        """The agent has spoken: what it was doing is no longer shown."""
        if self.statuses.pop((channel.id, thread_ts or ""), None) is not None:
            cleared = {"type": "status", "channel": channel.id, "thread_ts": thread_ts, "status": ""}
            self.publish(channel.members, cleared)

    def subscribe(self, user_id: str | None) -> asyncio.Queue[Json]:
        """A queue of all that person's screen would show from now on; None sees the whole workspace."""
        queue: asyncio.Queue[Json] = asyncio.Queue()
        self._watchers.setdefault(user_id, set()).add(queue)
        return queue

    def unsubscribe(self, user_id: str | None, queue: asyncio.Queue[Json]) -> None:
        """Stop watching."""
        self._watchers.get(user_id, set()).discard(queue)

    def publish(self, user_ids: Iterable[str], event: Json) -> None:
        """Tell the screens of these people."""
        if not self._watchers:
            return
        for watcher in (None, *user_ids):
            for queue in self._watchers.get(watcher, ()):
                queue.put_nowait(event)
