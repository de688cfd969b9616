"""A Slack that answers at once and counts what it is asked: ``python -m bench.slack_stand_in`` prints its address."""

from __future__ import annotations

import asyncio
import json
import signal
from collections import Counter
from urllib.parse import unquote_plus

TEAM = {"ok": True, "team_id": "T1", "team": "Larkspur (sample)", "user_id": "UBOT", "bot_id": "BBOT"}
SHOWN = ("/chat.startStream", "/chat.appendStream", "/chat.stopStream", "/chat.update", "/assistant.threads.setStatus",
         "/agents.sessions.setStatus")  # fmt: skip
"""What a conversation shows while it is under way."""


class StandIn:
    """Counts by path (``/slack/api/chat.postMessage``), and how many posts each channel got."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.posts: Counter[str] = Counter()

    def answer(self, path: str, body: bytes) -> object:
        if path == "/_counts":
            return {"calls": self.calls, "posts": sum(self.posts.values()), "channels": len(self.posts),
                    "most": max(self.posts.values(), default=0)}  # fmt: skip
        if path == "/_forget":
            self.calls.clear()
            self.posts.clear()
            return {}
        self.calls[path] += 1
        if path.endswith("/auth.test"):
            return TEAM
        if path.endswith("/chat.postMessage"):
            to = _field(body, "channel")
            self.posts[to] += 1
            return {"ok": True, "channel": f"D{to}", "ts": f"1795424400.{sum(self.posts.values()):06d}"}
        if path.endswith(SHOWN):
            return {"ok": True, "channel": "DBENCH", "ts": f"1795424400.{self.calls[path]:06d}"}
        return {"ok": False, "error": "unknown_method"}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode("latin-1").split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                told = json.dumps(self.answer(lines[0].split(" ")[1], body)).encode()
                closes = headers.get("connection", "").lower() == "close"
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % len(told)
                    + (b"Connection: close\r\n\r\n" if closes else b"\r\n")
                    + told
                )
                await writer.drain()
                if closes:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # the other side hung up, as it may
        finally:
            writer.close()


def _field(body: bytes, name: str) -> str:
    """A field of a JSON or form body."""
    if body.startswith(b"{"):
        return str(json.loads(body)[name])
    pairs = (pair.partition(b"=") for pair in body.split(b"&"))
    return next(unquote_plus(value.decode()) for key, _, value in pairs if key == name.encode())


async def _run() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = await asyncio.start_server(StandIn().serve, "127.0.0.1", 0, backlog=1_024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(_run())
