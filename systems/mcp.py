"""MCP servers over streamable HTTP: what they offer, and one call, sent once, if the tool is what was reviewed.

A connection a call: a server that was restarted, or that keeps no sessions, is asked like any other. Nothing that a
server sends is logged; how much it may send, and how long it may take, is limited here.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import structlog

from systems.faults import BadAnswer, NotFound, RateLimited, SourceDown, SystemFault, Unauthorized
from systems.servers import Offered, PinnedTool, Server, Told, ToolChanged, digest_of

MOST_BYTES = 2_000_000
"""Of one answer, over the wire."""
MOST_PAGES = 10
MOST_OFFERED = 300
LOOK_SECONDS = 5
"""How long a server's list of tools may keep somebody's turn waiting."""
LOOK_AGAIN_SECONDS = 600
AGAIN = "Try again later; `daybook mcp list` shows whether it answers."

log = structlog.get_logger("mcp")
Found = TypeVar("Found")


class McpServers:
    """The ``Servers`` port. Nothing is asked, or imported, before the first question."""

    def __init__(self, servers: Mapping[str, Server], tokens: Mapping[str, str]) -> None:
        """``tokens`` by server; one that is absent is asked without."""
        self._servers, self._tokens = servers, tokens
        self._changed: dict[str, frozenset[str]] = {}
        self._looked: dict[str, float] = {}
        self._locks = {name: threading.Lock() for name in servers}

    @property
    def all(self) -> Mapping[str, Server]:
        return self._servers

    def usable(self, server: str) -> tuple[PinnedTool, ...]:
        one, lock = self._servers[server], self._locks[server]
        looked = self._looked.get(server)
        if (looked is None or time.monotonic() - looked > LOOK_AGAIN_SECONDS) and lock.acquire(blocking=False):
            try:
                self._looked[server] = time.monotonic()
                self._compare(one, self._listed(one, min(LOOK_SECONDS, one.seconds)))
            except SystemFault as down:
                log.warning("mcp.not_looked_at", system=one.title, reason=str(down))
            finally:
                lock.release()
        changed = self._changed.get(server, frozenset())
        return tuple(tool for tool in one.tools if tool.name not in changed)

    def offers(self, server: str) -> list[Offered]:
        one = self._servers[server]
        return self._listed(one, one.seconds)

    def ask(self, server: str, tool: str, arguments: Mapping[str, Any]) -> Told:
        one = self._servers[server]
        pinned = next(each for each in one.tools if each.name == tool)

        async def work(client: Any, line: _Line) -> Told:
            offered = await _offered(client, line)
            self._compare(one, offered)
            if not any(each.name == tool and each.digest == pinned.digest for each in offered):
                raise ToolChanged
            return await _call(client, line, tool, arguments)

        return self._with(one, one.seconds, work)

    def _listed(self, server: Server, seconds: float) -> list[Offered]:
        return self._with(server, seconds, _offered)

    def _compare(self, server: Server, offered: list[Offered]) -> None:
        """Note which of the pinned tools are no longer what was reviewed, and say so once."""
        now = {each.name: each.digest for each in offered}
        changed = frozenset(tool.name for tool in server.tools if now.get(tool.name) != tool.digest)
        for tool in sorted(changed - self._changed.get(server.name, frozenset())):
            log.warning("mcp.tool_changed", system=server.title, name=tool, reason=changed_words(server, tool, now))
        self._changed[server.name] = changed

    def _with(self, server: Server, seconds: float, work: Callable[[Any, _Line], Awaitable[Found]]) -> Found:
        """``work`` with an open connection. Raises ``SystemFault``, and ``ToolChanged`` as it is."""
        import anyio
        import mcp  # noqa: F401 - it takes a second the first time, which is not the server's

        line = _Line(server.title)
        done: list[Found] = []
        failed: list[BaseException] = []

        async def main() -> None:
            with anyio.fail_after(seconds):
                async with AsyncExitStack() as stack:
                    client = await _open(stack, server, self._tokens.get(server.name), seconds, line)
                    try:
                        done.append(await work(client, line))
                    except Exception as refused:  # noqa: BLE001 - looked at below, when the connection is closed
                        failed.append(refused)

        try:
            anyio.run(main)
        # The package's transport raises whatever breaks in its tasks, in groups: httpx2's, anyio's, pydantic's errors.
        except Exception as broken:  # noqa: BLE001
            failed.append(broken)
        if done:
            return done[0]
        raise line.fault(failed[0], seconds) from None


def changed_words(server: Server, tool: str, now: Mapping[str, str]) -> str:
    """One sentence on a pinned tool that is no longer what was reviewed."""
    what = "says other things of its tool" if tool in now else "no longer has its tool"
    return (
        f"The {server.title} {what} {tool} since that was reviewed, so agents don't get it. See `daybook mcp list`, "
        f"and paste what `daybook mcp pin {server.name}` prints if it is all right."
    )


class _Line:
    """What came back on the way, for naming what went wrong: the package's own errors say little."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.status = 0
        self.too_much = False

    @property
    def broke(self) -> bool:
        """Whether it failed below what the protocol speaks of."""
        return self.too_much or self.status in (401, 403, 404, 429) or self.status >= 500

    def fault(self, broken: BaseException, seconds: float) -> Exception:
        if isinstance(broken, ToolChanged):
            return broken
        if self.too_much:
            return BadAnswer(self.title, f"answered more than {MOST_BYTES:,} bytes, or packed.", "")
        if _is_among(broken, TimeoutError):
            return SourceDown(self.title, f"did not answer within {seconds:g} s.", AGAIN)
        match self.status:
            case 401 | 403:
                return Unauthorized(self.title, "refused the token.", "Check the variable that `token_env` names.")
            case 404:
                return NotFound(self.title, "has nothing at that address.", "Check `url`.")
            case 429:
                return RateLimited(self.title, "asks to wait.", None, AGAIN)
            case status if status >= 400:
                return SourceDown(self.title, f"failed (HTTP {status}).", AGAIN)
            case status if status >= 300:
                return BadAnswer(self.title, "sends us to another address, which is not followed.", "Check `url`.")
        if self.status == 0:
            return SourceDown(self.title, "can't be reached.", AGAIN)
        return BadAnswer(self.title, f"does not speak MCP as we do ({type(_first(broken)).__name__}).", AGAIN)


def _first(broken: BaseException) -> BaseException:
    while isinstance(broken, BaseExceptionGroup):
        broken = broken.exceptions[0]
    return broken


def _is_among(broken: BaseException, kind: type[BaseException]) -> bool:
    if isinstance(broken, BaseExceptionGroup):
        return any(_is_among(one, kind) for one in broken.exceptions)
    return isinstance(broken, kind)


async def _open(stack: AsyncExitStack, server: Server, token: str | None, seconds: float, line: _Line) -> Any:
    import httpx2
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    # Its own lines quote what the server sent.
    for name in ("mcp", "client"):  # the package's own two names
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    headers = {"Accept-Encoding": "identity", "User-Agent": "Daybook"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    http = await stack.enter_async_context(
        httpx2.AsyncClient(headers=headers, timeout=seconds, transport=_limited(line), trust_env=False)
    )
    # No callbacks: the server gets no model, no questions to people and no files of ours.
    transport = streamable_http_client(server.url, http_client=http, max_sse_event_size=MOST_BYTES)
    return await stack.enter_async_context(Client(transport, cache=None, read_timeout_seconds=seconds))


def _limited(line: _Line) -> Any:
    """The HTTP transport, which notes how each answer begins and ends one that is too long."""
    import httpx2

    class Counted(httpx2.AsyncByteStream):
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        async def __aiter__(self) -> Any:
            read = 0
            async for chunk in self._stream:
                read += len(chunk)
                if read > MOST_BYTES:
                    line.too_much = True
                    raise httpx2.StreamError("longer than it may be")
                yield chunk

        async def aclose(self) -> None:
            await self._stream.aclose()

    class Limited(httpx2.AsyncHTTPTransport):
        async def handle_async_request(self, request: Any) -> Any:
            response = await super().handle_async_request(request)
            if request.method == "POST":  # what the package fetches besides answers no question of ours
                line.status = response.status_code
            if response.headers.get("content-encoding", "identity") != "identity":
                line.too_much = True  # a few bytes could become any number
                await response.aclose()
                raise httpx2.StreamError("packed although that was not asked for")
            response.stream = Counted(response.stream)
            return response

    return Limited()


async def _offered(client: Any, _line: _Line) -> list[Offered]:
    found: list[Offered] = []
    cursor: str | None = None
    for _page in range(MOST_PAGES):
        page = await client.list_tools(cursor=cursor)
        found += [_as_offered(tool) for tool in page.tools]
        cursor = page.next_cursor
        if cursor is None or len(found) >= MOST_OFFERED:
            break
    return found[:MOST_OFFERED]


def _as_offered(tool: Any) -> Offered:
    told = tool.model_dump(mode="json", by_alias=True, exclude_none=True)
    relied_on = ("name", "title", "description", "inputSchema", "outputSchema", "annotations")
    return Offered(
        name=tool.name,
        description=tool.description or "",
        schema=tool.input_schema,
        digest=digest_of({key: told[key] for key in relied_on if key in told}),
        looks_only=bool(tool.annotations and tool.annotations.read_only_hint),
    )


async def _call(client: Any, line: _Line, tool: str, arguments: Mapping[str, Any]) -> Told:
    from mcp import MCPError
    from mcp_types import (
        CONNECTION_CLOSED,
        PARSE_ERROR,
        REQUEST_TIMEOUT,
        CallToolRequest,
        CallToolRequestParams,
        CallToolResult,
    )

    # Not ``call_tool``: that checks the answer against the server's own patterns, which may take for ever.
    request = CallToolRequest(params=CallToolRequestParams(name=tool, arguments=dict(arguments)))
    try:
        result = await client.session.send_request(request, CallToolResult)
    except MCPError as refused:
        if refused.code == REQUEST_TIMEOUT:
            raise TimeoutError from None
        if line.broke or refused.code in (PARSE_ERROR, CONNECTION_CLOSED):
            raise
        return Told(refused.message, True, ())
    texts = [block.text for block in result.content if block.type == "text"]
    if not texts and result.structured_content is not None:
        texts = [json.dumps(result.structured_content, ensure_ascii=False)]
    left_out = tuple(dict.fromkeys(str(block.type) for block in result.content if block.type != "text"))
    return Told("\n\n".join(texts), bool(result.is_error), left_out)
