"""Who counts as one of us in Slack, told over the wire by a workspace with all sorts of people in it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from systems.slack import SlackChat

HOME = "T1"


def person(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "team_id": HOME, "profile": {"email": f"{name}@example.com"}, **more}


MEMBERS = [
    person("UREP"),
    person("UGUEST", is_restricted=True),
    person("UPARTNER", team_id="T2", is_stranger=False, is_admin=True),
    person("UGRID", team_id="T3", enterprise_user={"teams": [HOME, "T3"]}),
    person("UBOSS", is_admin=True),
]


class Slack(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        answers = {
            "/api/auth.test": {"ok": True, "team_id": HOME, "team": "Home", "user_id": "UB", "bot_id": "B"},
            "/api/users.list": {"ok": True, "members": MEMBERS, "response_metadata": {"next_cursor": ""}},
        }
        body = json.dumps(answers[self.path]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Quiet."""


@pytest.fixture
def chat() -> Iterator[SlackChat]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slack)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield SlackChat("xoxb-test", f"http://127.0.0.1:{server.server_port}/api/")
    server.shutdown()
    thread.join()
    server.server_close()


def test_guests_and_people_of_another_workspace_are_strangers_and_never_administrators(chat: SlackChat) -> None:
    told = {user.id: (user.is_guest, user.is_admin) for user in chat.users()}
    assert told == {
        "UREP": (False, False),
        "UGUEST": (True, False),
        "UPARTNER": (True, False),
        "UGRID": (False, False),
        "UBOSS": (False, True),
    }
