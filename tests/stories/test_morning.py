"""Nine o'clock: each rep gets one list, whatever happens around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from records import people
from store import faults
from tests.databases import Databases
from tests.deployments import all_ended, deploy, morning_until, read_world, ticker, turns, until, working
from tests.killing import KILLED
from tests.stand_ins import Sandbox

NOON_EVERYWHERE = "2026-11-23T17:30:00+00:00"


def lists_of(sandbox: Sandbox, user: str) -> list[dict[str, Any]]:
    return [m for m in sandbox.messages(user) if (m.get("metadata") or {}).get("event_type") == "daybook_message"]


def rep_ids(deployment: Any) -> list[str]:
    with deployment.database.connect() as connection:
        return [rep.id for rep in people.reps(connection)]


def deliver_all(deployment: Any, sandbox: Sandbox) -> None:
    """Every rep's 9:00 comes, one zone after the other, and their lists go out."""
    clock = ticker(deployment)
    with working(deployment):
        for hour in (
            "2026-11-22T22:00:00Z",
            "2026-11-23T03:30:00Z",
            "2026-11-23T08:00:00Z",
            "2026-11-23T09:00:00Z",
            "2026-11-23T14:00:00Z",
            "2026-11-23T17:00:00Z",
        ):
            sandbox.set_clock(hour)
            clock.tick()
            until(lambda: all(r["state"] in ("done", "failed") for r in turns(deployment)), f"the lists of {hour}")


def test_each_rep_gets_one_list_at_nine_in_their_own_zone(
    database_url: str, start_sandbox: Callable[..., Sandbox], deployed: Callable[..., Any]
) -> None:
    sandbox = start_sandbox(reps=6, accounts=10)
    deployment = deployed(sandbox, database_url)
    read_world(deployment)
    deliver_all(deployment, sandbox)
    reps = rep_ids(deployment)
    assert len(reps) >= 5
    for rep in reps:
        assert len(lists_of(sandbox, rep)) == 1, rep
    notes = {row["trigger"]["person"]: row["state"] for row in turns(deployment)}
    assert notes == dict.fromkeys(reps, "done")


def test_firing_by_hand_after_the_clock_sends_nothing_more(
    sqlite_url: str, start_sandbox: Callable[..., Sandbox], deployed: Callable[..., Any], daybook: Callable[..., Any]
) -> None:
    sandbox = start_sandbox(reps=3, accounts=8)
    deployment = deployed(sandbox, sqlite_url)
    read_world(deployment)
    deliver_all(deployment, sandbox)
    reps = rep_ids(deployment)
    deployment.close()
    fired = daybook("fire", "morning_list", env={**sandbox.env, "DATABASE_URL": sqlite_url})
    assert fired.returncode == 0, fired.stderr
    assert fired.stdout.count("had been set off before") == len(reps)
    assert [len(lists_of(sandbox, rep)) for rep in reps] == [1] * len(reps)


# The sync's turn, ten minutes earlier, passes some of the points too; the second passing is then a list's.
MOMENTS = [(point, 1) for point in faults.MORNING] + [
    ("inbox.submitted", 3),
    ("turn.claimed", 3),
    ("turn.acted", 3),
    ("turn.finished", 3),
    ("effect.acted", 3),
]


@dataclass
class London:
    """One world for all the mornings below: one instant is nine o'clock for everybody; each test has its own Monday."""

    sandbox: Sandbox
    env: dict[str, str]
    reps: list[str]
    synced: dict[str, str]
    monday: datetime = datetime(2026, 11, 16, 9, 0, 1, tzinfo=UTC)

    def next_monday(self) -> int:
        self.monday += timedelta(days=7)
        return int(self.monday.timestamp() * 1000)

    def lists(self) -> list[int]:
        return [len(lists_of(self.sandbox, rep)) for rep in self.reps]


@pytest.fixture(scope="module")
def london(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[London]:
    sandbox = Sandbox.start(reps=3, accounts=6)
    folder = tmp_path_factory.mktemp("london")
    world = London(sandbox, sandbox.env, [], {})
    for kind in ("sqlite", "postgres"):
        url = world.synced[kind] = databases.new(kind)
        deployment = deploy(world.env, url)
        if "DAYBOOK_PEOPLE_FILE" not in world.env:
            world.env = {**sandbox.env, "DAYBOOK_PEOPLE_FILE": everyone_in_london(deployment, folder)}
            deployment.close()
            deployment = deploy(world.env, url)
        read_world(deployment)
        world.reps = rep_ids(deployment)
        deployment.close()
    yield world
    sandbox.stop()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
@pytest.mark.parametrize(("point", "passing"), MOMENTS)
def test_kill_9_at_any_moment_leaves_exactly_one_dm(
    point: str, passing: int, kind: str, london: London, databases: Databases
) -> None:
    url, before = databases.copy(kind, london.synced[kind]), london.lists()
    london.sandbox.set_clock(london.next_monday())
    assert morning_until(london.env, url, point, passing) == KILLED, f"{point} was not passed {passing} times"
    london.sandbox.advance(31)  # past the moment at which a lost message could still land
    assert morning_until(london.env, url, plug=None) == 0
    assert london.lists() == [count + 1 for count in before]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_kill_9_on_finding_that_a_lost_message_had_landed_sends_no_second_one(
    kind: str, london: London, databases: Databases
) -> None:
    url, before = databases.copy(kind, london.synced[kind]), london.lists()
    london.sandbox.set_clock(london.next_monday())
    assert morning_until(london.env, url, "effect.acted") == KILLED, "nothing was posted"
    london.sandbox.advance(31)
    assert morning_until(london.env, url, "effect.found") == KILLED, "the message that had landed was not found"
    london.sandbox.advance(31)
    assert morning_until(london.env, url, plug=None) == 0
    assert london.lists() == [count + 1 for count in before]


def everyone_in_london(deployment: Any, folder: Path) -> str:
    """A people file that gives all the same zone, so that one instant is nine o'clock for everyone."""
    path = folder / "people.toml"
    people_of_slack = [user for user in deployment.systems.chat.users() if not user.is_bot]
    path.write_text("".join(f'[people."{user.id}"]\ntz = "Europe/London"\n' for user in people_of_slack))
    return str(path)


@pytest.mark.parametrize("mode", ["drop_before", "drop_after", "late", "rate_limit", "error"])
def test_a_misbehaving_slack_still_gets_one_dm_to_everyone(mode: str, london: London, databases: Databases) -> None:
    sandbox, before = london.sandbox, london.lists()
    deployment = deploy(london.env, databases.copy("sqlite", london.synced["sqlite"]))
    how = {"retry_after": 2} if mode == "rate_limit" else {"status": 500} if mode == "error" else {}
    sandbox.misbehave("slack.chat.postMessage", mode, times=2, **how)
    sandbox.set_clock(london.next_monday())
    clock = ticker(deployment)
    with closing(deployment), working(deployment):
        clock.tick()
        until(lambda: [r["state"] in ("done", "waiting") for r in turns(deployment)] == [True] * 3, "the first try")
        assert sum(r["state"] == "waiting" for r in turns(deployment)) == 2
        sandbox.advance(35)
        until(lambda: clock.tick() * 0 + all_ended(deployment), "every list has ended")
    assert london.lists() == [count + 1 for count in before]
