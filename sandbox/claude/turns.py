"""Going through a conversation's turns: which phrase is at work in each, what it was answered, and what it wants."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sandbox.claude import small_talk
from sandbox.claude.moves import Account, Ask, Cannot, Moves, Scene, Use, Uses
from sandbox.claude.phrases import begin
from sandbox.claude.talk import Step, Talk, Turn

REMEMBERED_TURNS = 12
SILENCE = "Nobody has said anything yet."


class _Work:
    """A phrase at work, over as many turns as it needs to put its questions."""

    def __init__(self, talk: Talk, words: str, about: Account | None) -> None:
        self.about, self.scene = about, Scene(talk, words, words, about)
        begun = begin(self.scene)
        self.understood = begun is not None
        self.moves: Moves = begun or small_talk.sorry(self.scene)
        self.ask: Ask | None = None
        self.heard: list[tuple[Any, list[Step]]] = []

    def go_on(self, value: Any, steps: list[Step]) -> Uses | Ask | str:
        """Send it what it waits for, and let these calls answer what it wants next."""
        self.heard.append((value, steps))
        wanted = _follow(self.scene.talk, self.moves, value, list(steps))
        self.ask = wanted if isinstance(wanted, Ask) else None
        return wanted

    def up_to(self, heard: list[tuple[Any, list[Step]]]) -> _Work:
        """The same phrase begun anew, up to what it wanted then."""
        anew = _Work(self.scene.talk, self.scene.words, self.about)
        for value, steps in heard:
            anew.go_on(value, steps)
        return anew


@dataclass(frozen=True)
class _Choice:
    """What was taken of several, in case the other was meant."""

    ask: Ask
    taken: Any
    work: _Work
    heard: list[tuple[Any, list[Step]]]
    """What the work was told before the choice."""
    turn: Turn

    def what_stands(self) -> str:
        """What came of the first choice, and how it is taken back."""
        done = [key for step in self.turn.steps for key in ("done", "waiting") if key in step.told.data]
        stands = {
            "done": "\nWhat I did for your first choice stands until you press *Undo* on its own line.",
            "waiting": "\nThe card before this one is still open; press *Cancel* on it.",
        }
        return stands[done[-1]] if done else ""


@dataclass
class _Past:
    """What the turns so far have led to."""

    about: Account | None = None
    names: dict[str, str] = field(default_factory=dict)
    waiting: _Work | None = None
    choice: _Choice | None = None


def next_move(talk: Talk) -> Uses | str:
    """Go through the turns up to the latest; what it leads to is the answer."""
    past = _Past()
    move: Uses | Ask | str = SILENCE
    for turn in talk.turns[-REMEMBERED_TURNS:]:
        move = _taken_up(talk, turn, past)
    return move.question if isinstance(move, Ask) else move


def _taken_up(talk: Talk, turn: Turn, past: _Past) -> Uses | Ask | str:
    """One turn: an answer to the question before it, the other of a choice, or something new."""
    work, value, after = _Work(talk, turn.words, past.about), None, ""
    asked, other = past.waiting, re.search(small_talk.OTHER, turn.words.strip(), re.I)
    if asked and asked.ask and asked.ask.options and other:
        return asked.ask
    if asked and asked.ask and (not work.understood or asked.ask.options):
        value = asked.ask.choice(turn.words)
        if value is not None:
            past.choice = _Choice(asked.ask, value, asked, list(asked.heard), turn)
            work = asked
    elif past.choice and other:
        before = past.choice
        value = before.ask.other(before.taken)
        if value is not None:
            work, after = before.work.up_to(before.heard), before.what_stands()
            past.choice = _Choice(before.ask, value, work, before.heard, turn)
    work.scene.latest = turn.words
    move = work.go_on(value, turn.steps)
    past.waiting = work if work.ask else None
    past.about = past.about if work.scene.aside else _spoken_of(turn, past.names, past.about)
    return move + after if isinstance(move, str) else move


def _follow(talk: Talk, moves: Moves, value: Any, steps: list[Step]) -> Uses | Ask | str:
    """Run a phrase over what its calls have answered so far, up to what it wants next."""
    try:
        while True:
            wanted = moves.send(value)
            if isinstance(wanted, Ask):
                return wanted
            uses = wanted if isinstance(wanted, tuple) else (wanted,)
            missing = next((use.tool for use in uses if use.tool not in talk.tools), None)
            if missing or not talk.may_call:
                return f"For this I would need the tool {missing or uses[0].tool}, which I was not given here."
            found = [_taken(use, steps) for use in uses]
            left = tuple(use for use, step in zip(uses, found, strict=True) if step is None)
            if left:
                return left if talk.many_at_once else left[:1]
            told = [step.told for step in found if step is not None]
            value = tuple(told) if isinstance(wanted, tuple) else told[0]
    except StopIteration as done:
        return str(done.value)
    except Cannot as reason:
        return str(reason)


def _taken(use: Use, steps: list[Step]) -> Step | None:
    """The step that answers this call, each only once."""
    same = next((step for step in steps if step.tool == use.tool and step.input == use.input), None)
    step = same or next((step for step in steps if step.tool == use.tool), None)
    if step is not None:
        steps.remove(step)
    return step


def _spoken_of(turn: Turn, names: dict[str, str], before: Account | None) -> Account | None:
    """The account that "them" means after this turn."""
    found = before
    for step in turn.steps:
        matches = step.told.data.get("matches") if step.tool == "find_account" else None
        for one in matches or []:
            names[str(one["account"])] = str(one["name"])
        account = str(matches[0]["account"]) if matches and len(matches) == 1 else str(step.input.get("account", ""))
        if account in names:
            found = Account(account, names[account])
    return found
