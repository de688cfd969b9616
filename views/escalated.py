"""An account in trouble in words: what is wrong, what became of it, who was told, and what is on record of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import NamedTuple

from rules.alerting import Alert, Case, TicketFacts
from rules.escalating import HOW, State
from rules.facts import DAY
from rules.policy import Policy
from rules.wording import label_of, money, on, plural
from views import addresses, escape
from views import blocks as b
from views.morning_list import Source, capital
from views.words import Links, clock, dated, day, touches

NAME_LIMIT = 80
REASON_LIMIT = 300
MOST_TICKETS = 3


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who was told. ``you`` is whoever reads."""

    name: str
    at: int
    you: bool = False


@dataclass(frozen=True, slots=True)
class Escalated:
    """One alert, as it stands. ``key`` comes back with each press; ``by`` decided, ``at`` when (of an open one: whose
    claim came to nothing); ``next_name`` is who hears of it next, at ``next_at``, unless somebody claims it. ``alert``
    says what the rules saw at ``seen_at``.
    """

    key: str
    case: Case
    alert: Alert
    seen_at: int
    tier: str
    owner: str | None
    state: State
    level: int
    told: tuple[Told, ...] = ()
    waiting: tuple[Told, ...] = ()
    """Who is about to be told, and when at the earliest."""
    unheard: bool = False
    """Nobody was told, and there is nobody to tell."""
    by: str | None = None
    at: int | None = None
    until: int | None = None
    reason: str | None = None
    next_at: int | None = None
    next_name: str | None = None
    why: str = ""
    """Why this message came, as the book of tellings has it."""
    by_reader: bool = False
    elsewhere: Told | None = None
    """Who has claimed another alert on the same account, and when."""


@dataclass(frozen=True, slots=True)
class Escalations:
    """One message: on one account, or on several as a digest. ``waiting`` more accounts wait for a morning; ``moved``
    are those it told of that have another owner by now, and which are not the reader's to see any more."""

    alerts: tuple[Escalated, ...]
    policy: Policy
    version: str
    links: Links
    now: int
    zone: tzinfo = UTC
    sources: tuple[Source, ...] = ()
    waiting: int = 0
    moved: tuple[str, ...] = ()


class Group(NamedTuple):
    """The alerts of one message on one account: they are read and decided together."""

    alerts: tuple[Escalated, ...]

    @property
    def first(self) -> Escalated:
        """The one that speaks for all: whatever still waits for a decision, before what has been settled."""
        return min(self.alerts, key=lambda one: ORDER.index(one.state))


ORDER: tuple[State, ...] = ("open", "claimed", "snoozed", "dismissed", "solved")


def groups(shown: Escalations) -> list[Group]:
    """By account (and message, where there are several), in the order given: what one press decides."""
    found: dict[tuple[str, str], list[Escalated]] = {}
    for one in shown.alerts:
        message, _, _ident = one.key.rpartition("/")
        found.setdefault((one.case.account.account_id, message), []).append(one)
    return [Group(tuple(alerts)) for alerts in found.values()]


def says(group: Group) -> list[str]:
    """What is wrong, each trouble once: of those that stand as the first one does."""
    return [once(one, group) for one in group.alerts if one.state == group.first.state]


def once(one: Escalated, group: Group) -> str:
    """What it says, without what another line beside it says already."""
    said = one.alert.says
    for other in group.alerts:
        if other is not one and said.endswith(f", and {other.alert.says}"):
            return said.removesuffix(f", and {other.alert.says}")
    return said


def digest_headline(shown: Escalations) -> str:
    """``5 accounts need a decision``."""
    waiting = sum(group.first.state == "open" for group in groups(shown))
    if not waiting:
        return f"{plural(len(groups(shown)), 'account')}, all of them settled"
    return f"{plural(waiting, 'account')} {'needs' if waiting == 1 else 'need'} a decision"


WHY = {
    "unclaimed": "Nobody has claimed this yet, so it has gone up to you.",
    "last": "Nobody has claimed this yet, and Daybook knows nobody further up: it stays with you.",
    "back": "Back, as you asked: it still stands.",
    "worse": "It got worse since others were told.",
}


def why_words(one: Escalated, shown: Escalations) -> str:
    """Why this message came, when it is not simply new: it went up, got worse, came back, or a claim led to nothing."""
    if one.why == "lapsed" and one.by is not None:
        who = "You" if one.by_reader else escape.name(one.by, NAME_LIMIT)
        when = f" {_when(one.at, shown)}" if one.at is not None else ""
        return f"{who} claimed this{when}. Since then nothing is on record, and it still stands."
    return WHY.get(one.why, "")


def elsewhere_words(one: Escalated, shown: Escalations) -> str:
    """Who is at work on this account already."""
    if one.elsewhere is None or one.state != "open":
        return ""
    who = "You have" if one.elsewhere.you else f"{escape.name(one.elsewhere.name, NAME_LIMIT)} has"
    return f"{who} claimed something else on this account {_when(one.elsewhere.at, shown)}."


def headline(one: Escalated) -> str:
    """``Urgent ticket #42 open for 12 days, and nobody has answered``."""
    return capital(one.alert.says)


def standing_words(one: Escalated, shown: Escalations) -> str:
    """What became of it, in a line; "" while nobody has decided anything."""
    who = escape.name(one.by or "somebody", NAME_LIMIT)
    when = f" {_when(one.at, shown)}" if one.at is not None else ""
    match one.state:
        case "claimed":
            ends = f" unless nothing is on record by {_when(one.until, shown)}" if one.until is not None else ""
            return f"✓ Claimed by {who}{when}; it goes no further{ends}"
        case "snoozed":
            until = f" until {_when(one.until, shown)}" if one.until is not None else ""
            return f"Snoozed by {who}{until}, or until it gets worse"
        case "dismissed":
            return f"Not a problem, says {who}{when}: {_plain(one.reason or '')}"
        case "solved":
            return f"✓ Solved by itself: {HOW.get(one.reason or '', HOW['over'])}{when}"
    return ""


def told_words(one: Escalated, shown: Escalations) -> str:
    """``Level 1 of 3 · goes to Ada Moreau Tue 24 Nov 09:10 unless somebody claims it``, and who else was told when."""
    said = [f"Level {one.level} of {shown.policy.escalation.levels}"]
    if any(not each.you for each in one.told):
        said.append(f"told: {_who_when(one.told, shown)}")
    if one.state == "open" and one.waiting:
        said.append(f"will be told: {_who_when(one.waiting, shown)}")
    elif one.state == "open" and one.next_at is not None and one.next_name is not None:
        name = escape.name(one.next_name, NAME_LIMIT)
        said.append(f"goes to {name} {_when(one.next_at, shown)} unless somebody claims it")
    elif one.state == "open" and one.unheard:
        said.append("nobody but the owner is known who could be told: DAYBOOK_ESCALATE_TO says who should be")
    elif one.state == "open" and one.next_name is None:
        said.append("nobody further up is left to hear of it")
    return " · ".join(said)


def _who_when(told: Sequence[Told], shown: Escalations) -> str:
    """``you, Ada Moreau Tue 24 Nov 09:10``: those of one moment together."""
    moments: dict[str, list[str]] = {}
    for each in told:
        name = "you" if each.you else escape.name(each.name, NAME_LIMIT)
        moments.setdefault(_when(each.at, shown), []).append(name)
    return "; ".join(f"{', '.join(names)} {when}" for when, names in moments.items())


def evidence(group: Group, shown: Escalations) -> list[list[b.Piece]]:
    """The facts behind it, each a line of pieces: ids, dates, amounts and links, never a customer's words."""
    one = group.first
    account, seen_at = one.case.account, one.seen_at
    about = {alert.alert.ticket for alert in group.alerts}
    tickets = [t for t in one.case.tickets if t.evidence in about or t.waits_since is not None]
    tickets.sort(key=lambda t: (t.evidence not in about, t.waits_since or 0, t.evidence))
    lines = [_ticket(ticket, one, shown) for ticket in tickets[:MOST_TICKETS]]
    if account.renewal_at is not None and abs(account.renewal_at - seen_at) < shown.policy.limits.renewal_days * DAY:
        date = dated(account.renewal_at, shown.now, UTC)
        lines.append([b.text(f"Renewal {date} ({on(account.renewal_at, seen_at)})")])
    if account.open_deals:
        worth = account.open_deals_cents
        of = f", {money(worth, shown.policy.currency)} together" if worth is not None else ""
        lines.append([b.text(f"{plural(account.open_deals, 'open deal')}{of}")])
    if account.task_due_at is not None and account.task_due_at < seen_at:
        url = shown.links.evidence(f"task:{account.task_id}", account.account_id) if account.task_id else None
        due = dated(account.task_due_at, shown.now, shown.zone)
        lines.append([b.link("Follow-up", url), b.text(f" was due {due} and is open")])
    lines.append([b.text(touches(account, seen_at, shown.zone, shown.policy))])
    return lines


def _ticket(ticket: TicketFacts, one: Escalated, shown: Escalations) -> list[b.Piece]:
    said = f": {ticket.priority or 'no priority'}"
    if ticket.opened_at is not None:
        said += f", open since {dated(ticket.opened_at, shown.now, shown.zone)}"
    if ticket.customer_at is not None:
        said += f", the customer wrote last {_when(ticket.customer_at, shown)}"
    last = ticket.answered_at
    said += ", no answer on record" if last is None else f", last answered {_when(last, shown)}"
    url = shown.links.evidence(ticket.evidence, one.case.account.account_id)
    return [b.text("Ticket "), b.link(label_of(ticket.evidence), url), b.text(said)]


def as_text(shown: Escalations) -> list[str]:
    """A line for what one press decides, for commands in Slack."""
    lines = []
    for group in groups(shown):
        one = group.first
        state = standing_words(one, shown) or told_words(one, shown)
        owner = f", owner {escape.name(one.owner, NAME_LIMIT)}" if one.owner else ", no owner"
        lines.append(f"{escape.name(one.case.account.name, NAME_LIMIT)}{owner}: {'; '.join(says(group))} ({state})")
    return lines


def _when(instant: int, shown: Escalations) -> str:
    """``Mon 23 Nov 09:10``: with its day, for the message is still there tomorrow."""
    return f"{day(instant, shown.zone)} {clock(instant, shown.zone)}"


def _plain(words: str) -> str:
    return escape.clean(addresses.without(words), REASON_LIMIT) or "(no reason given)"
