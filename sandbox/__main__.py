"""The sandbox from the command line: `python -m sandbox` starts the stand-ins and says how to reach them."""

from __future__ import annotations

import argparse
import gc
import json
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from sandbox.app import Sandbox
from sandbox.clock import ClockError, SharedClock, parse_instant
from sandbox.objects import ObjectStore
from sandbox.serving import Server
from sandbox.slack.declared import BadManifest, install
from sandbox.world import START_MS, World


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sandbox", description="Slack, HubSpot, Jira and Claude on this machine, over their real wire protocols."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--json", action="store_true", help="print the environment as one JSON line")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reps", type=int, default=12)
    parser.add_argument("--accounts-per-rep", type=int, default=40)
    parser.add_argument(
        "--now", help="what the shared clock reads at the start, ISO 8601 (default: the world's)"
    )
    parser.add_argument("--clock-file", help="where the shared clock is kept (default: a temporary file)")
    parser.add_argument(
        "--stopped-clock", action="store_true", help="the shared clock stands still until moved"
    )
    parser.add_argument("--no-limits", action="store_true", help="no rate limits")
    parser.add_argument(
        "--request-url", help="send Slack's events here over signed HTTP (default: Socket Mode)"
    )
    parser.add_argument(
        "--manifest",
        help="the Slack app's manifest, a JSON file or JSON itself: its scopes, events, commands and shortcuts hold",
    )
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--socket", action="store_true", help="print the Socket Mode token too (the default)")
    way.add_argument(
        "--http", action="store_true", help="leave the Socket Mode token out, for a bot served over HTTP"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until told to stop. Exit code 2 for arguments that make no sense."""
    parser = _parser()
    asked = parser.parse_args(argv)
    try:
        start_ms = parse_instant(asked.now) if asked.now else START_MS
    except ClockError as error:
        parser.error(str(error))
    manifest: object = None
    if asked.manifest:
        try:
            given = asked.manifest
            manifest = json.loads(given if given.lstrip().startswith("{") else Path(given).read_text())
        except (OSError, json.JSONDecodeError) as unreadable:
            parser.error(f"--manifest: {unreadable}")
    world = World(
        seed=asked.seed, reps=asked.reps, accounts_per_rep=asked.accounts_per_rep, start_ms=start_ms
    )
    clock = SharedClock(asked.clock_file, start_ms)
    store = ObjectStore()
    world.fill(store)
    # Making the world takes time that must not be missing from the morning.
    clock.set(start_ms)
    if asked.stopped_clock:
        clock.run(False)
    sandbox = Sandbox(world, store, clock, limits=not asked.no_limits, request_url=asked.request_url)
    if manifest is not None:
        try:
            install(sandbox.slack, manifest)
        except BadManifest as wrong:
            parser.error(f"--manifest: {wrong}")
    server = Server(sandbox, asked.host, asked.port)
    environment = dict(sandbox.address(server.base_url))
    if asked.http:
        del environment["SLACK_APP_TOKEN"]

    def ready() -> None:
        if asked.json:
            print(json.dumps(environment), flush=True)
            return
        for name, value in environment.items():
            print(f"export {name}='{value}'")
        print(f"\n# The page: {server.base_url}/   (Ctrl-C stops the sandbox)", flush=True)

    # The world stays: the collector need not walk it, nor look after every few messages.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    # The server stops on these and then raises them again; by then they have said all they had to say.
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda number, frame: None)
    try:
        server.run_until_told(ready)
    finally:
        store.close()
        if not asked.clock_file:
            shutil.rmtree(clock.path.parent, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
