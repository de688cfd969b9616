"""The sandbox's own endpoints: its clock, its knobs, its counters, its health."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.calls import Calls
from sandbox.clock import ClockError, SharedClock
from sandbox.knobs import KnobError, Knobs

if TYPE_CHECKING:
    from sandbox.slack.state import Workspace

Json = dict[str, Any]


def _answer(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")


def routes(
    clock: SharedClock, knobs: Knobs, calls: Calls, workspace: Workspace, env: dict[str, str]
) -> list[Route]:
    """`/_sandbox/clock`, `/_sandbox/knobs`, `/_sandbox/calls`, `/_sandbox/env` and `/_sandbox/health`."""

    async def move_clock(request: Request) -> Response:
        if request.method == "POST":
            asked = orjson.loads(await request.body())
            unknown = set(asked) - {"set", "advance_seconds", "running"}
            if unknown or not asked:
                raise ClockError('say {"set": ISO or ms}, {"advance_seconds": n} or {"running": bool}')
            # A clock that is to stand still must stop first, or it would read a moment later than it was set to.
            if "running" in asked:
                clock.run(bool(asked["running"]))
            if "set" in asked:
                clock.set(asked["set"])
            if "advance_seconds" in asked:
                clock.advance(float(asked["advance_seconds"]))
            workspace.publish(list(workspace.users), {"type": "clock", **clock.as_json()})
        return _answer(clock.as_json())

    async def turn_knobs(request: Request) -> Response:
        if request.method == "DELETE":
            knobs.clear(request.query_params.get("target"))
        elif request.method == "POST":
            asked = orjson.loads(await request.body())
            for one in asked if isinstance(asked, list) else [asked]:
                knobs.turn(one)
        return _answer({"knobs": knobs.as_json()})

    async def count_calls(request: Request) -> Response:
        if request.method == "DELETE":
            calls.reset()
        return _answer(calls.as_json())

    async def environment(request: Request) -> Response:
        return _answer(env)

    async def health(request: Request) -> Response:
        return _answer({"ok": True, "now_ms": clock.now_ms()})

    return [
        Route("/_sandbox/clock", _guarded(move_clock), methods=["GET", "POST"]),
        Route("/_sandbox/knobs", _guarded(turn_knobs), methods=["GET", "POST", "DELETE"]),
        Route("/_sandbox/calls", count_calls, methods=["GET", "DELETE"]),
        Route("/_sandbox/env", environment),
        Route("/_sandbox/health", health),
    ]


def _guarded(
    endpoint: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (KnobError, ClockError, orjson.JSONDecodeError, TypeError, ValueError) as wrong:
            return _answer({"ok": False, "error": str(wrong)}, 400)

    return guarded
