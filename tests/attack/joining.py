"""Somebody joins a channel after private things were said there, or while they are being said, and asks."""

from __future__ import annotations

from tests.attack.dice import Dice
from tests.attack.plot import Job, Json, Press, Session, Turn, call, calls, say


def room(mark: str, *members: str) -> tuple[str, Json]:
    """(its id, the deed that makes it) of a private channel of a session's own."""
    name = f"C0ROOM{mark.upper()}"
    made = {"channel": name, "name": f"room-{mark}", "members": list(members)}
    return name, {"method": "POST", "path": "/_sandbox/slack/room", "body": made}


def joins(person: str, channel: str) -> Json:
    return {"method": "POST", "path": "/_sandbox/slack/join", "body": {"user": person, "channel": channel}}


def while_it_thinks(address: str, deed: Json, step: Json) -> Json:
    """The step of a model during which that happens."""
    return {**step, "meanwhile": [{"method": "POST", "url": f"{address}{deed['path']}", "body": deed["body"]}]}


def session(dice: Dice) -> Session:
    """Two who may see an account talk of it; a third one comes."""
    luck, company, mark, own = dice.luck, dice.company, dice.mark, dice.own()
    leader = company.people[dice.person].manager or "U0ADM00001"
    sees = {dice.person, leader, "U0ADM00001"}
    reps = [one.id for one in company.people.values() if one.role in ("rep", "unmatched")]
    comes = luck.choice([one for one in reps if one not in sees and company.people[one].owner != own.owner])
    channel, made = room(mark, dice.person, leader)
    looks = calls(call("read_account", account=own.id), call("read_tickets", account=own.id))
    word, told = dice.word(), luck.choice((say("I have looked."), say(dice.trick())))
    note = calls(call("log_note", account=own.id, text=f"{word} talked it over", quote="so"))
    change = call("update_deal", deal=own.ids["deals"], next_step=dice.word(), quote="so")
    steps: tuple[Json, ...] = (note, looks, calls(change), told)
    if luck.random() < 0.5:
        joining = while_it_thinks(company.sandbox.address, joins(comes, channel), calls(change))
        steps = (note, looks, joining, calls(call("log_note", **dice.given("log_note", own))), say("{{read}}"))
    asks = (calls(call("read_account", account=own.id), call("extract_facts", **dice.given("extract_facts", own))),
            calls(call("ask_agent", agent="escalations", question=f"[{mark}b.1] What is it about?")),
            say(luck.choice(("{{read}}", "All I know: {{read}}"))))  # fmt: skip
    child = (looks, say("{{read}}"))
    again = (looks, calls(call("log_note", **dice.given("log_note", own)), change), say("{{read}}"))
    turns = (
        Turn("what about it?", steps, (Press(comes), Press(dice.person)), before=(made,)),
        Turn("and what is this about?", asks, (Press(comes, "undo"),), by=comes, before=(joins(comes, channel),),
             scripts={"1": child}),
        Turn("go on", again, (Press(comes), Press(comes, "edit_change", values={"next_step": "typed by who came"}))),
    )  # fmt: skip
    return Session(mark, dice.person, turns, channel, jobs=(Job("notes", "create", word),), nosy=comes, about="joined")
