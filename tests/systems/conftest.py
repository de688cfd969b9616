"""The adapters against one small sandbox, its knobs turned back for each test; and a Claude made of raw bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from systems.claude import Claude
from systems.hubspot import HubSpot
from systems.jira import Jira
from systems.slack import SlackChat
from tests.stand_ins import Sandbox
from tests.systems.wire_of_claude import RawClaude


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    """One sandbox for all tests of a file; each makes the records it changes."""
    sandbox = Sandbox.start(reps=2, accounts=12)
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(world: Sandbox) -> Sandbox:
    world.ask("DELETE", "/_sandbox/knobs")
    world.forget_calls()
    return world


@pytest.fixture
def new_crm(sandbox: Sandbox) -> Callable[..., HubSpot]:
    def make(token: str | None = None, **how: Any) -> HubSpot:
        how = {"limits": False, "timeout": (5.0, 0.8), "wait": _never, **how}
        return HubSpot(token or sandbox.env["HUBSPOT_ACCESS_TOKEN"], sandbox.env["HUBSPOT_API_URL"], **how)

    return make


@pytest.fixture
def crm(new_crm: Callable[..., HubSpot]) -> HubSpot:
    """HubSpot with the key's property on everything that Daybook makes."""
    crm = new_crm()
    for kind in ("calls", "notes", "tasks"):
        crm.ensure_key(kind)
    return crm


@pytest.fixture
def jira(sandbox: Sandbox) -> Jira:
    env = sandbox.env
    return Jira(
        env["JIRA_URL"], env["JIRA_EMAIL"], env["JIRA_API_TOKEN"], limits=False, timeout=(5.0, 0.8), wait=_never
    )


@pytest.fixture
def chat(sandbox: Sandbox) -> SlackChat:
    return SlackChat(sandbox.env["SLACK_BOT_TOKEN"], sandbox.env["SLACK_API_URL"])


def _never(_seconds: float) -> None:
    """Reads that are tried again need not wait for a sandbox."""


@pytest.fixture
def wire() -> Iterator[RawClaude]:
    server = RawClaude()
    yield server
    server.close()


@pytest.fixture
def claude(wire: RawClaude) -> Iterator[Claude]:
    adapter = Claude("sk-ant-test", wire.address)
    yield adapter
    adapter.close()
