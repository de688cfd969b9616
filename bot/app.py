"""The Slack app: which listeners there are, over Socket Mode or HTTP."""

from __future__ import annotations

from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot import commands, presses
from bot.door import Door

log = structlog.get_logger("bot")


def build(door: Door) -> AsyncApp:
    """The bolt app of this workspace. Nothing is asked of Slack yet."""
    settings = door.systems.settings
    token = settings.value("slack_bot_token")
    # No token here: with ``authorize`` bolt gives each request a client of its own, with the token that returns.
    client = AsyncWebClient(base_url=settings.slack_api_url, timeout=10, retry_handlers=[])
    if "//127.0.0.1" in settings.slack_api_url:
        client.proxy = None

    async def authorize(**_context: Any) -> AuthorizeResult:
        # Our own: bolt's switches to OAuth by itself when SLACK_CLIENT_ID happens to be in the environment.
        me = door.systems.chat.identity()
        return AuthorizeResult(
            enterprise_id=None, team_id=me.workspace, bot_token=token, bot_id=me.bot, bot_user_id=me.bot_user
        )

    app = AsyncApp(
        client=client,
        authorize=authorize,
        signing_secret=settings.value("slack_signing_secret") or "unused-in-socket-mode",
    )
    presses.listen(app, door)
    commands.listen(app, door)

    @app.event("app_home_opened")
    async def home_opened() -> None:
        """Nothing to show yet; heard so that Slack does not deliver it again and again."""

    @app.event("message")
    async def spoken_to(event: dict[str, Any], say: Any) -> None:
        if event.get("channel_type") == "im" and not event.get("subtype") and not event.get("bot_id"):
            await say(text=commands.CANNOT_TALK, thread_ts=event.get("thread_ts"))

    @app.error
    async def broke(error: Exception, body: dict[str, Any]) -> None:
        log.error("listener.broke", kind=body.get("type"), exc_info=error)

    return app
