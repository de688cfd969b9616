"""Structured logs on stderr: names, ids, counts and times. Never a secret, never a customer's words.

Numbers and the fields that are named here are shown; a text in any other field is replaced by its length. What errors
say is told by ``systems/redaction.py``.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from systems import redaction

SHOWN = frozenset({
    "event", "level", "timestamp", "logger", "exception", "session", "turn", "attempt", "outcome", "note", "reason",
    "error", "why", "role", "database", "kind", "type", "name", "person", "agent", "workspace", "portal", "system",
    "key", "state", "channel", "ts",
})  # fmt: skip
"""Fields that hold ids, names of ours, or sentences of ours; secrets and addresses are taken out of them too."""
FOREIGN = 300
"""Characters of a library's own line: it knows nothing of what may be told."""


def _tell_errors(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception as its story, without the words of others."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()[1]
    if isinstance(given, tuple):
        given = given[1]
    if isinstance(given, BaseException):
        event["exception"] = redaction.story(given)
    event.pop("stack_info", None)
    return event


def _hide(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if not key.startswith("_"):
            event[key] = _shown(key, value)
    return event


def _shown(key: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, BaseException):
        return redaction.broken(value)
    if isinstance(value, str):
        return redaction.plain(value, 20_000) if key in SHOWN else f"({len(value)} characters)"
    if isinstance(value, Mapping):
        return {str(name): _shown(str(name), one) for name, one in list(value.items())[:20]}
    if isinstance(value, list | tuple | set | frozenset):
        return f"({len(value)} values)"
    return f"({type(value).__name__})"


def _short(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["event"] = redaction.plain(str(event.get("event", "")), FOREIGN)
    return event


def start(form: str, level: int = logging.INFO) -> None:
    """``text`` lines for people, ``json`` for machines; the libraries' own logs come along at warning."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _tell_errors,
        _hide,
    ]
    last: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
            foreign_pre_chain=[structlog.stdlib.add_logger_name, _short, *shared],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    # Per-run notices of a job that runs every second, and of each reconnect, say nothing to an operator.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
