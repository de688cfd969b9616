"""conversations.*: finding conversations, opening DMs, reading what was said."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sandbox.slack.arguments import flag, number, required
from sandbox.slack.channel import Channel, micros
from sandbox.slack.refusal import Refused
from sandbox.slack.state import NoSuch, Workspace

if TYPE_CHECKING:
    from sandbox.slack.server import Slack

Json = dict[str, Any]


def page(things: Sequence[Any], args: Json, default: int, most: int) -> tuple[list[Any], str]:
    """One page of a list and the cursor of the next one ("" at the end)."""
    limit, start = number(args, "limit", default, most), 0
    if args.get("cursor"):
        try:
            start = int(base64.b64decode(args["cursor"], validate=True).decode().removeprefix("next:"))
        except ValueError:
            raise Refused("invalid_cursor") from None
    end = start + limit
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(things) else ""
    return list(things[start:end]), cursor


def named_channel(workspace: Workspace, args: Json) -> Channel:
    """The channel a call names, if the bot may know it."""
    try:
        found = workspace.channel(required(args, "channel", "channel_not_found"))
    except NoSuch:
        raise Refused("channel_not_found") from None
    if found.is_private and workspace.identity.bot_user not in found.members:
        raise Refused("channel_not_found")
    return found


def channel_object(workspace: Workspace, channel: Channel) -> Json:
    """A conversation as Slack shows it."""
    me = workspace.identity
    shown: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": False,
        "is_im": channel.is_im,
        "is_org_shared": False,
        "context_team_id": me.team_id,
        "updated": channel.created * 1000,
    }
    if channel.is_im:
        return shown | {"user": channel.user, "is_user_deleted": False, "priority": 0}
    return shown | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": True,
        "is_group": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_general": channel.id == "C0GENERAL1",
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_pending_ext_shared": False,
        "is_member": me.bot_user in channel.members,
        "creator": channel.members[0],
        "unlinked": 0,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
        "num_members": len(channel.members),
        "shared_team_ids": [me.team_id],
        "pending_shared": [],
        "pending_connected_team_ids": [],
    }


def open_im(slack: Slack, args: Json) -> Json:
    """conversations.open, for the DM with one person (no group DMs in the sandbox)."""
    workspace = slack.workspace
    if args.get("channel"):
        channel, already = named_channel(workspace, args), True
    else:
        users = str(args.get("users") or "")
        names = [name for name in users.split(",") if name]
        if not names:
            raise Refused("users_list_not_supplied")
        if len(names) > 1:
            raise Refused("method_not_supported_for_channel_type")
        try:
            channel = workspace.im(names[0])
        except NoSuch as gone:
            raise Refused(str(gone)) from None
        already, channel.opened_by_app = channel.opened_by_app, True
    answer: Json = {"channel": {"id": channel.id}}
    if flag(args, "return_im"):
        answer["channel"] = channel_object(workspace, channel)
    if already:
        answer |= {"no_op": True, "already_open": True}
    return answer


def list_all(slack: Slack, args: Json) -> Json:
    """conversations.list: public channels by default, DMs with `types=im`."""
    kinds = {kind.strip() for kind in str(args.get("types") or "public_channel").split(",")}
    if kinds - {"public_channel", "private_channel", "mpim", "im"}:
        raise Refused("invalid_types")
    workspace = slack.workspace
    named = {"im": "im", "channel": "public_channel", "group": "private_channel"}
    me = workspace.identity.bot_user
    # A private channel is not even listed to those outside.
    there = (c for c in workspace.channels.values() if not c.is_private or me in c.members)
    found = [c for c in there if named[c.kind] in kinds]
    some, cursor = page(found, args, 100, 1000)
    return {
        "channels": [channel_object(workspace, channel) for channel in some],
        "response_metadata": {"next_cursor": cursor},
    }


def info(slack: Slack, args: Json) -> Json:
    """conversations.info."""
    channel = named_channel(slack.workspace, args)
    shown = channel_object(slack.workspace, channel)
    if flag(args, "include_num_members"):
        shown["num_members"] = len(channel.members)
    return {"channel": shown}


def members(slack: Slack, args: Json) -> Json:
    """conversations.members."""
    some, cursor = page(named_channel(slack.workspace, args).members, args, 100, 1000)
    return {"members": some, "response_metadata": {"next_cursor": cursor}}


def shown_message(message: Json, with_metadata: bool) -> Json:
    """A kept message as history answers it: metadata only for those who ask."""
    if with_metadata or "metadata" not in message:
        return message
    return {key: value for key, value in message.items() if key != "metadata"}


def _span(args: Json) -> tuple[str | None, str | None]:
    span: list[str | None] = []
    for name in ("oldest", "latest"):
        value = args.get(name)
        if value in (None, "", "now"):
            span.append(None)
            continue
        try:
            micros(str(value))
        except ValueError:
            raise Refused(f"invalid_ts_{name}") from None
        span.append(str(value))
    return span[0], span[1]


def _readable(slack: Slack, args: Json) -> Channel:
    channel = named_channel(slack.workspace, args)
    if slack.workspace.identity.bot_user not in channel.members:
        raise Refused("not_in_channel")
    return channel


def history(slack: Slack, args: Json) -> Json:
    """conversations.history: top-level messages, newest first, 100 a page and 999 at most."""
    channel = _readable(slack, args)
    oldest, latest = _span(args)
    stamps = channel.between(oldest, latest, flag(args, "inclusive"))
    stamps.reverse()
    some, cursor = page(stamps, args, 100, 999)
    with_metadata = flag(args, "include_all_metadata")
    answer: Json = {
        "messages": [shown_message(channel.messages[ts], with_metadata) for ts in some],
        "has_more": bool(cursor),
        "pin_count": 0,
    }
    if oldest is not None:
        answer["oldest"] = oldest
    if latest is not None:
        answer["latest"] = latest
    if cursor:
        answer["response_metadata"] = {"next_cursor": cursor}
    return answer


def replies(slack: Slack, args: Json) -> Json:
    """conversations.replies: the root, then its replies, oldest first."""
    channel = _readable(slack, args)
    ts = required(args, "ts", "thread_not_found")
    root = channel.messages.get(ts)
    if root is None:
        raise Refused("thread_not_found")
    oldest, latest = _span(args)
    stamps = [s for s in channel.threads.get(ts, []) if _within(s, oldest, latest, flag(args, "inclusive"))]
    some, cursor = page([ts, *stamps], args, 1000, 1000)
    with_metadata = flag(args, "include_all_metadata")
    answer: Json = {
        "messages": [shown_message(channel.messages[stamp], with_metadata) for stamp in some],
        "has_more": bool(cursor),
    }
    if cursor:
        answer["response_metadata"] = {"next_cursor": cursor}
    return answer


def _within(ts: str, oldest: str | None, latest: str | None, inclusive: bool) -> bool:
    at = micros(ts)
    low, high = (micros(oldest) if oldest else None), (micros(latest) if latest else None)
    if low is not None and (at < low or (at == low and not inclusive)):
        return False
    return not (high is not None and (at > high or (at == high and not inclusive)))
