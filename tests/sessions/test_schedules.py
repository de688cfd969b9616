"""When a list is due next: a wish that can't be fulfilled, one made too late, and people who come and go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from sessions import schedules
from sessions.schedules import Wanted
from store.engine import open_database

DAYS = "mon,tue,wed,thu,fri"


def ms(iso: str) -> int:
    return int(datetime.fromisoformat(iso).replace(tzinfo=UTC).timestamp() * 1000)


MONDAY_8 = ms("2026-11-23T08:00")


def wish(person: str, zone: str = "UTC", at: str = "09:00") -> Wanted:
    return Wanted("morning_list", person, at, DAYS, zone)


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Engine]:
    opened = open_database(sqlite_url)
    with opened.begin() as connection:
        schedules.arrange(connection, "T1", "morning_list", [wish("U1"), wish("U2")], MONDAY_8)
    yield opened
    opened.dispose()


def next_of(database: Engine, person: str) -> int | None:
    with database.connect() as connection:
        row = schedules.get(connection, "T1", "morning_list", person)
    return row and row["next_at"]


def test_one_unusable_wish_is_named_and_costs_nobody_else_their_list(database: Engine) -> None:
    with database.begin() as connection:
        wishes = [wish("U1"), wish("U3", "America/Nowhere"), wish("U4", "Europe/Berlin")]
        unusable = schedules.arrange(connection, "T1", "morning_list", wishes, MONDAY_8)
    assert [person for person, _why in unusable] == ["U3"]
    assert "America/Nowhere" in unusable[0][1]
    assert next_of(database, "U4") == ms("2026-11-24T08:00")


def test_a_time_chosen_too_late_for_today_still_brings_todays_list(database: Engine) -> None:
    with database.begin() as connection:
        schedules.change(connection, "T1", "morning_list", "U1", ms("2026-11-23T08:45"), at="08:30")
    assert next_of(database, "U1") == ms("2026-11-23T08:30")


def test_a_time_chosen_after_todays_list_is_for_tomorrow(database: Engine) -> None:
    with database.begin() as connection:
        schedules.take_due(connection, "T1", ms("2026-11-23T09:00"), 10)
        schedules.change(connection, "T1", "morning_list", "U1", ms("2026-11-23T09:10"), at="08:30")
    assert next_of(database, "U1") == ms("2026-11-24T08:30")


def test_who_leaves_loses_a_default_schedule_but_not_a_pause_of_their_own(database: Engine) -> None:
    with database.begin() as connection:
        schedules.change(connection, "T1", "morning_list", "U1", MONDAY_8, paused=True)
        schedules.arrange(connection, "T1", "morning_list", [], MONDAY_8)
        kept = schedules.every(connection, "T1")
        schedules.arrange(connection, "T1", "morning_list", [wish("U1")], MONDAY_8)
        back = schedules.get(connection, "T1", "morning_list", "U1")
    assert [row["person"] for row in kept] == ["U1"]
    assert back is not None
    assert back["paused"]
