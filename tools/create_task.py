"""Makes a follow-up task on an account, due on a day the person named: "remind me about them in two weeks"."""

from __future__ import annotations

from pydantic import Field

from rules.action import Action, Effect
from tools.tool import Arguments, Id, Long, Plan, Problem, Quote, Short, Tool, Write, shown
from tools.world import World
from tools.writing import has_link, iso, rich
from views import words

DUE_HOUR = 9


class CreateTask(Arguments):
    account: Id
    title: Short
    due: Short = Field(description='The day as they said it: "in two weeks", "next Friday", or an ISO date.')
    note: Long | None = None
    quote: Quote


def plan(world: World, asked: CreateTask) -> Plan:
    company = world.company(asked.account)
    due = world.day(asked.due)
    if due < world.today:
        raise Problem(f"{due.isoformat()} is past. Give a day that is still ahead.", "date.past")
    at = world.at(due, DUE_HOUR)
    properties = {
        "hs_timestamp": iso(at),
        "hs_task_subject": asked.title,
        "hs_task_status": "NOT_STARTED",
        "hs_task_type": "TODO",
        "hubspot_owner_id": world.owner_id(),
    }
    if asked.note:
        properties["hs_task_body"] = rich(asked.note)
    text = f"{asked.title} {asked.note or ''}"
    return Plan(
        title=f"Task on {company.name}",
        done=f"Task on {company.name} for {words.dated(at, world.now, world.zone)}: {asked.title}",
        action=Action("create_task", Effect.LOG, (company.target,), has_links=has_link(text)),
        writes=(Write("hubspot", "create", "tasks", None, properties, to=(("companies", company.id),)),),
        resolved={**asked.model_dump(exclude_none=True), "due": due.isoformat()},
        account=company.id,
        account_name=company.name,
        rows=shown(task=asked.title, due=words.calendar(due.isoformat()), note=asked.note),
        quote=asked.quote,
        record=("companies", company.id),
    )


TOOL = Tool(
    name="create_task",
    description=(
        "Make a follow-up task on an account in the person's name, at once; it can be undone. Reminders are tasks: the "
        "morning list brings them up when they are overdue. Pass the day in their own words; code works out the date."
    ),
    arguments=CreateTask,
    effect=Effect.LOG,
    plan=plan,
)
