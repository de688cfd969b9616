"""Settings to adapters: the only place where Daybook chooses whom it talks to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from systems.chat import Chat
from systems.clock import Clock, FileClock, SystemClock
from systems.model import Model
from systems.ports import CRM, Tickets
from systems.servers import Server, Servers
from systems.settings import Settings, SettingsError


@dataclass(frozen=True)
class Systems:
    """The outside world of one deployment. ``tickets`` is None when Jira isn't set up, ``model`` without a key."""

    settings: Settings
    clock: Clock
    chat: Chat
    crm: CRM
    tickets: Tickets | None
    model: Model | None = None
    servers: Servers | None = None
    """The MCP servers that agents may ask; None when none are set up."""


def clock_of(settings: Settings) -> Clock:
    if not settings.daybook_clock:
        return SystemClock()
    if not Path(settings.daybook_clock).is_file():
        raise SettingsError(f"DAYBOOK_CLOCK: there is no file {settings.daybook_clock}. Unset it, or start a sandbox.")
    return FileClock(settings.daybook_clock)


def connect(settings: Settings) -> Systems:
    """Adapters for everything that is set up. Nothing is asked of any vendor yet.

    Raises ``SettingsError`` when a token that Daybook can't do without is missing.
    """
    from systems.claude import Claude
    from systems.hubspot import HubSpot
    from systems.jira import Jira
    from systems.limiter import Limiter
    from systems.slack import SlackChat

    settings.need("slack_bot_token", "hubspot_access_token")
    posts = None
    if settings.daybook_slack_posts_per_minute:
        posts = Limiter(size=settings.daybook_slack_posts_per_minute, seconds=60)
    tickets = None
    if settings.jira_url:
        settings.need("jira_email", "jira_api_token")
        tickets = Jira.from_settings(settings)
    key = settings.value("anthropic_api_key")
    return Systems(
        settings=settings,
        clock=clock_of(settings),
        chat=SlackChat(
            str(settings.value("slack_bot_token")), settings.slack_api_url, posts, settings.value("slack_app_token")
        ),
        crm=HubSpot.from_settings(settings),
        tickets=tickets,
        model=Claude(key, settings.anthropic_base_url) if key else None,
        servers=servers_of(settings),
    )


def servers_of(settings: Settings) -> Servers | None:
    """The MCP servers that the operator's file names. Raises ``SettingsError``; none of them is asked yet."""
    if settings.daybook_mcp_file is None:
        return None
    from systems import mcp_file
    from systems.mcp import McpServers

    found = mcp_file.read(settings.daybook_mcp_file)
    return McpServers(found, {name: token for name, one in found.items() if (token := _token(one)) is not None})


def _token(server: Server) -> str | None:
    """The server's own token, from the variable that its entry names."""
    if server.token_env is None:
        return None
    from dotenv import dotenv_values

    token = os.environ.get(server.token_env) or dotenv_values(".env").get(server.token_env)
    if not token:
        raise SettingsError(
            f"{server.token_env} is not set. DAYBOOK_MCP_FILE names it as the token of the {server.title}."
        )
    return token
