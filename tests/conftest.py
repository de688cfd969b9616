"""What every test may ask for: a sandbox over the wire, a database of each kind, a deployment with records in it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from systems import asking
from tests.databases import Databases
from tests.stand_ins import Sandbox

CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token lying about in the shell must never reach a test, nor a test a real vendor."""
    for name in list(os.environ):
        if name.startswith(("SLACK_", "HUBSPOT_", "JIRA_", "DAYBOOK_", "DATABASE_URL", "ANTHROPIC_")) and name not in (
            "DAYBOOK_SPECS",
            "DAYBOOK_REQUIRE_BROWSER",
        ):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True, scope="session")
def _plain_logs() -> None:
    from cli import logs

    logs.start("text")


@pytest.fixture(autouse=True, scope="session")
def _short_pauses() -> Iterator[None]:
    """A vendor that is down is asked again just as often, but without half a minute's waiting in between."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "FIRST_PAUSE", 0.02)
        yield


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def postgres(databases: Databases) -> str:
    """Address of the Postgres server itself."""
    return databases.server()


@pytest.fixture
def new_database(databases: Databases) -> Callable[[str], str]:
    """``new_database("sqlite")`` or ``("postgres")``: the address of a fresh migrated database."""
    return databases.new


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> str:
    """A fresh migrated database; the test runs once on each kind."""
    return new_database(request.param)


@pytest.fixture
def sqlite_url(new_database: Callable[[str], str]) -> str:
    return new_database("sqlite")


@pytest.fixture
def start_sandbox() -> Iterator[Callable[..., Sandbox]]:
    """``start_sandbox(reps=2, accounts=12)``: a fresh world of its own, stopped after the test."""
    running: list[Sandbox] = []

    def start(**sizes: Any) -> Sandbox:
        sandbox = Sandbox.start(**sizes)
        running.append(sandbox)
        return sandbox

    yield start
    for sandbox in running:
        sandbox.stop()


@pytest.fixture
def deployed() -> Iterator[Callable[..., Any]]:
    """``deployed(sandbox, url)``: a deployment on that database against that sandbox, closed after the test."""
    from tests.deployments import deploy

    open_ones: list[Any] = []

    def make(sandbox: Sandbox, url: str, **more: str) -> Any:
        while open_ones:
            open_ones.pop().close()  # one process has the SQLite file, so one deployment at a time
        open_ones.append(deploy(sandbox.env, url, **more))
        return open_ones[-1]

    yield make
    for deployment in open_ones:
        deployment.close()


@pytest.fixture
def daybook() -> Callable[..., subprocess.CompletedProcess[str]]:
    """``daybook("list", "U1", env=…)``: the command line as a person runs it, with only ``env`` as its settings."""
    import sys

    def run(*arguments: str, env: dict[str, str], timeout: float = 120) -> subprocess.CompletedProcess[str]:
        clean = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "TMPDIR")}
        return subprocess.run(
            [sys.executable, "-m", "cli.main", *arguments],
            cwd=CHECKOUT,
            env={**clean, **env},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run
