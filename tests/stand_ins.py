"""The sandbox as tests use it: a process of its own, driven and read over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
EVE = "2026-11-22T20:00:00+00:00"


@dataclass
class Sandbox:
    """A running sandbox. ``env`` points Daybook at it."""

    process: subprocess.Popen[str]
    env: dict[str, str]

    @classmethod
    def start(
        cls,
        *,
        reps: int = 3,
        accounts: int = 12,
        seed: int = 1,
        now: str = EVE,
        limits: bool = False,
        more: tuple[str, ...] = (),
    ) -> Sandbox:
        sizes = ["--reps", str(reps), "--accounts-per-rep", str(accounts), "--seed", str(seed), "--now", now]
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "sandbox",
                "--port",
                "0",
                "--json",
                *sizes,
                *([] if limits else ["--no-limits"]),
                *more,
            ],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"the sandbox ended with status {process.wait()}"
        return cls(process, json.loads(line))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)
        if self.process.stdout is not None:
            self.process.stdout.close()

    @property
    def address(self) -> str:
        return self.env["DAYBOOK_SANDBOX_PAGE"].rstrip("/")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.address + path, data=data, method=method, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def get(self, path: str) -> Any:
        return self.ask("GET", path)

    def post(self, path: str, body: Any) -> Any:
        return self.ask("POST", path, body)

    def set_clock(self, at: str | int) -> None:
        """Move everybody's clock to an instant (ISO or ms)."""
        self.post("/_sandbox/clock", {"set": at})

    def advance(self, seconds: float) -> None:
        self.post("/_sandbox/clock", {"advance_seconds": seconds})

    def misbehave(self, target: str, mode: str, **how: Any) -> None:
        self.post("/_sandbox/knobs", {"target": target, "mode": mode, **how})

    def messages(self, user: str) -> list[dict[str, Any]]:
        """The person's DM with Daybook, oldest first, with metadata."""
        told = self.get(f"/_sandbox/slack/messages?user={user}")
        return list(told["messages"] if isinstance(told, dict) else told)

    def calls(self) -> dict[str, Any]:
        return dict(self.get("/_sandbox/calls"))

    def forget_calls(self) -> None:
        self.ask("DELETE", "/_sandbox/calls")
