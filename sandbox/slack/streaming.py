"""chat.startStream, appendStream and stopStream: an answer that is written while it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.slack.agents import set_session
from sandbox.slack.arguments import required
from sandbox.slack.blocks import check_blocks
from sandbox.slack.channel import Channel
from sandbox.slack.chat import (
    MARKDOWN_MOST,
    bot_message,
    channel_to_post,
    checked_metadata,
    own_message,
    thread_of,
)
from sandbox.slack.filled import filled
from sandbox.slack.refusal import Refused, refused_blocks

if TYPE_CHECKING:
    from sandbox.slack.server import Slack

Json = dict[str, Any]
CHUNKS = ("markdown_text", "task_update", "plan_update", "blocks")
MODES = ("timeline", "plan", "dense")
TASK_STATES = ("pending", "in_progress", "complete", "error")
BLOCKS_MOST = 50


def start(slack: Slack, args: Json) -> Json:
    """chat.startStream: always in a thread; in a channel the reader must be named."""
    workspace = slack.workspace
    channel = channel_to_post(workspace, required(args, "channel", "channel_not_found"))
    if not args.get("thread_ts"):
        raise Refused("invalid_thread_ts")
    thread_ts = thread_of(channel, args)
    if not channel.is_im:
        if not args.get("recipient_user_id"):
            raise Refused("missing_recipient_user_id")
        if not args.get("recipient_team_id"):
            raise Refused("missing_recipient_team_id")
    if args.get("recipient_user_id") and args["recipient_user_id"] not in workspace.users:
        raise Refused("user_not_found")
    if args.get("task_display_mode") not in (None, *MODES):
        raise Refused("invalid_arguments")
    message = bot_message(workspace, args, {}) | {"thread_ts": thread_ts, "streaming_state": "in_progress"}
    _write(message, args)
    workspace.add_message(channel, message)
    slack.streams.written(channel, message)
    return {"channel": channel.id, "ts": message["ts"]}


def append(slack: Slack, args: Json) -> Json:
    """chat.appendStream."""
    channel, message = own_message(slack, args, "message_not_owned_by_app")
    _must_stream(slack, channel, message)
    if args.get("markdown_text") is None and not args.get("chunks"):
        raise Refused("no_text")
    _write(message, args)
    slack.streams.written(channel, message)
    slack.workspace.change_message(channel, message, {})
    return {"channel": channel.id, "ts": message["ts"]}


def stop(slack: Slack, args: Json) -> Json:
    """chat.stopStream: the last words, blocks below them, metadata, and maybe the session's status."""
    channel, message = own_message(slack, args, "message_not_owned_by_app")
    _must_stream(slack, channel, message)
    below = args.get("blocks") or []
    problems = check_blocks(below)
    if problems:
        raise refused_blocks(problems, "invalid_blocks")
    metadata = checked_metadata(args["metadata"]) if args.get("metadata") else None
    _write(message, args)
    message.setdefault("blocks", []).extend(filled(below))
    if metadata is not None:
        message["metadata"] = metadata
    if args.get("session_status"):
        set_session(slack, channel.id, message["thread_ts"], {"status": args["session_status"]})
    message["streaming_state"] = "completed"
    slack.streams.settle(channel, message)
    slack.workspace.change_message(channel, message, {})
    slack.workspace.clear_status(channel, message["thread_ts"])
    slack.echo(channel, message)
    return {"channel": channel.id, "ts": message["ts"], "message": message}


def _must_stream(slack: Slack, channel: Channel, message: Json) -> None:
    slack.streams.settle(channel, message)
    state = message.get("streaming_state")
    if state == "stopped_by_user":
        raise Refused("stopped_by_user")
    if state != "in_progress":
        raise Refused("message_not_in_streaming_state")


def _write(message: Json, args: Json) -> None:
    """Put text and chunks into the message; all of them, or none when one is refused."""
    chunks = args.get("chunks") or []
    if not isinstance(chunks, list):
        raise Refused("invalid_chunks")
    text = args.get("markdown_text")
    if text:
        chunks = [{"type": "markdown_text", "text": text}, *chunks]
    for chunk in chunks:
        _check(chunk)
    blocks: list[Json] = message.setdefault("blocks", [])
    sent = sum(len(chunk["blocks"]) for chunk in chunks if chunk["type"] == "blocks")
    if sent and len(blocks) + sent > BLOCKS_MOST:
        raise Refused("msg_blocks_too_many")
    for chunk in chunks:
        kind = chunk["type"]
        if kind == "markdown_text":
            _say(message, blocks, str(chunk.get("text") or ""))
        elif kind == "blocks":
            blocks += filled(chunk["blocks"])
        elif kind == "plan_update":
            _put(blocks, {"type": "plan", "block_id": "plan", "title": chunk.get("title")})
        else:
            _put_task(blocks, chunk)


def _check(chunk: Any) -> None:
    kind = chunk.get("type") if isinstance(chunk, dict) else None
    if kind not in CHUNKS:
        raise Refused("invalid_chunks")
    if kind == "markdown_text" and len(str(chunk.get("text") or "")) > MARKDOWN_MOST:
        raise Refused("msg_too_long")
    if kind == "blocks":
        problems = check_blocks(chunk.get("blocks"))
        if problems:
            raise refused_blocks(problems, "invalid_blocks")
    if kind == "task_update" and (not chunk.get("id") or chunk.get("status") not in TASK_STATES):
        raise Refused("invalid_chunks")


def _put_task(blocks: list[Json], chunk: Json) -> None:
    name = f"task-{chunk['id']}"
    known: Json = next((b for b in blocks if b.get("block_id") == name), {})
    card = {key: value for key, value in chunk.items() if key not in ("type", "id")}
    # Details and output are added to, as text is; the rest is replaced.
    for key in ("details", "output"):
        if isinstance(card.get(key), str) and isinstance(known.get(key), str):
            card[key] = known[key] + card[key]
    _put(blocks, {**known, "type": "task_card", "block_id": name, "task_id": chunk["id"], **card})


def _say(message: Json, blocks: list[Json], text: str) -> None:
    message["text"] += text
    if blocks and blocks[-1]["type"] == "markdown":
        blocks[-1]["text"] += text
    elif text:
        blocks.extend(filled([{"type": "markdown", "text": text}]))


def _put(blocks: list[Json], block: Json) -> None:
    for index, kept in enumerate(blocks):
        if kept.get("block_id") == block["block_id"]:
            blocks[index] = block
            return
    blocks.append(block)
