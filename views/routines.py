"""A routine as people see it: the dialog that sets it up with its grant, its lines on Home, and what it says itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from rules import allowance
from rules.routines import rhythm
from rules.wording import plural
from views import blocks as b
from views import escape
from views.words import moment

SETS_UP = "set_up_routine"
GRANT, RECORDS = "grant", "records"
PAUSE, RESUME, RUN, DELETE = "pause_routine", "resume_routine", "run_routine", "delete_routine"
SHOWN_WORDS = 120


@dataclass(frozen=True)
class Proposal:
    """A routine before it is confirmed. ``tools`` are those its agent could be granted; ``most`` records a run."""

    agent: str
    words: str
    at: str
    days: str
    next_at: int
    tools: Sequence[str]
    most: int
    zone: tzinfo
    zone_name: str
    now: int
    about: str
    """What comes back with the submission."""


@dataclass(frozen=True)
class Shown:
    """A routine on somebody's Home. ``of`` is whose it is when it isn't theirs; ``next_at`` is None while paused."""

    id: str
    agent: str
    words: str
    rhythm: str
    grant: str
    next_at: int | None
    last: str | None = None
    of: str | None = None
    made_by: str | None = None
    """Who set it up, when it was somebody else."""


def modal(asked: Proposal) -> b.Block:
    """The Slack view; nothing is stored before it is submitted."""
    when = f"{rhythm(asked.at, asked.days)}, {place(asked.zone_name)} time"
    first = first_time(asked.next_at, asked.now, asked.zone)
    blocks: list[b.Block] = [
        b.rich(
            b.section(b.text(_capital(when), bold=True), b.text(f"\nFirst {first}, in your direct messages with me")),
            b.section(b.text(escape.name(asked.agent), bold=True), b.text(" answers, and sees only what you may see:")),
            {"type": "rich_text_quote", "elements": [b.text(_words(asked.words, 1_000))]},
        ),
        b.divider(),
    ]
    if asked.tools:
        blocks += [_grant(asked.tools), _records(asked.most)]
        blocks.append(
            b.context(
                "What you tick holds in its own runs only, on your own accounts, and can be undone. Anything else it "
                "would do it tells you instead. It can't be changed later: delete the routine and make another one."
            )
        )
    else:
        blocks.append(b.context(f"{escape.name(asked.agent)} only looks and reports; there is nothing to grant it."))
    return {
        "type": "modal",
        "callback_id": SETS_UP,
        "private_metadata": asked.about,
        "title": b.plain("Set up a routine", 24),
        "submit": b.plain("Set it up", 24),
        "close": b.plain("Cancel", 24),
        "blocks": blocks,
    }


def _grant(tools: Sequence[str]) -> b.Block:
    options = [_option(f"add {allowance.GRANTABLE[name]}", name) for name in tools]
    boxes = {"type": "checkboxes", "action_id": "value", "options": options}
    label = b.plain("It may do this without asking you")
    hint = b.plain("Nothing ticked: it looks and reports only.")
    return {"type": "input", "block_id": GRANT, "optional": True, "label": label, "hint": hint, "element": boxes}


def _records(most: int) -> b.Block:
    options = [_option(plural(number, "record"), str(number)) for number in range(1, most + 1)][:100]
    menu = {**b.select("Records", "value", []), "options": options, "initial_option": options[0]}
    return {"type": "input", "block_id": RECORDS, "label": b.plain("In one run, on at most"), "element": menu}


def _option(words: str, value: str) -> b.Piece:
    return {"text": b.plain(words, 75), "value": value}


def granted(values: Mapping[str, Any]) -> tuple[tuple[str, ...], int]:
    """(tools, records a run) as they were ticked in the dialog."""
    boxes = (values.get(GRANT) or {}).get("value") or {}
    menu = (values.get(RECORDS) or {}).get("value") or {}
    chosen = tuple(str(option["value"]) for option in boxes.get("selected_options") or ())
    number = str((menu.get("selected_option") or {}).get("value") or "0")
    return chosen, int(number) if number.isascii() and number.isdigit() else 0


def lines(shown: Shown, now: int, zone: tzinfo) -> list[b.Block]:
    """A routine on Home: its words, when it comes, what it may do, and what can be done with it."""
    words = _words(shown.words)
    when = "paused" if shown.next_at is None else f"next {moment(shown.next_at, now, zone)}"
    whose = [b.text(f"{escape.name(shown.of)}: ", bold=True)] if shown.of is not None else []
    said = b.section(*whose, b.text(words, bold=shown.of is None), b.text(f"\n{shown.agent}, {shown.rhythm} · {when}"))
    about = [_capital(shown.grant)]
    if shown.last is not None:
        about.append(f"Last run {escape.clean(shown.last, 150)}")
    if shown.made_by is not None:
        about.append(f"Set up by {escape.name(shown.made_by)}")
    says = escape.cut(words, 50)
    held = ("Pause", PAUSE) if shown.next_at is not None else ("Resume", RESUME)
    buttons = [b.button(*held, shown.id, says=f"{held[0]}: {says}")]
    if shown.of is None:
        buttons.append(b.button("Run now", RUN, shown.id, says=f"Run now: {says}"))
        delete = b.button("Delete", DELETE, shown.id, says=f"Delete: {says}")
        buttons.append({**delete, "confirm": _sure(words)})
    return [b.rich(said), b.context(" · ".join(about)), b.actions(*buttons)]


def _sure(words: str) -> b.Piece:
    return {
        "title": b.plain("Delete this routine?", 100),
        "text": b.plain(f"{words}\nWhat it did stays done.", 300),
        "confirm": b.plain("Delete", 30),
        "deny": b.plain("Keep it", 30),
    }


def refused(why: str) -> b.Block:
    """The dialog after a confirmation that could not be kept."""
    said = b.rich(b.section(b.text(escape.clean(why, 1_000))))
    title, close = b.plain("Not set up", 24), b.plain("Close", 24)
    return {"type": "modal", "title": title, "close": close, "blocks": [said]}


def made(words: str, at: str, days: str, agent: str, grant: str, first: str) -> b.Message:
    """What the person is told once it is set up."""
    said = f"Set up: {agent} answers {rhythm(at, days)}, first {first}. It {grant}."
    more = "Home shows it, with Pause, Run now and Delete."
    quote = {"type": "rich_text_quote", "elements": [b.text(_words(words))]}
    return b.Message(escape.mrkdwn(said), [b.rich(b.section(b.text(said)), quote), b.context(more)])


def told_to_agent(tools: Sequence[str], records: int) -> str:
    """What an agent hears before the words of a routine."""
    may = f"Without asking you may use only {', '.join(tools)}, on {plural(records, 'record')} at most." if tools else (
        "You may look, and change nothing."
    )
    return (
        f"This is a routine that they set up: it comes by the clock, and nobody is watching. {may} What else should be "
        "done, say in your answer; they can ask for it in its thread. Don't ask back: answer with what you find."
    )


def heading(words: str, at: str, days: str) -> str:
    """Which routine an answer is of."""
    return f"**Routine** ({rhythm(at, days)}): {_words(words)}"


def handled(by: str, did: str, words: str) -> str:
    """A manager paused or resumed somebody's routine: a sentence for that person."""
    return escape.mrkdwn(f"{escape.name(by)} {did} a routine of yours: {_words(words)}")


def title(words: str) -> str:
    """What the conversation of its runs is called."""
    return f"Routine: {_words(words, 60)}"


def answer(heading: str, text: str) -> str:
    """The answer of a run, in Markdown, below which routine it is of."""
    return f"{heading}\n\n{text}"


def ended(words: str, why: str, of: str | None) -> b.Message:
    """A routine ended by itself. ``of`` is whose it was, when somebody else is told."""
    whose = f"The routine of {escape.name(of)}" if of is not None else "A routine of yours"
    return _about(f"{whose} has ended", words, f"{_capital(why).rstrip('.')}. It will not come again.")


def too_late(words: str, due: int, now: int, zone: tzinfo) -> b.Message:
    """A run was left out."""
    late = f"It was due {moment(due, now, zone)}, and Daybook was not running then. It comes again at its next time."
    return _about("A run of a routine was left out", words, late)


def _about(head: str, words: str, why: str) -> b.Message:
    quote = {"type": "rich_text_quote", "elements": [b.text(_words(words))]}
    said = escape.unlinked(why, 600)
    blocks = [b.rich(b.section(b.text(f"{head}:", bold=True)), quote, b.section(b.text(said)))]
    return b.Message(escape.mrkdwn(f"{head}: {_words(words)}. {said}"), blocks)


def first_time(at: int, now: int, zone: tzinfo) -> str:
    """``today at 16:30``, ``Tue 24 Nov 16:30``."""
    said = moment(at, now, zone)
    return f"today at {said}" if len(said) == len("16:30") else said


def place(zone: str) -> str:
    """``America/Los_Angeles`` as ``Los Angeles``."""
    return zone.rpartition("/")[2].replace("_", " ")


def _words(words: str, limit: int = SHOWN_WORDS) -> str:
    return escape.unlinked(words, limit) or "(no words)"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
