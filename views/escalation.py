"""What a manager reads of an account in trouble: the evidence with dates and links, who was told, what to press."""

from __future__ import annotations

from rules.escalating import SNOOZES
from rules.wording import money, plural
from views import blocks as b
from views import escape
from views.blocks import Message
from views.escalated import (
    NAME_LIMIT,
    Escalated,
    Escalations,
    Group,
    digest_headline,
    elsewhere_words,
    evidence,
    groups,
    headline,
    once,
    says,
    standing_words,
    told_words,
    why_words,
)
from views.morning_list import capital
from views.words import moment

MOST_LINES = 6
TEXT_LIMIT = 3_000


def render(shown: Escalations) -> Message:
    """The message, within Slack's limits whatever the names are."""
    if not shown.moved:
        return _rendered(shown)
    names = escape.cut(", ".join(escape.name(name, NAME_LIMIT) for name in shown.moved), 1_000)
    verb, are = ("has", "it is") if len(shown.moved) == 1 else ("have", "they are")
    said = f"{names} {verb} another owner by now: {are} no longer yours to decide."
    rest = _rendered(shown) if shown.alerts else Message(escape.mrkdwn(said, TEXT_LIMIT), [])
    return Message(rest.text, [*rest.blocks, b.context(said)])


def _rendered(shown: Escalations) -> Message:
    all_groups = groups(shown)
    if len(all_groups) == 1:
        return Message(_notification(shown), [*_card(all_groups[0], shown), *_foot(shown)])
    blocks: list[b.Block] = [b.header(digest_headline(shown))]
    # Twenty times the same line about who is next would be the first thing to be skipped.
    levels = {told_words(group.first, shown) for group in all_groups if group.first.state == "open"}
    for group in all_groups:
        blocks += _line(group, shown, len(levels) > 1)
    blocks.append(b.divider())
    if len(levels) == 1:
        blocks.append(b.context(levels.pop()))
    if shown.waiting:
        verb = "waits" if shown.waiting == 1 else "wait"
        blocks.append(b.context(f"{plural(shown.waiting, 'more account')} {verb} for the next working morning"))
    return Message(_notification(shown), [*blocks, *_foot(shown)])


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
        said = escape.clean(capital(once(one, group)), 300)
        if one.state == group.first.state:
            lines.append(b.section(b.text(said, bold=one.state == "open")))
        else:
            lines.append(b.section(b.text(said, strike=True), b.text(f" {standing_words(one, shown)}", italic=True)))
    return [lines[0]] if len(lines) == 1 else [b.bullets(*lines[:MOST_LINES])]


def _why(group: Group, shown: Escalations) -> list[b.Piece]:
    """Why it comes (again), when it is not simply new."""
    again = next((words for one in group.alerts if (words := why_words(one, shown))), "")
    said = " ".join(words for words in (again, elsewhere_words(group.first, shown)) if words)
    return [b.section(b.text(said, italic=True))] if said else []


def _card(group: Group, shown: Escalations) -> list[b.Block]:
    one = group.first
    told = b.context(told_words(one, shown))
    if one.state != "open":
        done = b.section(b.text(standing_words(one, shown), italic=True))
        return [b.rich(_title(one, shown), *_says(group, shown), done), _buttons(group, shown, False), told]
    help_ = b.section(b.text("What would help: ", bold=True), b.text(one.alert.helps))
    bullets = b.bullets(*(b.section(*pieces) for pieces in evidence(group, shown)))
    *above, last = [*_says(group, shown), *_why(group, shown)]
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


def _line(group: Group, shown: Escalations, levels: bool) -> list[b.Block]:
    """One account of a digest: two blocks, so that twenty fit."""
    one = group.first
    if one.state != "open":
        done = b.section(b.text(standing_words(one, shown), italic=True))
        return [b.rich(_title(one, shown), done), _buttons(group, shown, False)]
    help_ = b.section(b.text("What would help: ", bold=True), b.text(one.alert.helps))
    told = [b.section(b.text(told_words(one, shown), italic=True))] if levels else []
    facts = b.bullets(b.section(*evidence(group, shown)[0]))
    return [
        b.rich(_title(one, shown), *_says(group, shown), *_why(group, shown), facts, help_, *told),
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


def claimed_note(shown: Escalations, by: str) -> Message:
    """To the account's owner: who has taken it on, and what: they should not have to look for it."""
    group = Group(shown.alerts)
    account = group.first.case.account
    name = escape.name(account.name, NAME_LIMIT)
    said = [escape.clean(words, 300) for words in says(group)[:MOST_LINES]]
    who = escape.name(by, NAME_LIMIT)
    link = b.link(name, shown.links.account(account.account_id), bold=True)
    facts = evidence(group, shown)
    blocks = [
        b.rich(
            b.section(b.text(who, bold=True), b.text(" has taken on your account "), link, b.text(".")),
            b.section(b.text(capital("; ".join(said)))),
            b.bullets(*(b.section(*pieces) for pieces in facts)),
        ),
        b.context("Nothing is taken from you: talk to them about who says what to the customer."),
    ]
    return Message(escape.mrkdwn(f"{who} has taken on your account {name}: {'; '.join(said)}", 1_000), blocks)
