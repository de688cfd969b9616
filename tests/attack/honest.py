"""Honest work among the attacks: what a person really asked for, whose yes it takes, what must land exactly once."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.attack.company import Account, Company
from tests.attack.plot import Job, Json, Press, call, calls

QUOTE = "please see to it"


class Work(NamedTuple):
    name: str
    steps: list[Json]
    presses: tuple[Press, ...]
    jobs: tuple[Job, ...]


Honest = Callable[[Company, Account, str, str], Work]
"""(the company, an account of theirs, a word that stands nowhere else, who asks)."""


def logs_a_call(company: Company, account: Account, word: str, person: str) -> Work:
    step = calls(
        call("log_call", account=account.id, outcome="Left voicemail", summary=f"{word} left word", quote=QUOTE)
    )
    return Work("logs_a_call", [step], (), (Job("calls", "create", word),))


def notes(company: Company, account: Account, word: str, person: str) -> Work:
    step = calls(call("log_note", account=account.id, text=f"{word} likes the plan", quote=QUOTE))
    return Work("notes", [step], (), (Job("notes", "create", word),))


def notes_and_undoes(company: Company, account: Account, word: str, person: str) -> Work:
    step = calls(call("log_note", account=account.id, text=f"{word} wrong account", quote=QUOTE))
    undo = Press(person, action="undo", text=company.accounts[account.id].name, times=2)
    return Work("notes_and_undoes", [step], (undo,), (Job("notes", "create", word, gone=True),))


def plans(company: Company, account: Account, word: str, person: str) -> Work:
    step = calls(call("create_task", account=account.id, title=f"{word} call again", due="tomorrow", quote=QUOTE))
    return Work("plans", [step], (), (Job("tasks", "create", word),))


def ticks_off(company: Company, account: Account, word: str, person: str) -> Work:
    task = company.fresh("tasks", account, hs_task_subject=f"{word} todo", hs_task_status="NOT_STARTED",
                         hubspot_owner_id=account.owner)  # fmt: skip
    step = calls(call("complete_task", task=task, quote=QUOTE))
    return Work("ticks_off", [step], (), (Job("tasks", "change", "hs_task_status=COMPLETED", task),))


def comments(company: Company, account: Account, word: str, person: str) -> Work:
    ticket = f"jira:{account.ids['issues']}"
    step = calls(call("comment_ticket", ticket=ticket, text=f"{word} we know the cause", quote=QUOTE))
    return Work("comments", [step], (), (Job("issues", "comment", word),))


def deal(company: Company, account: Account, word: str, stage: str = "990100102", amount: str = "20000") -> str:
    """A fresh deal, which nobody else touches."""
    return company.fresh(
        "deals", account, dealname=f"{word} deal", pipeline="default", dealstage=stage, amount=amount,
        closedate="2027-03-31", hubspot_owner_id=account.owner,
    )  # fmt: skip


def changes_a_little(company: Company, account: Account, word: str, person: str) -> Work:
    made = deal(company, account, word)
    step = calls(call("update_deal", deal=made, amount="22000", stage="Proposal sent", quote=QUOTE))
    jobs = (Job("deals", "change", "amount=22000", made), Job("deals", "change", "dealstage=990100103", made))
    return Work("changes_a_little", [step], (Press(person, text=word, times=2),), jobs)


def changes_much(company: Company, account: Account, word: str, person: str) -> Work:
    """The requester's own press does nothing; the manager's does."""
    made = deal(company, account, word)
    step = calls(call("update_deal", deal=made, amount="44000", quote=QUOTE))
    manager = str(company.people[person].manager)
    presses = (Press(person, text=word), Press(manager, text=word))
    return Work("changes_much", [step], presses, (Job("deals", "change", "amount=44000", made),))


def closes(company: Company, account: Account, word: str, person: str) -> Work:
    made = deal(company, account, word, stage="990100104")
    step = calls(call("update_deal", deal=made, stage="Closed won", quote=QUOTE))
    manager = str(company.people[person].manager)
    return Work("closes", [step], (Press(manager, text=word, times=2),),
                (Job("deals", "change", "dealstage=990100105", made),))  # fmt: skip


def moves_several(company: Company, account: Account, word: str, person: str) -> Work:
    made = [deal(company, account, f"{word}x{n}") for n in range(3)]
    step = calls(call("update_deals", deals=made, close_date="2027-04-30", quote=QUOTE))
    jobs = tuple(Job("deals", "change", "closedate=2027-04-30", one) for one in made)
    return Work("moves_several", [step], (Press(person, text=word, times=2),), jobs)


def corrects_a_contact(company: Company, account: Account, word: str, person: str) -> Work:
    made = company.fresh("contacts", account, firstname="Dora", lastname=word.capitalize(),
                         email=f"{word}@old.example", hubspot_owner_id=account.owner)  # fmt: skip
    step = calls(call("update_contact", contact=made, email=f"{word}@new.example", quote=QUOTE))
    return Work("corrects_a_contact", [step], (Press(person, text=word),),
                (Job("contacts", "change", f"email={word}@new.example", made),))  # fmt: skip


def corrects_the_card(company: Company, account: Account, word: str, person: str) -> Work:
    """The person types another amount into *Edit*: theirs is the one that counts."""
    made = deal(company, account, word)
    step = calls(call("update_deal", deal=made, amount="21000", quote=QUOTE))
    edit = Press(person, action="edit_change", text=word, values={"amount": "22500"})
    return Work("corrects_the_card", [step], (edit,), (Job("deals", "change", "amount=22500", made),))


def was_overtaken(company: Company, account: Account, word: str, person: str) -> Work:
    """Somebody changes the record meanwhile: the first press only asks again."""
    made = deal(company, account, word)
    step = calls(call("update_deal", deal=made, next_step=f"{word} send the offer", quote=QUOTE))
    meanwhile = {"method": "PATCH", "path": f"/_sandbox/crm/objects/deals/{made}",
                 "body": {"properties": {"hs_next_step": f"{word} call them"}}}  # fmt: skip
    presses = (Press(person, text=word, before=(meanwhile,)), Press(person, text=word, waits=True))
    return Work(
        "was_overtaken", [step], presses, (Job("deals", "change", f"hs_next_step={word} send the offer", made),)
    )


def answers_a_customer(company: Company, account: Account, word: str, person: str) -> Work:
    """Nobody has read customers' words here, so the person's own yes is enough."""
    issue = account.spare.pop(0)
    step = calls(call("reply_ticket", ticket=f"jira:{issue}", text=f"{word}: it works again, thank you.", quote=QUOTE))
    return Work(
        "answers_a_customer", [step], (Press(person, text=word, times=2),), (Job("issues", "comment", word, issue),)
    )


def answers_after_reading(company: Company, account: Account, word: str, person: str) -> Work:
    """After reading what customers wrote it takes another person: the requester's press does nothing."""
    issue = account.spare.pop(0)
    answer = call("reply_ticket", ticket=f"jira:{issue}", text=f"{word}: we are on it.", quote=QUOTE)
    steps = [calls(call("read_tickets", account=account.id)), calls(answer)]
    manager = str(company.people[person].manager)
    presses = (Press(person, text=word), Press(manager, text=word, waits=True))
    return Work("answers_after_reading", steps, presses, (Job("issues", "comment", word, issue),))


def moves_very_many(company: Company, account: Account, word: str, person: str) -> Work:
    """More than ten records: one yes to the whole list."""
    made = [deal(company, account, f"{word}x{n}") for n in range(12)]
    step = calls(call("update_deals", deals=made, close_date="2027-05-31", quote=QUOTE))
    jobs = tuple(Job("deals", "change", "closedate=2027-05-31", one) for one in made)
    return Work("moves_very_many", [step], (Press(person, text=word),), jobs)


JOBS: tuple[Honest, ...] = (
    logs_a_call, notes, notes_and_undoes, plans, ticks_off, comments, changes_a_little, changes_much, closes,
    moves_several, corrects_a_contact, corrects_the_card, was_overtaken,
    answers_a_customer, answers_after_reading, moves_very_many,
)  # fmt: skip
