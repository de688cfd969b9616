"""What a manager reads of an account in trouble: the evidence with dates and links, who was told, what to press."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import NamedTuple

from rules.alerting import Alert, Case, TicketFacts
from rules.escalating import HOW, SNOOZES, State
from rules.facts import DAY
from rules.policy import Policy
from rules.wording import label_of, money, on, plural
from views import addresses, escape
from views import blocks as b
from views.blocks import Message
from views.morning_list import Source, capital
from views.words import Links, clock, dated, day, moment, touches

NAME_LIMIT = 80
REASON_LIMIT = 300
MOST_TICKETS = 3
MOST_LINES = 6
TEXT_LIMIT = 3_000


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who was told. ``you`` is whoever reads."""

    name: str
    at: int
    you: bool = False


@dataclass(frozen=True, slots=True)
class Escalated:
    """One alert, as it stands. ``key`` comes back with each press; ``by`` decided, ``at`` when; ``next_name`` is who
    hears of it next, at ``next_at``, unless somebody claims it. ``alert`` says what the rules saw at ``seen_at``.
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
    by: str | None = None
    at: int | None = None
    until: int | None = None
    reason: str | None = None
    next_at: int | None = None
    next_name: str | None = None
    why: str = ""
    """Why this message came, when it is not simply new: it went up, got worse, or came back."""


@dataclass(frozen=True, slots=True)
class Escalations:
    """One message: on a single account, or on several as a digest. ``waiting`` more accounts wait for a morning."""

    alerts: tuple[Escalated, ...]
    policy: Policy
    version: str
    links: Links
    now: int
    zone: tzinfo = UTC
    sources: tuple[Source, ...] = ()
    waiting: int = 0


class Group(NamedTuple):
    """The alerts of one message on one account: they are read and decided together."""

    alerts: tuple[Escalated, ...]

    @property
    def first(self) -> Escalated:
        """The one that speaks for all: whatever still waits for a decision, before what has been settled."""
        return min(self.alerts, key=lambda one: ORDER.index(one.state))


ORDER: tuple[State, ...] = ("open", "claimed", "snoozed", "dismissed", "solved")


def groups(shown: Escalations) -> list[Group]:
    """By account, in the order given."""
    found: dict[str, list[Escalated]] = {}
    for one in shown.alerts:
        found.setdefault(one.case.account.account_id, []).append(one)
    return [Group(tuple(alerts)) for alerts in found.values()]


def render(shown: Escalations) -> Message:
    """The message, within Slack's limits whatever the names are."""
    all_groups = groups(shown)
    if len(all_groups) == 1:
        return Message(_notification(shown), [*_card(all_groups[0], shown), *_foot(shown)])
    blocks: list[b.Block] = [b.header(digest_headline(shown))]
    for group in all_groups:
        blocks += _line(group, shown)
    blocks.append(b.divider())
    if shown.waiting:
        verb = "waits" if shown.waiting == 1 else "wait"
        blocks.append(b.context(f"{plural(shown.waiting, 'more account')} {verb} for the next working morning"))
    return Message(_notification(shown), [*blocks, *_foot(shown)])


def digest_headline(shown: Escalations) -> str:
    """``5 accounts need a decision``."""
    waiting = sum(group.first.state == "open" for group in groups(shown))
    if not waiting:
        return f"{plural(len(groups(shown)), 'account')}, all of them settled"
    return f"{plural(waiting, 'account')} {'needs' if waiting == 1 else 'need'} a decision"


def headline(one: Escalated) -> str:
    """``Urgent ticket #42 open for 12 days, and nobody has answered``."""
    return capital(one.alert.says)


def standing_words(one: Escalated, shown: Escalations) -> str:
    """What became of it, in a line; "" while nobody has decided anything."""
    who = escape.name(one.by or "somebody", NAME_LIMIT)
    when = f" {_when(one.at, shown)}" if one.at is not None else ""
    match one.state:
        case "claimed":
            return f"✓ Claimed by {who}{when}; it goes no further"
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
    others = any(not each.you for each in one.told)
    names = [
        f"{'you' if each.you else escape.name(each.name, NAME_LIMIT)} {_when(each.at, shown)}"
        for each in one.told
        if others
    ]
    said = f"Level {one.level} of {shown.policy.escalation.levels}"
    said += f" · told: {', '.join(names)}" if names else ""
    if one.state == "open" and one.next_at is not None and one.next_name is not None:
        said += (
            f" · goes to {escape.name(one.next_name, NAME_LIMIT)} {_when(one.next_at, shown)}"
            " unless somebody claims it"
        )
    return said


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


def _title(one: Escalated, shown: Escalations) -> b.Piece:
    account = one.case.account
    worth = "Revenue not known"
    if account.revenue_cents is not None:
        worth = f"Tier {one.tier} · {money(account.revenue_cents, shown.policy.currency)}"
    owner = escape.name(one.owner, NAME_LIMIT) if one.owner else "nobody"
    name = escape.name(account.name, NAME_LIMIT)
    link = b.link(name, shown.links.account(account.account_id), bold=True, strike=one.state == "solved")
    return b.section(link, b.text(f" · {worth} · owner {owner}"))


def _says(group: Group, shown: Escalations) -> list[b.Piece]:
    """A line for each alert; what became of it by itself stands beside it."""
    lines = []
    for one in group.alerts:
        said = escape.clean(capital(_once(one, group)), 300)
        if one.state == group.first.state:
            lines.append(b.section(b.text(said, bold=one.state == "open")))
        else:
            lines.append(b.section(b.text(said, strike=True), b.text(f" {standing_words(one, shown)}", italic=True)))
    return [lines[0]] if len(lines) == 1 else [b.bullets(*lines[:MOST_LINES])]


def _once(one: Escalated, group: Group) -> str:
    """What it says, without what another line beside it says already."""
    said = one.alert.says
    for other in group.alerts:
        if other is not one and said.endswith(f", and {other.alert.says}"):
            return said.removesuffix(f", and {other.alert.says}")
    return said


def _why(group: Group) -> list[b.Piece]:
    """Why it comes (again), when it is not simply new."""
    said = next((one.why for one in group.alerts if one.why), "")
    return [b.section(b.text(said, italic=True))] if said else []


def _card(group: Group, shown: Escalations) -> list[b.Block]:
    one = group.first
    told = b.context(told_words(one, shown))
    if one.state != "open":
        done = b.section(b.text(standing_words(one, shown), italic=True))
        return [b.rich(_title(one, shown), *_says(group, shown), done), _buttons(group, shown, False), told]
    help_ = b.section(b.text("What would help: ", bold=True), b.text(one.alert.helps))
    bullets = b.bullets(*(b.section(*pieces) for pieces in evidence(group, shown)))
    *above, last = [*_says(group, shown), *_why(group)]
    if last["type"] == "rich_text_section":
        # One section, for two in a row may stand in one line.
        last = b.section(*last["elements"], b.text("\nOn record", bold=True))
    else:
        above, last = [*above, last], b.section(b.text("On record", bold=True))
    return [
        b.rich(_title(one, shown), *above, last, bullets, help_),
        _buttons(group, shown, True),
        told,
    ]


def _line(group: Group, shown: Escalations) -> list[b.Block]:
    """One account of a digest: two blocks, so that twenty fit."""
    one = group.first
    if one.state != "open":
        done = b.section(b.text(standing_words(one, shown), italic=True))
        return [b.rich(_title(one, shown), done), _buttons(group, shown, False)]
    facts = [b.bullets(b.section(*evidence(group, shown)[0]))] if len(group.alerts) == 1 else []
    told = b.section(b.text(told_words(one, shown), italic=True))
    return [
        b.rich(_title(one, shown), *_says(group, shown), *_why(group), *facts, told),
        _buttons(group, shown, False),
    ]


def _buttons(group: Group, shown: Escalations, alone: bool) -> b.Block:
    one = group.first
    account = one.case.account
    name = escape.name(account.name, 40)
    why = b.button("Why?", "explain_escalation", one.key, says=f"Why does Daybook tell me of {name}?")
    url = shown.links.account(account.account_id)
    look = [b.button("Open in HubSpot", "open_in_hubspot", one.key, url, f"Open {name} in HubSpot")] if url else []
    if one.state == "solved":
        return b.actions(why, *look)
    if one.state != "open":
        back = {"claimed": "Give back", "snoozed": "Wake up now", "dismissed": "Take back"}[one.state]
        return b.actions(b.button(back, "reopen_escalation", one.key, says=f"{back}: {name}"), why, *look)
    claim = {**b.button("Claim", "claim_escalation", one.key, says=f"Claim: {name}"), "style": "primary"}
    snooze = b.select("Snooze", "snooze_escalation", [(said, f"{one.key}|{key}") for key, said in SNOOZES.items()])
    fine = b.button("Not a problem", "dismiss_escalation", one.key, says=f"Not a problem: {name}")
    ask = b.button("Prepare me", "prepare_escalation", one.key, says=f"Prepare me for {name}")
    return b.actions(claim, snooze, fine, why, *look, *([ask] if alone else []))


def _foot(shown: Escalations) -> list[b.Block]:
    fresh = [f"{escape.name(s.name, 40)} {moment(s.as_of, shown.now, shown.zone)}" for s in shown.sources if s.as_of]
    down = [
        f"⚠ {escape.name(s.name, 40)} has not answered since {moment(s.down_since, shown.now, shown.zone)}"
        for s in shown.sources
        if s.down_since is not None
    ]
    said = f"Data as of: {' · '.join(fresh)} · Rules {shown.version}" if fresh else f"Rules {shown.version}"
    return [b.context(said, *down)]


def _notification(shown: Escalations) -> str:
    several = groups(shown)
    said = [escape.mrkdwn(digest_headline(shown))] if len(several) != 1 else []
    for one in (group.first for group in several[:10]):
        words = standing_words(one, shown) or headline(one)
        said.append(f"{escape.mrkdwn(escape.name(one.case.account.name, 60), 120)}: {escape.mrkdwn(words, 200)}")
    return escape.cut("\n".join(said), TEXT_LIMIT)


def read_snooze(value: str) -> tuple[str, str]:
    """(key, choice) of a chosen option."""
    key, _, choice = value.rpartition("|")
    return key, choice


def claimed_note(one: Escalated, by: str, links: Links) -> Message:
    """To the account's owner: who has taken it on."""
    account = one.case.account
    name = escape.name(account.name, NAME_LIMIT)
    said = f" has taken on your account {name}: {escape.clean(one.alert.says, 300)}"
    who = escape.name(by, NAME_LIMIT)
    link = b.link(name, links.account(account.account_id), bold=True)
    blocks = [
        b.rich(
            b.section(b.text(who, bold=True), b.text(" has taken on your account "), link, b.text(".")),
            b.section(b.text(capital(escape.clean(one.alert.says, 300)))),
        ),
        b.context("Nothing is taken from you: talk to them about who says what to the customer."),
    ]
    return Message(escape.mrkdwn(f"{who}{said}", 1_000), blocks)


def as_text(shown: Sequence[Escalated], at: Escalations) -> list[str]:
    """A line each, for the command line and for commands in Slack."""
    lines = []
    for one in shown:
        state = standing_words(one, at) or told_words(one, at)
        owner = f", owner {escape.name(one.owner, NAME_LIMIT)}" if one.owner else ", no owner"
        lines.append(f"{escape.name(one.case.account.name, NAME_LIMIT)}{owner}: {one.alert.says} ({state})")
    return lines


def _when(instant: int, shown: Escalations) -> str:
    """``Mon 23 Nov 09:10``: with its day, for the message is still there tomorrow."""
    return f"{day(instant, shown.zone)} {clock(instant, shown.zone)}"


def _plain(words: str) -> str:
    return escape.clean(addresses.without(words), REASON_LIMIT) or "(no reason given)"
