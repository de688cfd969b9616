"""Response URLs: how the bot answers a press or a command later, or changes the message it came from."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.slack import witnessed
from sandbox.slack.arguments import flag
from sandbox.slack.channel import Channel
from sandbox.slack.chat import bot_message, content
from sandbox.slack.refusal import Refused

if TYPE_CHECKING:
    from sandbox.slack.server import Slack

Json = dict[str, Any]
USES_MOST, LIFE_MS = 5, 30 * 60 * 1000


@dataclass
class _Hook:
    channel: Channel
    user: str
    message: Json | None
    born_ms: int
    uses: int = 0


class Hooks:
    """Response URLs: five uses, thirty minutes on the shared clock."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self._hooks: dict[str, _Hook] = {}

    def issue(self, channel: Channel, user: str, message: Json | None) -> str:
        """A fresh URL for something that person did in that channel (on that message)."""
        secret = secrets.token_urlsafe(18)
        now = self._slack.clock.now_ms()
        if len(self._hooks) > 5000:
            self._hooks = {key: hook for key, hook in self._hooks.items() if now - hook.born_ms < LIFE_MS}
        self._hooks[secret] = _Hook(channel, user, message, now)
        return f"{self._slack.base_url}/slack/hooks/{self._slack.workspace.identity.team_id}/{secret}"

    def use(self, secret: str, body: Json) -> None:
        """What a POST to a response URL does; Refused("used_url") or Refused("expired_url")."""
        hook = self._hooks.get(secret)
        if hook is None or self._slack.clock.now_ms() - hook.born_ms > LIFE_MS:
            raise Refused("expired_url")
        if hook.uses >= USES_MOST:
            raise Refused("used_url")
        hook.uses += 1
        self.answer(hook.channel, hook.user, hook.message, body)

    def answer(self, channel: Channel, user: str, message: Json | None, body: Json) -> None:
        """Say it: change or delete the message it came from, or post, ephemeral unless `in_channel`."""
        workspace = self._slack.workspace
        if message is not None and flag(body, "delete_original"):
            self._delete(channel, message)
            return
        found = content(body)
        seen = body.get("response_type") == "in_channel" or (message is not None and not message.get("is_ephemeral"))
        witnessed.shown(self._slack, "response_url", body, found, channel.members if seen else [user], channel.id)
        if message is not None and flag(body, "replace_original"):
            if message.get("is_ephemeral"):
                message.update(found)
                shown = {"type": "ephemeral", "channel": channel.id, "user": user, "message": message}
                workspace.publish([user], shown | {"changed": True})
            else:
                if "blocks" not in found:
                    message.pop("blocks", None)
                workspace.change_message(channel, message, found)
            return
        posted = bot_message(workspace, body, found)
        if body.get("thread_ts"):
            posted["thread_ts"] = body["thread_ts"]
        if body.get("response_type") == "in_channel":
            workspace.add_message(channel, posted)
        else:
            workspace.add_ephemeral(channel, user, posted | {"is_ephemeral": True})

    def _delete(self, channel: Channel, message: Json) -> None:
        workspace = self._slack.workspace
        if not message.get("is_ephemeral"):
            workspace.delete_message(channel, message["ts"])
            return
        kept = [e for e in workspace.ephemerals if e["message"] is message]
        for ephemeral in kept:
            workspace.ephemerals.remove(ephemeral)
            gone = {"type": "message_deleted", "channel": channel.id, "ts": message["ts"]}
            workspace.publish([ephemeral["user"]], gone)
