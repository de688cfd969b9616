"""Who is who in the stand-in workspace: the team, the app, its bot, its tokens and what it was granted."""

from __future__ import annotations

from dataclasses import dataclass, field

TEAM_ID = "T0SANDBOX1"
STRANGER_TEAM_ID = "T0OUTSIDE1"
STRANGER_ID = "U0STRANGER"
GUEST_ID = "U0GUEST001"

BOT_SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "mpim:history",
    "mpim:read",
    "reactions:read",
    "reactions:write",
    "users:read",
    "users:read.email",
)
APP_SCOPES = ("connections:write",)


@dataclass
class Identity:
    """The installed app. Tokens and secret are made up and open nothing but this server."""

    team_id: str = TEAM_ID
    team_name: str = "Larkspur Lantern Works (sample)"
    domain: str = "larkspur-sample"
    app_id: str = "A0DAYBOOK1"
    bot_id: str = "B0DAYBOOK1"
    bot_user: str = "U0DAYBOOK1"
    bot_name: str = "daybook"
    bot_token: str = "xoxb-sandbox-daybook-0001"
    app_token: str = "xapp-sandbox-daybook-0001"
    signing_secret: str = "5a4db0c5a4db0c5a4db0c5a4db0c5a4d"
    verification_token: str = "sandbox-verification"
    bot_scopes: set[str] = field(default_factory=lambda: set(BOT_SCOPES))
    app_scopes: set[str] = field(default_factory=lambda: set(APP_SCOPES))
