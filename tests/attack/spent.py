"""Whether each conversation kept to its budgets, judged from what the model's server was asked and what it charged.

In words of its own: steps, seconds, tokens and money of a turn (with the agents it asked, who have half of theirs, and
with whoever read a text for it), of the session, of the person's day and of everybody's.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.attack.plot import HONEST, HOSTILE

if TYPE_CHECKING:
    from tests.attack.judge import Judge
    from tests.attack.plot import Session

Json = dict[str, Any]
DAY = re.compile(r'at="(\w+ \d+ \w+ \d+) ')
A_LITTLE = 0.001
"""Dollars by which two ways of rounding may differ."""


class Limits(NamedTuple):
    calls: int
    tokens: int
    dollars: float
    seconds: int

    def half(self) -> Limits:
        return Limits(self.calls // 2, self.tokens // 2, self.dollars / 2, self.seconds // 2)


LIMITS = {
    "assistant": Limits(12, 800_000, 1.00, 240),
    "escalations": Limits(12, 600_000, 1.00, 240),
    "security": Limits(8, 400_000, 2.00, 300),
    "priorities": Limits(8, 300_000, 0.20, 120),
}
ASKED = {"claude-haiku-5-5": "priorities", "claude-opus-5-5": "security", "claude-sonnet-5-5": "escalations"}
"""Which agent it is that another one asked."""
CENTS = {"claude-haiku-5-5": (10, 50, 1), "claude-sonnet-5-5": (200, 1_000, 10), "claude-opus-5-5": (400, 2_000, 20)}
"""For a million tokens: read, written, read from the cache."""


class Sum:
    """What was spent on one thing."""

    def __init__(self) -> None:
        self.tokens, self.dollars, self.seconds = 0, 0.0, 0.0

    def over(self, tokens: float, dollars: float, minutes: float) -> bool:
        return self.tokens >= tokens or self.dollars >= dollars + A_LITTLE or self.seconds >= minutes * 60


class Spending:
    """All that the model's server was asked, in order."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.sums: dict[tuple[str, ...], Sum] = {}
        self.steps: Counter[tuple[str, int]] = Counter()
        self.seconds: Counter[tuple[str, int]] = Counter()
        self.root: dict[str, tuple[str, str]] = {}
        """Session -> the message it works on, and that one's day."""
        self.asker: dict[str, tuple[str, int]] = {}
        self.begun: Counter[str] = Counter()
        self.gone: dict[tuple[str, ...], int] = {}
        """A day's budget -> the round in which it was used up."""

    def judged(self) -> None:
        for line in self.judge.told:
            session = self.judge.marks.get(line["mark"].split(".")[0])
            if session is not None:
                self._one(line, session)

    def _one(self, line: Json, session: Session) -> None:
        mark, reads = line["mark"], line["mark"].rpartition(".")[2] in (HOSTILE, HONEST)
        if "." not in mark:
            day = DAY.search(line["heard"])
            self.root[session.mark] = (f"{mark}/{line['turns']}", day[1] if day else "")
        if not reads:
            # The same agent may be asked twice for one message: each time it has its own share.
            self.begun[mark] += line["first"]
            self.asker[session.mark] = (mark, line["turns"] if "." not in mark else self.begun[mark])
        root, day = self.root.get(session.mark, (mark, ""))
        asker = self.asker.get(session.mark, (mark, 1))
        limits = self._limits(line, session, asker[0], reads)
        number = next((n for n in range(len(session.turns)) if session.mark_of(n) == root.partition("/")[0]), 0)
        person = session.turns[number].by or session.person
        days = {"person": (person, day), "everybody": ("", day)}
        self._may(line, limits, asker, root, session, days)
        self.steps[asker] += line["whole"]
        self.seconds[asker] += line["slow"] if line["whole"] else 0
        tokens, dollars = charged(line)
        keys = (("turn", session.mark, root), ("session", session.mark), *((name, *of) for name, of in days.items()))
        for key in keys:
            spent = self.sums.setdefault(key, Sum())
            spent.tokens, spent.dollars = spent.tokens + tokens, spent.dollars + dollars
            spent.seconds += line["slow"] if line["whole"] else 0
        numbers = self.judge.numbers
        for name, of in days.items():
            most = (
                (numbers.person_day_tokens, numbers.person_day_cents / 100, numbers.person_day_minutes)
                if name == "person" else
                (numbers.workspace_day_tokens, numbers.workspace_day_cents / 100, numbers.workspace_day_minutes)
            )  # fmt: skip
            if self.sums[name, *of].over(*most):
                self.gone.setdefault((name, *of), line["round"])

    def _limits(self, line: Json, session: Session, asker: str, reads: bool) -> Limits:
        if "." not in asker:
            return LIMITS[session.agent]
        name = "escalations" if reads else ASKED.get(line["model"], "escalations")
        return LIMITS[name].half()

    def _may(
        self, line: Json, limits: Limits, asker: tuple[str, int], root: str, session: Session,
        days: dict[str, tuple[str, str]],
    ) -> None:  # fmt: skip
        judge, mark, numbers = self.judge, line["mark"], self.judge.numbers
        seconds = min(limits.seconds, numbers.seconds)
        if self.steps[asker] >= limits.calls:
            judge.no(mark, f"the model was asked more than {limits.calls} times in one turn")
        if self.seconds[asker] >= seconds:
            judge.no(mark, f"asked again after {self.seconds[asker]:.1f} seconds in one turn of {seconds}")
        turn = self.sums.get(("turn", session.mark, root), Sum())
        if turn.over(limits.tokens, limits.dollars, seconds / 60):
            judge.no(mark, f"asked again after {turn.tokens} tokens and ${turn.dollars:.2f} in one turn")
        whole = self.sums.get(("session", session.mark), Sum())
        if whole.over(numbers.session_tokens, numbers.session_cents / 100, numbers.session_minutes):
            told = f"{whole.tokens} tokens and ${whole.dollars:.2f} in {whole.seconds:.1f} seconds"
            judge.no(mark, f"asked again after {told} of one session")
        for name, of in days.items():
            if line["round"] > self.gone.get((name, *of), line["round"]):
                judge.no(mark, f"asked again after the day's budget of {of[0] or name} was used up")


def charged(line: Json) -> tuple[int, float]:
    """(tokens, dollars) of one answer; of one that broke off only what it had read by then is known."""
    if line["nothing"]:
        return 0, 0.0
    usage = line["usage"]
    fresh, made, cached, out = (
        max(0, usage[name]) if type(usage.get(name)) is int else 0
        for name in ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")
    )
    out = out if line["whole"] else 0
    read, written, again = CENTS[line["model"]]
    if line["model"] == "claude-haiku-5-5" and fresh + made + cached > 100_000:
        read, written, again = 50, 250, 5
    return fresh + made + cached + out, (fresh * read + made * read * 1.25 + cached * again + out * written) / 1e8
