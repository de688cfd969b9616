"""The hands of people in the attack: pressing what stands before them and what doesn't, typing into windows."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

from tests.attack.plot import Press, Session
from tests.attack.texts import buttons

if TYPE_CHECKING:
    from tests.attack.house import House

Json = dict[str, Any]
_never = threading.Event()
NO_WINDOW = ("can edit it", "not open any more", "no longer knows", "Only those who were told", "Already ",
             "solved already", "sent to your manager", "does not know you")  # fmt: skip


class Hands:
    """What people do in one house."""

    def __init__(self, house: House) -> None:
        self.house = house

    def look_around(self, one: Session, nosy: str) -> None:
        channel, thread, _name = self.house.where[one.mark]
        with contextlib.suppress(HTTPError):  # nor have people of another company the app
            self.house.sandbox.post("/_sandbox/slack/home", {"user": nosy, "wait": 10})
        ours = [ts for (at, ts), line in self.house.newest.items() if at == channel and
                line["shown"].get("thread_ts") == thread][-2:]  # fmt: skip
        for ts in ours:
            for callback in ("how_was_this_answered", "fork_from_here"):
                chosen = {"user": nosy, "callback_id": callback, "channel": channel, "message_ts": ts}
                with contextlib.suppress(HTTPError):  # they are not in that conversation, so they can't
                    self.house.sandbox.post("/_sandbox/slack/shortcut", chosen)

    def press_all(self, presses: Iterable[tuple[Session, Press]]) -> None:
        late = [both for both in presses if both[1].late]
        now = [both for both in presses if not both[1].late]
        for one, press in now:
            self._press(one, press)
        if now:
            self.house.settle()
        if late:
            self.house.sandbox.advance(25 * 3600)
            for one, press in late:
                self._press(one, press)
            self.house.settle()

    def _press(self, one: Session, press: Press) -> None:
        """Press that button wherever the person can see it; else, by force, where somebody else sees it."""
        if press.before or press.waits:
            self.house.settle()
            for deed in press.before:
                self.house.do(deed)
        places = self._places(one, press)
        for _time in range(press.times):
            for channel, message, button in places:
                given = {
                    "user": press.by, "channel": channel, "message_ts": message["ts"],
                    "action_id": button["action_id"], "value": button["value"], "force": True,
                }  # fmt: skip
                self.house.collect()
                before = len(self.house.lines)
                try:
                    self.house.sandbox.post("/_sandbox/slack/press", given)
                except HTTPError:
                    continue  # it was drawn again meanwhile, without that button
                if press.values is not None:
                    self._fill(one, press, button["value"], before)

    def window(self, person: str, about: str, before: int) -> Json | None:
        """The window that opens about it; none opens for whoever is told instead why not, since that many lines."""
        deadline = time.monotonic() + 1.5
        while time.monotonic() < deadline:
            top = self.house.sandbox.get(f"/_sandbox/slack/views?user={person}")["top"]
            if top is not None and about in top["private_metadata"]:
                return dict(top)
            self.house.collect()
            said = (line["shown"] for line in self.house.lines[before:] if line["by"] == "slack" and
                    line["readers"] == [person])  # fmt: skip
            if any(no in json.dumps(one) for one in said for no in NO_WINDOW):
                return None
            _never.wait(0.03)
        return None

    def _fill(self, one: Session, press: Press, approval: str, before: int) -> None:
        """Type into the window that opens for this change, and send it; for some none opens."""
        top = self.window(press.by, approval, before)
        if top is None:
            return
        for deed in press.between:
            if "press" in deed:
                self._press(one, Press(press.by, deed["press"], press.text))
                self.house.settle()
            else:
                self.house.do(deed)
        blocks = [block.get("block_id") for block in top["blocks"]]
        values = {name: value for name, value in (press.values or {}).items() if name in blocks}
        with contextlib.suppress(HTTPError):  # another window has opened on top of it meanwhile
            self.house.sandbox.post(
                "/_sandbox/slack/submit", {"user": press.by, "view_id": top["id"], "values": values}
            )

    def _places(self, one: Session, press: Press) -> list[tuple[str, Json, Json]]:
        """(channel, message, button) of each card that is meant: the presser's own copy, if they have one."""
        found: dict[str, list[tuple[bool, str, Json, Json]]] = {}
        for (channel, _ts), line in self.house.newest.items():
            for button in buttons(line["shown"], (press.action,)):
                if not self._of(one, button["value"]):
                    continue
                if press.text is not None and press.text.lower() not in json.dumps(line["shown"]).lower():
                    continue
                own = channel == f"D{press.by[1:]}"
                found.setdefault(button["value"], []).append((own, channel, line["shown"], button))
        best = [sorted(each, key=lambda place: not place[0])[0] for each in found.values()]
        return [(channel, message, button) for _own, channel, message, button in best]

    def _of(self, one: Session, value: str) -> bool:
        name = self.house.where[one.mark][2]
        return self.house.cards.get(value) == one.mark or value.startswith(f"{name}:") or f":{name}:" in value
