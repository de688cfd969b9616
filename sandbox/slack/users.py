"""auth.*, users.*, reactions.*: who is calling, who is there, and what they thought of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.slack.arguments import required
from sandbox.slack.conversations import named_channel, page
from sandbox.slack.people import shown
from sandbox.slack.refusal import Refused
from sandbox.slack.state import NoSuch

if TYPE_CHECKING:
    from sandbox.slack.server import Slack

Json = dict[str, Any]


def auth_test(slack: Slack, args: Json) -> Json:
    """auth.test for the bot's token."""
    me = slack.workspace.identity
    return {
        "url": f"https://{me.domain}.slack.example/",
        "team": me.team_name,
        "user": me.bot_name,
        "team_id": me.team_id,
        "user_id": me.bot_user,
        "bot_id": me.bot_id,
        "is_enterprise_install": False,
    }


def _show(slack: Slack, user: Json) -> Json:
    workspace = slack.workspace
    with_email = "users:read.email" in workspace.identity.bot_scopes
    return shown(user, workspace.clock.now_ms() // 1000, with_email)


def users_list(slack: Slack, args: Json) -> Json:
    """users.list: everybody, deactivated and bots too, a page at a time; without a limit all at once."""
    everybody = list(slack.workspace.users.values())
    some, cursor = page(everybody, args, max(len(everybody), 1), 1000 if args.get("limit") else 10**6)
    return {
        "members": [_show(slack, user) for user in some],
        "cache_ts": slack.workspace.clock.now_ms() // 1000,
        "response_metadata": {"next_cursor": cursor},
    }


def users_info(slack: Slack, args: Json) -> Json:
    """users.info."""
    try:
        return {"user": _show(slack, slack.workspace.user(required(args, "user", "user_not_found")))}
    except NoSuch as gone:
        raise Refused(str(gone)) from None


def lookup_by_email(slack: Slack, args: Json) -> Json:
    """users.lookupByEmail: active people only."""
    try:
        return {"user": _show(slack, slack.workspace.user_by_email(required(args, "email", "users_not_found")))}
    except NoSuch as gone:
        raise Refused(str(gone)) from None


def _reacted(slack: Slack, args: Json) -> tuple[str, Json, str]:
    name = required(args, "name", "invalid_name").strip(":")
    channel = named_channel(slack.workspace, args)
    message = channel.messages.get(required(args, "timestamp", "no_item_specified"))
    if message is None:
        raise Refused("message_not_found")
    return name, message, channel.id


def add_reaction(slack: Slack, args: Json) -> Json:
    """reactions.add, by the bot."""
    name, message, channel_id = _reacted(slack, args)
    react(slack, channel_id, message, name, slack.workspace.identity.bot_user)
    return {}


def react(slack: Slack, channel_id: str, message: Json, name: str, user_id: str) -> None:
    """Put somebody's emoji on a message; Refused("already_reacted")."""
    reactions = message.setdefault("reactions", [])
    found = next((r for r in reactions if r["name"] == name), None)
    if found is None:
        found = {"name": name, "users": [], "count": 0}
        reactions.append(found)
    if user_id in found["users"]:
        raise Refused("already_reacted")
    found["users"].append(user_id)
    found["count"] = len(found["users"])
    channel = slack.workspace.channels[channel_id]
    slack.workspace.publish(channel.members, {"type": "message_changed", "channel": channel_id, "message": message})


def remove_reaction(slack: Slack, args: Json) -> Json:
    """reactions.remove, by the bot."""
    name, message, channel_id = _reacted(slack, args)
    me = slack.workspace.identity.bot_user
    found = next((r for r in message.get("reactions", []) if r["name"] == name and me in r["users"]), None)
    if found is None:
        raise Refused("no_reaction")
    found["users"].remove(me)
    found["count"] = len(found["users"])
    if not found["users"]:
        message["reactions"].remove(found)
    if not message["reactions"]:
        del message["reactions"]
    channel = slack.workspace.channels[channel_id]
    slack.workspace.publish(channel.members, {"type": "message_changed", "channel": channel_id, "message": message})
    return {}
