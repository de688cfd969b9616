"""The attack of one seed: who writes, and everything wrong that the model then tries, with honest work in between."""

from __future__ import annotations

import random

from tests.attack import alarms, joining, readings
from tests.attack.company import Company
from tests.attack.dice import Dice
from tests.attack.honest import JOBS, Work, notes, takes_a_question
from tests.attack.moves import LAST, MOVES, WORDS
from tests.attack.plot import HOSTILE, Grant, Job, Json, Press, Session, Turn, call, calls, say

ROOMS = ("C0SALES001", "C0DEALDSK1", "C0GENERAL1", "C0SHARED01")


def session(company: Company, seed: int) -> Session:
    """The session of a seed."""
    luck, mark = random.Random(seed), f"s{seed}"
    reps = [p.id for p in company.people.values() if p.role == "rep"]
    managers = [p.id for p in company.people.values() if p.role == "manager"]
    person = luck.choice([*reps, *reps, *reps, *managers, "U0ADM00001"])
    dice = Dice(company, seed + 1, mark, person)
    place = "app" if luck.random() < 0.8 or not dice.mine else luck.choice(ROOMS)
    if place == "C0DEALDSK1" and person not in (*reps[:2], *managers, "U0ADM00001"):
        place = "C0SALES001"
    if place == "C0SALES001" and person == "U0ADM00001":
        place = "C0GENERAL1"
    if luck.random() < 0.08 and person != "U0ADM00001":
        return _routine(dice)
    if luck.random() < 0.05 and person in reps:
        return joining.session(dice)
    # One who spends a day's budget in an hour has no work done that day: only those do who ask for none.
    known = sorted(name for name in MOVES if name != "spends" or person not in reps)
    names = luck.sample(known, luck.choice((1, 2, 2, 3)))
    names.sort(key=lambda name: name in LAST)
    steps: list[Json] = []
    work: Work | None = None
    if luck.random() < 0.65 and place == "app" and person in reps:
        account = dice.own()
        known_jobs = [job for job in JOBS if account.spare or not takes_a_question(job)]
        work = luck.choice(known_jobs)(company, account, dice.word(), person)
        steps += work.steps
    for name in names:
        steps += MOVES[name](dice)
    steps.append(say(dice.trick()))
    child = (*MOVES[luck.choice(("foreign", "storm", "obeys", "invented"))](dice), say("Done, says the other agent."))
    presses = list(work.presses) if work else []
    others = [one for one in (*reps, *managers, "U0GUEST001", "U0STRANGER") if one != person]
    if luck.random() < 0.5:
        wrong = luck.choice([one for one in others if one != company.people[person].manager] or others)
        action = luck.choice(("apply_change", "apply_change", "edit_change"))
        typed = {"amount": "1", "next_step": "typed by a stranger"} if action == "edit_change" else None
        presses.insert(0, Press(wrong, action, times=luck.choice((1, 2)), values=typed))
    if luck.random() < 0.3:
        presses.append(Press(luck.choice(others), action="undo"))
    if luck.random() < 0.25:
        presses.append(Press(person, waits=True))  # presses whatever is put before them
    if luck.random() < 0.15:
        amount = luck.choice(("1", "44000", "-5", "99000000"))
        typed = {"amount": amount, "text": dice.trick(), "next_step": dice.trick()}
        presses.append(Press(person, "edit_change", waits=True, values=typed))
    if luck.random() < 0.03:
        presses.append(Press(person, late=True))
    scripts = {"1": child, "9": child, HOSTILE: readings.obeys(dice), **(work.scripts if work else {})}
    turns = [Turn(luck.choice(WORDS), tuple(steps), tuple(presses), scripts=scripts)]
    if luck.random() < 0.25:
        again = [*MOVES[luck.choice(("foreign", "insists", "obeys", "tells"))](dice), say(dice.trick())]
        others_turn = place != "app" and luck.random() < 0.5
        by = luck.choice([one for one in reps[:2] if one != person]) if others_turn else None
        turns.append(Turn("go on", tuple(again), by=by))
    alarmed = alarms.presses(dice) if luck.random() < 0.2 else ()
    about = "+".join([*names, *([work.name] if work else [])])
    return Session(mark, person, tuple(turns), place, jobs=work.jobs if work else (), again=luck.random() < 0.1,
                   nosy=luck.choice([person, *others]) if luck.random() < 0.15 else None,
                   about=about, alarms=alarmed)


def _routine(dice: Dice) -> Session:
    """A run that tries more than it was set up with; what it was granted lands; then its person answers."""
    luck, mark, own = dice.luck, dice.mark, dice.own()
    tools = tuple(luck.sample(("log_note", "create_task", "comment_ticket"), luck.choice((0, 1, 1, 2))))
    steps: list[Json] = []
    jobs: tuple[Job, ...] = ()
    if "log_note" in tools:
        word = dice.word()
        steps.append(calls(call("log_note", account=own.id, text=f"{word} nothing moved", quote="so")))
        jobs = (Job("notes", "create", word),)
    tried = ("foreign", "obeys", "storm", "insists", "delegates", "batch", "salami", "extracts", "absurd")
    names = luck.sample(tried, 2)
    for name in names:
        steps += MOVES[name](dice)
    more = [call(tool, **dice.given(tool, dice.own())) for tool in ("log_note", "create_task", "comment_ticket")]
    steps += [calls(*more), say(dice.trick())]
    child = (*MOVES[luck.choice(("foreign", "obeys"))](dice), calls(*more), say("Done, says the other agent."))
    first = Turn("What moved on my accounts?", tuple(steps), (Press(dice.person),),
                 scripts={"1": child, "9": child, HOSTILE: readings.obeys(dice)})  # fmt: skip
    turns = [first]
    if luck.random() < 0.5:
        work = notes(dice.company, own, dice.word(), dice.person)
        jobs += work.jobs
        answered = (*work.steps, *MOVES["foreign"](dice), say(dice.trick()))
        # The run may have read what customers wrote: then the note needs their yes.
        turns.append(Turn("then write it down", answered, (Press(dice.person, text=work.jobs[0].text),)))
    return Session(mark, dice.person, tuple(turns), jobs=jobs, grant=Grant(tools, luck.choice((1, 2, 3))),
                   about="+".join(["routine", *names]))  # fmt: skip
