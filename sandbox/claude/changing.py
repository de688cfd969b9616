"""Phrases that change a record: deals, contacts, tickets."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

from sandbox.claude.moves import Account, Ask, Cannot, Moves, Scene, Use, Uses, outcome, read, the_account, write
from sandbox.claude.talk import Told

_AMOUNT = re.compile(
    r"(?:^|\s)((?:(?-i:[A-Z]{3})\s?)?[$€£¥]?\s?\d[\d.,'’]*\s?(?:k|m|thousand|million)?\s?"
    r"(?:[$€£¥]|dollars|euros?|pounds|[a-z]{3})?)$",
    re.I,
)
"""With its currency: whether that is the right one is the tool's to say."""
_CLOSING = re.compile(r"(?:clos(?:ing|es?|e date)|signing)(?: date)?:?(?: in| on| by| to)? (.+)", re.I)
_STEP = re.compile(r"next step:? (?:is )?(.+)", re.I)


def _fields(stage: str, rest: str) -> dict[str, str]:
    """"proposal", "40k, closing in March" as the fields of a deal."""
    found = {"stage": stage.strip(" .")} if stage.strip(" .") else {}
    for part in (piece.strip(" .") for piece in re.split(r"[,;]\s+|\s+and\s+", rest) if piece.strip(" .")):
        closing, step, amount = _CLOSING.search(part), _STEP.search(part), _AMOUNT.search(part)
        if closing:
            found["close_date"] = closing[1]
        elif step:
            found["next_step"] = step[1]
        elif amount:
            found["amount"] = amount[1].strip()
        else:
            raise Cannot(f'I don\'t know what "{part}" means for a deal: say an amount, "closing …" or "next step …".')
    return found


def the_deal(account: Account, deals: list[Any], named: str) -> Generator[Use | Uses | Ask, Any, str]:
    """The open deal that is meant: the named one, the only one, or the person's choice."""
    still = [deal for deal in deals if deal.get("open", True)]
    fits = [deal for deal in still if named and named.lower() in str(deal.get("name")).lower()] or still
    if not fits:
        raise Cannot(f"{account.name} has no open deal.")
    if len(fits) == 1:
        return str(fits[0]["deal"])
    listed = "\n".join(f"{n}. {deal['name']} ({deal.get('stage')})" for n, deal in enumerate(fits, 1))
    options = tuple((str(deal["name"]), str(deal["deal"])) for deal in fits)
    chosen: str = yield Ask(f"{account.name} has {len(fits)} open deals. Which one do you mean?\n{listed}", options)
    return chosen


def move_deal(scene: Scene, name: str, stage: str, rest: str = "", deal: str = "") -> Moves:
    """"move Globex to proposal, 40k, closing in March"."""
    fields = _fields(stage, rest)
    account = yield from the_account(scene, name)
    deals = (yield from read("read_account", account=account.id)).get("deals") or []
    found = yield from the_deal(account, deals, deal)
    told = yield from write(scene, "update_deal", deal=found, **fields)
    label = _label(told, fields.get("stage", ""))
    if label:
        told = yield from write(scene, "update_deal", deal=found, **{**fields, "stage": label})
    return outcome(told)


def _label(told: Told, stage: str) -> str:
    """The stage's full name, when the tool said that it does not know the short one and which ones it knows."""
    if not told.failed or not stage:
        return ""
    known = re.findall(rf"\b({re.escape(stage)} [\w ]+?)(?=[\"'”’),.;:]|$| or | and )", told.text, re.I)
    return str(known[0]).strip() if known else ""


def move_deals(scene: Scene, name: str, what: str) -> Moves:
    """"move all deals at Acme to negotiation", "move all deals at Acme to closing in March"."""
    closing = _CLOSING.search(what)
    fields = {"close_date": closing[1].strip(" .")} if closing else _fields(*_first_and_rest(what))
    account = yield from the_account(scene, name)
    deals = (yield from read("read_account", account=account.id)).get("deals") or []
    still = [str(deal["deal"]) for deal in deals if deal.get("open", True)]
    if not still:
        raise Cannot(f"{account.name} has no open deal.")
    if len(still) == 1:
        return outcome((yield from write(scene, "update_deal", deal=still[0], **fields)))
    return outcome((yield from write(scene, "update_deals", deals=still, **fields)))


def _first_and_rest(what: str) -> tuple[str, str]:
    first, _, rest = what.partition(",")
    return first, rest


def change_contact(scene: Scene, who: str, what: str, name: str, value: str) -> Moves:
    """"change Jane's phone at Acme to +1 555 0100"."""
    field = "email" if "mail" in what.lower() else "title" if re.search("title|role", what, re.I) else "phone"
    account = yield from the_account(scene, name)
    people = (yield from read("read_account", account=account.id)).get("contacts") or []
    fits = [one for one in people if who.lower() in str(one.get("name")).lower()]
    if not fits:
        known = ", ".join(str(one.get("name")) for one in people) or "nobody"
        raise Cannot(f"I find no {who} at {account.name}. Known there: {known}.")
    contact = fits[0]["contact"]
    if len(fits) > 1:
        options = tuple((str(one["name"]), one["contact"]) for one in fits)
        listed = "\n".join(f"{n}. {one['name']}" for n, one in enumerate(fits, 1))
        contact = yield Ask(f"Which {who} at {account.name} do you mean?\n{listed}", options)
    return outcome((yield from write(scene, "update_contact", contact=contact, **{field: value.strip(" .!")})))


def claim(scene: Scene, name: str) -> Moves:
    """"take over Loose End Lanterns", which nobody owns yet."""
    return outcome((yield from write(scene, "claim_account", name=name.strip(" .!"))))


def comment(scene: Scene, ticket: str, text: str) -> Moves:
    """"comment on SUP-12: asked the works"."""
    return outcome((yield from write(scene, "comment_ticket", ticket=_ticket(ticket), text=text.strip())))


def reply(scene: Scene, ticket: str, text: str) -> Moves:
    """"reply to SUP-12: it is on its way"."""
    return outcome((yield from write(scene, "reply_ticket", ticket=_ticket(ticket), text=text.strip())))


def _ticket(said: str) -> str:
    said = said.strip()
    if ":" in said:
        return said
    return f"hubspot:{said}" if said.isdigit() else f"jira:{said.upper()}"
