"""A person talking to Daybook over the wire: what they write, what the model will say, and what came of it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from sqlalchemy import select

from agents.agent import Event
from agents.spending import spending
from cli.running import Deployment
from records import people
from sessions import events, inbox
from sessions.session import ENDED, Said
from sessions.store import inbox as rows
from tests.deployments import deploy, read_world, until, working
from tests.stand_ins import Sandbox


class Desk:
    """One deployment with a worker; messages are handed in as the bot would, and answered by what tests prepare."""

    def __init__(self, sandbox: Sandbox, url: str, **more: str) -> None:
        self.sandbox, self.url, self.more = sandbox, url, more
        self.deployment: Deployment = deploy(sandbox.env, url, **more)
        with self.deployment.database.connect() as connection:
            found = people.reps(connection)
        self.rep = found[0].id if found else ""
        self.reps = [rep.id for rep in found]
        self._running = ExitStack()
        sandbox.ask("DELETE", "/_sandbox/claude/script")
        sandbox.ask("DELETE", "/_sandbox/claude/requests")
        sandbox.ask("DELETE", "/_sandbox/knobs")

    def close(self) -> None:
        self._running.close()
        self.deployment.close()

    def reopen(self) -> None:
        """After other processes have worked on the database: look at it again."""
        self.deployment = deploy(self.sandbox.env, self.url, **self.more)

    def start(self) -> None:
        self._running.enter_context(working(self.deployment))

    # -- the model ----------------------------------------------------------------------------------------------------

    def prepare(self, *answers: Any, repeat: bool = False) -> None:
        """What the model will say, in order: a text, or an answer as the sandbox takes it."""
        given = [{"content": [{"type": "text", "text": a}]} if isinstance(a, str) else a for a in answers]
        self.sandbox.post("/_sandbox/claude/script", {"answers": given, "repeat": repeat})

    def requests(self) -> list[dict[str, Any]]:
        """What the model was asked, oldest first."""
        return list(self.sandbox.get("/_sandbox/claude/requests")["requests"])

    # -- the person ---------------------------------------------------------------------------------------------------

    def say(
        self,
        text: str,
        *,
        session: str | None = None,
        agent: str = "assistant",
        by: str | None = None,
        about: str | None = None,
        channel: str = "app",
    ) -> tuple[str, int]:
        """Write to Daybook in the DM or in a channel (about somebody else's message); answers (session, turn)."""
        person = by or self.rep
        told = self.sandbox.post("/_sandbox/slack/say", {"user": person, "channel": channel, "text": text})
        direct = channel == "app"
        ts = told["message"]["ts"]
        house = self.deployment
        now = house.systems.clock.now()
        trigger = Said(
            key=f"{house.workspace}:said:{told['channel']}:{ts}",
            session=session or f"said:{told['channel']}:{ts}",
            agent=agent,
            person=person,
            text=text,
            channel=told["channel"],
            thread_ts=None,
            ts=ts,
            said_at=now,
            direct=direct,
            about=about,
            about_ts="1.2" if about else None,
        )
        with house.database.begin() as connection:
            receipt = inbox.submit(connection, house.queue, house.workspace, trigger, now)
        return receipt.session, receipt.turn

    def row(self, session: str, turn: int) -> dict[str, Any]:
        return row_of(self.deployment, session, turn)

    def ended(self, session: str, turn: int, seconds: float = 30) -> dict[str, Any]:
        """The turn's row once it is over; what waits for a time is given that time."""

        def over() -> bool:
            row = self.row(session, turn)
            if row["state"] == "waiting":
                self.sandbox.set_clock(max(row["wake_at"], self.deployment.systems.clock.now()))
                house = self.deployment
                with house.database.begin() as connection:
                    inbox.wake(connection, house.queue, house.systems.clock.now())
            return row["state"] in ENDED

        until(over, f"the end of turn {turn} of {session}", seconds)
        return self.row(session, turn)

    def ask(self, text: str, **how: Any) -> tuple[str, int]:
        """Write, and wait for the end of the turn."""
        session, turn = self.say(text, **how)
        self.ended(session, turn)
        return session, turn

    # -- what came of it ----------------------------------------------------------------------------------------------

    def log(self, session: str) -> list[Event]:
        with self.deployment.database.connect() as connection:
            return events.read(connection, session)

    def kinds(self, session: str) -> list[str]:
        return [event.kind for event in self.log(session)]

    def bodies(self, session: str, kind: str) -> list[Any]:
        return [event.body for event in self.log(session) if event.kind == kind]

    def replies(self, session: str, person: str | None = None) -> list[dict[str, Any]]:
        """Messages in Slack that are answers of this session, oldest first."""
        found = self.sandbox.messages(person or self.rep)
        return [m for m in found if _key(m).startswith(f"{session}:") and ":reply" in _key(m)]

    def owner(self, person: str) -> str | None:
        """The HubSpot owner that a person is."""
        with self.deployment.database.connect() as connection:
            known = people.by_slack_id(connection, person)
        return known.owner_id if known else None

    def made(self, kind: str) -> int:
        """How many records of that kind there are in HubSpot."""
        after, count = None, 0
        while True:
            page = self.deployment.systems.crm.listed(kind, (), (), after)
            count, after = count + len(page.records), page.after
            if after is None:
                return count

    def spent(self, session: str) -> list[Any]:
        with self.deployment.database.connect() as connection:
            return list(connection.execute(select(spending).where(spending.c.session == session)).mappings())


def _key(message: dict[str, Any]) -> str:
    return str(((message.get("metadata") or {}).get("event_payload") or {}).get("key", ""))


def call(name: str, arguments: Any, **more: Any) -> dict[str, Any]:
    """An answer that asks for one call."""
    return calls({"name": name, "input": arguments, **more})


def calls(*blocks: dict[str, Any]) -> dict[str, Any]:
    """An answer that asks for several calls at once."""
    return {"content": [{"type": "tool_use", **block} for block in blocks], "stop_reason": "tool_use"}


def row_of(deployment: Deployment, session: str, turn: int) -> dict[str, Any]:
    """The inbox row of a turn."""
    with deployment.database.connect() as connection:
        query = select(rows).where(rows.c.session == session, rows.c.turn == turn)
        return dict(connection.execute(query).mappings().one())


def read(sandbox: Sandbox, url: str) -> None:
    """Fill the database from the sandbox's world."""
    house = deploy(sandbox.env, url)
    read_world(house)
    house.close()
