"""A week on a moving clock: each manager gets exactly the alerts that the rules say, at their hour, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.databases import Databases
from tests.office import words
from tests.trouble import ALONE, BOSS, EVERYBODY, MANAGER, NAMED, OTHER_REP, REP, Crm, Watched, emptied

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
QUIETER = {"DAYBOOK_SYNC_AT": "07:20", "DAYBOOK_LIST_AT": "08:00"}
"""A sync a day, and one whenever something has happened: what is on record is never out of date."""
QUARTET = [f"Quartet {one}" for one in ("Alto", "Bass", "Cello", "Drum")]
RESTARTS = {MONDAY + timedelta(days=day, hours=hour) for day, hour in ((0, 9.5), (2, 19), (4, 11.5))}


def at(day: int, hour: float) -> datetime:
    """An hour of the week, London's, which is UTC in winter: day 0 is Monday."""
    return MONDAY + timedelta(days=day, hours=hour)


EXPECTED = [
    # Written by hand from the rules in words, not from the code: who hears of which account, when, at which level.
    #
    # Harbour Hats (large, urgent, nobody answered) was opened on Friday 27 Nov 10:00: three days are over on Monday at
    # 10:00. Nobody claims it. The manager's ten working hours end on Tuesday at 10:00, so it goes to the manager's
    # manager, whose own (in New York) begin at 13:00 in London. Theirs end on Wednesday at 13:00: then whom the
    # settings name, who claims it.
    (at(0, 10), MANAGER, "Harbour Hats", 1),
    (at(1, 13), BOSS, "Harbour Hats", 2),
    (at(2, 13), NAMED, "Harbour Hats", 3),
    # Island Ink (small, urgent) was opened on Monday at 07:00: six days would be over on Sunday. Answered on Thursday:
    # nobody hears of it.
    #
    # Jolly Jars (large, urgent) was opened on Wednesday 25 Nov 20:00: three days were over on Saturday, so it is told
    # on Monday at 08:00. Claimed on Monday at 12:00, and then nothing is done: the thirty working hours of who claimed
    # it end on Thursday at 12:00. They hear so, and the manager's manager at 13:00, who claims it: ten days, on
    # Saturday, raise nothing any more.
    (at(0, 8), MANAGER, "Jolly Jars", 1),
    (at(3, 12), MANAGER, "Jolly Jars", 2),
    (at(3, 13), BOSS, "Jolly Jars", 2),
    # Kite Kits (large, urgent) was opened on Friday 20 Nov 09:00: ten days are over on Monday at 09:00. Before, it is
    # level 1, and Monday 08:00 tells the manager. At 09:00 it is worse: the manager's manager hears at 13:00. At 15:00
    # it is answered, so solved; on Tuesday at 09:00 the customer has written again: on Wednesday at 09:00 they have
    # waited a day. Open for twelve days, but level 2 asks for three days of waiting, so it is level 1.
    (at(0, 8), MANAGER, "Kite Kits", 1),
    (at(0, 13), BOSS, "Kite Kits", 2),
    (at(2, 9), MANAGER, "Kite Kits", 1),
    # Set aside on Wednesday at 11:00 as no problem. On Friday at 09:00 the customer has waited three days: level 2. The
    # manager hears of it again, and the manager's manager at 13:00, who claims it.
    (at(4, 9), MANAGER, "Kite Kits", 2),
    (at(4, 13), BOSS, "Kite Kits", 2),
    # Lone Lamps (large, waits, not urgent) has an owner whom nobody leads: seven days are over on Tuesday at 14:00.
    # Whom the settings name hears of it, snoozes it at 15:00 for a day, and gets it back on Wednesday at 08:00.
    (at(1, 14), NAMED, "Lone Lamps", 1),
    (at(2, 8), NAMED, "Lone Lamps", 1),
    # Nut Nougat (middle) has a promised follow-up that was due on Friday 27 Nov 16:00: five days are over on Wednesday
    # at 16:00. The rep calls on Thursday, before the ten working hours are over: solved.
    (at(2, 16), MANAGER, "Nut Nougat", 1),
    # Four more large accounts were opened on Tuesday at 12:00, all three days old on Friday at 12:00: one message.
    (at(4, 12), MANAGER, "Quartet Alto+Quartet Bass+Quartet Cello+Quartet Drum", 1),
]
"""(when, who, which accounts in one message, the level it is at then)."""


@pytest.fixture(params=["sqlite", "postgres"])
def office(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watched]:
    sandbox = emptied()
    try:
        crm = Crm(sandbox)
        for rep in (REP, OTHER_REP, ALONE):
            crm.account(f"Quiet of {rep}", rep)
        sandbox.set_clock((MONDAY - timedelta(minutes=20)).isoformat())
        zones = {BOSS: 'manager = ""\ntz = "America/New_York"'}
        folder = tmp_path_factory.mktemp("office")
        working = Watched(sandbox, databases.new(request.param), folder, crm, zones, **QUIETER)
        # It moves when the test moves it: what takes a moment here takes none there.
        sandbox.post("/_sandbox/clock", {"running": False})
        try:
            yield working
        finally:
            working.stop()
    finally:
        sandbox.stop()


def told(office: Watched, since: dict[str, int], now: datetime) -> list[tuple[datetime, str, str, int]]:
    """The alerts that came since then: when, to whom, of which accounts, at which level."""
    found = []
    for person in EVERYBODY:
        for message in office.alerts(person)[since[person] :]:
            said = words(message["blocks"])
            names = "+".join(name for name in sorted(NAMES) if name in said)
            found.append((now, person, names, int(said[said.index("Level ") + 6])))
    return found


def moments() -> Iterator[datetime]:
    """Each half-hour while anybody is at work, and every four hours of the rest of the week."""
    moment = at(0, 0)
    while moment <= at(7, 0):
        yield moment
        busy = moment.weekday() < 5 and 7 <= moment.hour < 19
        moment += timedelta(minutes=30) if busy else timedelta(hours=4)
        if not busy and moment.weekday() < 5 and moment.hour == 8:
            moment = moment.replace(hour=7)


NAMES = {name for _when, _who, names, _level in EXPECTED for name in names.split("+")} | {"Island Ink"}


def test_a_week_gives_each_manager_exactly_the_alerts_the_rules_say_once(office: Watched) -> None:
    crm = office.crm
    tickets: dict[str, str] = {}

    def opened(name: str, when: datetime, rep: str = REP, revenue: int = 240_000, priority: str = "URGENT") -> None:
        tickets[name] = crm.ticket(crm.account(name, rep, revenue), when, priority)

    opened("Harbour Hats", at(-3, 10))
    opened("Jolly Jars", at(-5, 20))
    opened("Kite Kits", at(-10, 9))
    opened("Lone Lamps", at(-6, 14), ALONE, priority="HIGH")
    nougat = crm.account("Nut Nougat", REP, 40_000)
    crm.touch("calls", nougat, at(-12, 10))
    crm.follow_up(nougat, at(-3, 16))
    office.sync()

    def press(person: str, name: str, action: str, **how: str) -> None:
        message = next(m for m in reversed(office.alerts(person)) if name in words(m["blocks"]))
        office.decide(person, message, action, name=name, **how)

    def set_aside() -> None:
        message = next(m for m in reversed(office.alerts(MANAGER)) if "Kite Kits" in words(m["blocks"]))
        office.dismiss(MANAGER, message, "They know, and wait for the release")

    happens = {
        at(0, 7): lambda: opened("Island Ink", at(0, 7), revenue=9_000),
        at(0, 12): lambda: press(MANAGER, "Jolly Jars", "claim_escalation"),
        at(0, 15): lambda: crm.answer(tickets["Kite Kits"], at(0, 15)),
        at(1, 8.5): lambda: crm.ask(tickets["Kite Kits"], at(1, 9)),
        at(2, 11): set_aside,
        at(1, 12): lambda: [opened(name, at(1, 12), OTHER_REP) for name in QUARTET],
        at(1, 15): lambda: press(NAMED, "Lone Lamps", "snooze_escalation", choice="day"),
        at(2, 10): lambda: crm.answer(tickets["Lone Lamps"], at(2, 10)),
        at(2, 14): lambda: press(NAMED, "Harbour Hats", "claim_escalation"),
        at(3, 9.5): lambda: crm.touch("calls", nougat, at(3, 9.5)),
        at(3, 12): lambda: crm.answer(tickets["Island Ink"], at(3, 12)),
        at(3, 15): lambda: press(BOSS, "Jolly Jars", "claim_escalation"),
        at(4, 14): lambda: [crm.close(tickets[name], at(4, 14)) for name in QUARTET],
        at(4, 15): lambda: press(BOSS, "Kite Kits", "claim_escalation"),
    }
    got: list[tuple[datetime, str, str, int]] = []
    for moment in moments():
        before = office.counts()
        office.tick_to(moment)
        got += told(office, before, moment)
        if moment in happens:
            happens.pop(moment)()
            office.sync()
        if moment in RESTARTS:
            office.restart()
    assert happens == {}
    assert sorted(got) == sorted(EXPECTED)
