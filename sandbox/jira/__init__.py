"""Jira Cloud on your own machine: the service-desk calls that its Python client makes, over one company's issues."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from sandbox.clock import SharedClock
from sandbox.jira.server import API_TOKEN, EMAIL, JiraServer
from sandbox.knobs import Knobs
from sandbox.objects import ObjectStore

__all__ = ["API_TOKEN", "EMAIL", "JiraServer", "routes"]


def routes(store: ObjectStore, clock: SharedClock, knobs: Knobs, *, limits: bool = True) -> list[BaseRoute]:
    """The routes to mount at ``/jira``; ``limits=False`` switches the burst limit off."""
    return [Route("/{path:path}", JiraServer(store, clock, knobs, limits=limits), methods=None)]
