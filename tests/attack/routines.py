"""Setting up routines in the attack, as a person does: the command, the dialog with its ticks, the buttons on Home."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

from tests.attack.plot import Session

if TYPE_CHECKING:
    from tests.attack.house import House

Json = dict[str, Any]
TIME = "16:30"
_never = threading.Event()


class Routines:
    """The routines of one house, by the mark of their session."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.ids: dict[str, str] = {}

    def begin(self, one: Session, mark: str) -> None:
        """Set it up, let happen what happens then, and let it come."""
        assert one.grant is not None
        text = f"every day at {TIME} ask {one.agent} [{mark}] {one.turns[0].words}"
        self._post("command", user=one.person, command="/daybook", text=text)
        view = self._seen(one.person, "top", lambda found: f"[{mark}]" in str(found.get("private_metadata")))
        if view is None:
            return
        blocks = {block["block_id"] for block in view["blocks"]}
        ticked = {"grant": {"value": list(one.grant.tools)}, "records": {"value": str(one.grant.records)}}
        values = {name: value for name, value in ticked.items() if name in blocks}
        self._post("submit", user=one.person, view_id=view["id"], values=values)
        ident = self._on_home(one.person, mark)
        self.ids[mark] = ident
        self.house.where[mark] = ("", "", f"{self.house.office.daybook.workspace}:routine:{ident}")
        for deed in one.grant.before:
            self.house.do(deed)
        if one.grant.comes == "now":
            self.press(one.person, "run_routine", mark)

    def press(self, person: str, action: str, mark: str) -> None:
        """A button of it on somebody's Home; where it isn't there, in a message that somebody has forged."""
        given = {"user": person, "action_id": action, "value": self.ids.get(mark, "")}
        try:
            self._post("press", home=True, **given)
        except HTTPError:
            chat = self.house.office.daybook.systems.chat
            button = {"type": "button", "action_id": action, "value": given["value"],
                      "text": {"type": "plain_text", "text": "Press"}}  # fmt: skip
            where = chat.post(f"D{person[1:]}", "x", [{"type": "actions", "elements": [button]}], f"forged:{action}")
            with contextlib.suppress(HTTPError):
                self._post("press", channel=where.channel, message_ts=where.ts, **given)

    def comes(self) -> None:
        """It is the time for which all of them are made."""
        hour, minute = map(int, TIME.split(":"))
        now = datetime.fromtimestamp(self.house.office.daybook.systems.clock.now() / 1000, UTC)
        self.house.sandbox.set_clock(now.replace(hour=hour, minute=minute, second=1).isoformat())
        self.house.collect()
        self.house.lines.append({"n": self.house.n, "by": "clock"})
        self.house.office.clock.tick()

    def answered(self, one: Session) -> None:
        """Where its answer stands, to be answered to."""
        _channel, _ts, name = self.house.where.get(one.mark, ("", "", "-"))
        for (channel, ts), line in self.house.newest.items():
            metadata = json.dumps(line["args"].get("metadata") or {})
            if channel == f"D{one.person[1:]}" and f'"{name}:' in metadata and not line["shown"].get("thread_ts"):
                self.house.where[one.mark] = (channel, ts, name)

    def over(self, one: Session) -> None:
        """Nobody needs it any more."""
        with contextlib.suppress(HTTPError):  # it has ended by itself
            ident = self.ids[one.mark]
            self._post("press", user=one.person, home=True, action_id="delete_routine", value=ident)

    def _on_home(self, person: str, mark: str) -> str:
        found: list[str] = []

        def shows(home: Json) -> bool:
            for words, buttons in zip(home["blocks"], home["blocks"][2:], strict=False):
                if f"[{mark}]" in json.dumps(words) and buttons["type"] == "actions":
                    found.append(buttons["elements"][0]["value"])
            return bool(found)

        self._seen(person, "home", shows)
        return found[-1] if found else ""

    def _seen(self, person: str, what: str, right: Callable[[Json], bool], seconds: float = 15) -> Json | None:
        """What is on somebody's screen, once it is the right one."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.house.sandbox.get(f"/_sandbox/slack/views?user={person}")[what]
            if found is not None and right(found):
                return dict(found)
            _never.wait(0.05)
        return None

    def _post(self, what: str, **given: Any) -> Json:
        return dict(self.house.sandbox.post(f"/_sandbox/slack/{what}", given))
