"""The App Home and the Messages tab: a person's own page, drawn anew whenever they open it or press on it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from slack_bolt.async_app import AsyncApp
from sqlalchemy import Connection, select

from bot import routines, today
from bot.door import Door
from bot.members import STRANGER, is_member
from bot.presses import NOT_STORED
from bot.saying import NO_ANSWER, afterwards, whisper
from records import gather, people, policies
from records.people import Person
from rules.policy import Policy
from rules.priority import RULES
from sessions import schedules
from sessions.schedules import ScheduleError
from sessions.session import ENDED
from sessions.store import inbox as inbox_table
from store.engine import reading
from systems.faults import SystemFault
from tools import escalation_cards, marks, posted
from tools import listing as listings
from tools.posted import OnScreen
from views import home as view
from views.escalated import groups, says, standing_words, told_words
from views.home import Alerted, Home, Schedule, Snoozed
from views.words import marked

log = structlog.get_logger("bot.home")

LISTS_BACK_MS = 35 * 24 * 3_600_000
"""How far back lists are looked through for one that names an account; a snooze lasts a week, a quarter at most."""
TURN_LOOKS, TURN_LOOK_SECONDS = 40, 0.25
TITLES = {"morning_list": "Morning list"}
PROMPTS = (
    ("Who needs me today?", "What's on my list?"),
    ("Why the first one?", "Why is the first account on my list?"),
    ("How does the list work?", "How does the list work?"),
    ("What may you do?", "What may you do?"),
)
"""Pressed, they are sent as they stand, whoever presses: so questions only, and none that names a customer."""


def listen(app: AsyncApp, door: Door) -> None:
    @app.event("app_home_opened")
    async def opened(event: dict[str, Any], client: Any) -> None:
        if event.get("tab") == "messages":
            afterwards(_suggest(client, str(event["channel"])))
        else:
            afterwards(publish(door, str(event["user"])))

    for action, paused in (("pause_schedule", True), ("resume_schedule", False)):
        app.action(action)(_scheduling(door, paused))


def _scheduling(door: Door, paused: bool) -> Any:
    async def pressed(ack: Any, body: dict[str, Any], client: Any) -> None:
        person, name = body["user"]["id"], str(body["actions"][0].get("value") or "")

        def change(connection: Connection) -> str | None:
            try:
                schedules.change(connection, door.workspace, name, person, door.systems.clock.now(), paused=paused)
            except ScheduleError as wrong:
                return f"That can't be done: {wrong}."
            return None

        try:
            sorry = await door.store(change)
        except Exception:
            log.exception("schedule.not_changed")
            sorry = NOT_STORED
        await ack()
        if sorry is not None:
            afterwards(whisper(client, None, person, sorry))
        afterwards(publish(door, person))

    return pressed


async def publish(door: Door, person: str) -> None:
    """Draw the person's Home. It is drawn again when they open it, so one that is lost is no loss."""
    try:
        await asyncio.to_thread(_publish, door, person)
    except SystemFault as fault:
        log.warning("home.not_shown", error=str(fault))


async def publish_after(door: Door, person: str, key: str) -> None:
    """Draw Home once the turn of the press ``key`` has ended, or after a while all the same."""
    for _ in range(TURN_LOOKS):
        if await asyncio.to_thread(_has_ended, door, key):
            break
        await asyncio.sleep(TURN_LOOK_SECONDS)
    await publish(door, person)


def _has_ended(door: Door, key: str) -> bool:
    t = inbox_table.c
    with reading(door.database).connect() as connection:
        state = connection.scalar(select(t.state).where(t.workspace == door.workspace, t.key == key))
    return state is None or state in ENDED


def _publish(door: Door, person: str) -> None:
    with reading(door.database).connect() as connection:
        shown = gathered(connection, door, person)
    drawn = view.home(shown) if shown is not None else view.stranger(STRANGER)
    door.systems.chat.publish_home(person, drawn)


async def _suggest(client: Any, channel: str) -> None:
    """Without a thread: in the agent view Slack takes one, says yes and shows nothing."""
    prompts = [{"title": title, "message": message} for title, message in PROMPTS]
    try:
        await client.assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=prompts)
    except NO_ANSWER as refused:
        log.warning("prompts.not_shown", error=str(refused))


def gathered(connection: Connection, door: Door, person: str) -> Home | None:
    """What the person's Home says now; None for somebody Daybook does not work for."""
    known = people.by_slack_id(connection, person)
    if known is None or not is_member(connection, door.workspace, person):
        return None
    now = door.systems.clock.now()
    policy = policies.current(door.systems.settings)[0]
    lists = posted.since(connection, door.workspace, now - LISTS_BACK_MS, person=person)
    lists.sort(key=lambda one: one.made_at, reverse=True)
    return Home(
        today=today.of(connection, door, known, lists, now),
        pending=tuple(door.cards.pending(connection, person, now)),
        snoozed=tuple(_snoozed(connection, door, known, lists, now)),
        schedules=tuple(_schedules(connection, door, known, now)),
        routines=tuple(routines.shown(connection, door, known)),
        did=tuple(door.cards.did(connection, person, now)),
        alerted=tuple(_alerted(connection, door, person)),
        rules=tuple(_rules(policy)),
        version=policy.version,
        zone=ZoneInfo(known.tz),
        now=now,
    )


def _snoozed(
    connection: Connection, door: Door, person: Person, lists: list[OnScreen], now: int
) -> Iterator[Snoozed]:
    found = marks.active(connection, door.workspace, person.id)
    links = listings.links(connection, door.systems)
    for account, mark in found.items():
        if mark.until is not None and mark.until <= now:
            continue
        facts = gather.one(connection, account, now)
        on = next((one for one in lists if account in one.touched), None)
        yield Snoozed(
            f"{on.session}/{account}" if on else None,
            facts.name if facts else "",
            links.account(account),
            marked(mark, ZoneInfo(person.tz)),
        )


def _alerted(connection: Connection, door: Door, person: str) -> Iterator[Alerted]:
    told = escalation_cards.of_person(connection, door.systems, door.workspace, person)
    for group in groups(told):
        one = group.first
        account = one.case.account
        words = standing_words(one, told) or told_words(one, told)
        link = told.links.account(account.account_id)
        yield Alerted(one.key, account.name, link, "; ".join(says(group)), words, one.state == "open")


def _schedules(connection: Connection, door: Door, person: Person, now: int) -> Iterator[Schedule]:
    for name, title in TITLES.items():
        row = schedules.get(connection, door.workspace, name, person.id)
        if row is None:
            continue
        times: list[int] = []
        if not row["paused"]:
            times.append(row["next_at"])
            while len(times) < 3:
                times.append(schedules.next_time(row["at"], row["days"], row["zone"], times[-1]))
        rhythm = f"{row['at']} {_days(str(row['days']))}, {_place(str(row['zone']))} time"
        yield Schedule(name, title, rhythm, times, row["paused"])


def _days(days: str) -> str:
    """``mon,tue,wed,thu,fri`` as people say it."""
    names = [name.capitalize() for name in days.split(",")]
    if len(names) == 7:
        return "every day"
    return "Mon to Fri" if names == ["Mon", "Tue", "Wed", "Thu", "Fri"] else f"on {', '.join(names)}"


def _place(zone: str) -> str:
    """``America/Los_Angeles`` as ``Los Angeles``."""
    return zone.rpartition("/")[2].replace("_", " ")


def _rules(policy: Policy) -> Iterator[str]:
    """How the list works: what raises an account, strongest first, what lowers one, and what a place needs."""
    weights = {rule: int(getattr(policy.weights, rule.name)) for rule in RULES}
    raising = sorted((rule for rule in RULES if not rule.lowers), key=lambda rule: -weights[rule])
    yield "Each account is given points for what has happened with it; the tier multiplies them."
    for rule in raising[:7]:
        yield f"{rule.title} (weight {weights[rule]})"
    lowering = [rule.title for rule in RULES if rule.lowers]
    if lowering:
        yield f"Taken off, because it can wait: {', '.join(lowering)}"
    yield f"A place on the list needs {policy.minimum_points} points. Why? on each account shows its sum."
