"""What people do in Slack: write, press, choose, submit, run commands, open the app."""

from __future__ import annotations

from typing import Any

from sandbox.slack import payloads
from sandbox.slack.acting import CannotDo, action_of, find_element, full_state
from sandbox.slack.deliver import Delivery
from sandbox.slack.message_hands import MessageHands
from sandbox.slack.refusal import Refused
from sandbox.slack.state import NoSuch

Json = dict[str, Any]


class Hands(MessageHands):
    """Each method acts as that person's client would; CannotDo says why a client would not let them.

    Where Slack waits for the bot's answer, the `Delivery` says whether and how fast it acknowledged.
    """

    async def user_presses(
        self, user: str, container: Json, action: Json, *, force: bool = False, stale: bool = False
    ) -> Delivery:
        """Press or choose something: `container` is `{channel, message_ts}`, `{view_id}` or `{"home": true}`,
        `action` is `{action_id, block_id?, value?, selected_option?, …}`. `force` lets someone press what
        they cannot see; `stale` a button that stood there until the message was drawn anew.
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
        if stale:
            block_id, element = "gone", {**action, "type": "button", "text": {"type": "plain_text", "text": "Gone"}}
        else:
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

    async def user_commands(
        self, user: str, channel: str, command: str, text: str, thread_ts: str | None = None
    ) -> Delivery:
        """Run a slash command; Slack has none in threads. What the bot acks with is shown."""
        if thread_ts is not None:
            raise CannotDo(f"{command} is not supported in threads. Sorry!")
        slack = self._slack
        where = self.channel(user, channel)
        command = command if command.startswith("/") else f"/{command}"
        if not slack.declared.knows(command):
            raise CannotDo(f"{command} is not a valid command: the app's manifest does not declare it")
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

    async def user_shortcuts(
        self, user: str, callback_id: str, channel: str | None = None, message_ts: str | None = None
    ) -> Delivery:
        """Run a shortcut: on a message when one is named, else from anywhere."""
        slack = self._slack
        where = self.channel(user, channel) if channel else None
        declared = slack.declared.shortcuts
        if slack.declared.by_manifest and all(known["callback_id"] != callback_id for known in declared):
            raise CannotDo(f"the app's manifest declares no shortcut {callback_id!r}")
        message = self._seen_message(user, where, message_ts) if where and message_ts else None
        url = slack.hooks.issue(where, user, message) if where else ""
        payload = payloads.shortcut(slack.workspace, user, callback_id, slack.triggers.issue(user), where, message, url)
        return await slack.deliveries.interaction("interactive", payload["type"], payload)

    def opens_home(self, user: str, tab: str = "home") -> Delivery | None:
        """Open the app: its Home tab or its Messages tab."""
        slack = self._slack
        if tab not in ("home", "messages"):
            raise CannotDo("an app has a home tab and a messages tab")
        if tab == "home" and not slack.declared.home:
            raise CannotDo("the app's manifest does not enable the home tab")
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

    def looks_at(self, user: str, channel: str) -> Delivery | None:
        """Look at a channel while the app is open beside it: the app hears `app_context_changed`."""
        slack = self._slack
        if "app_context_changed" not in slack.bot_events:
            return None
        seen = {"type": "slack#/types/channel_id", "value": self.channel(user, channel).id}
        event = {
            "type": "app_context_changed",
            "user": user,
            "channel": self.channel(user, "app").id,
            "context": {"entities": [seen | {"team_id": slack.workspace.identity.team_id}]},
            "event_ts": slack.workspace.new_ts(),
        }
        return slack.deliveries.event(event)

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
