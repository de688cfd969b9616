"""Who may press what on a card, at the moment of the press: small rules, each with a reason for whoever pressed.

The rules for the action itself are asked again as well (authority.py); these are about the press alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from rules.action import Principal, Role
from rules.case import LEADERS
from rules.verdict import Allow, Refuse

ENDED: dict[str, str] = {
    "applying": "It is being applied already.",
    "applied": "It was applied already.",
    "cancelled": "It was cancelled already.",
    "expired": "It has expired. Ask me again to get a new one.",
    "refused": "It was refused, as the card says.",
    "undone": "It was applied and undone already.",
    "unknown": "It is not known whether that was done, as the card says. Look there before you ask again.",
}


@dataclass(frozen=True, slots=True)
class Press:
    """One press, with everything a rule may look at. ``approver`` is a Slack id, ``approver_name`` is for people."""

    cancels: bool
    presser: Principal
    """With their own rights: what they were lent is said by ``stands_in``."""
    requester: Principal
    """With the rights they have now."""
    approver: str
    approver_name: str
    state: str
    """``open``, or one of ``ENDED``."""
    late: bool
    stands_in: bool
    """Whether the approver is away and has named the presser for this time."""
    leads: bool
    """Whether the approver still leads the requester, or administers Daybook."""

    outdated: bool = False
    """Whether what stood on the card that was pressed, or edited, is not what waits now."""

    @property
    def takes_back(self) -> bool:
        """Whoever asked may take the question back, whosever answer it needs."""
        return self.cancels and self.presser.id == self.requester.id

    @property
    def shared(self) -> bool:
        """Whether the yes is somebody else's than the requester's."""
        return self.approver != self.requester.id


Rule = Callable[[Press], Refuse | None]
RULES: list[Rule] = []


def rule(judge: Rule) -> Rule:
    RULES.append(judge)
    return judge


def may_press(press: Press) -> Allow | Refuse:
    """The first reason against the press, in the order in which a person would want to hear it; else a yes."""
    for judge in RULES:
        no = judge(press)
        if no is not None:
            return no
    return Allow("press.yours", "It is theirs to decide.")


def lent(presser: Principal, approver: Principal) -> Principal:
    """Who stands in for somebody who is away decides with that person's rights, under their own name."""
    return replace(approver, id=presser.id)


@rule
def pressers_are_members(press: Press) -> Refuse | None:
    """Guests, strangers, bots and people who have left decide nothing."""
    if press.presser.role not in (Role.NOBODY, Role.SERVICE):
        return None
    return Refuse("press.stranger", "Daybook works for the team's own active members. Nothing was changed.")


@rule
def only_open_ones(press: Press) -> Refuse | None:
    """A question is answered once."""
    return None if press.state == "open" else Refuse("press.ended", ENDED[press.state])


@rule
def in_time(press: Press) -> Refuse | None:
    """After its time a question can't be answered any more."""
    if not press.late:
        return None
    return Refuse("press.late", "That was too late: it has expired. Ask me again to get a new one.")


@rule
def nobody_decides_for_two(press: Press) -> Refuse | None:
    """Where somebody else's yes is needed, whoever asked can't give it, not even for a manager who is away."""
    if not press.shared or press.takes_back or press.presser.id != press.requester.id:
        return None
    return Refuse("press.own", f"You asked for it, so {press.approver_name or 'somebody else'} has to decide it.")


@rule
def whose_answer_it_is(press: Press) -> Refuse | None:
    """Only the person it was asked of decides, or whoever they named while they are away."""
    if press.takes_back or press.presser.id == press.approver or (press.shared and press.stands_in):
        return None
    return Refuse("press.not_yours", f"Only {press.approver_name or 'the person it was asked of'} can decide this.")


OUTDATED = "It has changed since you saw it, so nothing was done. Look at the card again."


@rule
def seen_as_it_is(press: Press) -> Refuse | None:
    """A yes is for what stood on the card that was pressed, or edited; when that has changed since, it has to be read
    again."""
    return Refuse("press.outdated", OUTDATED) if press.outdated else None


@rule
def still_the_leader(press: Press) -> Refuse | None:
    """A manager decides for the people they lead at that moment."""
    if not press.shared or press.takes_back or press.leads:
        return None
    who = press.approver_name if press.stands_in and press.approver_name else "You"
    verb = "doesn't" if press.stands_in and press.approver_name else "don't"
    return Refuse("press.not_leading", f"{who} {verb} lead whoever asked for it any more, so it can't be decided so.")


@rule
def requesters_are_still_here(press: Press) -> Refuse | None:
    """What somebody asked for who has left since is not done."""
    if press.cancels or press.requester.role not in (Role.NOBODY, Role.SERVICE):
        return None
    return Refuse("press.requester_gone", "Whoever asked for it is no longer active. Nothing was changed.")


def may_stand_in(away: Principal, deputy: Principal) -> Allow | Refuse:
    """Whether somebody who decides for others may name that person for the time they are away."""
    if away.role not in LEADERS:
        return Refuse("away.nothing", "You decide nothing for others, so nobody has to stand in for you.")
    if deputy.id == away.id:
        return Refuse("away.self", "Name somebody else than yourself.")
    if deputy.role in (Role.NOBODY, Role.SERVICE):
        return Refuse("away.stranger", "They are not an active member of the team, so they can't stand in for you.")
    return Allow("away.named", "They may decide in the meantime.")
