"""Slack as a place to speak: people, posting once, editing, and looking up whether a lost message arrived."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from systems.chat import ChatUser, Posted
from systems.faults import RateLimited, Rejected
from systems.limiter import Limiter
from systems.slack_agent import SlackAgent, marked

CLOCKS_APART_SECONDS = 3600
"""Slack's clock stamps the messages and ours says since when: an hour more costs nothing where the key is unique."""
STREAM_CLOCKS_APART_SECONDS = 60
"""A stream that lost its end bears no key, so not much more than the clocks may really be apart."""


class SlackChat(SlackAgent):
    """The ``Chat`` port. ``posts`` is how many messages may be sent; None: as many as wanted."""

    def __init__(self, token: str, base_url: str, posts: Limiter | None = None, app_token: str | None = None) -> None:
        super().__init__(token, base_url, app_token)
        self._posts = posts

    def users(self) -> Iterable[ChatUser]:
        """Everyone in the workspace, 200 a page (users.list is Tier 2)."""
        workspace = self.identity().workspace
        for page in self._pages(self._client.users_list, limit=200):
            for user in page["members"]:
                profile = user.get("profile") or {}
                # Who is here from another workspace through a shared channel is a stranger, whatever their flags say.
                at_home = user.get("team_id") in (None, workspace) or workspace in (
                    (user.get("enterprise_user") or {}).get("teams") or ()
                )
                yield ChatUser(
                    id=user["id"],
                    workspace=workspace,
                    email=profile.get("email"),
                    real_name=profile.get("real_name") or user.get("real_name") or user.get("name") or user["id"],
                    tz=user.get("tz"),
                    deleted=bool(user.get("deleted")),
                    is_bot=bool(user.get("is_bot")) or user["id"] == "USLACKBOT",
                    is_guest=not at_home
                    or bool(user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_stranger")),
                    is_admin=at_home and bool(user.get("is_admin") or user.get("is_owner")),
                )

    def ready(self) -> None:
        """Wait for our turn to post: Slack allows about one message a second a channel, and a burst a workspace."""
        if self._posts is not None:
            self._posts.spend()

    def post(self, to: str, text: str, blocks: list[dict[str, Any]], key: str, thread_ts: str | None = None) -> Posted:
        """Post to a channel, or to a person's DM by user id, marked with ``key`` in its metadata.

        Metadata is readable by every app of the workspace, so ``key`` holds ids only.
        """
        try:
            told = self._ask(
                lambda: self._client.chat_postMessage(
                    channel=to,
                    text=text,
                    blocks=blocks,
                    thread_ts=thread_ts,
                    unfurl_links=False,
                    unfurl_media=False,
                    metadata=marked(key),
                )
            )
        except RateLimited as slow:
            if self._posts is not None and slow.retry_after is not None:
                self._posts.hold(slow.retry_after)
            raise
        return Posted(told["channel"], told["ts"])

    def find(self, to: str, key: str, since: int, thread_ts: str | None = None) -> Posted | None:
        """The message marked ``key`` that this bot posted at or after ``since`` (ms), if Slack has it."""
        channel = self.direct_channel(to) if to.startswith(("U", "W")) else to
        for message in self._own(channel, since, CLOCKS_APART_SECONDS, thread_ts):
            if _key(message) == key:
                return Posted(channel, message["ts"])
        return None

    def keys(self, to: str, beginning: str, since: int) -> list[str]:
        """The marks that begin so, of all messages this bot posted there at or after ``since`` (ms)."""
        channel = self.direct_channel(to) if to.startswith(("U", "W")) else to
        found = (_key(message) for message in self._own(channel, since, CLOCKS_APART_SECONDS, None))
        return [key for key in found if key is not None and key.startswith(beginning)]

    def find_stream(self, channel: str, thread_ts: str, since: int) -> Posted | None:
        """Our latest message in the thread that bears no key: everything else of ours bears one from the beginning."""
        found = [
            message["ts"]
            for message in self._own(channel, since, STREAM_CLOCKS_APART_SECONDS, thread_ts)
            if _key(message) is None and message["ts"] != thread_ts
        ]
        return Posted(channel, max(found, key=float)) if found else None

    def _own(self, channel: str, since: int, apart: int, thread_ts: str | None) -> Iterator[dict[str, Any]]:
        """This bot's messages there (in the thread, when one is named) since then, metadata included."""
        where: dict[str, Any] = {"channel": channel, "oldest": f"{since / 1000 - apart:.6f}", "limit": 200}
        call: Callable[..., Any] = self._client.conversations_history
        if thread_ts is not None:
            call, where["ts"] = self._client.conversations_replies, thread_ts
        for page in self._pages(call, include_all_metadata=True, **where):
            for message in page["messages"]:
                if message.get("bot_id") == self.identity().bot:
                    yield message

    def direct_channel(self, user: str) -> str:
        """The DM with a person; opening it twice is the same DM. Only needed when a post's outcome is unknown."""
        return str(self._ask(lambda: self._client.conversations_open(users=user))["channel"]["id"])

    def update(
        self, channel: str, ts: str, text: str, blocks: list[dict[str, Any]], key: str | None = None
    ) -> None:
        """Replace a message of ours, and mark it when ``key`` is given. The same edit twice is the same message.

        ``text`` over 4,000 is refused, so it is cut.
        """
        marks = None if key is None else marked(key)
        self._ask(
            lambda: self._client.chat_update(channel=channel, ts=ts, text=text[:3900], blocks=blocks, metadata=marks)
        )

    def whisper(self, channel: str, user: str, text: str, thread_ts: str | None = None) -> None:
        """Show ``text`` to one person only; it can't be found or edited later."""
        self._ask(
            lambda: self._client.chat_postEphemeral(channel=channel, user=user, text=text, thread_ts=thread_ts)
        )

    def is_bot(self, user: str) -> bool:
        if user not in self._bots:
            told = self._ask(partial(self._client.users_info, user=user))["user"]
            self._bots[user] = bool(told.get("is_bot")) or user == "USLACKBOT"
        return self._bots[user]

    def members(self, channel: str) -> list[str]:
        """Ids of everyone in a channel, bots included."""
        pages = self._pages(self._client.conversations_members, channel=channel, limit=1000)
        return [str(member) for page in pages for member in page["members"]]

    def permalink(self, channel: str, ts: str) -> str:
        """The address at which people open a message."""
        return str(self._ask(lambda: self._client.chat_getPermalink(channel=channel, message_ts=ts))["permalink"])

    def react(self, channel: str, ts: str, emoji: str) -> None:
        """Put an emoji (its name, without colons) on a message; twice is once."""
        self._unless("already_reacted", partial(self._client.reactions_add, channel=channel, timestamp=ts, name=emoji))

    def delete(self, channel: str, ts: str) -> None:
        """Delete a message of ours; one that is gone already is left so."""
        self._unless("message_not_found", partial(self._client.chat_delete, channel=channel, ts=ts))

    def _unless(self, so_already: str, call: Any) -> None:
        try:
            self._ask(call)
        except Rejected as refused:
            if refused.code != so_already:
                raise


def _key(message: dict[str, Any]) -> str | None:
    key = ((message.get("metadata") or {}).get("event_payload") or {}).get("key")
    return None if key is None else str(key)
