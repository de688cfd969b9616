"""The Slack app manifest: scopes, events, commands, shortcuts and the agent view this version uses, and no more."""

from __future__ import annotations

from typing import Any

from bot.home import PROMPTS
from bot.shortcuts import ASK, FORK, NAME, PAUSE, TRACE

SCOPES = {
    "app_mentions:read": "hear when somebody names Daybook in a channel",
    "assistant:write": "be an agent in Slack's own agent view, with a status, a stop button and suggested prompts",
    "channels:history": "hear the follow-ups in a channel's thread it was named in, and find an answer that got lost",
    "channels:read": "know who reads a channel before telling it anything about an account",
    "chat:write": "send lists, answers and cards, and edit them when something changes",
    "commands": "answer /daybook and /agent, and the entries in a message's menu",
    "groups:history": "the same as channels:history, in private channels it was invited to",
    "groups:read": "the same as channels:read, in private channels it was invited to",
    "im:history": "hear what is written to it, and see whether a list whose answer was lost did arrive",
    "im:read": "know that a conversation is a direct one",
    "im:write": "open the DM with a rep",
    "mpim:history": "the same as channels:history, in group messages it was added to",
    "mpim:read": "the same as channels:read, in group messages it was added to",
    "reactions:write": "mark a message as taken up",
    "users:read": "read names and time zones",
    "users:read.email": "match people to HubSpot owners",
}
"""Bot scope: what Daybook needs it for (shown by ``doctor`` when it is missing)."""

EVENT_REASONS = {
    "agent_session_stopped": "somebody pressed Slack's stop button",
    "app_home_opened": "draw the Home page, or offer prompts in the Messages tab",
    "app_mention": "somebody named Daybook where it may not hear everything",
    "message.channels": "follow-ups in a thread, edits and deletions",
    "message.groups": "the same in private channels",
    "message.im": "somebody wrote to Daybook",
    "message.mpim": "the same in group messages",
}
"""Event subscription: why. What is subscribed to and not answered would be delivered again and again."""
EVENTS = tuple(EVENT_REASONS)

SHORTCUTS = {
    ASK: ("Ask an agent about this", "Choose an agent and ask it about this message"),
    FORK: ("Fork from here", "Go on in a copy of the conversation, up to this message"),
    PAUSE: ("Pause or resume", "Hold this conversation, or let it go on"),
    TRACE: ("How was this answered?", "Which agent, which steps, which rules, and what it cost"),
    NAME: ("Name this session", "Say what this conversation is about"),
}
"""Callback id: name (24 characters) and description (150) in a message's menu."""


def manifest(url: str | None) -> dict[str, Any]:
    """For Socket Mode when ``url`` is None, else for HTTP at ``url``/slack/events. Keys: manifest schema 2.0.0."""
    address = f"{url.rstrip('/')}/slack/events" if url else None
    command: dict[str, Any] = {
        "command": "/daybook",
        "description": "When your morning list comes; pause or change it",
        "usage_hint": "when | at 08:30 | pause | resume | list | every weekday at 16:30 ask priorities What moved?",
        "should_escape": False,
    }
    agent: dict[str, Any] = {
        "command": "/agent",
        "description": "Ask one of Daybook's agents by its name",
        "usage_hint": "NAME your question",
        "should_escape": True,
    }
    events: dict[str, Any] = {"bot_events": list(EVENTS)}
    interactivity: dict[str, Any] = {"is_enabled": True}
    if address:
        command["url"] = agent["url"] = events["request_url"] = interactivity["request_url"] = address
    return {
        "display_information": {
            "name": "Daybook",
            "description": "Tells you each morning which accounts need you, and why",
            "background_color": "#1f3a4d",
        },
        "features": {
            "agent_view": {
                "agent_description": "Tells each rep every working morning which accounts need them and why, and "
                "logs calls, moves deals and answers questions when they write to it, asking first where it must.",
                "suggested_prompts": [{"title": title, "message": words} for title, words in PROMPTS],
            },
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Daybook", "always_online": True},
            "slash_commands": [command, agent],
            "shortcuts": [
                {"type": "message", "callback_id": callback, "name": name, "description": about}
                for callback, (name, about) in SHORTCUTS.items()
            ],
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }
