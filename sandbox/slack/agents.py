"""assistant.threads.* and agents.sessions.*: what the agent is doing, and what one could ask it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.slack.arguments import required
from sandbox.slack.channel import Channel
from sandbox.slack.refusal import Refused
from sandbox.slack.state import NoSuch

if TYPE_CHECKING:
    from sandbox.slack.server import Slack

Json = dict[str, Any]
STATUS_MS = 120_000
STATUSES = ("active", "processing", "suspended", "closed")


def _channel(slack: Slack, args: Json) -> Channel:
    try:
        return slack.workspace.channel(required(args, "channel_id", "channel_not_found"))
    except NoSuch:
        raise Refused("channel_not_found") from None


def set_status(slack: Slack, args: Json) -> Json:
    """assistant.threads.setStatus: shown until a message comes, or for two minutes; "" clears it."""
    workspace = slack.workspace
    channel = _channel(slack, args)
    thread_ts = required(args, "thread_ts", "invalid_thread_ts")
    if "status" not in args:
        raise Refused("invalid_arguments")
    loading = args.get("loading_messages") or []
    if len(loading) > 10:
        raise Refused("invalid_arguments")
    key = (channel.id, thread_ts)
    shown = {"status": str(args["status"]), "loading_messages": loading}
    if shown["status"]:
        workspace.statuses[key] = shown
        slack.spawn(_fade(slack, channel, thread_ts, shown))
    else:
        workspace.statuses.pop(key, None)
    workspace.publish(channel.members, {"type": "status", "channel": channel.id, "thread_ts": thread_ts, **shown})
    return {}


async def _fade(slack: Slack, channel: Channel, thread_ts: str, shown: Json) -> None:
    await slack.clock.reached(slack.clock.now_ms() + STATUS_MS)
    if slack.workspace.statuses.get((channel.id, thread_ts)) is shown:
        slack.workspace.clear_status(channel, thread_ts)


def set_suggested_prompts(slack: Slack, args: Json) -> Json:
    """assistant.threads.setSuggestedPrompts: at most four; with a thread_ts it silently does nothing."""
    channel = _channel(slack, args)
    prompts = args.get("prompts")
    if not isinstance(prompts, list) or not prompts or len(prompts) > 4:
        raise Refused("invalid_arguments")
    if any(not isinstance(p, dict) or not p.get("title") or not p.get("message") for p in prompts):
        raise Refused("invalid_arguments")
    if args.get("thread_ts"):
        return {}
    shown = {"prompts": prompts, "title": args.get("title"), "ts": slack.workspace.new_ts()}
    slack.workspace.prompts[channel.id] = shown
    slack.workspace.publish(channel.members, {"type": "prompts", "channel": channel.id, **shown})
    return {}


def set_title(slack: Slack, args: Json) -> Json:
    """assistant.threads.setTitle."""
    channel = _channel(slack, args)
    thread_ts, title = required(args, "thread_ts", "invalid_thread_ts"), required(args, "title")
    slack.workspace.titles[channel.id, thread_ts] = title
    told = {"type": "title", "channel": channel.id, "thread_ts": thread_ts, "title": title}
    slack.workspace.publish(channel.members, told)
    return {}


def set_session(slack: Slack, channel_id: str, thread_ts: str | None, given: Json) -> Json:
    """Make or change an agent session; title and initiator count only when it is made."""
    if given.get("status") not in STATUSES:
        raise Refused("invalid_status")
    title = given.get("title")
    if title is not None and len(title) > 200:
        raise Refused("invalid_title")
    session = slack.workspace.sessions.get((channel_id, thread_ts))
    if session is None:
        session = {"title": title or "", "initiator_user_id": given.get("initiator_user_id")}
        slack.workspace.sessions[channel_id, thread_ts] = session
    session["status"] = given["status"]
    _tell(slack, channel_id, thread_ts, session)
    return session


def _tell(slack: Slack, channel_id: str, thread_ts: str | None, session: Json) -> None:
    told = {"type": "session", "channel": channel_id, "thread_ts": thread_ts, **session}
    slack.workspace.publish(slack.workspace.channels[channel_id].members, told)


def session_set_status(slack: Slack, args: Json) -> Json:
    """agents.sessions.setStatus."""
    channel = _channel(slack, args)
    session = set_session(slack, channel.id, args.get("thread_ts"), args)
    return {"agent_status": session["status"], "status": session["status"], "title": session["title"]}


def session_rename(slack: Slack, args: Json) -> Json:
    """agents.sessions.rename."""
    channel = _channel(slack, args)
    session = slack.workspace.sessions.get((channel.id, args.get("thread_ts")))
    if session is None:
        raise Refused("session_not_found")
    title = required(args, "title")
    if len(title) > 200:
        raise Refused("invalid_title")
    session["title"] = title
    _tell(slack, channel.id, args.get("thread_ts"), session)
    return {"title": title}
