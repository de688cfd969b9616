"""The connections to Claude: kept open between requests, and given up when a turn is stopped or has waited too long."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpcore2
import httpx2

CONNECT_SECONDS = 5.0
WRITE_SECONDS = 30.0
ASK_SECONDS = 0.25
"""While nothing comes, how often it is asked whether the turn was stopped."""
IDLE_SECONDS = 50.0
"""Tools run for seconds between two questions of a turn; a new connection would cost a handshake each time."""
MOST_IDLE = 20
"""Each idle connection is looked at for every request."""


class GivenUp(Exception):
    """The reading ended because of the watch: stopped, or out of time."""


class Watch:
    """Until when an answer is waited for, and whether anybody still wants it."""

    def __init__(self, seconds: float, stopped: Callable[[], bool]) -> None:
        self._until, self._stopped = time.monotonic() + seconds, stopped
        self.was_stopped = self.was_late = False
        self.failed: Exception | None = None
        """What the asker's own function raised; it must not pass for a fault of the connection."""

    def telling(self, on_text: Callable[[str], None]) -> Callable[[str], None]:
        """The asker's listener, with what it raises remembered."""

        def tell(text: str) -> None:
            try:
                on_text(text)
            except Exception as failed:
                self.failed = failed
                raise

        return tell

    def left(self) -> float:
        """Seconds left; raises ``GivenUp`` when there is no sense in reading on."""
        try:
            self.was_stopped = self._stopped()
        except Exception as failed:
            self.failed = failed
            raise
        if self.was_stopped:
            raise GivenUp
        left = self._until - time.monotonic()
        if left <= 0:
            self.was_late = True
            raise GivenUp
        return left

    def only(self, seconds: float) -> None:
        """The answer is here: what may still follow is not worth more than this."""
        self._until, self._stopped = time.monotonic() + seconds, lambda: False


class _Watching(threading.local):
    watch: Watch | None = None


watching = _Watching()
"""The watch over this thread's request: a connection serves many, its reader has to ask for the one of now."""


class _Stream(httpcore2.NetworkStream):
    """A connection that is read in short waits, so that a stop and a limit are noticed in silence too."""

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        watch = watching.watch
        if watch is None:
            return self._inner.read(max_bytes, timeout)
        while True:
            left = watch.left()
            try:
                return self._inner.read(max_bytes, min(ASK_SECONDS, left))
            except httpcore2.ReadTimeout:
                continue

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Network(httpcore2.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        return _Stream(super().connect_tcp(host, port, timeout, local_address, socket_options))


class _Body(httpx2.SyncByteStream):
    def __init__(self, body: Any) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        self._body.close()


class Wire(httpx2.BaseTransport):
    """The vendor's own HTTP library with watched connections, through the proxy of the environment if there is one."""

    def __init__(self, base_url: str) -> None:
        to = httpx2.URL(base_url)
        proxies = {} if proxy_bypass(to.host) else getproxies()
        proxy = proxies.get(to.scheme) or proxies.get("all")
        through = None
        if proxy:
            told = httpx2.Proxy(proxy)
            through = httpcore2.Proxy(url=str(told.url), auth=told.raw_auth)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context() if to.scheme == "https" else None,
            proxy=through,
            max_connections=None,
            max_keepalive_connections=MOST_IDLE,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=_Network(),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        answer = self._pool.handle_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx2.Response(
            answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions
        )

    def to(self, address: str, headers: Mapping[str, Any]) -> Line:
        """Where the same thing is asked again and again; what is the same each time is made once."""
        return Line(self._pool, httpx2.URL(address), headers)

    def close(self) -> None:
        self._pool.close()


class Line:
    """Posts JSON to one address over the pool's connections, without what a library for any address does each time."""

    def __init__(self, pool: httpcore2.ConnectionPool, to: httpx2.URL, headers: Mapping[str, Any]) -> None:
        self._pool = pool
        self._url = httpcore2.URL(scheme=to.raw_scheme, host=to.raw_host, port=to.port, target=to.raw_path)
        told = {"Host": to.netloc.decode("ascii"), "Connection": "keep-alive", **headers}
        self._headers = [(name.encode(), value.encode()) for name, value in told.items() if isinstance(value, str)]

    def post(self, body: bytes, seconds: float) -> httpcore2.Response:
        """The answer as it begins; whoever takes it reads it to its end, or closes it."""
        return self._pool.handle_request(
            httpcore2.Request(
                method=b"POST",
                url=self._url,
                headers=[*self._headers, (b"Content-Length", b"%d" % len(body))],
                content=body,
                extensions={"timeout": {"connect": CONNECT_SECONDS, "write": WRITE_SECONDS, "read": seconds}},
            )
        )
