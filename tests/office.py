"""A sample company at work with Daybook running for it: turn its days, press its buttons, read its screens."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from cli.running import Deployment, serve
from records import people
from scheduler import sync_records
from sessions import inbox
from sessions.schedules import Due
from sessions.session import ENDED
from tests.deployments import deploy, read_world, ticker, turns, until, working
from tests.stand_ins import Sandbox

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


@contextmanager
def answering(deployment: Deployment) -> Iterator[None]:
    """The bot as ``daybook run web`` has it, in a thread of its own."""
    ready, stops, broken = threading.Event(), [], []

    def run() -> None:
        try:
            asyncio.run(serve(deployment, "web", lambda stop: (stops.append(stop), ready.set())[1]))
        except BaseException as failure:  # noqa: BLE001 - raised again below, in the test's own thread
            broken.append(failure)
        finally:
            ready.set()

    thread = threading.Thread(target=run, name="bot", daemon=True)
    thread.start()
    ready.wait(20)
    try:
        if not broken:
            yield
    finally:
        for stop in stops:
            stop()
        thread.join(20)
        if broken:
            raise broken[0]


class Office:
    """Everyone works in London time, so that nine o'clock is one instant. Days follow each other as tests ask."""

    def __init__(self, sandbox: Sandbox, url: str, folder: Path, more_of: Mapping[str, str] = {}, **more: str) -> None:
        """``more_of`` are further lines of the people file, by Slack id."""
        self.sandbox, self.url, self.more = sandbox, url, more
        self.file = folder / "people.toml"
        told = sandbox.get("/_sandbox/slack/people")["people"]
        humans = [user["id"] for user in told if user["id"].startswith(("U0REP", "U0MGR", "U0ADM"))]
        zone = 'tz = "Europe/London"\n'
        said = {user: more_of.get(user, "") for user in (*humans, *more_of)}
        told_of = (f'[people."{user}"]\n{"" if "tz =" in lines else zone}{lines}\n' for user, lines in said.items())
        self.file.write_text("".join(told_of))
        self.day = MONDAY - timedelta(days=3)
        self.address = ""
        self._running = ExitStack()
        self.deployment: Deployment | None = None
        try:
            self.start()
            read_world(self.daybook)
            with self.daybook.database.connect() as connection:
                self.reps = [rep.id for rep in people.reps(connection)]
        except BaseException:
            self.stop()
            raise

    # -- the bot ------------------------------------------------------------------------------------------------------

    @property
    def daybook(self) -> Deployment:
        assert self.deployment is not None, "Daybook is not running"
        return self.deployment

    def start(self) -> None:
        self.deployment = deploy(self.sandbox.env, self.url, DAYBOOK_PEOPLE_FILE=str(self.file), **self.more)
        self.clock = ticker(self.deployment)
        self._running.enter_context(answering(self.deployment))
        self._running.enter_context(working(self.deployment))

    def stop(self) -> None:
        if self.deployment is not None:
            self._running.close()
            self.deployment.close()
            self.deployment = None

    def restart(self) -> None:
        self.stop()
        self.start()

    # -- the days -----------------------------------------------------------------------------------------------------

    def next_morning(self) -> None:
        """The next working day: the sync before nine, and everyone's list."""
        self.begin_morning()
        self.settled("morning_list")

    def begin_morning(self) -> None:
        """The next working day up to the stroke of nine: everyone's list is in line."""
        self.day += timedelta(days=3 if self.day.weekday() == 4 else 1)
        self.at(self.day - timedelta(minutes=9, seconds=55))
        self.settled("sync_records")
        self.at(self.day + timedelta(seconds=1))
        self.clock.tick()

    def everyone_has_theirs(self) -> bool:
        return all(row["state"] in ENDED for row in turns(self.daybook))

    def states(self, agent: str) -> list[str]:
        return [row["state"] for row in turns(self.daybook, agent)]

    def at(self, moment: datetime) -> None:
        self.sandbox.set_clock(moment.isoformat())

    def settled(self, agent: str = "row_buttons") -> None:
        """Everything due is in line, and every turn of that agent has ended."""
        self.clock.tick()
        until(
            lambda: self.clock.tick() * 0 + all(row["state"] in ENDED for row in turns(self.daybook, agent)),
            f"the turns of {agent}",
        )

    def sync(self) -> None:
        """An hour's sync, now; a minute later than the one before."""
        self.sandbox.advance(61)
        now = self.daybook.systems.clock.now()
        with self.daybook.database.begin() as connection:
            trigger = sync_records.trigger(self.daybook.workspace, Due("sync_records", "", "UTC", now))
            assert inbox.submit(connection, self.daybook.queue, self.daybook.workspace, trigger, now).fresh
        self.settled("sync_records")

    # -- the screens --------------------------------------------------------------------------------------------------

    def lists(self, rep: str) -> list[dict[str, Any]]:
        """The rep's lists, oldest first."""
        return [m for m in self.sandbox.messages(rep) if (m.get("metadata") or {}).get("event_type")]

    def newest(self, rep: str) -> dict[str, Any]:
        return self.lists(rep)[-1]

    def channel(self, rep: str) -> str:
        return str(self.sandbox.get(f"/_sandbox/slack/messages?user={rep}")["channel"])

    def message(self, rep: str, ts: str) -> dict[str, Any]:
        return next(m for m in self.sandbox.messages(rep) if m["ts"] == ts)

    def told(self, person: str) -> list[str]:
        """Sentences that only this person was shown, wherever they were; needs the sandbox to record requests."""
        return [whisper["text"] for whisper in self.whispers(person)]

    def whispers(self, person: str) -> list[dict[str, Any]]:
        """The same with where they were shown, as Slack was asked to."""
        told = self.sandbox.get("/_sandbox/slack/requests")["requests"]
        whispers = [r["args"] for r in told if r["method"] == "chat.postEphemeral"]
        return [whisper for whisper in whispers if whisper["user"] == person]

    def modal(self, person: str) -> dict[str, Any]:
        """The modal that opens on a person's screen."""
        top = self.sandbox.get(f"/_sandbox/slack/views?user={person}&seconds=5")["top"]
        assert top is not None, f"no modal opened for {person}"
        return dict(top)

    def close_modal(self, person: str) -> None:
        self.sandbox.post("/_sandbox/slack/close_view", {"user": person, "view_id": self.modal(person)["id"]})

    # -- the hands ----------------------------------------------------------------------------------------------------

    def press(
        self,
        rep: str,
        message: dict[str, Any],
        action: str,
        account: str,
        choice: str | None = None,
        by: str | None = None,
    ) -> dict[str, Any]:
        """Press a button of a row, as ``rep`` or as somebody else; answers Slack's record of the delivery."""
        while True:
            shown = self.message(rep, message["ts"])
            block, element = element_of(shown, action, account)
            how: dict[str, Any] = {"action_id": action, "block_id": block}
            if choice is None:
                how["value"] = element["value"]
            else:
                options = [option["value"] for option in element["options"]]
                how["selected_option"] = next(value for value in options if value.endswith(f"|{choice}"))
            pressed = {"user": by or rep, "channel": self.channel(rep), "message_ts": message["ts"], **how}
            try:
                told = self.sandbox.post("/_sandbox/slack/press", {**pressed, "force": by is not None})
            except HTTPError:
                # It was drawn again while the finger was on its way: look again.
                if self.message(rep, message["ts"])["blocks"] == shown["blocks"]:
                    raise
            else:
                return dict(told["delivery"])


def accounts_of(message: dict[str, Any]) -> list[str]:
    """Account ids of a list's rows, in order."""
    return [
        element["value"].rpartition("/")[2]
        for block in message["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
        if element["action_id"] == "explain_priority"
    ]


def element_of(message: dict[str, Any], action: str, account: str) -> tuple[str, dict[str, Any]]:
    """(block id, element) of a button of that account's row."""
    for block in message["blocks"]:
        if block["type"] == "actions":
            found = {element["action_id"]: element for element in block["elements"]}
            if found["explain_priority"]["value"].rpartition("/")[2] == account:
                assert action in found, f"the row of {account} has no {action}, but {sorted(found)}"
                return block["block_id"], found[action]
    raise AssertionError(f"no row of {account}; rows of {accounts_of(message)}")


def row_text(message: dict[str, Any], account: str) -> str:
    """The words of that account's row."""
    blocks = message["blocks"]
    for before, block in pairwise(blocks):
        if block["type"] == "actions" and block["elements"][-1] is not None:
            keys = [e.get("value", "") for e in block["elements"] if e["action_id"] == "explain_priority"]
            if keys and keys[0].rpartition("/")[2] == account:
                return words(before)
    raise AssertionError(f"no row of {account}")


def words(block: Any) -> str:
    """All text in a block or a view, in reading order."""
    said: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("text"), str):
                said.append(node["text"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(block)
    return "".join(said)


def links(block: Any) -> list[str]:
    """All addresses linked in a block or a view."""
    return [part.split('"')[0] for part in json.dumps(block).split('"url": "')[1:]]
