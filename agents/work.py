"""One turn of conversation as its agent works on it: what is fixed for the turn, and what its log says is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from agents.agent import Event, Turn
from agents.definition import Definition
from agents.exposure import read_records
from agents.projection import Projection, Voice
from agents.signals import Signals
from rules.action import Principal
from rules.budget import TurnLimits
from rules.policy import Policy
from store.engine import reading
from tools import readers, routines
from tools.principal import Who
from tools.tool import Context

Json = dict[str, Any]
STEPS = ("heard", "answered", "called", "extracted", "returned")
"""Lines that show that a turn got somewhere."""


@dataclass
class Work:
    """What the loop, the calls and the reply share. All of it comes from the log, the trigger and the agent's file."""

    turn: Turn
    agent: Definition
    voice: Voice
    system: list[Json]
    tools: list[Json]
    policy: Policy
    who: Who
    root: str
    """The turn that a person or a clock set off, ``SESSION:TURN``; this one, unless another agent asked."""
    depth: int
    grant: frozenset[str]
    audience: tuple[str, ...]
    place: tuple[str, str | None] | None
    """(channel or person, thread) where cards are shown and where answers go; None when nobody is there."""
    unattended: bool
    """Nobody is behind it or watches it, nor the run that asked for it."""
    granted: Mapping[str, Any] | None
    """What it may do without asking all the same, as it was fixed when its routine was made."""
    quoteable: str
    said_at: int
    signals: Signals

    def __post_init__(self) -> None:
        number = self.turn.number
        self._first = next((at for at, event in enumerate(self.turn.log) if event.turn == number), 0)
        """Where this turn begins in a log that may be long."""
        person = self.turn.trigger.get("person")
        self.projection = Projection(self.voice, frozenset(self.audience or ([person] if person else [])))

    @property
    def zone(self) -> str:
        """The zone of who asks; a day of nobody's is UTC's."""
        return self.who.person.tz if self.who.person else "UTC"

    @property
    def limits(self) -> TurnLimits:
        return self.agent.limits.share() if self.depth else self.agent.limits

    @property
    def mine(self) -> Iterator[Event]:
        """What this turn has logged so far."""
        return (event for event in islice(self.turn.log, self._first, None) if event.turn == self.turn.number)

    def bodies(self, kind: str) -> list[Mapping[str, Any]]:
        return [event.body for event in self.mine if event.kind == kind]

    def calls_so_far(self) -> int:
        """The calls that this message has led to, by its own agent and by all that were asked on the way."""
        if not self.depth and not self.bodies("asked"):
            return len(self.bodies("called"))
        session, _, turn = self.root.rpartition(":")
        return self._calls_of(session, int(turn))

    def _calls_of(self, session: str, turn: int | None = None) -> int:
        """The calls of that turn, or of a session that was asked for (all of it), with those of whoever it asked."""
        log = self.turn.log if session == self.turn.session else self.turn.read_log(session)
        kinds = [event for event in log if event.turn == turn or turn is None]
        asked = [str(event.body["session"]) for event in kinds if event.kind == "asked"]
        return sum(event.kind == "called" for event in kinds) + sum(map(self._calls_of, asked))

    def call_id(self, use: str) -> str:
        """The name of one call for good, whoever makes it again."""
        return f"{self.turn.session}:{self.turn.number}:{use}"

    def tainted_by(self) -> tuple[str, ...]:
        """Whose free text this session has read, ever."""
        found = {ref for event in self.turn.log if event.kind == "tainted" for ref in event.body["by"]}
        return tuple(sorted(found))

    def worked_ms(self) -> int:
        """Time spent on answers and calls; waiting for a vendor that is down doesn't count."""
        return sum(int(event.body["ms"]) for event in self.mine if event.kind in ("answered", "called"))

    def calls_ms(self) -> int:
        """Of it the calls since the last answer."""
        since = 0
        for event in self.mine:
            since = 0 if event.kind == "answered" else since + (int(event.body["ms"]) if event.kind == "called" else 0)
        return since

    def idle_since(self) -> int:
        """When this turn last got anywhere (ms)."""
        return max((event.at for event in self.mine if event.kind in STEPS), default=self.turn.systems.clock.now())

    def tries(self) -> int:
        """How often it has waited since it last got anywhere."""
        since = 0
        for event in self.mine:
            since = 0 if event.kind in STEPS else since + (event.kind == "waiting")
        return since

    @cached_property
    def readers(self) -> tuple[Principal, ...]:
        if not self.audience:
            return ()
        with reading(self.turn.database).connect() as connection:
            return readers.principals(connection, self.audience, self.turn.trigger.get("person"))

    def context(self) -> Context:
        """What the guard is told; nothing in it comes from the model."""
        channel, thread = self.place or (None, None)
        return Context(
            database=self.turn.database,
            systems=self.turn.systems,
            workspace=self.turn.workspace,
            # In the books and for the caps, what an asked agent does belongs to the conversation that people see.
            session=self.root.rpartition(":")[0],
            turn=int(self.root.rpartition(":")[2]),
            agent=self.agent.name,
            grant=self.grant,
            person=self.turn.trigger.get("person"),
            channel=channel,
            thread_ts=thread,
            said=self.quoteable,
            said_at=self.said_at,
            tainted_by=self.tainted_by(),
            read_records=read_records(self.turn.log),
            audience=self.audience,
            calls=self.calls_so_far(),
            unattended=self.unattended,
            allowance=routines.allowance(self.granted),
            routine=str(self.granted["routine"]) if self.granted is not None else None,
            who=self.who,
            readers=self.readers,
        )
