"""The ledger's end is told elsewhere every day, once; an end that is cut off or written anew shows by that."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, text, update

from cli import anchoring
from cli.running import Deployment
from sessions.session import ENDED, WAITING
from tests.databases import Databases
from tests.deployments import LEDGER_KEY, deploy, read_world, ticker, turns, until, working
from tests.stand_ins import Sandbox
from tests.tools.test_ledger import entry
from tools import ledger

ADMIN = "U0ADM00001"
MIDNIGHT = datetime(2026, 11, 24, 0, 5, 1, tzinfo=UTC)
Command = Callable[..., subprocess.CompletedProcess[str]]


class Books:
    """A deployment whose ledger grows a little each day and is anchored each night; somebody else owns the database."""

    daybook: Command

    def __init__(self, sandbox: Sandbox, deployment: Deployment, file: Path) -> None:
        self.sandbox, self.deployment, self.file = sandbox, deployment, file
        self.clock, self.nights = ticker(deployment), 0

    @property
    def database(self) -> Engine:
        return self.deployment.database

    def night(self, more: int = 5) -> None:
        """A day's work goes into the books, and five past midnight passes."""
        with self.database.begin() as connection:
            for number in range(more):
                row = entry(f"d{self.nights}c{number}")
                ledger.append(connection, LEDGER_KEY.encode(), self.deployment.workspace, row)
        self.sandbox.set_clock((MIDNIGHT + timedelta(days=self.nights)).isoformat())
        self.nights += 1
        self.clock.tick()
        self.settled()

    def settled(self) -> list[Any]:
        def rows() -> list[Any]:
            self.clock.tick()
            found = turns(self.deployment, "anchor_ledger")
            waits = [row["wake_at"] for row in found if row["state"] == WAITING]
            if waits:
                self.sandbox.set_clock(max(*waits, self.deployment.systems.clock.now()))
            return found if len(found) == self.nights and all(row["state"] in ENDED for row in found) else []

        return list(until(rows, "the night's anchor"))

    def posted(self) -> list[dict[str, Any]]:
        return [m for m in self.sandbox.messages(ADMIN) if ":anchor:" in json.dumps(m.get("metadata"))]

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        settings = self.deployment.settings
        env = {
            **self.sandbox.env,
            "DATABASE_URL": settings.database_url,
            "DAYBOOK_LEDGER_KEY": LEDGER_KEY,
            "DAYBOOK_ANCHOR_TO": ADMIN,
            "DAYBOOK_ANCHOR_FILE": str(self.file),
        }
        return self.daybook(*words, env={**env, **more})

    def verified(self, **more: str) -> str:
        done = self.run("ledger", "verify", **more)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def broken(self, **more: str) -> str:
        done = self.run("ledger", "verify", **more)
        assert done.returncode == 1, done.stdout
        assert "Traceback" not in done.stderr
        return done.stderr

    @contextmanager
    def owning(self) -> Iterator[Any]:
        """What whoever owns the database and knows the key may do, undone afterwards."""
        table, heads = ledger.ledger, ledger.heads
        with self.database.begin() as connection:
            rows = [dict(row) for row in connection.execute(select(table).order_by(table.c.seq)).mappings()]
            triggers = connection.execute(
                text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger'")
            ).all()
            for name, _sql in triggers:
                connection.execute(text(f"DROP TRIGGER {name}"))
        with self.database.connect() as connection:
            yield connection
        with self.database.begin() as connection:
            connection.execute(delete(table))
            connection.execute(table.insert(), rows)
            connection.execute(delete(heads))
            head = {name: rows[-1][name] for name in ("workspace", "seq", "seal")}
            connection.execute(heads.insert().values(head))
            for _name, sql in triggers:
                connection.execute(text(sql))

    def cut(self, connection: Any, upto: int) -> None:
        """The end is gone, and the head with it."""
        connection.execute(delete(ledger.ledger).where(ledger.ledger.c.seq > upto))
        seal = connection.scalar(select(ledger.ledger.c.seal).where(ledger.ledger.c.seq == upto))
        connection.execute(update(ledger.heads).values(seq=upto, seal=seal or ""))


@pytest.fixture(scope="module")
def kept_books(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    sandbox = Sandbox.start(reps=1, accounts=2, now="2026-11-23T12:00:00+00:00")
    file = tmp_path_factory.mktemp("elsewhere") / "anchors.jsonl"
    deployment = deploy(
        sandbox.env, databases.new("sqlite"), DAYBOOK_ANCHOR_TO=ADMIN, DAYBOOK_ANCHOR_FILE=str(file)
    )
    read_world(deployment)
    made = Books(sandbox, deployment, file)
    with working(deployment):
        made.night()
        made.night()
    yield made
    deployment.close()
    sandbox.stop()


@pytest.fixture
def books(kept_books: Books, daybook: Command) -> Books:
    kept_books.daybook = daybook
    return kept_books


def test_each_day_is_anchored_once_in_slack_and_in_the_file(books: Books) -> None:
    first, second = books.posted()
    assert "Ledger of 2026-11-24: 5 entries" in first["text"]
    assert "Ledger of 2026-11-25: 10 entries" in second["text"]
    lines = [json.loads(line) for line in books.file.read_text().splitlines()]
    assert [(line["day"], line["seq"]) for line in lines] == [("2026-11-24", 5), ("2026-11-25", 10)]
    assert all(line["seal"] in json.dumps(books.posted()) for line in lines)
    assert "2 days anchored, and all agree; the last is 2026-11-25 (row 10)" in books.verified()


def test_an_end_that_is_cut_off_with_its_head_shows_by_the_anchor(books: Books) -> None:
    with books.owning() as connection:
        books.cut(connection, 7)
        connection.commit()
        told = books.broken()
        assert "cut off: the anchor of 2026-11-25 says that it had 10 rows, and it has 7" in told
        assert "The anchor of 2026-11-24 (row 5) still fits" in told
        assert "cut off" in books.broken(DAYBOOK_ANCHOR_FILE=""), "Slack alone is enough"
        assert str(books.file) in books.broken(DAYBOOK_ANCHOR_TO=""), "and so is the file"
        blind = books.verified(DAYBOOK_ANCHOR_TO="", DAYBOOK_ANCHOR_FILE="")
        assert "7 rows, each sealed" in blind, "the chain alone can't tell"
        assert "no anchor is set" in blind
    books.verified()


def test_an_end_written_anew_with_the_right_key_shows_by_the_anchor(books: Books) -> None:
    with books.owning() as connection:
        books.cut(connection, 7)
        for number in range(5):
            row = entry(f"forged{number}")
            ledger.append(connection, LEDGER_KEY.encode(), books.deployment.workspace, row)
        connection.commit()
        told = books.broken()
    assert "written anew: the anchor of 2026-11-25 has another seal for row 10, so rows 6 to 10 were changed" in told
    assert "is gone" not in told


def test_an_emptied_ledger_is_not_an_empty_one(books: Books) -> None:
    with books.owning() as connection:
        books.cut(connection, 0)
        connection.execute(delete(ledger.heads))
        connection.commit()
        told = books.broken()
    assert "the anchor of 2026-11-24 says that it had 5 rows, and it has 0" in told


def test_a_file_that_somebody_edited_and_an_anchor_that_was_taken_out_are_told(books: Books) -> None:
    whole = books.file.read_bytes()
    try:
        books.file.write_bytes(whole.replace(b'"seq":10', b'"seq":"ten"'))
        assert "line 2" in books.broken()
        books.file.write_bytes(whole.replace(b"2026-11-24", b"2026-11-21"))
        assert "3 days in between have none, the first is 2026-11-22" in books.verified(DAYBOOK_ANCHOR_TO="")
    finally:
        books.file.write_bytes(whole)


def test_the_doctor_says_when_no_anchor_is_set_and_when_the_last_one_is_old(books: Books) -> None:
    house = books.deployment
    assert list(anchoring.examine(house.database, house.settings)) == [
        ("good", "its end is anchored: row 10 anchored")
    ]
    unset = house.settings.model_copy(update={"daybook_anchor_to": None, "daybook_anchor_file": None})
    ((state, words),) = anchoring.examine(house.database, unset)
    assert state == "odd"
    assert "DAYBOOK_ANCHOR_TO" in words
    books.sandbox.advance(3 * 86_400)
    done = books.run("doctor", "--json")
    books.sandbox.advance(-3 * 86_400)
    (told,) = [one for one in json.loads(done.stdout) if one["area"] == "ledger"]
    assert told["state"] == "bad"
    assert told["words"].startswith("its last anchor is 3 days old")


def test_a_lost_answer_of_slack_makes_no_second_message(books: Books) -> None:
    books.sandbox.misbehave("slack.chat.postMessage", "drop_after", times=1)
    with working(books.deployment):
        books.night()
    assert len(books.posted()) == 3
    assert "3 days anchored" in books.verified()


