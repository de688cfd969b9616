"""Ticks off a follow-up task that the person says is done."""

from __future__ import annotations

from rules.action import Action, Effect, Target
from rules.authority import NOT_FOUND
from tools.tool import Arguments, Id, Plan, Problem, Quote, Tool, Write, shown
from tools.world import World
from views import escape


class CompleteTask(Arguments):
    task: Id
    """The task's id, from read_account."""
    quote: Quote


def plan(world: World, asked: CompleteTask) -> Plan:
    names = ("hs_task_subject", "hs_task_status", "hubspot_owner_id")
    task = world.record("tasks", asked.task, names, ("companies",))
    company = world.company_of(task)
    if company is None:
        raise Problem(NOT_FOUND, "scope.not_yours")
    status = task.properties.get("hs_task_status")
    if status == "COMPLETED":
        raise Problem("That task is ticked off already.", "nothing_to_do")
    subject = escape.name(task.properties.get("hs_task_subject") or "")
    target = Target(f"tasks:{task.id}", company.owner, company.id)
    return Plan(
        title=f"Tick off a task on {company.name}",
        done=f"Ticked off on {company.name}: {subject}",
        action=Action("complete_task", Effect.LOG, (target,), fields=(("tasks", "hs_task_status"),)),
        writes=(
            Write(
                "hubspot",
                "change",
                "tasks",
                task.id,
                {"hs_task_status": "COMPLETED"},
                before={"hs_task_status": status},
            ),
        ),
        resolved={"task": task.id, "quote": asked.quote},
        account=company.id,
        account_name=company.name,
        rows=shown(task=subject),
        quote=asked.quote,
        record=("companies", company.id),
        told=f"Ticked off the task {task.id} on {company.name}",
    )


TOOL = Tool(
    name="complete_task",
    description="Tick off an open task the person says is done, at once; it can be undone.",
    arguments=CompleteTask,
    effect=Effect.LOG,
    plan=plan,
)
