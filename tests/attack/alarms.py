"""Alerts to managers in the attack: how they come about, and pressing their buttons, also those that are gone."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

from scheduler import watch_accounts
from sessions import inbox
from sessions.schedules import Due
from tests.attack.alerted import ACTIONS, rows
from tests.attack.dice import TRICKS, Dice
from tests.attack.plot import AlarmPress

if TYPE_CHECKING:
    from tests.attack.house import House

Json = dict[str, Any]
Place = tuple[str, str, Json]
"""(channel, message, button)."""


class Alarms:
    """The alerts of one house; ``places`` is where each button of an account's has ever stood."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.places: dict[tuple[str, str], list[Place]] = {}
        self._raised = False

    def look(self) -> None:
        """Daybook looks at all accounts and tells whom it has to tell; once."""
        if self._raised:
            return
        self._raised = True
        house = self.house.office.daybook
        while datetime.fromtimestamp(house.systems.clock.now() / 1000, UTC).weekday() > 4:
            self.house.sandbox.advance(86_400)  # nobody is told anything at the weekend
        self.house.office.sync()  # nor from records that nobody has read lately
        now = house.systems.clock.now()
        with house.database.begin() as connection:
            due = Due("watch_accounts", "", "UTC", now)
            inbox.submit(connection, house.queue, house.workspace, watch_accounts.trigger(house.workspace, due), now)
        self.house.settle()
        self.house.office.clock.tick()
        self.house.settle()

    def saw(self, line: Json) -> None:
        """A message was shown: which buttons of which account it has."""
        for account, _words, elements in rows(self.house.company, line["shown"]):
            for element in elements:
                place = (line["channel"], str(line["shown"]["ts"]), element)
                self.places.setdefault((account, element["action_id"]), []).append(place)

    def press(self, one: AlarmPress) -> None:
        """Press it where it stands or stood: the oldest place, which is often gone by now."""
        places = self.places.get((one.account, one.action), [])
        for channel, ts, element in places[:1] * one.times:
            given: Json = {"user": one.by, "channel": channel, "message_ts": ts, "action_id": one.action, "force": True}
            if one.action == "snooze_escalation":
                given["selected_option"] = element["options"][-1]
            else:
                given |= {"value": element["value"], "stale": True}
            self.house.collect()
            before = len(self.house.lines)
            with contextlib.suppress(HTTPError):  # a menu that is gone can't be chosen from
                self.house.sandbox.post("/_sandbox/slack/press", given)
            if one.reason:
                self._say_why(one, element["value"], before)

    def _say_why(self, one: AlarmPress, key: str, before: int) -> None:
        top = self.house.hands.window(one.by, key, before)
        if top is not None:
            told = {"user": one.by, "view_id": top["id"], "values": {"reason": one.reason}}
            with contextlib.suppress(HTTPError):
                self.house.sandbox.post("/_sandbox/slack/submit", told)


def presses(dice: Dice) -> tuple[AlarmPress, ...]:
    """Somebody at an alert: those who were told, and those who weren't; twice, and when it is too late."""
    luck, company = dice.luck, dice.company
    account = luck.choice(company.troubled)
    leader = next(one.manager for one in company.people.values() if one.owner == account.owner)
    people = [one.id for one in company.people.values()] + [str(leader)] * 6
    found = []
    for _ in range(luck.choice((1, 2, 3))):
        by, action = luck.choice(people), luck.choice(ACTIONS)
        reason = luck.choice(TRICKS) if action == "dismiss_escalation" and by == leader else ""
        found.append(AlarmPress(by, action, account.id, luck.choice((1, 1, 2)), reason))
    return tuple(found)
