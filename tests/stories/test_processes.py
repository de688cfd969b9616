"""Many processes on Postgres: workers die while they deliver, others finish, and everyone has one list."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.deployments import all_ended, deploy, read_world, ticker, turns, until, working
from tests.killing import FORKS
from tests.stand_ins import Sandbox
from tests.stories.test_morning import everyone_in_london, lists_of, rep_ids

NINE = "2026-11-23T09:00:01Z"


def _work(env: dict[str, str], url: str, ready: Any) -> None:
    # Long enough that a busy machine does not take a living worker for dead.
    deployment = deploy(env, url, DAYBOOK_WORKER_THREADS="2", DAYBOOK_LEASE_SECONDS="3")
    with working(deployment):
        ready.set()
        until(lambda: all_ended(deployment), "every list has ended", 60)
    deployment.close()
    os._exit(0)


@contextmanager
def worker(env: dict[str, str], url: str) -> Iterator[Any]:
    ready = FORKS.Event()
    child = FORKS.Process(target=_work, args=(env, url, ready))
    child.start()
    try:
        assert ready.wait(30), "the worker did not start"
        yield child
    finally:
        child.kill()
        child.join()
        child.close()


def start_of_day(
    start_sandbox: Callable[..., Sandbox], deployed: Callable[..., Any], url: str, folder: Path
) -> tuple[Sandbox, Any, list[str]]:
    """Four reps in one zone, their lists about to be due; Slack takes its time with each."""
    sandbox = start_sandbox(reps=4, accounts=6)
    sandbox.env["DAYBOOK_PEOPLE_FILE"] = everyone_in_london(deployed(sandbox, url), folder)
    deployment = deployed(sandbox, url)
    read_world(deployment)
    sandbox.misbehave("slack.chat.postMessage", "delay", times=-1, seconds=0.7)
    return sandbox, deployment, rep_ids(deployment)


def delivered(sandbox: Sandbox, reps: list[str]) -> list[int]:
    return [len(lists_of(sandbox, rep)) for rep in reps]


def test_a_worker_killed_while_delivering_is_finished_for_by_another(
    new_database: Callable[[str], str],
    start_sandbox: Callable[..., Sandbox],
    deployed: Callable[..., Any],
    tmp_path: Path,
) -> None:
    url = new_database("postgres")
    sandbox, deployment, reps = start_of_day(start_sandbox, deployed, url, tmp_path)
    clock = ticker(deployment)
    with worker(sandbox.env, url) as doomed, worker(sandbox.env, url):
        sandbox.set_clock(NINE)
        clock.tick()
        until(lambda: any(row["state"] == "running" for row in turns(deployment)), "a list on its way")
        doomed.kill()
        doomed.join()
        sandbox.advance(31)  # past the moment at which a lost message could still land
        until(lambda: clock.tick() * 0 + all_ended(deployment), "every list has ended")
    assert delivered(sandbox, reps) == [1] * len(reps)


def test_when_all_workers_die_the_next_one_finishes_the_morning(
    new_database: Callable[[str], str],
    start_sandbox: Callable[..., Sandbox],
    deployed: Callable[..., Any],
    tmp_path: Path,
) -> None:
    url = new_database("postgres")
    sandbox, deployment, reps = start_of_day(start_sandbox, deployed, url, tmp_path)
    clock = ticker(deployment)
    with worker(sandbox.env, url) as one, worker(sandbox.env, url) as other:
        sandbox.set_clock(NINE)
        clock.tick()
        until(lambda: any(delivered(sandbox, reps)), "a first list")
        for doomed in (one, other):
            doomed.kill()
            doomed.join()
    sandbox.advance(31)
    with worker(sandbox.env, url):
        until(lambda: clock.tick() * 0 + all_ended(deployment), "every list has ended")
    assert delivered(sandbox, reps) == [1] * len(reps)


def test_a_worker_that_was_taken_for_dead_leaves_when_it_wakes(
    new_database: Callable[[str], str],
    start_sandbox: Callable[..., Sandbox],
    deployed: Callable[..., Any],
    tmp_path: Path,
) -> None:
    url = new_database("postgres")
    sandbox, deployment, reps = start_of_day(start_sandbox, deployed, url, tmp_path)
    clock = ticker(deployment)
    with worker(sandbox.env, url) as frozen, worker(sandbox.env, url):
        sandbox.set_clock(NINE)
        clock.tick()
        until(lambda: any(row["state"] == "running" for row in turns(deployment)), "a list on its way")
        os.kill(frozen.pid, signal.SIGSTOP)
        sandbox.advance(31)
        until(lambda: clock.tick() * 0 + all_ended(deployment), "the other worker has done it all", 60)
        os.kill(frozen.pid, signal.SIGCONT)
        frozen.join(timeout=20)
        assert frozen.exitcode in (70, 0)
    assert delivered(sandbox, reps) == [1] * len(reps)
