"""The web process: Slack's and HubSpot's requests over HTTP, the page of a trace, and whether Daybook is ready."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from systems import trace_link
from web import hubspot_webhook
from web.bodies import MOST_SECONDS, Bodies


def build(
    slack_events: Any | None,
    problems: Callable[[], list[str]],
    hubspot_events: Any | None = None,
    trace_page: Any | None = None,
    body_seconds: float = MOST_SECONDS,
) -> Starlette:
    """``/healthz``: alive. ``/readyz``: 200 when ready, else 503 with what is wrong. ``/slack/events``: the bot's.

    ``slack_events`` is an endpoint made by ``bot.http``; None under Socket Mode. ``hubspot_events`` is one made by
    ``web.hubspot_webhook``; None when HubSpot doesn't tell of changes. ``trace_page`` is one made by ``web.trace``;
    None when no footer links to it. No body may be long, or take longer than ``body_seconds``.
    """

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"ok": True})

    async def readyz(_request: Request) -> Response:
        wrong = await asyncio.to_thread(problems)
        return JSONResponse({"ok": not wrong, "problems": wrong}, status_code=503 if wrong else 200)

    routes = [Route("/healthz", healthz), Route("/readyz", readyz)]
    if slack_events is not None:
        routes.append(Route("/slack/events", slack_events, methods=["POST"]))
    if hubspot_events is not None:
        routes.append(Route(hubspot_webhook.PATH, hubspot_events, methods=["POST"]))
    if trace_page is not None:
        routes.append(Route(trace_link.PATH + "{token:path}", trace_page, methods=["GET"]))
    return Starlette(routes=routes, middleware=[Middleware(Bodies, seconds=body_seconds)])
