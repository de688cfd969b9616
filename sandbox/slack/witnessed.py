"""For the journal: what the app showed in Slack and to whom, and what people did with what was before them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sandbox.slack.state import NoSuch

if TYPE_CHECKING:
    from sandbox.slack.channel import Channel
    from sandbox.slack.server import Slack

Json = dict[str, Any]


def call(slack: Slack, method: str, args: Json, told: Json) -> None:
    """A call of the Web API that went well: kept when it showed anybody anything."""
    workspace = slack.workspace
    if method == "views.publish":
        shown(slack, method, args, told["view"], [str(args["user_id"])], "")
    elif method.startswith("views."):
        shown(slack, method, args, told["view"], [workspace.viewers[told["view"]["id"]]], "")
    elif method == "chat.postEphemeral":
        shown(slack, method, args, args, [str(args["user"])], str(args["channel"]))
    elif method.startswith(("chat.", "assistant.", "agents.", "reactions.")) and method != "chat.getPermalink":
        where = _channel(slack, told.get("channel") or args.get("channel_id") or args.get("channel"))
        if where is not None:
            message = where.messages.get(str(told.get("ts") or "")) if method.startswith("chat.") else None
            shown(slack, method, args, message or args, where.members, where.id)


def shown(slack: Slack, method: str, args: Json, what: Any, readers: Iterable[str], channel: str) -> None:
    """Something that people can read now."""
    me = slack.workspace.identity.bot_user
    slack.journal.note(
        "slack", method=method, args=args, shown=what, readers=[one for one in readers if one != me], channel=channel
    )


def act(slack: Slack, what: str, given: Json) -> None:
    """What somebody is about to do, with the message or view as it stands before them."""
    if not slack.journal.on:
        return
    stood: Any = None
    if given.get("message_ts"):
        where = _channel(slack, f"D{given['user'][1:]}" if given.get("channel") == "app" else given.get("channel"))
        stood = where.messages.get(str(given["message_ts"])) if where else None
    elif given.get("view_id"):
        stood = slack.workspace.views.get(str(given["view_id"]))
    elif given.get("home"):
        stood = slack.workspace.homes.get(str(given["user"]))
    slack.journal.note("person", act=what, user=given.get("user"), gave=given, stood=stood)


def _channel(slack: Slack, named: Any) -> Channel | None:
    try:
        return slack.workspace.channel(str(named))
    except NoSuch:
        return None
