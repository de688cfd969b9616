"""The sample company's HubSpot and Jira served in the test's own process, with the real clients at hand."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import urllib3
from hubspot import HubSpot
from jira import JIRA

from sandbox.app import Sandbox
from sandbox.clock import SharedClock
from sandbox.objects import ObjectStore
from sandbox.serving import Server
from sandbox.world import START_MS, World

COMPANY_TO_CALL, CALL_TO_COMPANY = 181, 182


class Crm:
    """A served sample company. ``hubspot(lambda c: c.crm.companies.basic_api)`` gives one API of the real client."""

    def __init__(self, sandbox: Sandbox, server: Server) -> None:
        self.sandbox, self.server = sandbox, server
        self.env = sandbox.environment
        self.world = sandbox.world
        self._apis: dict[str, Any] = {}
        self._jira: JIRA | None = None

    def hubspot(self, group: str, api: str = "basic_api") -> Any:
        """``hubspot("companies")``, ``hubspot("objects.calls", "search_api")``…: a real client's API, kept."""
        name = f"{group}.{api}"
        if name not in self._apis:
            client = HubSpot(
                access_token=self.env["HUBSPOT_ACCESS_TOKEN"],
                host=self.env["HUBSPOT_API_URL"],
                retry=urllib3.Retry(0, raise_on_status=False),
            )
            found: Any = client.crm
            for part in name.split("."):
                found = getattr(found, part)
            self._apis[name] = found
        return self._apis[name]

    @property
    def jira(self) -> JIRA:
        if self._jira is None:
            login = (self.env["JIRA_EMAIL"], self.env["JIRA_API_TOKEN"])
            self._jira = JIRA(server=self.env["JIRA_URL"], basic_auth=login, timeout=10, max_retries=0)
        return self._jira

    def close(self) -> None:
        for api in self._apis.values():
            api.api_client.rest_client.pool_manager.clear()
        if self._jira is not None:
            self._jira.close()

    def raw(
        self, method: str, path: str, body: Any = None, token: str | None = None
    ) -> tuple[int, dict[str, str], Any]:
        """One HubSpot call without the client: status, headers (lower case), JSON."""
        headers = {"authorization": f"Bearer {token or self.env['HUBSPOT_ACCESS_TOKEN']}"}
        return self._send(method, self.env["HUBSPOT_API_URL"] + path, body, headers)

    def raw_jira(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, str], Any]:
        """One Jira call without the client."""
        pair = f"{self.env['JIRA_EMAIL']}:{self.env['JIRA_API_TOKEN']}"
        basic = urllib3.make_headers(basic_auth=pair)["authorization"]
        return self._send(method, self.env["JIRA_URL"] + path, body, {"authorization": basic})

    def hand(self, method: str, path: str, body: Any = None) -> Any:
        """A person changes something in the vendors' own screens; the answer's JSON."""
        status, _, told = self._send(method, f"{self.server.base_url}/_sandbox/crm/{path}", body, {})
        assert status == 200, told
        return told

    def turn(self, target: str, mode: str, **how: Any) -> None:
        """Turn a knob."""
        self.sandbox.knobs.turn({"target": target, "mode": mode, **how})

    def _send(self, method: str, url: str, body: Any, headers: dict[str, str]) -> tuple[int, dict[str, str], Any]:
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(
            url, data=data, method=method, headers={**headers, "content-type": "application/json"}
        )
        try:
            with urllib.request.urlopen(asked, timeout=15) as answer:
                text = answer.read()
                return answer.status, _lower(answer.headers), json.loads(text) if text else None
        except urllib.error.HTTPError as refused:
            with refused:
                text = refused.read()
                return refused.code, _lower(refused.headers), json.loads(text) if text else None


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def serve_crm(folder: Path, *, limits: bool, reps: int = 3, accounts: int = 40) -> Iterator[Crm]:
    """Serve a fresh world until the test is over."""
    world = World(reps=reps, accounts_per_rep=accounts)
    store = ObjectStore()
    world.fill(store)
    sandbox = Sandbox(world, store, SharedClock(folder / "clock.json", START_MS), limits=limits)
    server = Server(sandbox)
    sandbox.address(server.base_url)
    ready = threading.Event()
    thread = threading.Thread(target=server.run_until_told, args=(ready.set,))
    thread.start()
    assert ready.wait(10)
    served = Crm(sandbox, server)
    try:
        yield served
    finally:
        served.close()
        server.should_exit = True
        thread.join(10)
        server.listening.close()
        store.close()
