"""``/daybook``: my list's time, a pause, today's list now, what the policy is. ``/agent``: ask an agent by its name."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from slack_bolt.async_app import AsyncApp
from sqlalchemy import Connection

from bot import away, controls, errands, heard, messages, routines
from bot.door import Door
from bot.members import STRANGER, is_member
from bot.saying import afterwards
from records import people, policies
from rules import policy_words
from rules.policy import Policy
from scheduler import morning_list
from sessions import inbox, schedules, threads
from sessions.schedules import Due, ScheduleError
from sessions.session import DONE, FAILED
from store.engine import reading
from tools import escalation_cards
from views import escape
from views.escalated import as_text
from views.today import never

log = structlog.get_logger("bot.commands")

HELP = (
    "*/daybook when* says when your list comes · */daybook at 08:30* changes it · */daybook days mon,wed,fri* picks "
    "days · */daybook pause* and */daybook resume* · */daybook list* sends today's list now if it hasn't come yet · "
    "*/daybook away @name until friday* lets somebody decide for you, */daybook back* ends it · "
    "*/daybook every weekday at 16:30 ask priorities What moved?* has an agent answer that by the clock · "
    "*/daybook policy* says what Daybook may do, */daybook policy amount.change* explains one rule · "
    "*/daybook escalations* says what you were told of that still stands"
)
NO_LIST = (
    "You have no morning list: Daybook found no active HubSpot owner with your e-mail address. "
    "Ask whoever runs Daybook; `daybook doctor` shows them why."
)


MOST_LINES = 12
KEPT = (
    "Our conversation is paused, so your question to *{name}* is kept. "
    "*resume* in your direct messages with me lets it go on."
)
BUSY = "Daybook could not store that. Nothing was asked; please try again in a minute."


def listen(app: AsyncApp, door: Door) -> None:
    @app.command("/daybook")
    async def daybook(ack: Any, command: dict[str, Any], client: Any) -> None:
        if (command.get("text") or "").strip().lower().startswith("every "):
            asked = await routines.answer(door, command, command["text"])
            if isinstance(asked, str):
                await ack(text=asked, response_type="ephemeral")
                return
            await ack()
            afterwards(routines.open_dialog(client, command["trigger_id"], command["user_id"], asked))
            return
        text = await asyncio.to_thread(answer, door, command["user_id"], command.get("text") or "")
        await ack(text=text, response_type="ephemeral")

    @app.command("/agent")
    async def agent(ack: Any, command: dict[str, Any]) -> None:
        try:
            text = await door.store(lambda connection: ask(connection, door, command))
        except Exception:
            log.exception("command.not_stored")
            text = BUSY
        await ack(text=text, response_type="ephemeral")
        door.tell_errands()


def ask(connection: Connection, door: Door, command: dict[str, Any]) -> str:
    """What ``/agent NAME words`` says: the question is on its way, or which agents there are."""
    person = command["user_id"]
    if not is_member(connection, door.workspace, person, command.get("team_id")):
        return STRANGER
    name, _, words = (command.get("text") or "").strip().partition(" ")
    name = name.lower().replace("-", "_")
    words = heard.words(words, door.me, {})
    unknown = messages.named_or_listed(door, name, words)
    if unknown is not None:
        return unknown
    key = f"command:{command['trigger_id']}"
    paused = _is_paused(connection, door, person)
    # Only the person sees what they typed as a command, so the answer is theirs alone too, wherever they typed it.
    now = door.systems.clock.now()
    errands.open_question(connection, door.workspace, key, person, person, name, words, now, told_paused=paused)
    if paused:
        return KEPT.format(name=name)
    if command["channel_id"].startswith("D"):
        return f"*{name}* is asked; the answer comes in a thread."
    return f"*{name}* is asked; the answer comes in your direct messages with me, where nobody else reads."


def _is_paused(connection: Connection, door: Door, person: str) -> bool:
    """Whether the conversation that the person is in, in their direct messages, takes nothing up for now."""
    channel = threads.direct_of(connection, door.workspace, person)
    session = threads.newest_in(connection, door.workspace, channel) if channel else None
    return session is not None and controls.is_paused(connection, session)


def answer(door: Door, person: str, text: str) -> str:
    """What ``/daybook text`` says to ``person``; changes only that person's own schedule."""
    word, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    now = door.systems.clock.now()
    if word in ("away", "back"):
        return away.answer(door, person, word, rest)
    if word == "escalations":
        return _escalations(door, person)
    with reading(door.database).connect() as connection:
        row = schedules.get(connection, door.workspace, "morning_list", person)
        rep = people.by_slack_id(connection, person)
        member = is_member(connection, door.workspace, person)
    if word == "policy":
        return _policy(policies.current(door.systems.settings)[0], rest) if member else STRANGER
    if row is None:
        if rep is None or rep.owner_id is None:
            return NO_LIST
        return "Your schedule is being made; try again in a minute." if rep.is_rep else never(rep.problem)
    wishes: dict[str, dict[str, Any]] = {
        "at": {"at": rest},
        "days": {"days": rest},
        "pause": {"paused": True},
        "resume": {"paused": False},
    }
    if word in ("", "when"):
        return _when(row)
    if word == "list":
        return _list_now(door, Due("morning_list", person, row["zone"], now))
    if word not in wishes:
        return HELP
    try:
        with door.database.begin() as connection:
            changed = schedules.change(connection, door.workspace, "morning_list", person, now, **wishes[word])
    except ScheduleError as wrong:
        return f"{wrong}."
    return _when(changed)


def _escalations(door: Door, person: str) -> str:
    """What this person was told of that still stands, a line each."""
    with reading(door.database).connect() as connection:
        told = escalation_cards.of_person(connection, door.systems, door.workspace, person)
    lines = [f"• {escape.mrkdwn(line, 400)}" for line in as_text(told)]
    if not lines:
        return "Nothing that you were told of still stands."
    more = [f"and {len(lines) - MOST_LINES} more; they are all in your messages with me"] if lines[MOST_LINES:] else []
    return "\n".join([*lines[:MOST_LINES], *more])


def _list_now(door: Door, due: Due) -> str:
    trigger = morning_list.trigger(door.workspace, due)
    receipt = door.submit(trigger)
    if receipt.fresh:
        return "Your list is on its way."
    with reading(door.database).connect() as connection:
        state, note = inbox.standing(connection, receipt)
    if state == DONE:
        return "Today's list has been sent already: one a day."
    if state == FAILED:
        with door.database.begin() as connection:
            inbox.retry(connection, door.queue, receipt, trigger)
        return f"Today's list was not sent ({note}); it is tried again now."
    return "Your list is on its way." if note is None else f"Your list is still on its way: {note}"


def _policy(policy: Policy, rule: str) -> str:
    """What Daybook may do, a line for each rule; or one rule in full."""
    try:
        told = policy_words.explain(rule, policy) if rule else policy_words.rules(policy)
    except policy_words.NoSuchRule as unknown:
        return escape.mrkdwn(str(unknown))
    lines = [f"Policy `{policy.version}`. What no rule allows is refused."]
    # Names of rules and of numbers are ours; as code, so that they can be copied with their underscores.
    if rule:
        for one in told:
            lines += [escape.mrkdwn(one.words), f"It {' or '.join(one.verdicts)}, as {_code(one.answers)}."]
            lines += [f"`{key}` = {escape.mrkdwn(value)}" for key, value in one.numbers]
        return "\n".join(lines)
    for group, ruled in groupby(told, key=lambda one: one.group):
        lines += ["", f"*{group}*", *(f"• {escape.mrkdwn(one.line())} {_code(one.answers)}" for one in ruled)]
    return "\n".join(lines)


def _code(names: Sequence[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


def _when(row: Any) -> str:
    if row["paused"]:
        return "Your list is paused. */daybook resume* brings it back."
    local = datetime.fromtimestamp(row["next_at"] / 1000, UTC).astimezone(ZoneInfo(row["zone"]))
    rhythm = f"Your list comes at {row['at']} on {row['days']} ({row['zone']})"
    return f"{rhythm}; next on {local:%a} {local.day} {local:%b} at {local:%H:%M}."
