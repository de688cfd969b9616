"""Phrases between people: a greeting, thanks, a cry for help; and what can be tried, with names this person has."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from sandbox.claude.moves import Account, Ask, Moves, Scene, Use, Uses, listed, their_accounts

MOST_READ = 6
"""So many accounts are looked into for one whose sentence about a deal will work."""
LITTLE_MORE = 1.15
_CUTTING = "and|at|but|about|for|from|he|left|no|of|on|or|she|they|this|to|today|with"
# A name that has another phrase's words in it makes a bad example.
_PLAIN = re.compile(rf"(?!.*\b(?:{_CUTTING})\b)[\w&.'’ -]+", re.I)
OTHER = r"^(?:no\b[,.! ]*|sorry\b[,.! ]*|i meant? )*(?:the )?other(?: one)?[\s!.]*$"
WHO = "I am the sandbox's stand-in for Claude"
NOTHING_DONE = "There is nothing of mine to undo in this conversation."


@dataclass
class Theirs:
    """Which of the asking person's accounts make good examples; None where none does."""

    called: Account | None = None
    looked_at: Account | None = None
    moved: Account | None = None
    terms: str = ""
    """What that account's one deal may become without anybody else's yes."""
    elsewhere: bool = False
    """There are none that everybody here may see."""


def greet(scene: Scene) -> Moves:
    """"hi"."""
    return f"Hello! {WHO}. {_tried((yield from _examples(scene)))}"


def help_out(scene: Scene) -> Moves:
    """"help"."""
    return f"{WHO}. {_tried((yield from _examples(scene)))}"


def sorry(scene: Scene) -> Moves:
    """Whatever the stand-in does not understand."""
    said = (yield from _examples(scene)) or ["how does the list work?"]
    such = listed([f'"{one}"' for one in said], "or")
    return f"I am only {WHO.removeprefix('I am ')} and know a handful of sentences, such as {such}."


def welcome(scene: Scene) -> Moves:
    """"thanks"."""
    yield from ()
    scene.aside = True
    return "You're welcome."


def undo(scene: Scene) -> Moves:
    """"undo that": nothing that a model could do, so the person is shown where it is done."""
    yield from ()
    scene.aside = True
    told = [step.told.data for turn in scene.talk.turns for step in turn.steps if not step.told.failed]
    last = next((data for data in reversed(told) if "done" in data or "waiting" in data), None)
    if last is None:
        return NOTHING_DONE
    if "waiting" in last:
        return "Press *Cancel* on the card above: nothing has been changed yet."
    return "Press *Undo* on the line above that says what I did: it puts back what was there."


def the_other(scene: Scene) -> Moves:
    """"no, the other one", where no choice of two was offered before."""
    yield from ()
    scene.aside = True
    return "I offered no choice of two that I could take the other of. Tell me again, with the account's name."


def _tried(said: list[str]) -> str:
    return "\n".join(["Try one of these:", *(f"- {one}" for one in said)]) if said else "There is no tool to try here."


def _examples(scene: Scene) -> Generator[Use | Uses | Ask, Any, list[str]]:
    """Sentences that will work for whoever asks, with the tools that are here."""
    scene.aside = True
    theirs, tools = (yield from _theirs(scene)), scene.talk.tools
    said = []
    if theirs.called and "log_call" in tools:
        said.append(f"I called {theirs.called.name} and left a message")
    if theirs.moved and "update_deal" in tools:
        said.append(f"move {theirs.moved.name} to {theirs.terms}")
    if theirs.looked_at and "read_account" in tools and "read_tickets" in tools:
        said.append(f"what's open at {theirs.looked_at.name}?")
        if "create_task" in tools:
            said.append("remind me about them in two weeks")
    if not said and "my_list" in tools and not theirs.elsewhere:
        said.append("what is on my list?")
    if not said and "explain_priority" in tools:
        said.append("how does the list work?")
    if not said and "explain_policy" in tools:
        said.append("what may you do?")
    return said


def _theirs(scene: Scene) -> Generator[Use | Uses | Ask, Any, Theirs]:
    if not scene.talk.may_call or "find_account" not in scene.talk.tools:
        return Theirs()
    found, elsewhere = yield from their_accounts()
    plain = [one for one in found if _PLAIN.fullmatch(one.name) and not _begins_another(one, found)][:MOST_READ]
    theirs = Theirs(elsewhere=elsewhere)
    if not plain:
        return theirs
    theirs.called = theirs.looked_at = plain[0]
    if "read_account" not in scene.talk.tools:
        return theirs
    told = yield tuple(Use("read_account", {"account": one.id}) for one in plain)
    still = [[deal for deal in one.data.get("deals") or [] if deal.get("open")] for one in told]
    single = [(one, deals[0]) for one, deals in zip(plain, still, strict=True) if len(deals) == 1]
    if single:
        theirs.moved, deal = single[-1]
        theirs.terms = _terms(deal)
    others = [one for one in plain[1:] if one is not theirs.moved]
    busy = [one for one, deals in zip(plain, still, strict=True) if deals and one in others]
    theirs.looked_at = next(iter([*busy, *others]), plain[0])
    return theirs


def _terms(deal: dict[str, Any]) -> str:
    """``proposal, 40k, closing in March`` for a deal of $37k; a leap of the amount would need a manager."""
    stage = "negotiation" if "proposal" in str(deal.get("stage")).lower() else "proposal"
    thousands = re.fullmatch(r"\D?(\d+)k", str(deal.get("amount")))
    more = (int(thousands[1]) // 5 + 1) * 5 if thousands else 0
    amount = [f"{more}k"] if thousands and more <= int(thousands[1]) * LITTLE_MORE else []
    return ", ".join([stage, *amount, "closing in March"])


def _begins_another(one: Account, found: list[Account]) -> bool:
    return any(one.name.casefold() in other.name.casefold() for other in found if other is not one)
