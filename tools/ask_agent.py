"""Puts a question to another agent; the session loop asks, and brings back what that one answered."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from rules.action import Effect
from tools.tool import Arguments, Long, Tool


class AskAgent(Arguments):
    agent: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,30}$")]
    question: Long


TOOL = Tool(
    name="ask_agent",
    description=(
        "Ask another agent to do a part of the work that is its job, and get its answer back. Put everything it needs "
        "to know into the question: it does not see this conversation."
    ),
    arguments=AskAgent,
    effect=Effect.READ,
    wants=True,
)
