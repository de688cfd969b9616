"""What may reach a customer: only exact words that a person said yes to, to whom, when, and how often.

These rules bind tools that write to somebody outside, never the record of what a person did.
"""

from __future__ import annotations

from rules.action import Effect, Recipient
from rules.case import Case, ask_another, rule
from rules.verdict import Allow, Ask, Refuse, Verdict

HOUR = 60


def _outward(case: Case) -> tuple[Recipient, ...]:
    return case.action.recipients if case.action.effect is Effect.EXTERNAL else ()


@rule
def customers_words_are_confirmed(case: Case) -> Verdict | None:
    """What a customer would see goes out only after a person's yes to exactly these words."""
    if case.action.effect is not Effect.EXTERNAL:
        return None
    if case.at.confirmed_by is None:
        return Ask("external.confirm", "A customer will read this, so it needs your yes to exactly these words.",
                   "requester")  # fmt: skip
    return Allow("external.confirmed", "Somebody who may has said yes to exactly these words.")


@rule
def strangers_words_need_another(case: Case) -> Verdict | None:
    """In a conversation that has read customers' words, what goes to a customer needs another person's yes."""
    if case.action.effect is not Effect.EXTERNAL or not case.at.tainted_by:
        return None
    reason = "This conversation has read what customers wrote, so words to a customer need another person's yes."
    return ask_another(case, "external.second", reason)


@rule
def somebody_is_named(case: Case) -> Verdict | None:
    """What goes to a customer says to whom."""
    if case.action.effect is not Effect.EXTERNAL or case.action.recipients:
        return None
    return Refuse("contact.nobody", "It isn't known who would get this. Write to them yourself.")


@rule
def do_not_contact(case: Case) -> Verdict | None:
    """Somebody who must not be contacted is never written to, whoever says yes; nor is a request that they would get
    the answer of too, because they take part in it."""
    never = [one for one in _outward(case) if one.do_not_contact]
    if any(not one.also for one in never):
        return Refuse("contact.never", "HubSpot says that they must not be contacted. Nothing goes to them.")
    if never:
        return Refuse(
            "contact.never",
            "Somebody else who takes part in this request would get it too, and HubSpot says that they must not be "
            "contacted. Take them off the request in Jira first.",
        )
    if any(one.do_not_contact is None for one in _outward(case)):
        return Refuse("contact.unsure", "It could not be checked whether they may be contacted. Try again later.")
    return None


@rule
def unknown_people_need_another(case: Case) -> Verdict | None:
    """Somebody whom HubSpot doesn't know as a contact is written to only with another person's yes; those who take part
    in a request, and would get its answer too, count."""
    unknown = [one for one in _outward(case) if not one.known]
    if not unknown:
        return None
    whom = "everybody who takes part in this request and" if all(one.also for one in unknown) else "whoever"
    reason = f"HubSpot doesn't know {whom} would get this, so it needs another person's yes."
    return ask_another(case, "contact.stranger", reason)


@rule
def contact_once_a_quarter(case: Case) -> Verdict | None:
    """Nobody is written to unasked more than once a quarter; answering somebody who wrote is always possible."""
    if all(one.wrote_first or one.contacted_this_quarter is False for one in _outward(case)):
        return None
    return Refuse(
        "contact.quarter",
        "They have not written since the last word to them, and Daybook writes to nobody unasked more than once a "
        "quarter. Write to them yourself if it has to be.",
    )


@rule
def quiet_hours(case: Case) -> Verdict | None:
    """Nothing goes to a customer in the evening or at night, where they are."""
    contact = case.policy.contact
    if all(one.minute is not None and contact.earliest_hour * HOUR <= one.minute < contact.latest_hour * HOUR
           for one in _outward(case)):  # fmt: skip
        return None
    hours = f"between {contact.earliest_hour}:00 and {contact.latest_hour}:00"
    return Refuse("contact.quiet", f"Customers are written to {hours} only, on their own clock. Ask again then.")


@rule
def known_addresses_only(case: Case) -> Verdict | None:
    """An address in what a customer gets is at one of the hosts that the policy lists."""
    if case.action.effect is not Effect.EXTERNAL or not case.action.has_links:
        return None
    listed = case.policy.contact.hosts
    if case.action.hosts and all(any(_below(host, one) for one in listed) for host in case.action.hosts):
        return None
    return Refuse("contact.link", "What a customer gets may hold addresses of the listed hosts only. Take it out.")


def _below(host: str, listed: str) -> bool:
    return host == listed or host.endswith(f".{listed}")
