"""An MCP server of somebody else's, for tests: started as a process, asked what it was asked, made to change."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cli.mcp import pin

Json = dict[str, Any]


class Outside:
    """The running process, and a file that sets it up."""

    def __init__(self, token: str = "") -> None:
        place = Path(__file__).resolve().parent.parent
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.outside_server"],
            cwd=place, stdout=subprocess.PIPE, text=True, env={**os.environ, "OUTSIDE_TOKEN": token},
        )  # fmt: skip
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        assert self.address, f"the server ended with status {self.process.wait()}"
        self.url = f"{self.address}/mcp"

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(timeout=10)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def file(self, folder: Path, *servers: tuple[str, str, Sequence[str]], hurried: str = "") -> str:
        """The file that sets this server up under these names: (name, what it may see, the tools that are pinned).

        ``hurried`` is the name of the one that has a second only for an answer.
        """
        path = folder / "mcp.toml"
        entry = '[servers.{}]\nurl = "{}"\nmay_see = "{}"\nseconds = {}\n'
        path.write_text("".join(entry.format(name, self.url, sees, 60) for name, sees, _tools in servers))
        text = "".join(entry.format(name, self.url, sees, 1 if name == hurried else 60) for name, sees, _ in servers)
        for name, _sees, tools in servers:
            told = io.StringIO()
            with redirect_stdout(told), patch.dict(os.environ, DAYBOOK_MCP_FILE=str(path)):
                pin(name)
            blocks = told.getvalue().split("\n\n")
            text += "\n".join(next(one for one in blocks if f'.tools."{tool}"]' in one) + "\n" for tool in tools)
        path.write_text(text, encoding="utf-8")
        return str(path)

    def asked(self) -> list[Json]:
        with urllib.request.urlopen(f"{self.address}/asked", timeout=10) as answer:
            return list(json.loads(answer.read()))

    def change(self, change: bool = True) -> None:
        body = json.dumps({"change": change}).encode()
        request = urllib.request.Request(f"{self.address}/do", data=body, method="POST")
        urllib.request.urlopen(request, timeout=10).close()
