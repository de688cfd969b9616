"""What is committed reaches the SQLite file on a thread of its own, while others write and read, and is never lost."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from store import sqlite_file
from store.engine import open_database, reading
from tests.deployments import until


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Engine]:
    database = open_database(sqlite_url)
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE told (n INTEGER PRIMARY KEY, words BLOB)"))
    yield database
    database.dispose()


def tell(database: Engine, times: int = sqlite_file.COMMITS) -> None:
    for _ in range(times):
        with database.begin() as connection:
            connection.execute(text("INSERT INTO told (words) VALUES (zeroblob(16000))"))


def told(database: Engine) -> int:
    with reading(database).connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM told")) or 0)


def in_the_file(database: Engine, folder: Path) -> int:
    """How much is there without the log beside it."""
    copy = shutil.copy(str(database.url.database), folder / "copy.sqlite")
    with closing(sqlite3.connect(copy)) as alone:
        try:
            return int(alone.execute("SELECT count(*) FROM told").fetchone()[0])
        except sqlite3.DatabaseError:  # copied while it was being written to, or before the table was in it
            return 0


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "checkpoints"]


def test_what_was_committed_reaches_the_file_while_everybody_stays_connected(database: Engine, tmp_path: Path) -> None:
    assert in_the_file(database, tmp_path) == 0
    tell(database)
    until(lambda: in_the_file(database, tmp_path) >= sqlite_file.COMMITS - 1, "a checkpoint")


def test_writers_and_a_reader_of_what_was_before_lose_nothing(database: Engine) -> None:
    tell(database, 3)
    with reading(database).connect() as before:
        assert before.scalar(text("SELECT count(*) FROM told")) == 3
        writers = [threading.Thread(target=tell, args=(database, 100)) for _ in range(8)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(60)
        assert before.scalar(text("SELECT count(*) FROM told")) == 3
    assert told(database) == 803


def test_the_log_does_not_grow_for_ever(database: Engine) -> None:
    tell(database, 2 * sqlite_file.LONGEST_LOG // 4)  # four pages each
    assert Path(f"{database.url.database}-wal").stat().st_size < 1.5 * sqlite_file.LONGEST_LOG * 4_096


def test_the_thread_ends_with_the_connections_and_comes_back_with_them(database: Engine) -> None:
    others = len(threads())
    tell(database)
    assert len(threads()) == others + 1
    database.dispose()
    assert len(threads()) == others
    tell(database)
    assert told(database) == 2 * sqlite_file.COMMITS
    assert len(threads()) == others + 1


def test_who_still_writes_keeps_nobody_from_ending(database: Engine) -> None:
    tell(database)
    with database.connect() as connection:
        connection.execute(text("INSERT INTO told (words) VALUES ('left alone')"))
        database.dispose()
    assert told(database) == sqlite_file.COMMITS


def test_a_checkpoint_that_fails_is_no_commits_failure(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "CHECKPOINT", "PRAGMA no sense")
    tell(database)
    monkeypatch.undo()
    tell(database)
    until(lambda: in_the_file(database, tmp_path) >= 2 * sqlite_file.COMMITS - 1, "a checkpoint")
    assert told(database) == 2 * sqlite_file.COMMITS
