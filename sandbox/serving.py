"""Serving an application on a local port until it is told to stop."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import uvicorn

from sandbox.hangup import HangUpProtocol


class Server(uvicorn.Server):
    """uvicorn on a socket that is already listening, so that its port is known before it serves."""

    def __init__(self, app: Any, host: str = "127.0.0.1", port: int = 0, backlog: int = 2048) -> None:
        config = uvicorn.Config(
            app,
            http=HangUpProtocol,
            ws="websockets-sansio",
            log_level="warning",
            access_log=False,
            date_header=False,  # a vendor whose clock matters tells the time itself: the shared clock's
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        super().__init__(config)
        self.listening = socket.create_server((host, port), backlog=backlog)
        self.base_url = f"http://{host}:{self.listening.getsockname()[1]}"
        self._ready: Callable[[], None] | None = None

    def run_until_told(self, ready: Callable[[], None] | None = None) -> None:
        """Serve until SIGTERM or SIGINT; `ready` is called when requests are answered."""
        self._ready = ready
        self.run(sockets=[self.listening])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell when the server answers."""
        await super().startup(sockets)
        if self._ready is not None and self.started:
            self._ready()
