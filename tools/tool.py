"""What a tool is: a name, what it takes, what it does to the world, and either a look or a plan.

A tool never writes. One that looks answers; one that would write answers a ``Plan``, and the guard decides, acts and
keeps the books. So there is nothing to forget in a new tool, and nothing a model can talk a tool into.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator
from sqlalchemy import Connection, Engine

from rules.action import Action, Allowance, Effect, OutsideServer, Principal, Target
from systems.connect import Systems
from tools.principal import Who
from views import escape

Quote = Annotated[
    str,
    StringConstraints(max_length=300),
    Field(description="The person's own words this comes from, copied exactly."),
]
Id = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
Ref = Annotated[str, StringConstraints(pattern=r"^(jira:[A-Z][A-Z0-9_]{0,30}-[0-9]{1,12}|hubspot:[0-9]{1,20})$")]
Short = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(lambda text: " ".join(text.split())),
]
Long = Annotated[str, StringConstraints(min_length=1, max_length=5_000, strip_whitespace=True)]


class Arguments(BaseModel):
    """What a tool takes. Nothing unknown is let through: no tool has a ``force``, a ``user`` or an ``approved``."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=6_000)

    @field_validator("*", mode="before")
    @classmethod
    def _readable(cls, given: Any) -> Any:
        """Without what nobody can see (NUL, direction marks, half characters): it would reach a database, HubSpot, or
        a card that a person says yes to. Longer than any argument may be is refused and so left as it is."""
        if isinstance(given, list):
            return [cls._readable(one) for one in given[:1_000]]
        return escape.lines(given).strip() if isinstance(given, str) and len(given) <= 6_000 else given


class Problem(Exception):
    """The call can't be made as asked; the message tells the model, and so the person, what would work."""

    def __init__(self, message: str, rule: str = "arguments") -> None:
        super().__init__(message)
        self.rule = rule


@dataclass(frozen=True)
class Context:
    """Everything that is fixed before the model says a word: who acts, for which agent, where, and what is known."""

    database: Engine
    systems: Systems
    workspace: str
    session: str
    turn: int
    agent: str
    grant: frozenset[str]
    person: str | None
    """Slack id of who acts; None for a run that serves nobody."""
    channel: str | None
    thread_ts: str | None
    """Where answers and cards go."""
    said: str = ""
    """The words of this turn's message: a quote must stand in them."""
    said_at: int = 0
    tainted_by: tuple[str, ...] = ()
    read_records: bool = True
    """Whether anything of the records may have been read in this session; whoever doesn't know says yes."""
    audience: tuple[str, ...] = ()
    """Slack ids of everybody who will read the answer; empty in a direct message."""
    calls: int = 0
    """How many calls this message has led to before this one."""
    clean: bool = False
    """Whether a call is carried out at once whose conversation had read nobody's words; the guard says so."""
    unattended: bool = False
    allowance: Allowance | None = None
    """What this run was granted beforehand, and by which routine."""
    routine: str | None = None
    readers: tuple[Principal, ...] | None = None
    """What the audience may see, when it has been looked up for this turn."""
    who: Who | None = None
    """Who ``person`` is, when the turn has looked already: it looks anew each time it begins or goes on."""


class Receipt(NamedTuple):
    """One thing that was done, in a line, and whether one press takes it back."""

    call: str
    words: str
    undo: bool


@dataclass(frozen=True)
class Answer:
    """What comes back to the model, and what the log and the person are told."""

    text: str
    is_error: bool = False
    verdict: Literal["read", "allow", "ask", "refuse", "error", "want"] = "read"
    rule: str = ""
    reason: str = ""
    untrusted: tuple[str, ...] = ()
    """Homes (``companies:42``) of the records whose free text is in ``text``."""
    receipt: Receipt | None = None
    approval: str | None = None
    also: Callable[[Connection], None] | None = field(default=None, compare=False, repr=False)
    """Writes the ledger's row in the transaction in which the log keeps this answer."""


class Write(NamedTuple):
    """One outside write, resolved to ids and the vendor's own values."""

    system: Literal["hubspot", "jira", "daybook"]
    verb: Literal["create", "change", "comment", "mark"]
    kind: str
    id: str | None
    """None for what is yet to be made."""
    after: Mapping[str, str]
    before: Mapping[str, str | None] = {}
    to: tuple[tuple[str, str], ...] = ()
    """What a new record is associated with: (kind, id)."""


class Row(NamedTuple):
    """One line of a card: a field, what it says now and what it would say."""

    field: str
    label: str
    old: str
    new: str
    kind: Literal["text", "number", "date", "choice", "fixed", "told"] = "text"
    """``fixed`` can't be edited; ``told`` is nothing that changes, but what one has to know: only ``old`` counts."""
    value: str = ""
    """What the person could type instead, as they would say it."""
    choices: tuple[tuple[str, str], ...] = ()
    """(words, value) of a choice."""
    exact: bool = False
    """Words that go out as they stand, and so are shown to the letter."""


def shown(**lines: str | None) -> tuple[Row, ...]:
    """Rows of what would be added, for the rare card of a log: seen by whoever confirms it, not edited there."""
    said = [(name.replace("_", " ").capitalize(), value) for name, value in lines.items() if value]
    return tuple(Row(label, label, "", value, "fixed", exact=True) for label, value in said)


@dataclass(frozen=True)
class Plan:
    """What a tool would do, in full: nothing is left to be looked up or decided when it is done.

    ``resolved`` are the arguments with everything relative made absolute; planning them again, later, gives the same
    plan on the same records. ``rows`` are what a confirming person sees.
    """

    title: str
    done: str
    """What people read when it is done."""
    action: Action
    writes: tuple[Write, ...]
    resolved: dict[str, Any]
    account: str
    account_name: str
    rows: tuple[Row, ...] = ()
    quote: str = ""
    record: tuple[str, str] = ("companies", "")
    """(kind, id) of the record a card links to."""
    told: str = ""
    """What the model is told instead, where ``done`` holds words that stood in the record: they may be anybody's."""
    wrote: str = ""
    """The beginning of what is written, for the line with *Undo*: who is told that it was done sees what it says."""

    @property
    def receipt(self) -> str:
        """What people read when it is done, with what was written."""
        return f"{self.done} · {self.wrote}" if self.wrote else self.done


@dataclass(frozen=True)
class Look:
    """What a looking tool found: plain values for the model, and which records they are of."""

    found: Any
    targets: tuple[Target, ...] = ()
    untrusted: tuple[str, ...] = ()
    failed: bool = False
    """Whether whoever was asked says that they could not."""


@dataclass(frozen=True)
class Tool:
    """One tool. Exactly one of ``look`` and ``plan`` is there, unless the session loop itself does it (``wants``).

    With both ``look`` and ``wants`` the look is judged like any other, and the loop makes the answer of what it found.
    """

    name: str
    description: str
    arguments: type[BaseModel]
    effect: Effect
    look: Callable[[Any, Any], Look] | None = None
    plan: Callable[[Any, Any], Plan] | None = None
    wants: bool = False
    asks: OutsideServer | None = None
    """The server outside that it sends the model's words to; it is judged before it looks."""
    schema: str | None = None
    """What it takes, as JSON, where that is not ours to say."""


def as_text(value: Any) -> str:
    """The JSON a model is given: the same value, the same bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
