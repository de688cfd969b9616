"""A bot made of a web server: remembers what Slack sent it and answers as the test tells it to."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

Json = dict[str, Any]


class Bot:
    """Takes events, presses, commands and submissions at `url`.

    `answers` is asked for the body of each acknowledgement; while `broken`, every request fails.
    """

    def __init__(self) -> None:
        self.answers: Callable[[Json], Json | None] = lambda payload: None
        self.broken = False
        self._told: queue.Queue[Json] = queue.Queue()
        bot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                payload = json.loads(body) if self.headers["content-type"] == "application/json" else _form(body)
                answer = None if bot.broken else bot.answers(payload)
                bot._told.put(payload)
                said = b"" if answer is None else json.dumps(answer).encode()
                self.send_response(500 if bot.broken else 200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is printed in tests."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def hears(self, kind: str) -> Json:
        """The next payload of that type (`block_actions`, `/command`, `message`…), within five seconds.

        The bot's own messages, which come back to it as events, are passed over.
        """
        while True:
            payload = self._told.get(timeout=5)
            event: Json = payload.get("event") or {}
            if "bot_id" not in event and kind in (payload.get("type"), payload.get("command"), event.get("type")):
                return payload

    def forget(self) -> None:
        """As if nothing had been heard, and nothing been asked of it."""
        self.answers, self.broken = lambda payload: None, False
        while not self._told.empty():
            self._told.get_nowait()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def _form(body: str) -> Json:
    fields = {key: values[0] for key, values in parse_qs(body).items()}
    found: Json = json.loads(fields["payload"]) if "payload" in fields else fields
    return found
