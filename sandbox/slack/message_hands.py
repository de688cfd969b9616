"""What people do with messages: write, change and take back their own, react."""

from __future__ import annotations

import uuid
from typing import Any

from sandbox.slack import payloads
from sandbox.slack.acting import CannotDo
from sandbox.slack.channel import Channel
from sandbox.slack.deliver import Delivery
from sandbox.slack.filled import filled
from sandbox.slack.modal_hands import ModalHands
from sandbox.slack.refusal import Refused
from sandbox.slack.state import NoSuch
from sandbox.slack.typed import rich_text, wire_text
from sandbox.slack.users import react

Json = dict[str, Any]


class MessageHands(ModalHands):
    """The part of `hands.Hands` that is about messages."""

    def channel(self, user: str, channel: str) -> Channel:
        """A conversation that person is in; "app" (or the bot's id) is their DM with the app."""
        workspace = self._slack.workspace
        try:
            workspace.user(user)
            found = (
                workspace.im(user) if channel in ("app", workspace.identity.bot_user) else workspace.channel(channel)
            )
        except NoSuch as gone:
            raise CannotDo(str(gone)) from None
        if user not in found.members:
            raise CannotDo(f"{user} is not in {channel}")
        return found

    def typed(self, user: str, channel: str, words: str) -> str:
        """The text Slack sends for what somebody typed there: `@Daybook` and `@Wren Quillfeather` become mentions."""
        workspace = self._slack.workspace
        people: dict[str, str] = {}
        for member in self.channel(user, channel).members:
            known = workspace.users[member]
            for name in (known["name"], known.get("real_name")):
                if name:
                    people[name] = member
        # The app can be named where it is not, as anybody can in Slack.
        people["Daybook"] = workspace.identity.bot_user
        mine = {c.name: c.id for c in workspace.channels.values() if not c.is_im and user in c.members}
        return wire_text(words, people, mine)

    def user_says(
        self, user: str, channel: str, text: str, thread_ts: str | None = None
    ) -> tuple[Json, Delivery | None]:
        """Write a message (in a thread); returns it and the event that tells the bot, if it listens there.

        `text` is as Slack sends it (`<@U…>` for a mention, `&amp;` for &); `typed` makes it of what was typed.
        """
        slack = self._slack
        where = self.channel(user, channel)
        if not text.strip():
            raise CannotDo("a message needs some text")
        message: Json = {
            "user": user,
            "type": "message",
            "ts": "",
            "client_msg_id": str(uuid.uuid4()),
            "text": text,
            "team": slack.workspace.users[user]["team_id"],
            "blocks": filled([rich_text(text)]),
        }
        if thread_ts is not None:
            root = where.messages.get(thread_ts)
            if root is None:
                raise CannotDo(f"there is no message {thread_ts} to answer to in {where.id}")
            message["thread_ts"] = root.get("thread_ts") or thread_ts
        slack.workspace.add_message(where, message)
        event = payloads.said(where, message)
        me = slack.workspace.identity.bot_user
        named = not where.is_im and f"<@{me}>" in text
        if named and me not in where.members:
            self._slackbot_says(where, user, f"You named <@{me}>, who is not in this channel and does not hear of it.")
            return message, None
        heard = slack.deliveries.event(event, where.is_ext_shared) if slack.hears(where) else None
        if named and "app_mention" in slack.bot_events:
            mention = {key: value for key, value in event.items() if key != "channel_type"} | {"type": "app_mention"}
            heard = slack.deliveries.event(mention, where.is_ext_shared)
        return message, heard

    def _own(self, user: str, channel: str, ts: str) -> tuple[Channel, Json]:
        where = self.channel(user, channel)
        message = where.messages.get(ts)
        if message is None:
            raise CannotDo(f"{user} sees no message {ts} in {where.id}")
        if message.get("user") != user or message.get("subtype") == "tombstone":
            raise CannotDo("people change and delete their own messages only")
        return where, message

    def user_edits(self, user: str, channel: str, ts: str, text: str) -> tuple[Json, Delivery | None]:
        """Change one's own message; the bot hears `message_changed` with the message as it was."""
        where, message = self._own(user, channel, ts)
        if not text.strip():
            raise CannotDo("a message needs some text; delete it instead")
        before = dict(message)
        if text == message["text"]:
            return message, None
        edited = {"user": user, "ts": self._slack.workspace.new_ts()}
        change = {"text": text, "blocks": filled([rich_text(text)]), "edited": edited}
        self._slack.workspace.change_message(where, message, change)
        return message, self._slack.echo_change(where, message, before)

    def user_deletes(self, user: str, channel: str, ts: str) -> Delivery | None:
        """Take back one's own message; the bot hears `message_deleted` (with replies below it, `message_changed`)."""
        where, message = self._own(user, channel, ts)
        return self._slack.delete(where, message["ts"])

    def _seen_message(self, user: str, where: Channel, ts: str) -> Json:
        message = where.messages.get(ts)
        if message is not None:
            return message
        for kept in self._slack.workspace.ephemerals:
            if kept["channel"] == where.id and kept["user"] == user and kept["message"]["ts"] == ts:
                found: Json = kept["message"]
                return found
        raise CannotDo(f"{user} sees no message {ts} in {where.id}")

    def _slackbot_says(self, where: Channel, user: str, text: str) -> None:
        said = {"user": "USLACKBOT", "type": "message", "text": text, "is_ephemeral": True}
        self._slack.workspace.add_ephemeral(where, user, said)

    def user_reacts(self, user: str, channel: str, message_ts: str, name: str) -> Delivery | None:
        """Put an emoji on a message."""
        slack = self._slack
        where = self.channel(user, channel)
        message = self._seen_message(user, where, message_ts)
        try:
            react(slack, where.id, message, name, user)
        except Refused as refused:
            raise CannotDo(refused.name) from None
        if "reaction_added" not in slack.bot_events:
            return None
        item = {"type": "message", "channel": where.id, "ts": message_ts}
        event = {
            "type": "reaction_added",
            "user": user,
            "reaction": name,
            "item": item,
            "item_user": message["user"],
        }
        return slack.deliveries.event(event | {"event_ts": slack.workspace.new_ts()})
