"""Anthropic's Messages API on your own machine: wire protocol, refusals and cache, over a stand-in model."""

from __future__ import annotations

from starlette.routing import BaseRoute, Mount, Route

from sandbox.claude.script import Script
from sandbox.claude.server import API_KEY, ClaudeServer
from sandbox.clock import SharedClock
from sandbox.knobs import Knobs

__all__ = ["API_KEY", "ClaudeServer", "routes"]


def routes(clock: SharedClock, knobs: Knobs, *, limits: bool = True) -> list[BaseRoute]:
    """The API mounted at ``/anthropic`` and the tests' hand in it at ``/_sandbox/claude``."""
    script = Script()
    server = ClaudeServer(clock, knobs, script, limits=limits)
    return [Mount("/anthropic", routes=[Route("/{path:path}", server, methods=None)]), *script.routes()]
