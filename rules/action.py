"""What authority looks at: who acts, what they want done to which records, and how things stand. Plain values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Effect(StrEnum):
    """What a tool does to the world, mildest first. The class decides who must say yes; see ``rules.authority``."""

    READ = "read"
    """Looks, and changes nothing."""
    OWN = "own"
    """Changes only the asking person's own list in Daybook."""
    LOG = "log"
    """Adds to a record what a person did or will do: a call, a note, a task. Nobody outside sees it."""
    CHANGE = "change"
    """Overwrites what a record says: stage, amount, close date, contact data."""
    EXTERNAL = "external"
    """Anything a customer can see."""


class Role(StrEnum):
    REP = "rep"
    MANAGER = "manager"
    ADMIN = "admin"
    SERVICE = "service"
    """A webhook or a schedule that acts for nobody: it may read and notify."""
    NOBODY = "nobody"
    """A guest, somebody from another company, a bot, somebody deactivated or whom HubSpot doesn't know."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts. ``owners`` are the HubSpot owner ids whose records they may touch; an admin's are all."""

    id: str
    role: Role
    owners: frozenset[str] = frozenset()

    def may_see(self, owner: str | None) -> bool:
        """Whether records of that owner are theirs. A record nobody owns is an admin's only."""
        if self.role in (Role.ADMIN, Role.SERVICE):
            return True
        return self.role is not Role.NOBODY and owner is not None and owner in self.owners


@dataclass(frozen=True, slots=True)
class Target:
    """One record an action touches, as a fresh read showed it."""

    ref: str
    """``deals:123``, ``companies:42``, ``jira:SUP-7``."""
    owner: str | None
    """HubSpot owner id of the account it belongs to; None when nobody owns it, or it was not found out."""
    account: str | None = None
    unowned: bool = False
    """Whether a fresh read showed that nobody owns it."""


@dataclass(frozen=True, slots=True)
class StageMove:
    """A deal or ticket goes to another stage; positions count from 0 in the pipeline's own order."""

    from_position: int
    to_position: int
    from_closed: bool
    to_closed: bool
    same_pipeline: bool = True


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody outside whom an action reaches, as a fresh look showed them. None is what was not looked up."""

    id: str
    """``contacts:12``, or ``jira:ACCOUNT`` for somebody HubSpot doesn't know."""
    known: bool = False
    """Whether HubSpot has them as a contact."""
    do_not_contact: bool | None = None
    wrote_first: bool = False
    """Whether they have written since we last wrote to them: answering is no new contact."""
    contacted_this_quarter: bool | None = None
    """Whether Daybook has already written to them unasked in this quarter of their own calendar."""
    minute: int | None = None
    """Minute of the day where they are, 0 to 1439."""
    quarter: str = ""
    """``2026-Q4``, of their own calendar."""
    also: bool = False
    """Whether they are not whom it is for, but get it too: they take part in the request, or it is shared with them."""
    account: str = ""
    """``jira:ACCOUNT``, also for somebody HubSpot knows: under another address there they are still the same."""


@dataclass(frozen=True, slots=True)
class OutsideServer:
    """A server of somebody else's that a look asks, as the operator has set it up."""

    ref: str
    """``mcp:docs``."""
    may_see_records: bool


@dataclass(frozen=True, slots=True)
class Action:
    """One call of a tool, with everything resolved: ids looked up, values in the vendor's own form."""

    tool: str
    effect: Effect
    targets: tuple[Target, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    """(kind, property) of each field that is overwritten: ("deals", "amount")."""
    stages: tuple[StageMove, ...] = ()
    amounts: tuple[tuple[int | None, int | None], ...] = ()
    """(old, new) in cents, for each amount that is overwritten; old is from before the small steps of the last day."""
    has_links: bool = False
    """Whether the text that would be written holds an address."""
    hosts: tuple[str, ...] = ()
    """The hosts of the addresses in it, for what a customer would see."""
    claims: bool = False
    """Whether it makes the acting person the owner of its targets."""
    recipients: tuple[Recipient, ...] = ()
    """Whom outside it reaches, for what a customer would see."""
    asks: OutsideServer | None = None
    """The server outside that gets the model's words, for a look that asks one."""

    @property
    def can_be_undone(self) -> bool:
        """What somebody outside has read can't be taken back."""
        return self.effect is not Effect.EXTERNAL


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a routine's run may do without asking: the grant that was fixed when the routine was made, for one run."""

    run: str
    """The run it holds for; in any other it is worth nothing."""
    tools: frozenset[str]
    records: int
    """How many records that run may write to."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How things stand when the action is judged. Counts include what is reserved but not done yet, not this action."""

    granted: frozenset[str]
    """Names of the tools that the acting agent may use."""
    calls_this_message: int = 0
    records_this_session: int = 0
    records_today: int = 0
    records_workspace_today: int = 0
    tainted_by: frozenset[str] = frozenset()
    """Refs of the records whose free text this session has read; empty when it is clean."""
    read_records: bool = False
    """Whether anything of the records may have been read in this session."""
    unattended: bool = False
    run: str = ""
    """The turn that a person or a clock set off, with everything that came of it."""
    allowance: Allowance | None = None
    records_this_run: int = 0
    readers: tuple[Principal, ...] = field(default=())
    """Who else reads the answer (members of a channel); empty in a direct message."""
    confirmed_by: Principal | None = None
    """Who pressed *Apply* on exactly this action; None before anybody has. Somebody who stands in for a manager who is
    away has that manager's role and records here, under their own id."""
    has_manager: bool = True
    """Whether somebody leads the acting person, who could be asked."""
    has_second: bool = True
    """Whether there is anybody else who could be asked: a manager, or an administrator."""
