"""A stranger's request: too long or too slow a body is refused, and costs neither memory nor a connection for long."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.deployments import until
from web import app, hubspot_webhook
from web.bodies import MOST_BYTES

ADDRESSES = ("/slack/events", hubspot_webhook.PATH)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The web application, with endpoints that read the whole body before they ask who sent it, as bolt's does."""

    async def size(request: Request) -> Response:
        return JSONResponse(len(await request.body()))

    served = app.build(size, list, size, body_seconds=0.5)
    server = uvicorn.Server(uvicorn.Config(served, log_config=None, access_log=False))
    listening = socket.create_server(("127.0.0.1", 0))
    running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    running.start()
    try:
        until(lambda: server.started, "the server")
        yield int(listening.getsockname()[1])
    finally:
        server.should_exit = True
        running.join(timeout=10)
        listening.close()


def send(port: int, address: str, *parts: bytes, headers: str) -> str:
    """What is answered to a request of which exactly this is sent; read until the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(f"POST {address} HTTP/1.1\r\nHost: daybook\r\n{headers}\r\n\r\n".encode())
        for part in parts:
            line.sendall(part)
        answer = b""
        while more := line.recv(65_536):
            answer += more
        return answer.decode()


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_body_that_says_it_is_too_long_is_refused_before_it_is_sent(port: int, address: str) -> None:
    answer = send(port, address, headers=f"Content-Length: {MOST_BYTES + 1}")
    assert answer.startswith("HTTP/1.1 413 ")
    assert str(MOST_BYTES) in answer


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_body_that_does_not_say_how_long_it_is_is_cut_off_at_the_limit(port: int, address: str) -> None:
    piece = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    answer = send(port, address, *[piece] * 16, b"1\r\nx\r\n", headers="Transfer-Encoding: chunked")
    assert answer.startswith("HTTP/1.1 413 ")


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_body_that_does_not_come_is_not_waited_for(port: int, address: str) -> None:
    answer = send(port, address, b"half of", headers="Content-Length: 100")
    assert answer.startswith("HTTP/1.1 408 ")


def test_a_body_of_usual_size_arrives_whole(port: int) -> None:
    answer = send(port, "/slack/events", b"x" * 500_000, headers="Content-Length: 500000\r\nConnection: close")
    assert answer.startswith("HTTP/1.1 200 ")
    assert answer.endswith("500000")
