"""Routines: how one is asked for in words, how many there may be and how often, and who may see, stop or run one."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from rules.policy import Routines
from rules.verdict import Allow, Refuse
from rules.wording import plural

NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_WORDS = 1_000
EXAMPLE = "every weekday at 16:30 ask priorities What moved on my accounts since this morning?"
GROUPS = {
    "weekday": NAMES[:5],
    "weekdays": NAMES[:5],
    "working day": NAMES[:5],
    "day": NAMES,
    "weekend": NAMES[5:],
}
_ASKED = re.compile(
    r"every\s+(?:hour(?:\s+at\s+:?(?P<minute>\d{1,2}))?(?:\s+on\s+(?P<on>[a-z]+(?:\s*,\s*[a-z]+)*))?"
    r"|(?P<days>[a-z][a-z,\s]{0,80}?)\s+at\s+(?P<hour>\d{1,2})(?::(?P<past>\d{2}))?\s*(?P<half>am|pm)?)"
    r"\s*[,:]?\s+(?P<rest>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_AGENT = re.compile(r"ask\s+(?P<agent>[a-z0-9_-]+)\s*:?\s+(?P<words>\S.*)", re.IGNORECASE | re.DOTALL)


class RoutineError(ValueError):
    """A routine can't be made as asked; the message says what would work."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A routine as somebody asked for it: ``at`` is ``16:30`` or ``*:30`` (each hour), ``days`` ``mon,tue``."""

    at: str
    days: str
    agent: str
    words: str


def understand(text: str, agents: Collection[str], usual: str) -> Wish:
    """``every weekday at 16:30 ask priorities What moved?`` Raises ``RoutineError`` with a right one.

    Who is to answer may be left out: then it is ``usual``.
    """
    asked = _ASKED.fullmatch(text.strip())
    if asked is None:
        raise RoutineError(f"I don't understand when. Write it like: {EXAMPLE}")
    agent, words = usual, asked["rest"]
    named = _AGENT.fullmatch(words)
    if named is not None:
        agent, words = named["agent"].lower().replace("-", "_"), named["words"]
        if agent not in agents:
            raise RoutineError(f"There is no agent {agent}. There are: {', '.join(sorted(agents))}.")
    elif re.fullmatch(r"ask(\s+\S+)?", words.strip(), re.IGNORECASE):
        raise RoutineError(f"What is the agent to do? Write it like: {EXAMPLE}")
    if len(words) > MOST_WORDS:
        raise RoutineError(f"That is longer than {MOST_WORDS} characters. Say it in fewer.")
    return Wish(_at(asked), _days(asked["days"] or asked["on"] or "day"), agent, words.strip())


def _at(asked: re.Match[str]) -> str:
    if asked["hour"] is None:
        minute = int(asked["minute"] or 0)
        if minute > 59:
            raise RoutineError("An hour has minutes 00 to 59. Write it like: every hour at :30 on weekdays …")
        return f"*:{minute:02}"
    hour, minute = int(asked["hour"]), int(asked["past"] or 0)
    if asked["half"]:
        if not 1 <= hour <= 12:
            raise RoutineError("There is no such time of day. Write it like 16:30, or 4:30pm.")
        hour = hour % 12 + (12 if asked["half"].lower() == "pm" else 0)
    if hour > 23 or minute > 59:
        raise RoutineError("There is no such time of day. Write it like 16:30, or 4:30pm.")
    return f"{hour:02}:{minute:02}"


def _days(text: str) -> str:
    said = " ".join(text.lower().split())
    if said in GROUPS:
        return ",".join(GROUPS[said])
    named = [one for one in re.split(r",|\s+|\band\b", said) if one]
    full = {**{name: name for name in NAMES}, **_LONG, **{f"{long}s": name for long, name in _LONG.items()}}
    found = {full[one] for one in named if one in full}
    if not named or any(one not in full for one in named):
        raise RoutineError(
            f"I don't know the days “{said[:60]}”. Write weekday, day, weekend, monday, or mon,wed,fri."
        )
    return ",".join(name for name in NAMES if name in found)


_LONG = {
    "monday": "mon", "tuesday": "tue", "wednesday": "wed", "thursday": "thu", "friday": "fri", "saturday": "sat",
    "sunday": "sun", "tues": "tue", "thur": "thu", "thurs": "thu",
}  # fmt: skip


def rhythm(at: str, days: str) -> str:
    """``every weekday at 16:30``, ``every Mon, Wed and Fri at 09:00``, ``every hour at :30 on every weekday``."""
    names = tuple(days.split(","))
    if names == NAMES:
        which = "every day"
    elif names == NAMES[:5]:
        which = "every weekday"
    else:
        said = [name.capitalize() for name in names]
        which = f"every {said[0]}" if len(said) == 1 else f"every {', '.join(said[:-1])} and {said[-1]}"
    return f"{which}, each hour at {at[1:]}" if at.startswith("*") else f"{which} at {at}"


def may_be_made(have: int, apart_ms: int, policy: Routines) -> Allow | Refuse:
    """Whether one more may be made by somebody who has ``have``; ``apart_ms`` is the shortest time between two runs."""
    if have >= policy.per_person:
        most = policy.per_person
        return Refuse("routine.too_many", f"You have {most} routines, and that is the most. Delete one first.")
    if apart_ms < policy.minutes_apart * 60_000:
        least = policy.minutes_apart
        return Refuse("routine.too_often", f"A routine comes every {least} minutes at most. Choose fewer times.")
    return Allow("routine.made", "Made by the person it serves.")


def may_run_now(ran_ms_ago: int | None, policy: Routines) -> Allow | Refuse:
    """Whether one may be run beside its times; ``ran_ms_ago`` is since its latest run began, None when none has."""
    least = policy.minutes_apart
    left = least * 60_000 - ran_ms_ago if ran_ms_ago is not None else 0
    if ran_ms_ago is None or left <= 0:
        return Allow("routine.run_now", "Run by the person it serves.")
    ago, wait = plural(ran_ms_ago // 60_000, "minute"), plural(-(-left // 60_000), "minute")
    return Refuse(
        "routine.just_ran",
        f"It ran {ago} ago, and a routine runs every {least} minutes at most. Press again in {wait}, or ask its agent "
        "yourself.",
    )


SEE, PAUSE, RUN, DELETE = "see", "pause", "run", "delete"


def may_handle(what: str, by: str, of: str, managers: Collection[str] = (), admin: bool = False) -> Allow | Refuse:
    """Whether ``by`` (Slack id) may see, pause (and resume), run or delete a routine of ``of``."""
    if what not in (SEE, PAUSE, RUN, DELETE):
        return Refuse("routine.unknown", "Daybook does not know this button. Open Daybook's Home again.")
    if by == of:
        return Allow("routine.own", "It is their own routine.")
    if what in (SEE, PAUSE) and (admin or by in managers):
        return Allow("routine.led", "Managers and admins may see and pause their people's routines.")
    if what == DELETE and admin:
        return Allow("routine.admin", "Admins may end anybody's routine.")
    return Refuse("routine.not_yours", "That is somebody else's routine. Nothing was changed.")
