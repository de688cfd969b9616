"""Runs sessions of the attack against the real bot, many at a time, and keeps what reached the stand-ins."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin

from sqlalchemy import func, select, update

from cli import logs
from records import tables
from sessions import inbox
from sessions.session import ENDED, WAITING, Scheduled
from sessions.store import inbox as rows
from tests.attack import shown
from tests.attack.alarms import Alarms
from tests.attack.alerted import lasting
from tests.attack.company import Company
from tests.attack.hands import Hands
from tests.attack.model import Model
from tests.attack.plot import Session
from tests.attack.routines import Routines
from tests.attack.texts import buttons
from tests.deployments import until
from tests.office import Office
from tests.outside import Outside
from tests.stand_ins import Sandbox

Json = dict[str, Any]
NOON = "2026-11-23T12:00:00+00:00"
DAY = 86_400_000


class Kept(io.StringIO):
    """Every line that goes into the log, as a file would have it."""

    @property
    def lines(self) -> list[str]:
        return self.getvalue().splitlines()


class House:
    """One deployment, its stand-ins, its attacking model, and everything that happened since it was opened."""

    def __init__(self, url: str, folder: Path, **settings: str) -> None:
        self.url = url
        self.model = Model()
        self.sandbox = Sandbox.start(reps=6, accounts=5, now=NOON)
        self.log = Kept()
        with contextlib.redirect_stderr(self.log):
            logs.start("text")
        self.company = Company(self.sandbox)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        more = {"DAYBOOK_PORT": str(port), "DAYBOOK_PUBLIC_URL": f"http://127.0.0.1:{port}", **settings}
        self.company.footers = f"{more['DAYBOOK_PUBLIC_URL']}/trace/"
        self.office = Office(
            self.sandbox, url, folder, ANTHROPIC_BASE_URL=self.model.address, DAYBOOK_WORKER_THREADS="6", **more
        )
        self.sandbox.post("/_sandbox/journal", {"on": True})
        self.lines: list[Json] = []
        self.told: list[Json] = []
        self.before: list[Json] = []
        """The lines of earlier days that tell of alerts."""
        self.sessions: list[Session] = []
        self.where: dict[str, tuple[str, str, str]] = {}
        """mark -> (channel, thread, name of the session in Daybook's books)."""
        self.cards: dict[str, str] = {}
        """approval -> mark."""
        self.newest: dict[tuple[str, str], Json] = {}
        """(channel, ts) -> the line that showed the message as it stands."""
        self.hands = Hands(self)
        self.routines = Routines(self)
        self.alarms = Alarms(self)
        self.n = self._asked = self._round = self._sent = 0
        self._opened: set[str] = set()
        self.outside: Outside | None = None
        """A server outside that agents may ask, where one is set up."""

    def close(self) -> None:
        self.office.stop()
        logs.start("text")
        self.sandbox.stop()
        self.model.stop()
        if self.outside is not None:
            self.outside.stop()

    @property
    def env(self) -> dict[str, str]:
        """What the command line needs to look into the same books."""
        given = self.office.daybook.settings
        return {
            **self.sandbox.env, "DATABASE_URL": self.url, "DAYBOOK_LEDGER_KEY": str(given.value("daybook_ledger_key")),
        }  # fmt: skip

    def books(self) -> list[Json]:
        """Every row of the ledger, by the command that prints it; and that nobody has changed one, by its own."""
        place = Path(__file__).resolve().parent.parent.parent
        shell = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
        told = {}
        for command in (("verify",), ("export", "--json")):
            done = subprocess.run(
                [sys.executable, "-m", "cli.main", "ledger", *command],
                cwd=place, env={**shell, **self.env}, capture_output=True, text=True, check=False, timeout=60,
            )  # fmt: skip
            assert done.returncode == 0, f"daybook ledger {' '.join(command)}: {done.stdout}{done.stderr}"
            told[command[0]] = done.stdout
        assert "each sealed and in its place" in told["verify"], told["verify"]
        return [json.loads(line) for line in told["export"].splitlines()]

    # -- running --------------------------------------------------------------------------------------------

    def run(self, sessions: Sequence[Session], at_once: int = 40) -> None:
        """All of them to their end, ``at_once`` of them side by side."""
        self.sessions += sessions
        plans = {}
        for one in sessions:
            for number, turn in enumerate(one.turns):
                mark = one.mark_of(number)
                plans[mark] = list(turn.steps)
                plans.update({f"{mark}.{end}": list(steps) for end, steps in turn.scripts.items()})
        self.model.plan(plans)
        if any(one.alarms for one in sessions):
            self.alarms.look()
        for first in range(0, len(sessions), at_once):
            self._together(sessions[first : first + at_once])

    def _together(self, sessions: Sequence[Session]) -> None:
        for number in range(max(len(one.turns) for one in sessions)):
            now = [one for one in sessions if number < len(one.turns)]
            for one in now:
                for deed in one.turns[number].before:
                    self.do(deed)
            for one in now:
                self._begin(one, number)
            self.settle()
            for one in now:
                if one.grant is not None:
                    self.routines.answered(one)
            if number == 0:
                for one in now:
                    for press in one.alarms:
                        self.alarms.press(press)
            self.hands.press_all([(one, press) for one in now for press in one.turns[number].presses])
        for one in sessions:
            if one.nosy is not None:
                self.hands.look_around(one, one.nosy)
            if one.grant is not None:
                self.routines.over(one)
        self.settle()

    def do(self, deed: Json) -> None:
        """Something that happens outside: in a vendor's screens, or in the team."""
        if "home" in deed:
            self.routines.press(deed["by"], deed["home"], deed["mark"])
            return
        if "clock" in deed:
            self.routines.comes()
            return
        if "team" not in deed:
            self.sandbox.ask(deed["method"], deed["path"], deed.get("body"))
            return
        told = deed["team"]
        p = tables.people.c
        values = {"manager_id": told["manager"]} if "manager" in told else {"deleted": told["gone"]}
        with self.office.daybook.database.begin() as connection:
            connection.execute(update(tables.people).where(p.slack_id == told["person"]).values(**values))
        self.collect()
        self.lines.append({"n": self.n, "by": "team", **told})

    def _begin(self, one: Session, number: int) -> None:
        turn, mark = one.turns[number], one.mark_of(number)
        if one.unattended or one.nobody:
            self._due(one, mark)
            return
        if one.grant is not None and number == 0:
            self.routines.begin(one, mark)
            return
        if one.grant is not None and not self.where[one.mark][1]:
            return  # it did not come, so there is nothing to answer to
        text = f"[{mark}] {turn.words}"
        who = turn.by or one.person
        thread = {} if number == 0 else {"thread_ts": self.where[one.mark][1]}
        if one.place != "app":
            text = f"<@{self.office.daybook.systems.chat.identity().bot_user}> {text}"
        elif number == 0:
            text = f"new topic: {text}"
        if one.agent != "assistant" and one.place == "app" and number == 0:
            text = f"!agent {one.agent} [{mark}] {turn.words}"
        told = self.sandbox.post(
            "/_sandbox/slack/say", {"user": who, "channel": one.place, "text": text, "wait": 10, **thread}
        )
        if one.again and told["delivery"]:
            self.sandbox.post("/_sandbox/slack/redeliver", {"event_id": told["delivery"]["id"], "wait": 10})
        if number == 0:
            channel, ts = told["channel"], told["message"]["ts"]
            self.where[one.mark] = (channel, ts, f"said:{channel}:{ts}")

    def _due(self, one: Session, mark: str) -> None:
        """The clock's word, through the one door: nobody has written anything."""
        house = self.office.daybook
        now = house.systems.clock.now()
        trigger = Scheduled(
            key=f"{house.workspace}:attack:{mark}", session=f"due:{mark}", agent=one.agent,
            person=None if one.nobody else one.person, schedule=f"[{mark}]", nominal=now, worth_until=now + DAY,
            day="2026-11-23",
        )  # fmt: skip
        with house.database.begin() as connection:
            inbox.submit(connection, house.queue, house.workspace, trigger, now)
        self.where[one.mark] = ("", "", f"due:{mark}")

    def settle(self, seconds: float = 300) -> None:
        """Until every turn has ended; what waits for a time is given that time."""
        house = self.office.daybook

        def over() -> bool:
            with house.database.connect() as connection:
                query = select(rows.c.state, func.count(), func.min(rows.c.wake_at)).where(rows.c.state.not_in(ENDED))
                open_ones = connection.execute(query.group_by(rows.c.state)).all()
            if not open_ones:
                return True
            waiting = [row for row in open_ones if row[0] == WAITING]
            if waiting:
                if len(open_ones) == 1 and waiting[0][2] > house.systems.clock.now():
                    self.sandbox.set_clock(waiting[0][2])
                with house.database.begin() as connection:
                    inbox.wake(connection, house.queue, house.systems.clock.now())
            return False

        until(over, "the end of every turn", seconds)
        self.collect()
        self._round += 1

    def collect(self) -> None:
        """Fetch what has reached the stand-ins since the last time."""
        new = self.sandbox.get(f"/_sandbox/journal?after={self.n}")["lines"]
        told = self.model.told(self._asked)
        self.n, self._asked = self.n + len(new), self._asked + len(told)
        self.lines += new
        self.told += [{**line, "round": self._round} for line in told]
        if self.outside is not None:
            sent = self.outside.asked()[self._sent :]
            self._sent += len(sent)
            self.lines += [{"n": self.n, "by": "outside", **one} for one in sent]
        self.sandbox.ask("DELETE", f"/_sandbox/journal?until={self.n}")
        threads = {(channel, ts): mark for mark, (channel, ts, _) in self.where.items()}
        for line in new:
            if line["by"] == "slack" and isinstance(line["shown"], dict):
                if line["shown"].get("ts"):
                    self.newest[line["channel"], line["shown"]["ts"]] = line
                    self.alarms.saw(line)
                mark = threads.get((line["channel"], str(line["shown"].get("thread_ts"))))
                for card in buttons(line["shown"], ("apply_change", "cancel_change")):
                    if mark is not None:
                        self.cards.setdefault(card["value"], mark)
                for address in shown.pages(self.company.footers, line["shown"]):
                    self._open(address)

    def _open(self, address: str) -> None:
        """A page that somebody was given the address of, and those that it leads to; each once."""
        if address in self._opened:
            return
        self._opened.add(address)
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                status, text = answer.status, answer.read().decode()
        except HTTPError as refused:
            with refused:
                status, text = refused.code, refused.read().decode()
        self.lines.append({"n": self.n, "by": "web", "url": address, "status": status, "text": text})
        for further in re.findall(r'href="([^"]*)"', text):
            self._open(urljoin(address, further))

    def new_day(self) -> None:
        """The next noon; what was judged is forgotten."""
        self.forget()
        now = self.office.daybook.systems.clock.now()
        self.sandbox.set_clock((now // DAY + 1) * DAY + DAY // 2)

    def forget(self) -> None:
        """A new day: what was judged is not looked at again, and nobody presses its buttons any more."""
        self.before += lasting(self.company, self.lines)
        self.lines, self.told, self.sessions = [], [], []
        self.newest.clear()
        self.cards.clear()
        self.log.truncate(0)
        self.log.seek(0)
