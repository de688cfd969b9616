"""When lists come: nine o'clock in each person's own zone, on working days, once, whatever the clocks do."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cli.sync import read_all
from records import people
from sessions import schedules
from tests.conftest import CHECKOUT
from tests.databases import Databases
from tests.deployments import all_ended, deploy, ticker, turns, until, working
from tests.office import words
from tests.stand_ins import Sandbox
from tools import posted

HOUR = 3_600_000


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    started = Sandbox.start(reps=12, accounts=3)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def company(sandbox: Sandbox, databases: Databases) -> Path:
    """A database with the whole company in it and nothing scheduled yet, to copy."""
    url = databases.new("sqlite")
    deployment = deploy(sandbox.env, url)
    read_all(deployment, full=False, quiet=True)
    deployment.close()
    return Path(url.removeprefix("sqlite:///"))


@pytest.fixture
def open_at(
    sandbox: Sandbox, company: Path, deployed: Callable[..., Any], tmp_path: Path
) -> Callable[..., tuple[Any, Any]]:
    """``open_at("2027-03-11T00:00Z")``: (Daybook, its clock) with schedules as made at that instant."""

    def open_(moment: str, **more: str) -> tuple[Any, Any]:
        sandbox.set_clock(moment)
        url = f"sqlite:///{tmp_path}/daybook.sqlite"
        if not (tmp_path / "daybook.sqlite").exists():
            shutil.copy(company, tmp_path / "daybook.sqlite")
        deployment = deployed(sandbox, url, **more)
        clock = ticker(deployment)
        clock.tick()
        return deployment, clock

    return open_


def reps_in(deployment: Any, zone: str) -> list[str]:
    with deployment.database.connect() as connection:
        return [rep.id for rep in people.reps(connection) if rep.tz == zone]


def go_until(sandbox: Sandbox, deployment: Any, clock: Any, end: str) -> None:
    """From one due time to the next, a tick at each and one just before."""
    last = int(datetime.fromisoformat(end).timestamp() * 1000)
    while True:
        now = deployment.systems.clock.now()
        with deployment.database.connect() as connection:
            due = schedules.soonest(connection, deployment.workspace, "morning_list", now)
        if due is None or due > last:
            sandbox.set_clock(last)
            clock.tick()
            return
        sandbox.set_clock(due - 1_000)
        clock.tick()
        sandbox.set_clock(due)
        clock.tick()


def local_times(deployment: Any, person: str, zone: str) -> list[datetime]:
    """When each of the person's lists was set off, by their own clock."""
    mine = (row for row in turns(deployment) if row["trigger"]["person"] == person)
    return [datetime.fromtimestamp(row["received_at"] / 1000, UTC).astimezone(ZoneInfo(zone)) for row in mine]


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        ("America/New_York", "2027-03-11", "2027-03-17"),
        ("America/Los_Angeles", "2026-10-29", "2026-11-04"),
        ("Europe/London", "2027-03-25", "2027-03-31"),
        ("Europe/Berlin", "2026-10-22", "2026-10-28"),
        ("Australia/Sydney", "2027-04-01", "2027-04-07"),
        ("Asia/Kolkata", "2027-03-11", "2027-03-17"),
    ],
)
def test_nine_oclock_is_nine_oclock_in_the_weeks_the_clocks_change(
    zone: str, first: str, last: str, sandbox: Sandbox, open_at: Callable[..., tuple[Any, Any]]
) -> None:
    start = datetime.fromisoformat(first).replace(tzinfo=ZoneInfo(zone))
    deployment, clock = open_at(start.isoformat())
    end = datetime.fromisoformat(last).replace(hour=12, tzinfo=ZoneInfo(zone))
    go_until(sandbox, deployment, clock, end.isoformat())
    days = [date.fromisoformat(first) + timedelta(days=n) for n in range(7)]
    working_days = [day for day in days if day.weekday() < 5]
    reps = reps_in(deployment, zone)
    assert len(reps) == 2
    for rep in reps:
        times = local_times(deployment, rep, zone)
        assert [at.date() for at in times] == working_days
        assert {(at.hour, at.minute) for at in times} == {(9, 0)}


def test_the_list_is_in_slack_at_nine_and_not_a_second_earlier(
    sandbox: Sandbox, open_at: Callable[..., tuple[Any, Any]]
) -> None:
    deployment, clock = open_at("2027-03-15T07:00-04:00")
    reps = reps_in(deployment, "America/New_York")
    before = {rep: len(sandbox.messages(rep)) for rep in reps}
    with working(deployment):
        sandbox.post("/_sandbox/clock", {"running": False, "set": "2027-03-15T08:59:59-04:00"})
        clock.tick()
        until(lambda: all(r["state"] in ("done", "failed") for r in turns(deployment)), "what was due before")
        assert {rep: len(sandbox.messages(rep)) for rep in reps} == before
        sandbox.post("/_sandbox/clock", {"running": True, "set": "2027-03-15T09:00:00-04:00"})
        clock.tick()
        until(lambda: all(r["state"] in ("done", "failed") for r in turns(deployment)), "the lists")
    assert {rep: len(sandbox.messages(rep)) - before[rep] for rep in reps} == dict.fromkeys(reps, 1)


def test_a_day_on_which_nobody_needs_you_is_said_in_one_line(
    sandbox: Sandbox, open_at: Callable[..., tuple[Any, Any]], tmp_path: Path
) -> None:
    policy = (CHECKOUT / "rules" / "policy.toml").read_text()
    strict = tmp_path / "policy.toml"
    strict.write_text(policy.replace("minimum_points = 10\n", "minimum_points = 9_999\n"))
    deployment, clock = open_at("2026-11-23T00:00Z", DAYBOOK_POLICY_FILE=str(strict))
    with working(deployment):
        sandbox.set_clock("2026-11-23T14:00:01Z")
        clock.tick()
        until(lambda: all_ended(deployment), "the lists")
    done = [row for row in turns(deployment) if row["state"] == "done"]
    empty = [row["trigger"]["person"] for row in done if row["note"].startswith("0 of 0")]
    assert empty
    for rep in empty:
        message = sandbox.messages(rep)[-1]
        assert [block["type"] for block in message["blocks"]] == ["rich_text", "context"]
        assert re.fullmatch(r"Mon 23 Nov · Nobody needs you first thing today\.", words(message["blocks"][0]))


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_three_clocks_at_once_set_everything_off_once(
    kind: str, sandbox: Sandbox, databases: Databases, deployed: Callable[..., Any]
) -> None:
    sandbox.set_clock("2026-11-22T20:00Z")
    deployment = deployed(sandbox, databases.new(kind))
    read_all(deployment, full=False, quiet=True)
    clocks = [ticker(deployment) for _ in range(3)]
    together(clocks)  # all three also arrange the same people for the first time
    sandbox.set_clock("2026-11-23T17:30:00Z")
    together(clocks)
    together(clocks)
    reps = {rep for zone in ZONES for rep in reps_in(deployment, zone)}
    assert Counter(row["trigger"]["person"] for row in turns(deployment)) == dict.fromkeys(reps, 1)
    assert len({row["turn"] for row in turns(deployment, "sync_records")}) == len(turns(deployment, "sync_records"))


ZONES = (
    "America/Los_Angeles",
    "America/New_York",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Australia/Sydney",
)


def together(clocks: list[Any]) -> None:
    """A tick of each at the same moment; a tick that breaks fails the test."""
    gate, broken = threading.Barrier(len(clocks)), []

    def tick(clock: Any) -> None:
        gate.wait()
        try:
            clock.tick()
        except Exception as failure:  # noqa: BLE001 - shown below, in the test's own thread
            broken.append(failure)

    threads = [threading.Thread(target=tick, args=(clock,)) for clock in clocks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not broken, broken


def test_after_downtime_until_half_past_eleven_the_list_still_comes_once(
    sandbox: Sandbox, open_at: Callable[..., tuple[Any, Any]]
) -> None:
    deployment, clock = open_at("2026-11-23T08:00Z")
    london = reps_in(deployment, "Europe/London")
    before = {rep: len(sandbox.messages(rep)) for rep in london}
    sandbox.set_clock("2026-11-23T11:30Z")
    with working(deployment):
        for _ in range(3):
            clock.tick()
            until(lambda: all_ended(deployment), "the lists")
    assert {rep: len(sandbox.messages(rep)) - before[rep] for rep in london} == dict.fromkeys(london, 1)


def test_after_noon_it_does_not_come_says_why_and_the_next_day_is_normal(
    sandbox: Sandbox, open_at: Callable[..., tuple[Any, Any]], daybook: Callable[..., Any]
) -> None:
    deployment, clock = open_at("2026-11-23T08:00Z")
    rep = reps_in(deployment, "Europe/London")[0]
    before = len(sandbox.messages(rep))
    with working(deployment):
        sandbox.set_clock("2026-11-23T12:00:30Z")
        clock.tick()
        until(lambda: all_ended(deployment), "the decision")
        mine = [row for row in turns(deployment) if row["trigger"]["person"] == rep]
        assert [row["state"] for row in mine] == ["failed"]
        assert "no longer worth" in mine[0]["note"]
        assert len(sandbox.messages(rep)) == before
        sandbox.set_clock("2026-11-24T09:00:01Z")
        clock.tick()
        until(lambda: all_ended(deployment), "Tuesday's list")
    assert len(sandbox.messages(rep)) == before + 1
    told = daybook("sessions", "--json", env={**sandbox.env, "DATABASE_URL": url_of(deployment)})
    assert told.returncode == 0, told.stderr
    notes = {row["id"]: row["note"] for row in json.loads(told.stdout)}
    assert "no longer worth" in notes[f"{deployment.workspace}:morning_list:2026-11-23:{rep}"]


def test_a_week_of_downtime_is_one_list_not_five(sandbox: Sandbox, open_at: Callable[..., tuple[Any, Any]]) -> None:
    deployment, clock = open_at("2026-11-23T08:00Z")
    sandbox.set_clock("2026-11-27T10:00Z")
    clock.tick()
    for rep in reps_in(deployment, "Europe/London"):
        mine = [row["trigger"]["day"] for row in turns(deployment) if row["trigger"]["person"] == rep]
        assert mine == ["2026-11-27"]


def test_a_changed_time_a_pause_and_a_resume_from_the_terminal(
    sandbox: Sandbox, open_at: Callable[..., tuple[Any, Any]], daybook: Callable[..., Any]
) -> None:
    deployment, clock = open_at("2026-11-23T00:00Z")
    early, paused = reps_in(deployment, "Asia/Kolkata")
    env = {**sandbox.env, "DATABASE_URL": url_of(deployment)}
    changed = daybook("schedules", "--person", early, "--at", "8:30", "--json", env=env)
    assert changed.returncode == 0, changed.stderr
    assert [row["at"] for row in json.loads(changed.stdout)] == ["08:30"]
    assert daybook("schedules", "--person", paused, "--pause", env=env).returncode == 0
    go_until(sandbox, deployment, clock, "2026-11-23T12:00:00+05:30")
    assert [f"{at:%H:%M}" for at in local_times(deployment, early, "Asia/Kolkata")] == ["08:30"]
    assert local_times(deployment, paused, "Asia/Kolkata") == []
    assert daybook("schedules", "--person", paused, "--resume", env=env).returncode == 0
    clock.arrange(deployment.systems.clock.now())
    go_until(sandbox, deployment, clock, "2026-11-24T12:00:00+05:30")
    assert [f"{at:%d %H:%M}" for at in local_times(deployment, paused, "Asia/Kolkata")] == ["24 09:00"]
    assert len(local_times(deployment, early, "Asia/Kolkata")) == 2
    refused = daybook("schedules", "--person", early, "--at", "half past", env=env)
    assert refused.returncode != 0
    assert "write it like 08:30" in refused.stderr


def test_a_person_who_moves_gets_nine_oclock_where_they_are_now(
    sandbox: Sandbox, open_at: Callable[..., tuple[Any, Any]], tmp_path: Path
) -> None:
    file = tmp_path / "people.toml"
    file.write_text("")
    deployment, clock = open_at("2026-11-23T00:00Z", DAYBOOK_PEOPLE_FILE=str(file))
    mover = reps_in(deployment, "Europe/Berlin")[0]
    go_until(sandbox, deployment, clock, "2026-11-23T12:00:00+01:00")
    file.write_text(f'[people."{mover}"]\ntz = "America/New_York"\n')
    read_all(deployment, full=False, quiet=True)
    go_until(sandbox, deployment, clock, "2026-11-24T12:00:00-05:00")
    assert [f"{at:%d %H:%M}" for at in local_times(deployment, mover, "UTC")] == ["23 08:00", "24 14:00"]


def test_firing_by_hand_is_once_a_day_too(
    sandbox: Sandbox, open_at: Callable[..., tuple[Any, Any]], daybook: Callable[..., Any]
) -> None:
    deployment, _ = open_at("2026-11-23T07:00Z")
    rep = reps_in(deployment, "Europe/London")[0]
    before = len(sandbox.messages(rep))
    env = {**sandbox.env, "DATABASE_URL": url_of(deployment)}
    deployment.close()
    ahead = daybook("fire", "morning_list", "--person", rep, "--at", "2026-11-24T09:00:00+00:00", env=env)
    assert ahead.returncode == 2
    assert "2026-11-24 is still ahead" in ahead.stderr
    fired = []
    for at in ("2026-11-23T07:00:00+00:00", "2026-11-23T09:00:00+00:00"):
        done = daybook("fire", "morning_list", "--person", rep, "--at", at, "--json", env=env)
        assert done.returncode == 0, done.stderr
        fired += json.loads(done.stdout)
    assert [(row["fresh"], row["state"]) for row in fired] == [(True, "done"), (False, "done")]
    deployment, clock = open_at("2026-11-23T09:00:05Z")
    with working(deployment):
        clock.tick()
        until(lambda: all_ended(deployment), "the others' lists")
    assert len(sandbox.messages(rep)) == before + 1


def url_of(deployment: Any) -> str:
    return str(deployment.database.url.render_as_string(hide_password=False))


def test_the_clock_forgets_once_an_hour_where_lists_older_than_400_days_were_posted(
    sandbox: Sandbox, open_at: Callable[..., tuple[Any, Any]]
) -> None:
    deployment, clock = open_at("2027-03-13T10:00Z")
    now, days = deployment.systems.clock.now(), 24 * HOUR
    ages = [401 * days] * 150 + [399 * days, 0]
    with deployment.database.begin() as connection:
        for n, age in enumerate(ages):
            shown = posted.OnScreen(f"list {n}", "U1", "D1", f"{n}.0", now - age, {"7": None})
            posted.note(connection, deployment.workspace, shown)

    def left() -> int:
        with deployment.database.connect() as connection:
            return len(posted.since(connection, deployment.workspace, 0))

    clock.tick()
    assert left() == 152, "it looked when it started"
    sandbox.set_clock("2027-03-13T11:30Z")
    clock.tick()
    assert left() == 2
