"""From Slack's event to our acknowledgement, stored and de-duplicated, next to a server that stores nothing."""

from __future__ import annotations

import argparse
import asyncio
import gc
import hashlib
import hmac
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

from bench.ack_servers import PRESSES, SESSION
from bench.goals import told_time

CHECKOUT = Path(__file__).resolve().parent.parent
SECRET = "bench-signing-secret"
A_SECOND, SECONDS, WARM_UP = 200, 10, 200
PERSON = "U1"
BARE_MS = 0.5
"""The bare server's p50 on an unloaded machine, as where the absolute goals were set."""
FLUSHED = 70_000
"""Bytes: seventeen pages, as many as one event changes in the tables and their indexes."""


def main() -> None:
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--serve", choices=("floor", "daybook"), help=argparse.SUPPRESS)
    asking.add_argument("--database", help=argparse.SUPPRESS)
    asked = asking.parse_args()
    if asked.serve:
        from bench import ack_servers

        ack_servers.serve(asked.serve, asked.database)
        return
    gc.collect()
    gc.freeze()
    gc.disable()  # a pause of the one who asks must not be read as one of the server's
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:-1] or cores)
    disk = _disk()
    floor = _measured("floor", cores[-1])
    ours = _measured("daybook", cores[-1])
    print(f"the disk: {FLUSHED // 1000} KB written and flushed, p50 {_p(disk, 50):.2f} ms, p99 {_p(disk, 99):.2f} ms")
    for name, seen in (("bare server", floor), ("daybook", ours)):
        for what, times in seen.items():
            if times:
                print(f"{name}: {what} p50 {_p(times, 50):.2f} ms, p99 {_p(times, 99):.2f} ms ({len(times)})")
    # What takes long here is waiting to be woken, which a busy core shows nothing of: the bare server shows it.
    slower = _p(floor["event"], 50) / BARE_MS
    told_time(f"acknowledgement at {A_SECOND} events/s, p99", _p(ours["event"], 99), 5.0, "ms", slower)
    told_time("a press, stored and answered, p50", _p(ours["press"], 50), 2.0, "ms", slower)
    told_time("a slash command, stored and answered, p50", _p(ours["command"], 50), 2.0, "ms", slower)
    for percent in (50, 99):
        ratio = _p(ours["event"], percent) / _p(floor["event"], percent)
        print(f"acknowledgement, p{percent}: {ratio:.1f} × the bare server's")


def _disk() -> list[float]:
    """What one commit's worth of bytes costs at least, in ms, where the databases of this run are."""
    seen = []
    with tempfile.TemporaryFile(buffering=0) as file:
        for _ in range(500):
            file.seek(0)
            began = time.perf_counter()
            file.write(bytes(FLUSHED))
            os.fdatasync(file.fileno())
            seen.append((time.perf_counter() - began) * 1000)
    return seen


def _measured(which: str, core: int) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, "-m", "bench.bench_ack", "--serve", which, "--database", f"sqlite:///{folder}/bench.db"],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            os.sched_setaffinity(server.pid, {core})
            port = int(server.stdout.readline())
            seen = asyncio.run(_drive(port, which))
        finally:
            server.send_signal(signal.SIGTERM)
            rest = server.communicate(timeout=60)[0]
        if which == "daybook":
            stored = int(rest.split()[-1])
            expected = WARM_UP + A_SECOND * SECONDS + 2 * PRESSES
            print(f"stored {stored} of {expected} (every tenth event was delivered twice, and is one)")
            if stored != expected:
                raise SystemExit("some were lost, or stored twice")
    return seen


async def _drive(port: int, which: str) -> dict[str, list[float]]:
    import aiohttp

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector) as web:
        seen: dict[str, list[float]] = {"event": [], "press": [], "command": []}

        async def send(body: bytes, kind: str, into: list[float] | None) -> None:
            stamp = str(int(time.time()))
            signed = hmac.new(SECRET.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
            headers = {
                "x-slack-request-timestamp": stamp,
                "x-slack-signature": f"v0={signed}",
                "content-type": kind,
            }
            began = time.perf_counter()
            async with web.post("/slack/events", data=body, headers=headers) as answer:
                await answer.read()
                assert answer.status == 200, await answer.text()
            if into is not None:
                into.append((time.perf_counter() - began) * 1000)

        for number in range(WARM_UP):
            await send(_event(number), "application/json", None)
        tasks = []
        began = time.perf_counter()
        for number in range(A_SECOND * SECONDS):
            due = began + number / A_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            body = _event(WARM_UP + number)
            tasks.append(asyncio.create_task(send(body, "application/json", seen["event"])))
            if number % 10 == 0:
                tasks.append(asyncio.create_task(send(body, "application/json", seen["event"])))
        await asyncio.gather(*tasks)
        if which == "daybook":
            for number in range(PRESSES):
                await send(_form(_press(number)), "application/x-www-form-urlencoded", seen["press"])
                await send(_command(number), "application/x-www-form-urlencoded", seen["command"])
        return seen


def _event(number: int) -> bytes:
    ts = f"{1_795_424_400 + number}.000100"
    event = {
        "type": "message", "channel_type": "im", "channel": f"D{number % 50}", "user": PERSON, "text": "I called Acme",
        "ts": ts, "team": "T1", "client_msg_id": f"m{number}",
    }  # fmt: skip
    body = {"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": f"Ev{number}", "event": event}
    return json.dumps(body).encode()


def _press(number: int) -> dict[str, object]:
    return {
        "type": "block_actions",
        "team": {"id": "T1"},
        "user": {"id": PERSON, "team_id": "T1"},
        "trigger_id": f"press.{number}",
        "container": {"type": "message", "message_ts": "1795424400.000100", "channel_id": "D1"},
        "channel": {"id": "D1"},
        "actions": [
            {
                "type": "button",
                "action_id": "undo",
                "block_id": "b",
                "value": f"{SESSION}:1:toolu_{number}",
                "action_ts": f"{1_795_500_000 + number}.1",
            }
        ],
    }


def _form(payload: dict[str, object]) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


def _command(number: int) -> bytes:
    return urlencode(
        {
            "command": "/agent",
            "text": "assistant what is due?",
            "user_id": PERSON,
            "team_id": "T1",
            "channel_id": "D1",
            "trigger_id": f"command.{number}",
            "response_url": "https://example.invalid/x",
        }
    ).encode()


def _p(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100)[percent - 1]


if __name__ == "__main__":
    main()
