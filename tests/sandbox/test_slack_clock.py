"""The shared clock and the sandbox as a process: what others read, and how it starts and stops."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from sandbox.calls import Calls
from sandbox.clock import ClockError, SharedClock, parse_instant
from sandbox.knobs import KnobError, Knobs
from tests.sandbox.served import Running

CHECKOUT = Path(__file__).resolve().parents[2]
MORNING = 1_795_424_400_000
"""2026-11-23 09:00 UTC."""


def test_the_file_is_what_every_process_can_compute_the_time_from(tmp_path: Path) -> None:
    clock = SharedClock(tmp_path / "clock.json", MORNING)
    clock.run(False)
    held = json.loads((tmp_path / "clock.json").read_text())
    assert held.keys() == {"now_ms", "wall_ms", "running"}
    assert MORNING <= held["now_ms"] < MORNING + 5000
    assert held["running"] is False
    assert clock.now_ms() == held["now_ms"]
    assert list(tmp_path.iterdir()) == [tmp_path / "clock.json"]


def test_a_second_reader_sees_each_move(tmp_path: Path) -> None:
    clock = SharedClock(tmp_path / "clock.json", MORNING)
    clock.run(False)
    other = SharedClock(tmp_path / "clock.json")
    before = other.now_ms()
    clock.advance(3600)
    assert other.now_ms() == before + 3_600_000
    clock.set("2026-11-24T09:00:00+01:00")
    assert other.now_ms() == MORNING + 23 * 3_600_000


def test_a_running_clock_moves_with_the_wall(tmp_path: Path) -> None:
    clock = SharedClock(tmp_path / "clock.json", MORNING)
    first, wall = clock.now_ms(), time.time_ns() // 1_000_000
    asyncio.run(clock.reached(first + 30))
    assert clock.now_ms() - first >= 30
    assert abs((clock.now_ms() - first) - (time.time_ns() // 1_000_000 - wall)) < 2000


@pytest.mark.parametrize(
    ("said", "meant"),
    [("2026-11-23T09:00:00Z", MORNING), ("2026-11-23T09:00", MORNING), (MORNING, MORNING), (str(MORNING), MORNING)],
)
def test_an_instant_is_iso_or_milliseconds(said: object, meant: int) -> None:
    assert parse_instant(said) == meant


@pytest.mark.parametrize("nonsense", ["tomorrow", True, None, [1]])
def test_anything_else_is_no_instant(nonsense: object) -> None:
    with pytest.raises(ClockError):
        parse_instant(nonsense)


def test_the_clock_is_moved_over_http_and_watchers_are_told(running: Running) -> None:
    queue = running.slack.workspace.subscribe(None)
    moved = running.ask("POST", "clock", {"set": "2026-11-23T09:00:00Z", "running": False})
    assert (moved["now_ms"], moved["running"]) == (MORNING, False)
    assert queue.get_nowait()["type"] == "clock"
    assert running.ask("GET", "clock")["iso"] == "2026-11-23T09:00:00.000Z"
    assert "say" in running.ask("POST", "clock", {"faster": 2})["error"]


def test_a_knob_fits_by_target_and_match_and_is_used_up() -> None:
    knobs = Knobs()
    knobs.turn({"target": "slack.chat.*", "mode": "error", "match": {"channel": "C1"}, "skip": 1, "times": 2})
    here = {"channel": "C1"}
    taken = [knobs.take("slack.chat.postMessage", here) is not None for _ in range(4)]
    assert taken == [False, True, True, False]
    knobs.turn({"target": "slack.chat.*", "mode": "error", "match": {"channel": "C1"}})
    assert knobs.take("slack.chat.postMessage", {"channel": "C2"}) is None
    assert knobs.take("hubspot.search", here) is None
    assert knobs.take("slack.chat.update", here, modes=("delay",)) is None
    with pytest.raises(KnobError):
        knobs.turn({"target": "slack.*", "mode": "error", "times": 0})


def test_ids_in_paths_are_not_part_of_what_was_asked() -> None:
    calls = Calls()
    calls.count_path("hubspot", "GET", "/crm/v3/objects/companies/12345")
    calls.count_path("hubspot", "GET", "/crm/v3/objects/companies/67890")
    calls.count_path("jira", "GET", "/rest/api/3/issue/HELP-12/comment")
    told = calls.as_json()
    assert told["hubspot"]["by"] == {"GET /crm/v3/objects/companies/{id}": 2}
    assert told["jira"]["by"] == {"GET /rest/api/3/issue/{id}/comment": 1}
    assert told["slack"]["total"] == 0


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_the_process_says_how_to_reach_it_and_leaves_quietly(told: signal.Signals, tmp_path: Path) -> None:
    sizes = ["--reps", "2", "--accounts-per-rep", "2", "--now", "2026-11-23T09:00:00Z"]
    where = ["--clock-file", str(tmp_path / "clock.json")]
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "sandbox", "--json", *sizes, *where],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    environment = json.loads(process.stdout.readline())
    assert environment.keys() == {
        "SLACK_API_URL", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "HUBSPOT_API_URL",
        "HUBSPOT_ACCESS_TOKEN", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "JIRA_URL", "JIRA_EMAIL", "JIRA_API_TOKEN",
        "DAYBOOK_CLOCK", "DAYBOOK_SANDBOX_PAGE",
    }  # fmt: skip
    with urllib.request.urlopen(environment["DAYBOOK_SANDBOX_PAGE"] + "_sandbox/health", timeout=5) as answer:
        health = json.loads(answer.read())
    assert MORNING <= health["now_ms"] < MORNING + 60_000
    process.send_signal(told)
    _, said = process.communicate(timeout=10)
    assert (process.returncode, said) == (0, "")


def test_a_start_that_makes_no_sense_is_refused_with_the_reason() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "sandbox", "--now", "tomorrow"],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert ran.returncode == 2
    assert "'tomorrow' is not an ISO 8601 instant" in ran.stderr
