"""What Daybook needs of a language model: one question, one whole answer, and what that answer cost.

A request and an answer hold the vendor's own JSON, block by block: what the model said must be sent back unchanged, so
nothing here is turned into objects and back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

Json = dict[str, Any]


class Stopped(Exception):
    """Somebody stopped the turn while the model was answering. What it had said so far is dropped."""


def never() -> bool:
    """Nobody stops this one."""
    return False


@dataclass(frozen=True)
class ModelRequest:
    """One question. ``system``, ``tools`` and ``messages`` are sent as they are given, in that order of prefix.

    Whatever is the same as last time must come first and be the same to the letter, or nothing is read from the cache.
    """

    model: str
    system: list[Json]
    tools: list[Json]
    messages: list[Json]
    max_tokens: int
    effort: str | None
    """low, medium, high, xhigh or max; None leaves it to the model."""
    timeout_seconds: float
    """For the whole answer, however it trickles."""
    schema: Json | None = None
    """The JSON schema of the answer, when it has to be JSON of one shape."""


@dataclass(frozen=True)
class ModelAnswer:
    """A whole answer; a cut one is never made into this."""

    content: list[Json]
    """The blocks as the vendor has them, to be sent back unchanged."""
    stop_reason: str
    """Tools may run only when this is ``tool_use``. One that is not known means that the answer has ended."""
    stop_details: Json | None
    usage: Json
    model: str
    id: str
    broken_inputs: tuple[str, ...] = ()
    """Ids of tool calls whose arguments could not be read; their ``input`` is empty here. Answer them as errors."""


class Model(Protocol):
    """A language model. Both methods may raise ``SystemFault``; neither tries again by itself."""

    def ask(
        self,
        request: ModelRequest,
        on_text: Callable[[str], None] | None = None,
        stopped: Callable[[], bool] = never,
        on_cut: Callable[[str, Json], None] | None = None,
    ) -> ModelAnswer:
        """The whole answer. ``on_text`` is given the visible text as it comes.

        ``on_cut`` is given the model and the usage of one that did not become whole: it is paid for all the same. What
        was read is the vendor's count; what was written is estimated, as it tells that with the end only.

        ``stopped`` is asked between the pieces of the answer, and four times a second while none comes; when it says
        yes the connection is closed and ``Stopped`` is raised.
        """
        ...

    def missing(self, models: Iterable[str]) -> list[str]:
        """Those of these models that the key can't use. Without any, the key alone is checked."""
        ...


class Price(NamedTuple):
    """US cents for a million tokens: read by the model, written by it, and read from its cache."""

    input: int
    output: int
    cached: int


# https://platform.claude.com/docs/en/about-claude/pricing, as of 2026-11. Writing to the cache costs 1.25 times the
# input for five minutes and twice for an hour. Cache reads are a tenth of the input, except where noted there: a
# fortieth on Fable and Mythos 5.1, a twentieth on Opus 5.5 and (since 2026-10-07) Sonnet 5.5.
PRICES = {
    "claude-haiku-5-5": Price(10, 50, 1),
    "claude-sonnet-5-5": Price(200, 1_000, 10),
    "claude-opus-5-5": Price(400, 2_000, 20),
    "claude-fable-5-1": Price(1_000, 5_000, 25),
    "claude-mythos-5-1": Price(1_000, 5_000, 25),
    "claude-sonnet-5": Price(200, 1_000, 20),
    "claude-opus-5": Price(500, 2_500, 50),
    "claude-fable-5": Price(1_000, 5_000, 100),
    "claude-mythos-5": Price(1_000, 5_000, 100),
    "claude-opus-4-8": Price(500, 2_500, 50),
    "claude-opus-4-7": Price(500, 2_500, 50),
    "claude-opus-4-6": Price(500, 2_500, 50),
    "claude-sonnet-4-6": Price(300, 1_500, 30),
    "claude-haiku-4-5": Price(100, 500, 10),
}
LONG_PROMPTS = {"claude-haiku-5-5": (100_000, Price(50, 250, 5))}
"""Models that cost more, on every token of the request, once the prompt is longer than this."""
DEAREST = Price(*(max(column) for column in zip(*PRICES.values(), strict=True)))


def cost_micros(model: str, usage: Mapping[str, Any]) -> int:
    """What an answer cost in millionths of a US dollar, rounded up. An unknown model counts as the dearest."""
    name = re.sub(r"-\d{8}\Z", "", model)
    fresh, cached, written = (
        _tokens(usage, f"{kind}input_tokens") for kind in ("", "cache_read_", "cache_creation_")
    )
    for_an_hour = min(written, _tokens(usage.get("cache_creation"), "ephemeral_1h_input_tokens"))
    price = PRICES.get(name, DEAREST)
    longest, dearer = LONG_PROMPTS.get(name, (0, price))
    if fresh + cached + written > longest:
        price = dearer
    # Cents for a million tokens are hundredths of a micro for one; another hundred because of the 1.25.
    total = 100 * (fresh * price.input + cached * price.cached + _tokens(usage, "output_tokens") * price.output)
    total += (125 * (written - for_an_hour) + 200 * for_an_hour) * price.input
    return -(-total // 10_000)


def _tokens(usage: Any, name: str) -> int:
    """A count the vendor told; nonsense counts as none, so that it never lowers a sum."""
    told = usage.get(name) if isinstance(usage, Mapping) else None
    return max(0, told) if isinstance(told, int) else 0
