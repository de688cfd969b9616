"""``daybook sandbox``: the stand-ins as a process of their own; this file only starts it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bot.manifest import manifest

CHECKOUT = Path(__file__).resolve().parent.parent


class SandboxError(Exception):
    """The sandbox did not start; the message is what it said."""


def arguments(*, port: int, reps: int, accounts: int, seed: int, limits: bool) -> list[str]:
    given = ["--port", str(port), "--reps", str(reps), "--accounts-per-rep", str(accounts), "--seed", str(seed)]
    # The stand-in Slack grants, tells and offers what this version's manifest asks for, and nothing more.
    given += ["--manifest", json.dumps(manifest(None))]
    return [sys.executable, "-m", "sandbox", *given, *([] if limits else ["--no-limits"])]


def run(*, as_json: bool, port: int, reps: int, accounts: int, seed: int, limits: bool) -> None:
    command = arguments(port=port, reps=reps, accounts=accounts, seed=seed, limits=limits)
    with subprocess.Popen([*command, *(["--json"] if as_json else [])], cwd=CHECKOUT) as process:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            process.terminate()
            code = process.wait()
    raise SystemExit(max(code, 0))


def start(more: list[str], **sizes: Any) -> tuple[subprocess.Popen[str], dict[str, str]]:
    """Start it in the background; answers the process and the environment that points at it.

    Raises ``SandboxError``. It ends when the process is terminated.
    """
    process = subprocess.Popen(
        [*arguments(port=0, **sizes), "--json", *more],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SandboxError(
            f"The sandbox ended with status {process.wait()} before it was ready; see its message above."
        )
    return process, json.loads(line)
