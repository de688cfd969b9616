"""Finds the agents: each NAME.md of this folder, and each module of it that can ``run`` a turn, by its file's name."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol, cast

import agents
from agents import definition
from agents.agent import Outcome, Turn
from agents.definition import Definition
from skills.catalogue import all_skills
from tools.catalogue import all_tools


class Agent(Protocol):
    def run(self, turn: Turn) -> Outcome: ...


class UnknownAgent(Exception):
    """A trigger names an agent that does not exist; the message lists those that do."""


@dataclass(frozen=True)
class Written:
    """An agent that is a Markdown file: its turns are conversations with a model."""

    definition: Definition

    @property
    def description(self) -> str:
        return self.definition.description

    def run(self, turn: Turn) -> Outcome:
        from agents.loop import converse  # here, since the loop asks this catalogue whom an agent may ask

        return converse(turn, self.definition)


@cache
def all_agents() -> dict[str, Agent]:
    """Every agent by name. Raises ``FileError`` when a file can't be used; asked first when Daybook starts."""
    found: dict[str, Agent] = {}
    for module in pkgutil.iter_modules(agents.__path__):
        loaded = importlib.import_module(f"agents.{module.name}")
        if hasattr(loaded, "run"):
            found[module.name] = cast(Agent, loaded)
    written = written_agents()
    definition.check_names(written, found)
    return found | {name: Written(one) for name, one in written.items()}


@cache
def written_agents() -> dict[str, Definition]:
    """The agents people can ask, by name."""
    return definition.load(Path(__file__).resolve().parent, all_tools(), all_skills())


def add(name: str, agent: Agent) -> None:
    """An agent from elsewhere, for this process; a name that is taken is refused."""
    if all_agents().setdefault(name, agent) is not agent:
        raise ValueError(f"there is an agent {name!r} already; give this one another name")


def named(name: str) -> Agent:
    agent = all_agents().get(name)
    if agent is None:
        raise UnknownAgent(f"there is no agent {name!r}; there are {', '.join(sorted(all_agents()))}")
    return agent


def askable() -> dict[str, str]:
    """The agents people may talk to, by name, with what each is for; the others work for schedules and presses."""
    found = {name: getattr(agent, "description", None) for name, agent in all_agents().items()}
    return {name: about for name, about in found.items() if isinstance(about, str)}
