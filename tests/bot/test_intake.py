"""What came from Slack is stored together, in order, and a piece that can't be stored fails alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.intake import Intake
from store.engine import open_database


def test_one_that_fails_takes_no_other_with_it_and_leaves_nothing(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/intake.db")
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
    intake = Intake(database)

    def put(number: int, then_fail: bool = False) -> object:
        def act(connection: Connection) -> int:
            connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": number})
            if then_fail:
                raise ValueError("no")
            return number

        return act

    async def all_at_once() -> list[object]:
        works = [intake.store(put(number, then_fail=number == 7)) for number in range(40)]  # type: ignore[arg-type]
        return await asyncio.gather(*works, return_exceptions=True)

    try:
        answers = asyncio.run(all_at_once())
    finally:
        intake.close()
    assert [answer for answer in answers if isinstance(answer, int)] == [n for n in range(40) if n != 7]
    assert isinstance(answers[7], ValueError)
    with database.connect() as connection:
        assert list(connection.scalars(text("SELECT n FROM t ORDER BY rowid"))) == [n for n in range(40) if n != 7]
    database.dispose()


def test_what_was_handed_in_is_written_before_it_ends(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/intake.db")
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE t (n INTEGER)"))
    intake = Intake(database)

    async def hand_in_and_leave() -> None:
        task = asyncio.create_task(intake.store(lambda c: c.execute(text("INSERT INTO t VALUES (1)")).rowcount))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(hand_in_and_leave())
    intake.close()
    with database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM t")) == 1
    database.dispose()
