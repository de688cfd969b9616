"""The App Home: a person's own page: today's list, what waits for them, what is set aside, what was done.

Each part says what to do when it is empty, and no part can push another out of Slack's hundred blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from views import blocks as b
from views import escape, routines
from views import today as todays_list
from views.card import Card, brief
from views.words import moment

MOST_PENDING, MOST_SNOOZED, MOST_SCHEDULES, MOST_DID, MOST_RULES = 8, 10, 6, 8, 12
MOST_ROUTINES, MOST_ALERTED = 10, 5
WORDS = 200
NO_ROUTINE = "None yet. Have an agent answer by the clock: /daybook every weekday at 16:30 ask priorities What moved?"


@dataclass(frozen=True)
class Alerted:
    """An account in trouble that the person was told of. ``open``: nobody has decided anything yet."""

    key: str
    name: str
    link: str | None
    says: str
    words: str
    open: bool


@dataclass(frozen=True)
class Snoozed:
    """An account the person set aside. ``key`` is what *Back on the list* carries; None when no list knows it."""

    key: str | None
    name: str
    link: str | None
    words: str


@dataclass(frozen=True)
class Schedule:
    """Something that comes by the clock. ``next_at`` are its next times, empty while it is paused."""

    name: str
    title: str
    rhythm: str
    next_at: Sequence[int]
    paused: bool


@dataclass(frozen=True)
class Did:
    """One thing done for the person. ``state`` says what became of it, None while it stands."""

    call: str
    words: str
    at: int
    undo: bool
    state: str | None = None


@dataclass(frozen=True)
class Home:
    """All of it, at ``now``, in the person's ``zone``. ``rules`` is how the list works, a sentence each."""

    today: todays_list.Today | todays_list.NoToday
    pending: Sequence[Card] = ()
    snoozed: Sequence[Snoozed] = ()
    schedules: Sequence[Schedule] = ()
    routines: Sequence[routines.Shown] = ()
    did: Sequence[Did] = ()
    alerted: Sequence[Alerted] = ()
    rules: Sequence[str] = ()
    version: str = ""
    zone: tzinfo = UTC
    now: int = 0


def stranger(words: str) -> b.Block:
    """What somebody sees whom Daybook does not work for."""
    return {"type": "home", "blocks": [b.rich(b.section(b.text(words)))]}


def home(shown: Home) -> b.Block:
    """The Slack view."""
    alerted = [b.divider(), b.header("Accounts in trouble"), *_alerted(shown)] if shown.alerted else []
    blocks = [
        b.header("Today"),
        *todays_list.drawn(shown.today, shown.now, shown.zone),
        *alerted,
        *_part("Waiting for you", _pending(shown), "Nothing waits for your yes. Changes that need one appear here."),
        *_part("Set aside", _snoozed(shown), "No account is snoozed. Press Snooze on your list to set one aside."),
        *_part("Schedules", _schedules(shown), "Nothing comes by the clock for you. /daybook says why."),
        *_part("Routines", _routines(shown), NO_ROUTINE),
        *_part(
            "Done for you lately",
            _did(shown),
            "Nothing yet. Write to me, for example: I called Acme and left a voicemail.",
        ),
        *_rules(shown),
    ]
    return {"type": "home", "blocks": blocks[: b.VIEW_BLOCKS]}


def _part(title: str, blocks: list[b.Block], empty: str) -> list[b.Block]:
    return [b.divider(), b.header(title), *(blocks or [b.context(empty)])]


def _more(count: int, most: int) -> list[b.Block]:
    return [b.context(f"and {count - most} more")] if count > most else []


def _pending(shown: Home) -> list[b.Block]:
    blocks = [block for one in shown.pending[:MOST_PENDING] for block in brief(one)]
    return blocks + _more(len(shown.pending), MOST_PENDING)


def _alerted(shown: Home) -> list[b.Block]:
    blocks: list[b.Block] = []
    for one in shown.alerted[:MOST_ALERTED]:
        name = escape.name(one.name, 50)
        claim = {**b.button("Claim", "claim_escalation", one.key, says=f"Claim: {name}"), "style": "primary"}
        why = b.button("Why?", "explain_escalation", one.key, says=f"Why does Daybook tell me of {name}?")
        lines = [b.section(b.link(name, one.link, bold=True), b.text(f": {_plain(one.says)}"))]
        lines.append(b.section(b.text(_plain(one.words), italic=True)))
        blocks += [b.rich(*lines), b.actions(*([claim] if one.open else []), why)]
    return blocks + _more(len(shown.alerted), MOST_ALERTED)


def _snoozed(shown: Home) -> list[b.Block]:
    blocks = []
    for one in shown.snoozed[:MOST_SNOOZED]:
        name = escape.name(one.name)
        back = b.button("Back on the list", "restore_account", one.key, says=f"Back: {name}") if one.key else None
        blocks.append(b.line(f"{name}: {_plain(one.words)}", back))
    return blocks + _more(len(shown.snoozed), MOST_SNOOZED)


def _schedules(shown: Home) -> list[b.Block]:
    blocks = []
    for one in shown.schedules[:MOST_SCHEDULES]:
        times = ", ".join(moment(at, shown.now, shown.zone) for at in one.next_at[:3])
        when = "paused" if one.paused else f"next {times}" if times else "no next time"
        words, action = ("Resume", "resume_schedule") if one.paused else ("Pause", "pause_schedule")
        button = b.button(words, action, one.name, says=f"{words}: {one.title}")
        blocks.append(b.line(f"{_plain(one.title)}: {_plain(one.rhythm)} · {when}", button))
    return blocks


def _routines(shown: Home) -> list[b.Block]:
    blocks = [block for one in shown.routines[:MOST_ROUTINES] for block in routines.lines(one, shown.now, shown.zone)]
    return blocks + _more(len(shown.routines), MOST_ROUTINES)


def _did(shown: Home) -> list[b.Block]:
    blocks = []
    for one in shown.did[:MOST_DID]:
        words = f"{moment(one.at, shown.now, shown.zone)} {_plain(one.words)}"
        if one.state is not None:
            blocks.append(b.line(f"{words} · {_plain(one.state)}"))
        else:
            undo = b.button("Undo", "undo", one.call, says=f"Undo: {words}") if one.undo else None
            blocks.append(b.line(words, undo))
    return blocks + _more(len(shown.did), MOST_DID)


def _rules(shown: Home) -> list[b.Block]:
    if not shown.rules:
        return []
    items = [b.section(b.text(_plain(rule))) for rule in shown.rules[:MOST_RULES]]
    return [b.divider(), b.header("How the list works"), b.rich(b.bullets(*items)), b.context(f"Rules {shown.version}")]


def _plain(words: str) -> str:
    return escape.unlinked(words, WORDS)
