"""chat.scheduleMessage: messages that are posted when the shared clock says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.slack.arguments import required
from sandbox.slack.chat import bot_message, channel_to_post, content, post_message
from sandbox.slack.refusal import Refused

if TYPE_CHECKING:
    from sandbox.slack.server import Slack

Json = dict[str, Any]
SCHEDULE_SECONDS_MOST = 120 * 86_400


def schedule_message(slack: Slack, args: Json) -> Json:
    """chat.scheduleMessage: posted when the shared clock reaches `post_at` (seconds since the epoch)."""
    workspace = slack.workspace
    channel = channel_to_post(workspace, required(args, "channel", "channel_not_found"))
    found = content(args)
    try:
        post_at = int(args.get("post_at", ""))
    except ValueError:
        raise Refused("invalid_time") from None
    now_s = workspace.clock.now_ms() // 1000
    if post_at <= now_s:
        raise Refused("time_in_past")
    if post_at > now_s + SCHEDULE_SECONDS_MOST:
        raise Refused("time_too_far")
    scheduled_id = workspace.new_id("Q")
    kept = {key: value for key, value in args.items() if key != "post_at"} | {"channel": channel.id}
    workspace.scheduled[scheduled_id] = kept

    async def send() -> None:
        await workspace.clock.reached(post_at * 1000)
        if workspace.scheduled.pop(scheduled_id, None) is not None:
            post_message(slack, kept)

    slack.spawn(send())
    message = bot_message(workspace, args, found) | {"type": "delayed_message"}
    message.pop("ts")
    return {
        "channel": channel.id,
        "scheduled_message_id": scheduled_id,
        "post_at": post_at,
        "message": message,
    }


def delete_scheduled(slack: Slack, args: Json) -> Json:
    """chat.deleteScheduledMessage."""
    if slack.workspace.scheduled.pop(required(args, "scheduled_message_id"), None) is None:
        raise Refused("invalid_scheduled_message_id")
    return {}
