"""`daybook sandbox` installs Daybook as its manifest says: a scope or event that was forgotten is missed there too."""

from __future__ import annotations

import json
import urllib.request

from bot.manifest import EVENTS, SCOPES, manifest
from cli import sandbox


def test_the_stand_in_slack_grants_and_tells_what_the_manifest_asks_for_and_no_more() -> None:
    process, environment = sandbox.start([], reps=2, accounts=1, seed=1, limits=False)
    try:
        page = environment["DAYBOOK_SANDBOX_PAGE"].rstrip("/")
        with urllib.request.urlopen(f"{page}/_sandbox/slack/app", timeout=10) as answer:
            app = json.loads(answer.read())
    finally:
        process.terminate()
        process.wait(timeout=10)
        assert process.stdout is not None
        process.stdout.close()
    assert (app["scopes"], app["bot_events"]) == (sorted(SCOPES), sorted(EVENTS))
    assert app["commands"] == manifest(None)["features"]["slash_commands"]
