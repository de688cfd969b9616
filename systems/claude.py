"""Claude as the model behind the agents: asks over the ``anthropic`` package, always streaming, and never asks again.

What may be asked again, and when, is the turn's to decide: the package would obey a Retry-After of any length inside
the call, and pay twice for an answer that was lost on its way (anthropic 2.12, ``_base_client.py``).
"""

from __future__ import annotations

import contextlib
import logging
import threading
import weakref
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from systems.claude_stream import AGAIN, NAME, Assembly, fault_of
from systems.faults import NotFound, SourceDown, SystemFault
from systems.model import Json, ModelAnswer, ModelRequest, Stopped, never

LOOK_UP_SECONDS = 30.0
REST_SECONDS = 0.25
"""How long the end of a body is waited for after the end of the message, so that its connection can be used again."""
CACHED: Json = {"type": "ephemeral"}
BEFORE_ADAPTIVE = ("claude-3", "claude-opus-4-0", "claude-opus-4-1", "claude-opus-4-2", "claude-opus-4-5",
                   "claude-sonnet-4-0", "claude-sonnet-4-2", "claude-sonnet-4-5", "claude-haiku-4-5")  # fmt: skip
"""Models that refuse adaptive thinking and the effort that goes with it; it came with 4.6, all later ones take it."""


class Claude:
    """The ``Model`` port. Safe to use from many threads; nothing is asked, or imported, before the first question."""

    def __init__(self, key: str, base_url: str) -> None:
        self._key, self._base_url = key, base_url
        self._open: tuple[Any, Any] | None = None
        """The package's client, and the line to its one address where answers are asked for."""
        self._lock = threading.Lock()

    def ask(
        self,
        request: ModelRequest,
        on_text: Callable[[str], None] | None = None,
        stopped: Callable[[], bool] = never,
        on_cut: Callable[[str, Json], None] | None = None,
    ) -> ModelAnswer:
        _client, line = self._connected()
        from systems.claude_wire import Watch, watching

        watch = Watch(request.timeout_seconds, stopped)
        assembly = Assembly(on_text and watch.telling(on_text))
        watching.watch = watch
        whole = None
        try:
            self._stream(line, request, assembly, watch)
            whole = assembly.answer()
            return whole
        except SystemFault:
            raise
        # A connection that breaks inside a stream raises whatever its reader trips over: httpx2's and httpcore2's
        # errors, and ValueError, UnicodeError or AssertionError from below them.
        except Exception as broken:  # noqa: BLE001
            if watch.failed is not None:
                raise watch.failed from None
            if watch.was_stopped:
                raise Stopped from None
            if watch.was_late:
                raise SourceDown(NAME, f"no whole answer within {request.timeout_seconds:g} s.", AGAIN) from None
            raise _fault(broken) from None
        finally:
            watching.watch = None
            cut = assembly.cut() if whole is None else None
            if cut is not None and on_cut is not None:
                on_cut(*cut)

    def missing(self, models: Iterable[str]) -> list[str]:
        client, _line = self._connected()
        absent = []
        try:
            client.models.list(limit=1, timeout=LOOK_UP_SECONDS)
            for model in models:
                try:
                    client.models.retrieve(model, timeout=LOOK_UP_SECONDS)
                except Exception as refused:
                    if not isinstance(_fault(refused), NotFound):
                        raise
                    absent.append(model)
        except Exception as broken:  # noqa: BLE001 - as above
            raise _fault(broken) from None
        return absent

    def close(self) -> None:
        """Close the connections; the next question opens new ones."""
        with self._lock:
            was, self._open = self._open, None
        if was is not None:
            was[0].close()

    def _stream(self, line: Any, request: ModelRequest, assembly: Assembly, watch: Any) -> None:
        # Sent as our own bytes, and read as they come: what the package makes of each request and of each event costs
        # more than all the rest. Where to, with which key and which version, it tells once (``_connected``).
        response = line.post(body_of(request), request.timeout_seconds)
        with contextlib.closing(response):
            chunks = response.iter_stream()
            if not 200 <= response.status < 300:
                raise _refused(response.status, response.headers, b"".join(chunks))
            for chunk in chunks:
                assembly.feed(chunk)
                if assembly.complete:
                    break
                watch.left()
            if assembly.complete:
                watch.only(REST_SECONDS)
                with contextlib.suppress(Exception):  # it was paid for and is here: nothing after it can spoil it
                    for _rest in chunks:
                        pass

    def _connected(self) -> tuple[Any, Any]:
        with self._lock:
            if self._open is None:
                import anthropic
                import httpx2

                from systems.claude_wire import Wire

                # At DEBUG (which ANTHROPIC_LOG can set) the package logs whole requests, customers' words included.
                for noisy in ("anthropic", "httpx2", "httpcore2"):
                    logging.getLogger(noisy).setLevel(logging.WARNING)
                wire = Wire(self._base_url)
                http = httpx2.Client(transport=wire, trust_env=False)
                client = anthropic.Anthropic(
                    api_key=self._key,
                    base_url=self._base_url,
                    max_retries=0,
                    http_client=http,
                    open_telemetry=False,
                    default_headers={"Accept-Encoding": "identity"},
                )
                weakref.finalize(self, http.close)
                messages = f"{str(client.base_url).rstrip('/')}/v1/messages"
                self._open = client, wire.to(messages, client.default_headers)
            return self._open


def body_of(request: ModelRequest) -> bytes:
    """The request as it is sent: the same request is the same bytes, whatever database its messages came back from.

    Postgres keeps JSON without the order of its keys, so those of the messages are sorted. The tools' are not: they
    come from code, and the order of a tool's arguments says something to the model.
    """
    body: Json = {"cache_control": CACHED, "max_tokens": request.max_tokens}
    body["messages"] = orjson.Fragment(orjson.dumps(request.messages, option=orjson.OPT_SORT_KEYS))
    body["model"] = request.model
    if not request.model.startswith(BEFORE_ADAPTIVE):
        # Summarized: what Claude says between two tool calls comes as thinking, and would otherwise be left out.
        body["thinking"] = {"type": "adaptive", "display": "summarized"}
        if request.effort is not None:
            body["output_config"] = {"effort": request.effort}
    if request.schema is not None:
        body.setdefault("output_config", {})["format"] = {"type": "json_schema", "schema": request.schema}
    body["stream"] = True
    if request.system:
        *others, last = request.system
        body["system"] = [*others, {"cache_control": CACHED, **last}]
    if request.tools:
        body["tools"] = request.tools
    return orjson.dumps(body)


def _fault(broken: Exception) -> SystemFault:
    """Any failure of the package as one of ours. Its own words can hold the request, so only the vendor's are told."""
    import anthropic

    if isinstance(broken, SystemFault):
        return broken
    if isinstance(broken, anthropic.APIStatusError):
        after = broken.response.headers.get("retry-after")
        return _refused_with(broken.status_code, broken.body, after)
    return SourceDown(NAME, f"no usable answer ({type(broken.__cause__ or broken).__name__}).", AGAIN)


def _refused(status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> SystemFault:
    """The vendor's no, as it came over the wire."""
    after = next((value.decode("latin-1") for name, value in headers if name.lower() == b"retry-after"), None)
    try:
        told = orjson.loads(body)
    except ValueError:
        told = None
    return _refused_with(status, told, after)


def _refused_with(status: int, body: Any, retry_after: str | None) -> SystemFault:
    error = body.get("error") if isinstance(body, dict) else None
    told = error if isinstance(error, dict) else {}
    return fault_of(str(told.get("type")), str(told.get("message") or ""), status, _seconds(retry_after))


def _seconds(header: str | None) -> float | None:
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None
