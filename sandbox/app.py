"""The whole sandbox as one server: Slack, HubSpot, Jira, Claude, the page, and the sandbox's own endpoints."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from sandbox import claude, control, crm_hand, hubspot, jira, journal
from sandbox.calls import Calls
from sandbox.clock import SharedClock
from sandbox.knobs import Knobs
from sandbox.page import routes as page
from sandbox.slack.routes import routes as slack_routes
from sandbox.slack.server import Slack

if TYPE_CHECKING:
    from sandbox.objects import ObjectStore
    from sandbox.world import World


class Sandbox:
    """An ASGI application: counts each vendor's calls, takes Slack's Web API straight, routes the rest."""

    def __init__(
        self,
        world: World,
        store: ObjectStore,
        clock: SharedClock,
        *,
        limits: bool = True,
        request_url: str | None = None,
    ) -> None:
        self.world, self.store, self.clock = world, store, clock
        self.knobs, self.calls = Knobs(), Calls()
        self.slack = Slack(
            clock, world.people, self.knobs, self.calls, limits=limits, request_url=request_url
        )
        self.slack.journal = store.journal
        self.environment: dict[str, str] = {}
        routes: list[BaseRoute] = [
            *control.routes(clock, self.knobs, self.calls, self.slack.workspace, self.environment),
            *slack_routes(self.slack),
            *crm_hand.routes(store, clock),
            *journal.routes(store.journal, clock),
            Mount("/hubspot", routes=hubspot.routes(store, clock, self.knobs, limits=limits)),
            Mount("/jira", routes=jira.routes(store, clock, self.knobs, limits=limits)),
            *claude.routes(clock, self.knobs, limits=limits),
            *page.routes(self.slack, world),
        ]
        self._routed = Starlette(routes=routes, lifespan=self._lifespan)

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        yield
        await self.slack.close()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            path: str = scope["path"]
            if path.startswith("/slack/api/"):
                await self.slack.api(scope, receive, send)
                return
            for vendor in ("hubspot", "jira", "anthropic"):
                if path.startswith(f"/{vendor}/"):
                    self.calls.count_path(vendor, scope["method"], path[len(vendor) + 1 :])
        await self._routed(scope, receive, send)

    def address(self, base_url: str) -> dict[str, str]:
        """Tell every part where it is served; returns the environment that points the bot here."""
        self.slack.base_url = base_url
        me = self.slack.workspace.identity
        self.environment.update(
            SLACK_API_URL=f"{base_url}/slack/api/",
            SLACK_BOT_TOKEN=me.bot_token,
            SLACK_APP_TOKEN=me.app_token,
            SLACK_SIGNING_SECRET=me.signing_secret,
            HUBSPOT_API_URL=f"{base_url}/hubspot",
            HUBSPOT_ACCESS_TOKEN=hubspot.ACCESS_TOKEN,
            JIRA_URL=f"{base_url}/jira",
            JIRA_EMAIL=jira.EMAIL,
            JIRA_API_TOKEN=jira.API_TOKEN,
            ANTHROPIC_BASE_URL=f"{base_url}/anthropic",
            ANTHROPIC_API_KEY=claude.API_KEY,
            DAYBOOK_CLOCK=str(self.clock.path),
            DAYBOOK_SANDBOX_PAGE=f"{base_url}/",
        )
        return self.environment
