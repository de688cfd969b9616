"""HubSpot on your own machine: the v3 and v4 calls that its Python client makes, over one company's records."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from sandbox.clock import SharedClock
from sandbox.hubspot.server import ACCESS_TOKEN, HubSpotServer
from sandbox.knobs import Knobs
from sandbox.objects import ObjectStore

__all__ = ["ACCESS_TOKEN", "HubSpotServer", "routes"]


def routes(store: ObjectStore, clock: SharedClock, knobs: Knobs, *, limits: bool = True) -> list[BaseRoute]:
    """The routes to mount at ``/hubspot``; ``limits=False`` counts calls and refuses none."""
    return [Route("/{path:path}", HubSpotServer(store, clock, knobs, limits=limits), methods=None)]
