"""What people do in Slack: write, press, choose, submit, run commands, open the app."""

from __future__ import annotations

import uuid
from typing import Any

from sandbox.slack import payloads
from sandbox.slack.acting import CannotDo, action_of, find_element, full_state
from sandbox.slack.channel import Channel
from sandbox.slack.deliver import Delivery
from sandbox.slack.filled import filled
from sandbox.slack.modal_hands import ModalHands
from sandbox.slack.refusal import Refused
from sandbox.slack.state import NoSuch
from sandbox.slack.users import react

Json = dict[str, Any]


class Hands(ModalHands):
    """Each method acts as that person's client would; CannotDo says why a client would not let them.

    Where Slack waits for the bot's answer, the `Delivery` says whether and how fast it acknowledged.
    """

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

    def user_says(
        self, user: str, channel: str, text: str, thread_ts: str | None = None
    ) -> tuple[Json, Delivery | None]:
        """Write a message (in a thread); returns it and the event that tells the bot, if it listens there."""
        slack = self._slack
        where = self.channel(user, channel)
        message: Json = {
            "user": user,
            "type": "message",
            "ts": "",
            "client_msg_id": str(uuid.uuid4()),
            "text": text,
            "team": slack.workspace.users[user]["team_id"],
            "blocks": filled([_rich_text(text)]),
        }
        if thread_ts is not None:
            root = where.messages.get(thread_ts)
            if root is None:
                raise CannotDo(f"there is no message {thread_ts} to answer to in {where.id}")
            message["thread_ts"] = root.get("thread_ts") or thread_ts
        slack.workspace.add_message(where, message)
        heard: Delivery | None = None
        event = payloads.said(where, message)
        if payloads.message_event(where) in slack.bot_events:
            heard = slack.deliveries.event(event, where.is_ext_shared)
        me = slack.workspace.identity.bot_user
        if not where.is_im and f"<@{me}>" in text and "app_mention" in slack.bot_events:
            mention = {key: value for key, value in event.items() if key != "channel_type"} | {"type": "app_mention"}
            heard = slack.deliveries.event(mention, where.is_ext_shared)
        return message, heard

    async def user_presses(self, user: str, container: Json, action: Json, *, force: bool = False) -> Delivery:
        """Press or choose something: `container` is `{channel, message_ts}`, `{view_id}` or `{"home": true}`,
        `action` is `{action_id, block_id?, value?, selected_option?, …}`. `force` lets someone press what
        they cannot see.
        """
        if container.get("view_id") or container.get("home"):
            return await self.presses_view(user, container, action)
        slack = self._slack
        workspace = slack.workspace
        try:
            where = workspace.channel(container["channel"]) if force else self.channel(user, container["channel"])
            workspace.user(user)
        except NoSuch as gone:
            raise CannotDo(str(gone)) from None
        message = self._seen_message(user, where, str(container.get("message_ts")))
        block_id, element = find_element(
            message.get("blocks", []), action["action_id"], action.get("block_id"), action.get("value")
        )
        touched = self.touch((user, message["ts"]), message["blocks"], block_id, element, action)
        payload = payloads.message_actions(
            workspace,
            user,
            where,
            message,
            [action_of(block_id, element, action, workspace.new_ts())],
            full_state(message["blocks"], touched),
            slack.triggers.issue(user),
            slack.hooks.issue(where, user, message),
        )
        return await slack.deliveries.interaction("interactive", "block_actions", payload)

    def _seen_message(self, user: str, where: Channel, ts: str) -> Json:
        message = where.messages.get(ts)
        if message is not None:
            return message
        for kept in self._slack.workspace.ephemerals:
            if kept["channel"] == where.id and kept["user"] == user and kept["message"]["ts"] == ts:
                found: Json = kept["message"]
                return found
        raise CannotDo(f"{user} sees no message {ts} in {where.id}")

    async def user_commands(
        self, user: str, channel: str, command: str, text: str, thread_ts: str | None = None
    ) -> Delivery:
        """Run a slash command; Slack has none in threads. What the bot acks with is shown."""
        if thread_ts is not None:
            raise CannotDo(f"{command} is not supported in threads. Sorry!")
        slack = self._slack
        where = self.channel(user, channel)
        command = command if command.startswith("/") else f"/{command}"
        payload = payloads.slash_command(
            slack.workspace,
            user,
            where,
            command,
            text,
            slack.triggers.issue(user),
            slack.hooks.issue(where, user, None),
        )
        delivery = await slack.deliveries.interaction("slash_commands", command, payload)
        if not delivery.acked:
            self._slackbot_says(where, user, f'{command} failed with the error "dispatch_failed"')
        elif delivery.payload.get("text") or delivery.payload.get("blocks"):
            try:
                slack.hooks.answer(where, user, None, delivery.payload)
            except Refused as refused:
                self._slackbot_says(where, user, f'{command} failed with the error "{refused.name}"')
        return delivery

    def _slackbot_says(self, where: Channel, user: str, text: str) -> None:
        said = {"user": "USLACKBOT", "type": "message", "text": text, "is_ephemeral": True}
        self._slack.workspace.add_ephemeral(where, user, said)

    async def user_shortcuts(
        self, user: str, callback_id: str, channel: str | None = None, message_ts: str | None = None
    ) -> Delivery:
        """Run a shortcut: on a message when one is named, else from anywhere."""
        slack = self._slack
        where = self.channel(user, channel) if channel else None
        message = self._seen_message(user, where, message_ts) if where and message_ts else None
        url = slack.hooks.issue(where, user, message) if where else ""
        payload = payloads.shortcut(slack.workspace, user, callback_id, slack.triggers.issue(user), where, message, url)
        return await slack.deliveries.interaction("interactive", payload["type"], payload)

    def opens_home(self, user: str, tab: str = "home") -> Delivery | None:
        """Open the app: its Home tab or its Messages tab."""
        slack = self._slack
        if tab not in ("home", "messages"):
            raise CannotDo("an app has a home tab and a messages tab")
        event: Json = {
            "type": "app_home_opened",
            "user": user,
            "channel": self.channel(user, "app").id,
            "tab": tab,
        }
        if tab == "home" and user in slack.workspace.homes:
            event["view"] = slack.workspace.homes[user]
        event["event_ts"] = slack.workspace.new_ts()
        return slack.deliveries.event(event) if "app_home_opened" in slack.bot_events else None

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

    def user_stops(self, user: str, channel: str, thread_ts: str | None) -> Delivery | None:
        """Press the native stop button of an agent that is working: open streams end, the bot is told."""
        slack = self._slack
        where = self.channel(user, channel)
        streams = [
            m
            for m in where.messages.values()
            if m.get("streaming_state") == "in_progress" and m.get("thread_ts") == thread_ts
        ]
        for message in streams:
            slack.workspace.change_message(where, message, {"streaming_state": "stopped_by_user"})
        if "agent_session_stopped" not in slack.bot_events:
            return None
        event = {
            "type": "agent_session_stopped",
            "channel": where.id,
            "thread_ts": thread_ts,
            "user": user,
            "streaming_message_ts": [m["ts"] for m in streams],
            "event_ts": slack.workspace.new_ts(),
        }
        return slack.deliveries.event(event)


def _rich_text(text: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}
