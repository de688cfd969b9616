"""Finds the agents: each module of this folder that can ``run`` a turn, by its file's name."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Protocol, cast

import agents
from agents.agent import Outcome, Turn


class Agent(Protocol):
    def run(self, turn: Turn) -> Outcome: ...


class UnknownAgent(Exception):
    """A trigger names an agent that does not exist; the message lists those that do."""


@cache
def all_agents() -> dict[str, Agent]:
    found: dict[str, Agent] = {}
    for module in pkgutil.iter_modules(agents.__path__):
        loaded = importlib.import_module(f"agents.{module.name}")
        if hasattr(loaded, "run"):
            found[module.name] = cast(Agent, loaded)
    return found


def add(name: str, agent: Agent) -> None:
    """An agent from elsewhere, for this process; a name that is taken is refused."""
    if all_agents().setdefault(name, agent) is not agent:
        raise ValueError(f"there is an agent {name!r} already; give this one another name")


def named(name: str) -> Agent:
    agent = all_agents().get(name)
    if agent is None:
        raise UnknownAgent(f"there is no agent {name!r}; there are {', '.join(sorted(all_agents()))}")
    return agent
