"""What Slack sends to an app: event envelopes, block actions, view submissions, slash commands."""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.slack.channel import Channel
from sandbox.slack.state import Workspace

Json = dict[str, Any]


EVENTS = {"im": "message.im", "channel": "message.channels", "group": "message.groups"}
_HIDDEN = ("metadata", "parent_user_id", "streaming_state")


def message_event(channel: Channel) -> str:
    """The subscription that messages of this conversation belong to."""
    return EVENTS[channel.kind]


def said(channel: Channel, message: Json) -> Json:
    """A `message` event."""
    event = {key: value for key, value in message.items() if key not in _HIDDEN}
    return event | {"channel": channel.id, "event_ts": message["ts"], "channel_type": channel.kind}


def _bare(message: Json) -> Json:
    return {key: value for key, value in message.items() if key not in ("metadata", "streaming_state")}


def changed(channel: Channel, message: Json, event_ts: str, before: Json | None = None) -> Json:
    """A `message_changed` event; `before` is the message as it was."""
    event = {
        "type": "message",
        "subtype": "message_changed",
        "message": _bare(message),
        "channel": channel.id,
        "hidden": True,
        "ts": event_ts,
        "event_ts": event_ts,
        "channel_type": channel.kind,
    }
    return event if before is None else event | {"previous_message": _bare(before)}


def deleted(channel: Channel, before: Json, event_ts: str) -> Json:
    """A `message_deleted` event about a message that is gone."""
    return {
        "type": "message",
        "subtype": "message_deleted",
        "previous_message": _bare(before),
        "channel": channel.id,
        "hidden": True,
        "deleted_ts": before["ts"],
        "ts": event_ts,
        "event_ts": event_ts,
        "channel_type": channel.kind,
    }


def event_callback(workspace: Workspace, event: Json, shared: bool = False) -> Json:
    """The outer envelope of an event."""
    me = workspace.identity
    return {
        "token": me.verification_token,
        "team_id": me.team_id,
        "context_team_id": me.team_id,
        "context_enterprise_id": None,
        "api_app_id": me.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": workspace.new_id("Ev"),
        "event_time": workspace.clock.now_ms() // 1000,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": me.team_id,
                "user_id": me.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": shared,
        "event_context": f"4-{secrets.token_hex(12)}",
    }


def _who(workspace: Workspace, user_id: str) -> Json:
    user = workspace.users[user_id]
    return {"id": user_id, "username": user["name"], "name": user["name"], "team_id": user["team_id"]}


def _team(workspace: Workspace) -> Json:
    return {"id": workspace.identity.team_id, "domain": workspace.identity.domain}


def _interaction(workspace: Workspace, kind: str, user_id: str, trigger_id: str) -> Json:
    me = workspace.identity
    return {
        "type": kind,
        "user": _who(workspace, user_id),
        "api_app_id": me.app_id,
        "token": me.verification_token,
        "team": _team(workspace),
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": trigger_id,
    }


def message_actions(
    workspace: Workspace,
    user_id: str,
    channel: Channel,
    message: Json,
    actions: list[Json],
    values: Json,
    trigger_id: str,
    response_url: str,
) -> Json:
    """block_actions on a message; an ephemeral message is not sent along, as in Slack."""
    payload = _interaction(workspace, "block_actions", user_id, trigger_id)
    ephemeral = bool(message.get("is_ephemeral"))
    payload["container"] = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if message.get("thread_ts"):
        payload["container"]["thread_ts"] = message["thread_ts"]
    payload["channel"] = {"id": channel.id, "name": channel.name}
    if not ephemeral:
        payload["message"] = {key: value for key, value in message.items() if key != "metadata"}
        if "metadata" in message:
            payload["message"]["metadata"] = message["metadata"]
    return payload | {"state": {"values": values}, "response_url": response_url, "actions": actions}


def view_actions(workspace: Workspace, user_id: str, view: Json, actions: list[Json], trigger_id: str) -> Json:
    """block_actions in a modal or the App Home."""
    payload = _interaction(workspace, "block_actions", user_id, trigger_id)
    payload["container"] = {"type": "view", "view_id": view["id"]}
    return payload | {"view": view, "actions": actions}


def view_event(workspace: Workspace, kind: str, user_id: str, view: Json, trigger_id: str) -> Json:
    """view_submission."""
    return _interaction(workspace, kind, user_id, trigger_id) | {"view": view, "response_urls": []}


def view_closed(workspace: Workspace, user_id: str, view: Json, cleared: bool) -> Json:
    """view_closed; it carries no trigger."""
    payload = _interaction(workspace, "view_closed", user_id, "") | {"view": view, "is_cleared": cleared}
    del payload["trigger_id"]
    return payload


def shortcut(
    workspace: Workspace,
    user_id: str,
    callback_id: str,
    trigger_id: str,
    channel: Channel | None,
    message: Json | None,
    response_url: str,
) -> Json:
    """message_action (with a message) or a global shortcut."""
    kind = "shortcut" if message is None else "message_action"
    payload = _interaction(workspace, kind, user_id, trigger_id) | {"callback_id": callback_id}
    payload["action_ts"] = workspace.new_ts()
    if message is not None and channel is not None:
        payload |= {
            "channel": {"id": channel.id, "name": channel.name},
            "message_ts": message["ts"],
            "message": message,
            "response_url": response_url,
        }
    return payload


def slash_command(
    workspace: Workspace,
    user_id: str,
    channel: Channel,
    command: str,
    text: str,
    trigger_id: str,
    response_url: str,
) -> Json:
    """The fields of a slash command."""
    me = workspace.identity
    return {
        "token": me.verification_token,
        "team_id": me.team_id,
        "team_domain": me.domain,
        "channel_id": channel.id,
        "channel_name": channel.name,
        "user_id": user_id,
        "user_name": workspace.users[user_id]["name"],
        "command": command,
        "text": text,
        "api_app_id": me.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }
