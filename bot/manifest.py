"""The Slack app manifest: scopes, events, the command and the agent view this version uses, and nothing more."""

from __future__ import annotations

from typing import Any

SCOPES = {
    "assistant:write": "be an agent in Slack's own agent view",
    "chat:write": "send the list and edit it when a row changes",
    "commands": "answer /daybook",
    "im:history": "see whether a list whose answer was lost did arrive",
    "im:write": "open the DM with a rep",
    "users:read": "read names and time zones",
    "users:read.email": "match people to HubSpot owners",
}
"""Bot scope: what Daybook needs it for (shown by ``doctor`` when it is missing)."""

EVENTS = ("app_home_opened", "message.im")


def manifest(url: str | None) -> dict[str, Any]:
    """For Socket Mode when ``url`` is None, else for HTTP at ``url``/slack/events. Keys: manifest schema 2.0.0."""
    address = f"{url.rstrip('/')}/slack/events" if url else None
    command: dict[str, Any] = {
        "command": "/daybook",
        "description": "When your morning list comes; pause or change it",
        "usage_hint": "when | at 08:30 | pause | resume | list",
        "should_escape": False,
    }
    events: dict[str, Any] = {"bot_events": list(EVENTS)}
    interactivity: dict[str, Any] = {"is_enabled": True}
    if address:
        command["url"] = events["request_url"] = interactivity["request_url"] = address
    return {
        "display_information": {
            "name": "Daybook",
            "description": "Tells you each morning which accounts need you, and why",
            "background_color": "#1f3a4d",
        },
        "features": {
            "agent_view": {
                "agent_description": "Sends each rep, every working morning, the accounts that need them today, "
                "ranked by rules anyone can read, with the reasons and buttons to act on them.",
                "suggested_prompts": [],
            },
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Daybook", "always_online": True},
            "slash_commands": [command],
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
