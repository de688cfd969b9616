"""What the sandbox's own tests ask for: a stand-in Slack served in this process, with the real clients at hand."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from anthropic import Anthropic

from sandbox.app import Sandbox
from sandbox.clock import SharedClock
from sandbox.objects import ObjectStore
from sandbox.serving import Server
from sandbox.world import START_MS, World
from tests.sandbox.claude_served import Claude
from tests.sandbox.crm_served import Crm, serve_crm
from tests.sandbox.page_bot import Bot
from tests.sandbox.served import Running, Stage
from tests.stand_ins import Sandbox as Process

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.sandbox.page_desk import Desk


@pytest.fixture(scope="session")
def small_world() -> Iterator[tuple[World, ObjectStore]]:
    world = World(reps=3, accounts_per_rep=2)
    store = ObjectStore()
    yield world, store
    store.close()


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """One listening server for all tests of the sandbox; each test puts its own sandbox on it."""
    stage = Stage()
    server = Server(stage)
    ready = threading.Event()
    thread = threading.Thread(target=server.run_until_told, args=(ready.set,))
    thread.start()
    assert ready.wait(10)
    stage.base_url = server.base_url
    yield stage
    server.should_exit = True
    thread.join(10)
    server.listening.close()
    assert not thread.is_alive()


def _serve(stage: Stage, world: World, store: ObjectStore, folder: Path, limits: bool) -> Iterator[Running]:
    sandbox = Sandbox(world, store, SharedClock(folder / "clock.json", START_MS), limits=limits)
    sandbox.address(stage.base_url)
    stage.show(sandbox)
    yield Running(sandbox, stage.base_url)
    stage.clear()


@pytest.fixture
def running(stage: Stage, small_world: tuple[World, ObjectStore], tmp_path: Path) -> Iterator[Running]:
    """A fresh Slack without rate limits."""
    yield from _serve(stage, *small_world, tmp_path, limits=False)


@pytest.fixture
def limited(stage: Stage, small_world: tuple[World, ObjectStore], tmp_path: Path) -> Iterator[Running]:
    """A fresh Slack with its rate limits."""
    yield from _serve(stage, *small_world, tmp_path, limits=True)


@pytest.fixture(scope="session")
def specs() -> Path:
    """The vendors' machine-readable specs, where they are at hand."""
    named = os.environ.get("DAYBOOK_SPECS")
    folder = Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "specs"
    if not folder.is_dir():
        pytest.skip("the vendors' specs are not here; name their folder in DAYBOOK_SPECS")
    return folder


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[Crm]:
    """A fresh sample company of three reps, without rate limits: its HubSpot and Jira through their real clients."""
    yield from serve_crm(tmp_path, limits=False)


@pytest.fixture
def limited_crm(tmp_path: Path) -> Iterator[Crm]:
    """The same with the vendors' rate limits."""
    yield from serve_crm(tmp_path, limits=True)


@pytest.fixture(scope="session")
def read_only_crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crm]:
    """One sample company for all tests that change nothing."""
    yield from serve_crm(tmp_path_factory.mktemp("crm"), limits=False)


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """A headless browser."""
    from tests.sandbox.page_shot import browser, chromium

    chromium()
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def bot() -> Iterator[Bot]:
    """A bot that does what the test tells it to."""
    running = Bot()
    yield running
    running.close()


@pytest.fixture(scope="module")
def office(bot: Bot) -> Iterator[Process]:
    """A company of forty reps whose Slack sends what happens to that bot."""
    running = Process.start(reps=40, accounts=1, now="2026-11-23T17:00:00+00:00", more=("--request-url", bot.url))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def newcomers() -> Iterator[int]:
    """Numbers for people nobody has written to."""
    return count(1)


@pytest.fixture
def desk(chrome: Browser, office: Process, bot: Bot, newcomers: Iterator[int]) -> Iterator[Desk]:
    """A person nobody has written to. Fails when the page complained or reached beyond this machine."""
    from tests.sandbox.page_desk import Desk

    bot.forget()
    page = chrome.new_page(viewport={"width": 1280, "height": 900})
    desk = Desk(office, bot, page, f"U0REP{next(newcomers):05d}", f"U0REP{next(newcomers):05d}")
    page.on("pageerror", lambda error: desk.complaints.append(str(error)))
    page.on("console", lambda said: desk.complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("request", lambda asked: desk.complaints.append(asked.url) if _far(asked.url) else None)
    yield desk
    page.close()
    assert desk.complaints == []


def _far(url: str) -> bool:
    return urlsplit(url).scheme != "data" and urlsplit(url).hostname != "127.0.0.1"


@pytest.fixture
def claude(running: Running) -> Iterator[Claude]:
    """A fresh Claude, without rate limits, through the real client, which does not try again by itself."""
    env = running.sandbox.environment
    with Anthropic(api_key=env["ANTHROPIC_API_KEY"], base_url=env["ANTHROPIC_BASE_URL"], max_retries=0) as client:
        yield Claude(running, client)
