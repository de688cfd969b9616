"""Routines in Slack: ``/daybook every …`` opens a dialog, nothing is kept before it is confirmed; buttons on Home."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from slack_bolt.async_app import AsyncApp
from sqlalchemy import Connection

from agents.catalogue import written_agents
from bot import heard
from bot.door import Door
from bot.members import STRANGER, is_member
from bot.messages import ASSISTANT
from bot.presses import NOT_STORED, Later, press_key
from bot.saying import NO_ANSWER, afterwards, whisper
from records import people, policies
from records.people import Person
from rules import allowance
from rules import routines as rules
from rules.routines import RoutineError, Wish
from rules.verdict import Refuse
from scheduler import routine as schedule
from sessions import routines
from sessions.routines import Answering, Standing
from sessions.schedules import Due, ScheduleError
from store.engine import reading
from tools import routines as book
from tools.routines import Routine
from views import escape
from views import routines as view
from views.words import moment

log = structlog.get_logger("bot.routines")
BUSY = "Daybook could not store that. Nothing was set up; please try again in a minute."
GONE = "That routine is not there any more. Nothing was changed."
ACTS = {view.PAUSE: rules.PAUSE, view.RESUME: rules.PAUSE, view.RUN: rules.RUN, view.DELETE: rules.DELETE}


def listen(app: AsyncApp, door: Door, home: Any, home_later: Later) -> None:
    """``home(door, person)`` draws somebody's Home; ``home_later`` once the turn of a press has ended."""

    @app.view(view.SETS_UP)
    async def confirmed(ack: Any, body: dict[str, Any], client: Any) -> None:
        try:
            done = await door.store(lambda connection: _confirmed(connection, door, body))
        except RoutineError as wrong:
            await ack(response_action="update", view=view.refused(str(wrong)))
            return
        except Exception:
            log.exception("routine.not_stored")
            await ack(response_action="update", view=view.refused(BUSY))
            return
        await ack()
        person = body["user"]["id"]
        afterwards(_told(door, client, person, done))
        afterwards(home(door, person))

    for action in ACTS:
        app.action(action)(_handling(door, action, home, home_later))


# -- setting one up ----------------------------------------------------------------------------------------------------


def propose(door: Door, command: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The dialog for ``every weekday at 16:30 …``. Raises ``RoutineError`` with what would work."""
    person_id = str(command["user_id"])
    with reading(door.database).connect() as connection:
        if not is_member(connection, door.workspace, person_id, command.get("team_id")):
            raise RoutineError(STRANGER)
        wish = rules.understand(heard.words(text, door.me, {}), written_agents(), ASSISTANT)
        return _dialog(connection, door, _known(connection, person_id), wish)


def _dialog(connection: Connection, door: Door, person: Person, wish: Wish) -> dict[str, Any]:
    now, settings, agent = door.systems.clock.now(), door.systems.settings, answering(wish.agent)
    first = _checked(connection, door, person, wish, agent, now)
    return view.modal(
        view.Proposal(
            agent=wish.agent,
            words=wish.words,
            at=wish.at,
            days=wish.days,
            next_at=first,
            tools=allowance.grantable(allowance.GRANTABLE, agent.tools),
            most=routines.most_records(policies.current(settings)[0]),
            zone=ZoneInfo(person.tz),
            zone_name=person.tz,
            now=now,
            about=json.dumps([wish.at, wish.days, wish.agent, wish.words], ensure_ascii=False),
        )
    )


def _checked(connection: Connection, door: Door, person: Person, wish: Wish, agent: Answering, now: int) -> int:
    try:
        return routines.check(connection, door.systems.settings, door.workspace, person, wish, agent, now)
    except ScheduleError as wrong:
        raise RoutineError(f"{wrong}.") from None


def answering(name: str) -> Answering:
    """What is to be known of the agent. Raises ``RoutineError`` for one that is not there any more."""
    agent = written_agents().get(name)
    if agent is None:
        raise RoutineError(f"There is no agent {name}. There are: {', '.join(sorted(written_agents()))}.")
    return Answering(agent.name, agent.who, tuple(agent.tools))


async def open_dialog(client: Any, trigger: str, person: str, dialog: dict[str, Any]) -> None:
    try:
        await client.views_open(trigger_id=trigger, view=dialog)
    except NO_ANSWER as refused:
        # A command takes its trigger along for 3 seconds only.
        log.warning("dialog.not_opened", error=str(refused))
        await whisper(client, None, person, "That took too long to open; please write it again.")


def _confirmed(connection: Connection, door: Door, body: dict[str, Any]) -> Standing:
    person_id = body["user"]["id"]
    if not is_member(connection, door.workspace, person_id, body["user"].get("team_id")):
        raise RoutineError(STRANGER)
    at, days, agent, words = json.loads(body["view"]["private_metadata"])
    return routines.set_up(
        connection,
        door.systems.settings,
        door.workspace,
        _known(connection, person_id),
        Wish(at, days, agent, words),
        answering(agent),
        view.granted(body["view"]["state"]["values"]),
        by=person_id,
        key=str(body["view"]["id"]),
        now=door.systems.clock.now(),
    )


def _known(connection: Connection, person: str) -> Person:
    known = people.by_slack_id(connection, person)
    if known is None:
        raise RoutineError(STRANGER)
    return known


async def _told(door: Door, client: Any, person: str, done: Standing) -> None:
    one = done.routine
    now = door.systems.clock.now()
    first = view.first_time(done.next_at, now, ZoneInfo(done.zone)) if done.next_at is not None else "paused"
    grant = allowance.in_words(one.tools, one.records)
    message = view.made(one.words, one.at, one.days, one.agent, grant, first)
    try:
        await client.chat_postMessage(channel=person, text=message.text, blocks=message.blocks)
    except NO_ANSWER as failed:
        log.warning("routine.not_told", error=str(failed))  # Home shows it all the same


# -- what can be done with one -----------------------------------------------------------------------------------------


def _handling(door: Door, action: str, home: Any, home_later: Later) -> Any:
    async def pressed(ack: Any, body: dict[str, Any], client: Any) -> None:
        person = body["user"]["id"]
        try:
            tell = await door.store(lambda connection: _handle(connection, door, action, body))
        except Exception:
            log.exception("routine.not_changed")
            tell = {person: NOT_STORED}
        await ack()
        for whom, what in tell.items():
            afterwards(whisper(client, None, whom, what))
        if action == view.RUN:
            afterwards(home_later(door, person, _run_key(door, body)))
        else:
            afterwards(home(door, person))

    return pressed


def _handle(connection: Connection, door: Door, action: str, body: dict[str, Any]) -> dict[str, str]:
    """Do it; answers who is to be told what: why it can't be done, or what isn't seen on their own Home."""
    person_id, now = body["user"]["id"], door.systems.clock.now()
    by = people.by_slack_id(connection, person_id)
    if by is None or not is_member(connection, door.workspace, person_id, body["user"].get("team_id")):
        return {person_id: STRANGER}
    routine = book.get(connection, door.workspace, str(body["actions"][0].get("value") or ""))
    if routine is None or routine.ended_at is not None:
        return {person_id: GONE}
    no = routines.may(connection, ACTS[action], by, routine)
    if no is not None:
        return {person_id: no.reason}
    if action == view.DELETE:
        routines.delete(connection, door.systems.settings, routine, person_id, now)
        return {}
    if action == view.RUN:
        return {person_id: run_now(connection, door, routine, press_key(door, body, action), now)}
    routines.pause(connection, routine, action == view.PAUSE, now)
    did = "paused" if action == view.PAUSE else "resumed"
    return {routine.person: view.handled(by.name, did, routine.words)} if routine.person != person_id else {}


def run_now(connection: Connection, door: Door, routine: Routine, key: str, now: int) -> str:
    """A run beside its times, with the same grant; answers what to say. The same press again changes nothing."""
    zone = routines.standing(connection, routine).zone
    run = schedule.now(door.workspace, Due(routine.schedule, routine.person, zone, now), key)
    policy = policies.current(door.systems.settings)[0].routines
    ran = routines.ran_ms_ago(connection, routine, zone, now, policy.minutes_apart * 60_000, besides=run.key)
    verdict = rules.may_run_now(ran, policy)
    if isinstance(verdict, Refuse):
        return verdict.reason
    door.put(connection, run)
    return "It runs now; its answer comes here."


def _run_key(door: Door, body: dict[str, Any]) -> str:
    return f"{door.workspace}:routine:{body['actions'][0].get('value')}:now:{press_key(door, body, view.RUN)}"


# -- on Home -----------------------------------------------------------------------------------------------------------


def shown(connection: Connection, door: Door, person: Person) -> Iterator[view.Shown]:
    """The person's own routines, and those of the people they lead."""
    now = door.systems.clock.now()
    led = routines.led_by(connection, person)
    found = routines.of(connection, door.workspace, None if led is None else {person.id, *led})
    for one in sorted(found, key=lambda standing: standing.routine.person != person.id):
        whose = people.by_slack_id(connection, one.routine.person)
        last = None
        if one.routine.ran_at is not None:
            last = f"{moment(one.routine.ran_at, now, ZoneInfo(person.tz))}: {one.routine.ran_how}"
        yield view.Shown(
            id=one.routine.id,
            agent=one.routine.agent,
            words=one.routine.words,
            rhythm=rules.rhythm(one.routine.at, one.routine.days),
            grant=allowance.in_words(one.routine.tools, one.routine.records),
            next_at=one.next_at,
            last=last,
            of=None if one.routine.person == person.id else (whose.name if whose else "somebody"),
            made_by=None if one.routine.made_by == one.routine.person else "whoever runs Daybook",
        )


async def answer(door: Door, command: Mapping[str, Any], text: str) -> dict[str, Any] | str:
    """The dialog, or the sentence that says what would work."""
    try:
        return await asyncio.to_thread(propose, door, command, text)
    except RoutineError as wrong:
        return escape.mrkdwn(str(wrong), 1_000)
