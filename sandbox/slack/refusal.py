"""Slack saying no: `ok: false` with Slack's own error name."""

from __future__ import annotations

from typing import Any

from sandbox.slack.problems import Problem


class Refused(Exception):
    """An answer with `ok: false`; `name` is Slack's error name, `more` joins the answer."""

    def __init__(self, name: str, **more: Any) -> None:
        super().__init__(name)
        self.name = name
        self.more = more


def refused_blocks(problems: list[Problem], name: str) -> Refused:
    """The answer to a payload that breaks Block Kit's limits."""
    listed = [problem.plain() for problem in problems]
    return Refused(name, errors=listed, response_metadata={"messages": [f"[ERROR] {line}" for line in listed]})
