"""Where Slack's own addresses lead: Socket Mode connections and response URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from sandbox.hangup import hang_up
from sandbox.slack import control
from sandbox.slack.refusal import Refused

if TYPE_CHECKING:
    from sandbox.slack.server import Slack


def routes(slack: Slack) -> list[BaseRoute]:
    """Everything of Slack but the Web API, which `slack.api` answers below `/slack/api/`."""

    async def respond(request: Request) -> Response:
        slack.calls.count("slack", "response_url")
        knob = slack.knobs.take("slack.response_url", modes=("rate_limit", "error", "drop_before"))
        if knob is not None and knob.mode == "drop_before":
            await hang_up(request.scope)
            return Response()
        if knob is not None:
            status = 429 if knob.mode == "rate_limit" else knob.status
            return PlainTextResponse(knob.error or "", status, headers={"retry-after": str(knob.retry_after or 1)})
        try:
            body = orjson.loads(await request.body())
            slack.hooks.use(request.path_params["secret"], body)
        except orjson.JSONDecodeError:
            return PlainTextResponse("invalid_payload", 400)
        except Refused as refused:
            status = 404 if refused.name in ("used_url", "expired_url") else 400
            return PlainTextResponse(refused.name, status)
        return PlainTextResponse("ok")

    return [
        WebSocketRoute("/slack/link/", slack.sockets.serve),
        Route("/slack/hooks/{team}/{secret}", respond, methods=["POST"]),
        *control.routes(slack),
    ]
