"""web, worker and clock as commands of their own, on Postgres: together one Daybook, and each ends when told to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.conftest import CHECKOUT
from tests.deployments import LEDGER_KEY, all_ended, deploy, read_world, turns, until
from tests.office import accounts_of, element_of, row_text
from tests.stand_ins import Sandbox
from tests.stories.test_morning import everyone_in_london, lists_of, rep_ids

NINE = "2026-11-23T09:00:01Z"
ROLES = ("web", "worker", "clock")


@contextmanager
def running(env: dict[str, str], folder: Path) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """``daybook run`` once a role, each a process of its own that has said that it runs."""
    clean = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "TMPDIR")}
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for role in ROLES:
            with (folder / f"{role}.log").open("wb") as log:
                processes[role] = subprocess.Popen(
                    [sys.executable, "-m", "cli.main", "run", role],
                    cwd=CHECKOUT,
                    env={**clean, **env},
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
        for role, process in processes.items():
            log_file = folder / f"{role}.log"
            until(
                lambda: process.poll() is not None or '"event":"running"' in said(log_file),  # noqa: B023
                f"{role} to run",
            )
            assert process.poll() is None, f"{role} ended: {said(log_file)}"
        yield processes
    finally:
        for process in processes.values():
            process.kill()
            process.wait()


def said(log: Path) -> str:
    return log.read_text().replace('": "', '":"')


def test_a_morning_with_each_role_in_a_process_of_its_own(
    new_database: Callable[[str], str],
    start_sandbox: Callable[..., Sandbox],
    deployed: Callable[..., Any],
    tmp_path: Path,
) -> None:
    sandbox, url = start_sandbox(reps=3, accounts=8), new_database("postgres")
    people_file = everyone_in_london(deployed(sandbox, url), tmp_path)
    deployment = deploy(sandbox.env, url, DAYBOOK_PEOPLE_FILE=people_file)
    read_world(deployment)
    reps = rep_ids(deployment)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {
        **sandbox.env,
        "DATABASE_URL": url,
        "DAYBOOK_LEDGER_KEY": LEDGER_KEY,
        "DAYBOOK_PEOPLE_FILE": people_file,
        "DAYBOOK_PORT": str(port),
        "DAYBOOK_LOG_FORMAT": "json",
        # Only the database's own notice can wake the worker within the time given below.
        "DAYBOOK_POLL_SECONDS": "60",
    }
    with running(env, tmp_path) as processes:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
            assert answer.status == 200
        sandbox.set_clock(NINE)
        until(lambda: len(turns(deployment)) == len(reps) and all_ended(deployment), "every list")
        assert [len(lists_of(sandbox, rep)) for rep in reps] == [1] * len(reps)

        rep = next(one for one in reps if accounts_of(lists_of(sandbox, one)[0]))
        message = lists_of(sandbox, rep)[0]
        account = accounts_of(message)[0]
        block, element = element_of(message, "snooze_account", account)
        week = next(option["value"] for option in element["options"] if option["value"].endswith("|week"))
        told = sandbox.post(
            "/_sandbox/slack/press",
            {
                "user": rep,
                "channel": sandbox.get(f"/_sandbox/slack/messages?user={rep}")["channel"],
                "message_ts": message["ts"],
                "action_id": "snooze_account",
                "block_id": block,
                "selected_option": week,
            },
        )
        assert told["delivery"]["acked"]
        until(lambda: "Snoozed until" in row_text(lists_of(sandbox, rep)[0], account), "the press to show", 10)

        for process in processes.values():
            process.send_signal(signal.SIGTERM)
        assert {role: process.wait(timeout=20) for role, process in processes.items()} == dict.fromkeys(ROLES, 0)
    for role in ROLES:
        assert '"event":"stopping"' in said(tmp_path / f"{role}.log")
        assert "Traceback" not in said(tmp_path / f"{role}.log")
    assert [len(lists_of(sandbox, rep)) for rep in reps] == [1] * len(reps)
    deployment.close()
