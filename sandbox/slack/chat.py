"""chat.*: posting, changing, deleting and linking messages, within Slack's limits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.slack.arguments import flag, required
from sandbox.slack.blocks import check_blocks
from sandbox.slack.channel import Channel
from sandbox.slack.filled import filled
from sandbox.slack.refusal import Refused, refused_blocks
from sandbox.slack.state import NoSuch, Workspace

if TYPE_CHECKING:
    from sandbox.slack.server import Slack

Json = dict[str, Any]
TEXT_MOST, UPDATE_TEXT_MOST, MARKDOWN_MOST = 40_000, 4_000, 12_000
# Slack names no number for metadata_too_large; this one is far above what ids and hashes need.
METADATA_MOST = 16_000
_TS = re.compile(r"^\d{1,12}(\.\d{1,6})?$")


def channel_to_post(workspace: Workspace, named: str) -> Channel:
    """The conversation a post goes to: its id, #name, or a person's id, which means the DM with them."""
    try:
        if named.startswith(("U", "W")):
            return workspace.im(named)
        if named[:1] in "CDG" and named[1:2].isalnum() and named.upper() == named:
            channel = workspace.channel(named)
        else:
            plain = named.removeprefix("#")
            channel = next(c for c in workspace.channels.values() if c.name == plain and not c.is_im)
    except (NoSuch, StopIteration):
        raise Refused("channel_not_found") from None
    if workspace.identity.bot_user not in channel.members:
        raise Refused("not_in_channel")
    return channel


def content(args: Json) -> Json:
    """The checked text, blocks, attachments and metadata of a message."""
    text, markdown = args.get("text"), args.get("markdown_text")
    blocks, attachments = args.get("blocks"), args.get("attachments")
    if markdown is not None:
        if text is not None or blocks is not None:
            raise Refused("markdown_text_conflict")
        if len(markdown) > MARKDOWN_MOST:
            raise Refused("msg_too_long")
        text, blocks = markdown, [{"type": "markdown", "text": markdown}]
    found: Json = {}
    if blocks is not None:
        if not isinstance(blocks, list):
            raise Refused("invalid_blocks_format")
        problems = check_blocks(blocks)
        if problems:
            raise refused_blocks(problems, "invalid_blocks")
        found["blocks"] = filled(blocks)
    if attachments is not None:
        if not isinstance(attachments, list):
            raise Refused("invalid_attachments")
        if len(attachments) > 100:
            raise Refused("too_many_attachments")
        found["attachments"] = attachments
    if text is not None:
        found["text"] = str(text)
    if not found.get("text") and not blocks and not attachments:
        raise Refused("no_text")
    if args.get("metadata") not in (None, ""):
        found["metadata"] = checked_metadata(args["metadata"])
    return found


def checked_metadata(metadata: Any) -> Json:
    """`{event_type, event_payload}`, or Refused with what is wrong."""
    if not isinstance(metadata, dict):
        raise Refused("invalid_metadata_format")
    if "entities" not in metadata and not (
        isinstance(metadata.get("event_type"), str)
        and metadata["event_type"]
        and isinstance(metadata.get("event_payload"), dict)
    ):
        raise Refused("invalid_metadata_schema")
    if len(orjson.dumps(metadata)) > METADATA_MOST:
        raise Refused("metadata_too_large")
    return metadata


def bot_message(workspace: Workspace, args: Json, found: Json) -> Json:
    """A message as the app's bot writes it."""
    me = workspace.identity
    message: Json = {
        "user": me.bot_user,
        "type": "message",
        "ts": "",
        "bot_id": me.bot_id,
        "app_id": me.app_id,
        "text": found.get("text", ""),
        "team": me.team_id,
        "bot_profile": {
            "id": me.bot_id,
            "app_id": me.app_id,
            "name": me.bot_name,
            "icons": {"image_48": "https://avatars.slack.example/daybook/48.png"},
            "deleted": False,
            "updated": 1_790_000_000,
            "team_id": me.team_id,
        },
    }
    for key in ("blocks", "attachments", "metadata"):
        if found.get(key):
            message[key] = found[key]
    if args.get("username") and "chat:write.customize" in me.bot_scopes:
        message["username"] = args["username"]
    return message


def thread_of(channel: Channel, args: Json) -> str | None:
    """The root a reply hangs on; the ts of a reply counts as that of its root."""
    thread_ts = args.get("thread_ts")
    if not thread_ts:
        return None
    if not _TS.match(str(thread_ts)):
        raise Refused("invalid_thread_ts")
    root = channel.messages.get(str(thread_ts))
    if root is None:
        raise Refused("thread_not_found")
    return str(root.get("thread_ts") or thread_ts)


def post_message(slack: Slack, args: Json) -> Json:
    """chat.postMessage."""
    workspace = slack.workspace
    channel = channel_to_post(workspace, required(args, "channel", "channel_not_found"))
    found = content(args)
    warnings = []
    if len(found.get("text", "")) > TEXT_MOST:
        found["text"] = found["text"][:TEXT_MOST]
        warnings.append("message_truncated")
    message = bot_message(workspace, args, found)
    thread_ts = thread_of(channel, args)
    if thread_ts is not None:
        message["thread_ts"] = thread_ts
        if flag(args, "reply_broadcast"):
            message["subtype"] = "thread_broadcast"
    workspace.add_message(channel, message)
    slack.echo(channel, message)
    answer: Json = {"channel": channel.id, "ts": message["ts"], "message": message}
    if warnings:
        answer |= {"warning": ",".join(warnings), "response_metadata": {"warnings": warnings}}
    return answer


def post_ephemeral(slack: Slack, args: Json) -> Json:
    """chat.postEphemeral."""
    workspace = slack.workspace
    user_id = required(args, "user", "user_not_in_channel")
    channel = channel_to_post(workspace, required(args, "channel", "channel_not_found"))
    if user_id not in channel.members:
        raise Refused("user_not_in_channel")
    message = bot_message(workspace, args, content(args)) | {"is_ephemeral": True}
    if args.get("thread_ts"):
        message["thread_ts"] = str(args["thread_ts"])
    workspace.add_ephemeral(channel, user_id, message)
    return {"message_ts": message["ts"]}


def own_message(slack: Slack, args: Json, error: str) -> tuple[Channel, Json]:
    """The bot's own message that a call names, or Refused."""
    workspace = slack.workspace
    try:
        channel = workspace.channel(required(args, "channel", "channel_not_found"))
        message = workspace.message(channel, required(args, "ts", "message_not_found"))
    except NoSuch as gone:
        raise Refused(str(gone)) from None
    if message.get("bot_id") != workspace.identity.bot_id:
        raise Refused(error)
    return channel, message


def update(slack: Slack, args: Json) -> Json:
    """chat.update. Text without blocks removes the old blocks; metadata stays unless given, `{}` removes it.

    The DM's own id is needed here, a person's id is not taken; text over 4,000 characters is refused.
    """
    channel, message = own_message(slack, args, "cant_update_message")
    before = dict(message)
    slack.streams.settle(channel, message)
    if message.get("streaming_state") == "in_progress":
        raise Refused("streaming_state_conflict")
    if len(str(args.get("text") or "")) > UPDATE_TEXT_MOST:
        raise Refused("msg_too_long")
    forget = [key for key in ("blocks", "metadata") if args.get(key) in ([], {})]
    given = {key: value for key, value in args.items() if key not in forget}
    if given.keys() & {"text", "blocks", "attachments", "markdown_text"}:
        change = content(given)
    elif "metadata" in given:
        change = {"metadata": checked_metadata(given["metadata"])}
    elif forget:
        change = {}
    else:
        raise Refused("no_text")
    if "text" in change and "blocks" not in change:
        forget.append("blocks")
        change["edited"] = {"user": slack.workspace.identity.bot_user, "ts": slack.workspace.new_ts()}
    for key in forget:
        message.pop(key, None)
    slack.workspace.change_message(channel, message, change)
    slack.echo_change(channel, message, before)
    return {"channel": channel.id, "ts": message["ts"], "text": message["text"], "message": message}


def delete(slack: Slack, args: Json) -> Json:
    """chat.delete."""
    channel, message = own_message(slack, args, "cant_delete_message")
    slack.delete(channel, message["ts"])
    return {"channel": channel.id, "ts": str(args["ts"])}


def get_permalink(slack: Slack, args: Json) -> Json:
    """chat.getPermalink."""
    workspace = slack.workspace
    try:
        channel = workspace.channel(required(args, "channel", "channel_not_found"))
        message = workspace.message(channel, required(args, "message_ts", "message_not_found"))
    except NoSuch as gone:
        raise Refused(str(gone)) from None
    link = f"{slack.base_url}/archives/{channel.id}/p{message['ts'].replace('.', '')}"
    root = message.get("thread_ts")
    if root and root != message["ts"]:
        link += f"?thread_ts={root}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}
