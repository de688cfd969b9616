"""A deployment with one agent more, whose three tools do nothing: what ``bench_turn`` runs durable turns in."""

from __future__ import annotations

import json
import logging
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import func, insert, select, text

from agents import prompt
from agents.agent import Event
from agents.catalogue import Written, add
from agents.definition import Definition
from agents.projection import project, voice_of
from bench.model_stand_in import TOOLS
from cli.running import Deployment, settle
from records.tables import people
from rules.action import Effect
from rules.budget import TurnLimits
from sessions import control, events, inbox
from sessions.engine import TALK
from sessions.session import DONE, Hooked, Said
from sessions.store import inbox as inbox_table
from store import faults
from systems import settings
from tools import catalogue, ledger
from tools.tool import Arguments, Look, Tool

MODEL = "claude-sonnet-5-5"
REP = "U00000001"
SAID = "I called Northwind and left a message"
DID_NOTHING = {"done": "logged", "undo": True}
BODY = "You help a rep keep the CRM true. Ask when two accounts fit. Never guess an outcome. " * 20


class _Given(Arguments):
    """What the stand-in's model gives its tools."""

    name: str | None = None
    account: str | None = None
    outcome: str | None = None
    quote: str | None = None


def _tool(name: str) -> Tool:
    about = f"What the tool {name} does, and when to use it, in a sentence or two as tools have them."
    return Tool(name, about, _Given, Effect.READ, look=lambda _world, _asked: Look(DID_NOTHING))


AGENT = Definition(
    name="bench",
    description="Makes three calls that do nothing, then answers.",
    model=MODEL,
    effort="medium",
    tools=TOOLS,
    skills=(),
    mcp=(),
    limits=TurnLimits(12, 10_000_000, 100_000_000, 300),
    tool_calls=16,
    output_tokens=4_000,
    who="everyone",
    outcome="CPU of a turn",
    body=BODY,
    digest="bench",
)


class Unwatched(Hooked):
    """A trigger behind which nobody waits, so that no vendor is called; in the line of conversations."""

    @property
    def queue(self) -> str:
        return TALK


class Durable:
    """Turns through the one door, the queue, the loop, the guard, the ledger and the log, on an SQLite file."""

    def __init__(self, folder: Path, model: str, slack: str) -> None:
        logging.disable(logging.INFO)
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
        for name in TOOLS:
            catalogue.all_tools()[name] = _tool(name)
        add(AGENT.name, Written(AGENT))
        self.system = prompt.system_of(AGENT, {})
        self.tools = [catalogue.schema(name) for name in TOOLS]
        given = {
            "DATABASE_URL": f"sqlite:///{folder / 'turn.sqlite'}",
            "SLACK_API_URL": f"{slack}/slack/api/",
            "SLACK_BOT_TOKEN": "xoxb-bench",
            "HUBSPOT_API_URL": f"{slack}/hubspot",
            "HUBSPOT_ACCESS_TOKEN": "pat-bench",
            "ANTHROPIC_API_KEY": "sk-ant-bench",
            "ANTHROPIC_BASE_URL": model,
        }
        self._model, self._file = model, folder / "turn.sqlite"
        self._deployment = Deployment(settings.load(given), exclusive=True, migrate=True)
        self.database, self._queue = self._deployment.database, self._deployment.queue
        self._worker = self._deployment.worker()
        self._finished = threading.Semaphore(0)
        self._number, self._lock = 0, threading.Lock()
        self._ready: list[str] = []
        self._long: str | None = None
        faults.plug = self._reached
        row = {column.name: None for column in people.columns} | {
            "slack_id": REP, "workspace": self._deployment.workspace, "email": "rep@larkspur.example",
            "real_name": "Rep One (sample)", "tz": "Europe/London", "deleted": False, "is_admin": False,
            "owner_id": "71000001", "is_rep": True,
        }  # fmt: skip
        with self.database.begin() as connection:
            connection.execute(insert(people), row)
        settle()

    def turn(self, session: str | None = None) -> None:
        """One turn from its trigger to its end; in a new session, or in one that ``prepare`` made, if there is one."""
        with self._lock:
            self._number += 1
            number = self._number
            # A new one's name is as long as a fork's: every row that is stored holds it.
            session = session or (self._ready.pop() if self._ready else f"bench:without:past:{number}")
        self._submit(
            Unwatched(
                key=f"bench:{number}",
                session=session,
                agent=AGENT.name,
                person=None,
                source="bench",
                event="changed",
                object_kind="companies",
                object_id="4711000123",
                property=None,
                occurred_at=self._now(),
                heard_at=self._now(),
            )
        )
        # With several in flight it may be another one's end; there is one end for each that waits.
        assert self._finished.acquire(timeout=60), "a turn did not come to its end"

    def said(self, number: int) -> float:
        """A rep's message, its answer posted to Slack's stand-in; answers when it was put in line (monotonic)."""
        began = time.monotonic()
        self._submit(
            Said(
                key=f"said:{number}",
                session=f"said:{number}",
                agent=AGENT.name,
                person=REP,
                text=SAID,
                channel="DBENCH",
                thread_ts=None,
                ts=f"1795424400.{number:06d}",
                said_at=self._now(),
                direct=True,
            )
        )
        assert self._finished.acquire(timeout=60), "a turn did not come to its end"
        return began

    def prepare(self, sessions: int, turns: int) -> None:
        """Sessions that have so many turns behind them, for the next turns: forks of one that had them."""
        if self._long is None:
            self._long = "bench:long"
            for _ in range(turns):
                self.turn(self._long)
            self.settle()
        with self.database.begin() as connection:
            for _ in range(sessions):
                self._ready.append(control.fork(connection, self._long, turns, self._now(), None))

    def history(self) -> list[dict[str, Any]]:
        """What the model is sent of the long session: its messages, word for word."""
        assert self._long is not None
        with self.database.connect() as connection:
            log: list[Event] = events.read(connection, self._long)
        began = next(event.body for event in reversed(log) if event.kind == "began")
        return project(log, voice_of(began))

    def settle(self) -> None:
        """Wait until the worker is at rest: what a turn leaves behind for the queue is part of it."""
        wait = threading.Event()
        while not self._queue.bells.at_rest():
            wait.wait(0.05)

    def stored(self) -> int:
        """Bytes used in the database by all tables and indexes, the queue's too: not what a page has left over."""
        with self.database.connect() as connection:
            return int(connection.scalar(text("SELECT sum(pgsize - unused) FROM dbstat")) or 0)

    def first_requests(self) -> list[float]:
        """When the model had the first request of each turn so far (monotonic, the same clock on one machine)."""
        with urllib.request.urlopen(f"{self._model}/received", timeout=30) as answer:
            return [float(one) for one in json.loads(answer.read())]

    def check(self) -> str:
        """All turns ended well, and each call is in the ledger; how many there were."""
        with self.database.connect() as connection:
            states = dict(
                connection.execute(select(inbox_table.c.state, func.count()).group_by(inbox_table.c.state)).all()
            )
            calls = ledger.verify(
                connection, ledger.key_of(self._deployment.settings), self._deployment.workspace
            )
        turns = states.pop(DONE)
        assert not states, f"turns that did not end well: {states}"
        assert calls == len(TOOLS) * turns, f"{calls} rows in the ledger for {turns} turns"
        return f"{turns:,} turns, all done; {calls:,} calls in the ledger, its chain whole"

    def close(self) -> None:
        faults.plug = None
        self._worker.close()
        self._deployment.close()

    def _submit(self, trigger: Unwatched | Said) -> None:
        with self.database.begin() as connection:
            inbox.submit(connection, self._queue, self._deployment.workspace, trigger, self._now())

    def _now(self) -> int:
        return int(self._deployment.systems.clock.now())

    def _reached(self, point: str) -> None:
        if point == "turn.finished":
            self._finished.release()
