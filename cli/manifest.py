"""``daybook manifest``: the Slack app manifest, ready to paste."""

from __future__ import annotations

import json

import typer

from bot.manifest import manifest


def run(url: str | None) -> None:
    if url is not None and not url.startswith("https://"):
        raise typer.BadParameter("--url must be the public https:// address of `daybook run web`.")
    print(json.dumps(manifest(url), indent=2))
