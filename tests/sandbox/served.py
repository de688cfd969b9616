"""A sandbox served in the test's own process: its state in reach, the real clients at hand."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.app import Sandbox
from sandbox.slack.server import Slack

REP, OTHER_REP = "U0REP00001", "U0REP00002"


class Stage:
    """The application of the one server that listens all along: whichever sandbox is on it now."""

    def __init__(self) -> None:
        self.base_url = ""
        self._sandbox: Sandbox | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._loop = asyncio.get_running_loop()
        if scope["type"] != "lifespan":
            assert self._sandbox is not None, "a test is talking to a sandbox that has left"
            await self._sandbox(scope, receive, send)
            return
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    def show(self, sandbox: Sandbox) -> None:
        """Serve this sandbox from now on."""
        self._sandbox = sandbox

    def clear(self) -> None:
        """Let the sandbox of a test end: nothing of it waits or stays connected."""
        sandbox, self._sandbox = self._sandbox, None
        assert sandbox is not None
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(sandbox.slack.close(), self._loop).result(10)


@dataclass
class Running:
    """A served sandbox: `slack` is its state, `web` the real client, `ask` its own endpoints."""

    sandbox: Sandbox
    base_url: str

    @property
    def slack(self) -> Slack:
        return self.sandbox.slack

    @property
    def api_url(self) -> str:
        return f"{self.base_url}/slack/api/"

    @property
    def web(self) -> WebClient:
        return WebClient(self.slack.workspace.identity.bot_token, base_url=self.api_url, retry_handlers=[])

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """JSON of one of the sandbox's own endpoints; a refusal is JSON too."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base_url}/_sandbox/{path}", data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return json.loads(refused.read())

    def do(self, what: str, **given: Any) -> Any:
        """Act as a person: `do("say", user=…, text=…)`."""
        return self.ask("POST", f"slack/{what}", given)

    def turn(self, target: str, mode: str, **how: Any) -> None:
        """Turn a knob."""
        assert "knobs" in self.ask("POST", "knobs", {"target": target, "mode": mode, **how})

    def texts(self, user: str = REP) -> list[str]:
        """What that person's DM with the app says, oldest first."""
        return [message["text"] for message in self.ask("GET", f"slack/messages?user={user}")["messages"]]


def refusal(call: Any, *named: Any, **arguments: Any) -> dict[str, Any]:
    """The answer of a call that Slack refuses."""
    with pytest.raises(SlackApiError) as caught:
        call(*named, **arguments)
    answer = caught.value.response.data
    assert isinstance(answer, dict)
    return answer
