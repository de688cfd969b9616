"""Answering one vendor request, or misbehaving the way a turned knob asks: late, half, twice refused, not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from sandbox.clock import SharedClock
from sandbox.hangup import Receive, Scope, Send, half_answer, hang_up
from sandbox.knobs import Knob, Knobs

TRANSPORT_MODES = frozenset({"drop_before", "drop_after", "late", "delay", "half_answer"})
MODES = TRANSPORT_MODES | {"rate_limit", "error"}
Headers = list[tuple[bytes, bytes]]
Answer = Callable[[Knob | None], tuple[int, Headers, bytes]]

_landing: set[asyncio.Task[None]] = set()


async def serve(
    scope: Scope, send: Send, clock: SharedClock, knobs: Knobs, target: str, attrs: Mapping[str, object], answer: Answer
) -> None:
    """Do the call through ``answer`` (which heeds rate_limit and error knobs itself) and send what it says.

    drop_before hangs up with no effect; drop_after takes effect, then hangs up; late hangs up at once and takes
    effect ``seconds`` later on the shared clock; delay waits on wall time; half_answer sends half the body.
    """
    knob = knobs.take(target, attrs, modes=MODES)
    mode = knob.mode if knob else ""
    if knob and mode == "delay":
        await asyncio.sleep(knob.seconds)
    elif mode == "drop_before":
        await hang_up(scope)
        return
    elif knob and mode == "late":
        task = asyncio.create_task(_land(clock, clock.now_ms() + int(knob.seconds * 1000), answer))
        _landing.add(task)
        task.add_done_callback(_landing.discard)
        await hang_up(scope)
        return
    status, headers, body = answer(knob)
    if mode == "drop_after":
        await hang_up(scope)
    elif mode == "half_answer":
        await half_answer(scope, send, status, headers, body)
    else:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _land(clock: SharedClock, at_ms: int, answer: Answer) -> None:
    await clock.reached(at_ms)
    answer(None)


async def whole_body(receive: Receive) -> bytes:
    """The request's body."""
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def path_below(scope: Scope) -> str:
    """The path below the prefix this app is mounted at."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
