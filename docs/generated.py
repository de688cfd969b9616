"""Writes the parts of the documentation that the code knows best: ``python docs/generated.py``.

The list of modules in ARCHITECTURE.md, from the first line of each; the commands, the rules, the settings, the agents,
their skills, the tools and the numbers of authority and of budgets in README.md.
``--check`` writes nothing and ends with status 1 when one is out of date; the tests call the same functions.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
ROOMS = (
    "rules", "views", "store", "systems", "records", "tools", "skills", "agents", "sessions", "scheduler", "bot", "web",
    "cli", "sandbox",
)  # fmt: skip
"""From the bottom of the house up; the sandbox stands beside it."""


class NotDocumented(Exception):
    """Something has no words to be documented with, or a page has no place for it."""


def first_line(module: Path) -> str:
    """What a module says it is."""
    told = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
    if not told:
        raise NotDocumented(f"{module.relative_to(CHECKOUT)} must begin with a line that says what it is")
    return told.splitlines()[0]


def modules() -> str:
    """A heading for each folder, a line for each module."""
    lines: list[str] = []
    for room in ROOMS:
        for folder in sorted({path.parent for path in (CHECKOUT / room).rglob("*.py")}):
            if "node_modules" in folder.parts or not (folder / "__init__.py").exists():
                continue
            lines += [f"### {folder.relative_to(CHECKOUT)}/", "", first_line(folder / "__init__.py"), ""]
            found = [path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"]
            lines += [f"- `{path.name}`: {first_line(path)}" for path in found]
            lines.append("")
    return "\n".join(lines).rstrip()


def commands() -> str:
    """Each command with its arguments, options and the first words of its help; also those of a group of commands."""
    from typer.main import get_command

    from cli.main import app

    lines = ["| Command | What it does |", "| --- | --- |"]
    lines += _commands("daybook", get_command(app))
    return "\n".join(lines)


def _commands(before: str, group: Any) -> Iterator[str]:
    for name, command in group.commands.items():
        called = f"{before} {name}"
        if hasattr(command, "commands"):
            yield from _commands(called, command)
            continue
        arguments = [_argument(p) for p in command.params if p.param_type_name == "argument"]
        options = [option for p in command.params if p.param_type_name == "option" for option in p.opts[:1]]
        also = f" Options: {', '.join(f'`{option}`' for option in options)}." if options else ""
        yield f"| `{' '.join([called, *arguments])}` | {_cell(command.help)}{also} |"


def _argument(parameter: Any) -> str:
    return parameter.name.upper() if parameter.required else f"[{parameter.name.upper()}]"


def rules() -> str:
    """Each rule with the group it is shown under, its points and its cap, and the policy's other numbers."""
    from rules import policy_file
    from rules.priority import RULES

    numbers = policy_file.parse((CHECKOUT / "rules" / "policy.toml").read_text(encoding="utf-8"))
    lines = ["| Rule | Shown under | Points | At most |", "| --- | --- | --- | --- |"]
    for rule in RULES:
        weight, cap = getattr(numbers.weights, rule.name), getattr(numbers.caps, rule.name, None)
        each = f"{'−' if rule.lowers else ''}{weight} {'once' if cap is None else 'a day'}"
        most = "" if cap is None else str(cap * weight)
        lines.append(f"| {rule.title} (`{rule.name}`) | {rule.group.heading} | {each} | {most} |")
    tiers = ", ".join(
        f"{tier.name} from {numbers.currency}{(tier.from_cents or 0) // 100:,} a year × {tier.percent} %"
        for tier in numbers.tiers
    )
    lines += [
        "",
        f"The best {numbers.length} accounts with at least {numbers.minimum_points} points are listed. All rules about "
        f"one ticket together bring at most {numbers.caps.one_ticket_points} points, about one deal at most "
        f"{numbers.caps.one_deal_points}. Tiers: {tiers}; unknown revenue × {numbers.unknown_tier.percent} %. "
        f"*Already handled* holds for {numbers.handled_days} days.",
    ]
    return "\n".join(lines)


def settings() -> str:
    """Each environment variable with its default and where its value comes from."""
    from systems.settings import Settings

    lines = ["| Variable | Default | What it is |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "") else f"`{str(field.default).lower()}`"
        if isinstance(field.default, str) and field.default:
            default = f"`{field.default}`"
        lines.append(f"| `{name.upper()}` | {default} | {_cell(field.description)} |")
    return "\n".join(lines)


WORLD = {
    "read": "looks",
    "own": "one's own list",
    "log": "adds to the record",
    "change": "overwrites, on a card",
    "external": "a customer sees it",
}
"""What a tool does to the world, in the words of the table."""
WHOM = {"everyone": "everyone", "reps": "reps and managers", "managers": "managers", "admins": "administrators"}


def agents() -> str:
    """Each agent people can ask: its job, its model, its tools and skills, its limits, whom it answers, its number."""
    from agents.catalogue import written_agents
    from rules.budget import MICROS

    written = written_agents()
    lines = ["| Agent | What it is for | Model | Answers | The number it must move |", f"|{' --- |' * 5}"]
    for name, one in written.items():
        model = f"`{one.model}`" + (f", {one.effort} effort" if one.effort else "")
        lines.append(f"| `{name}` | {_cell(one.description)} | {model} | {WHOM[one.who]} | {_cell(one.outcome)} |")
    lines += ["", "| Agent | Its tools | Its skills | One turn at most |", "| --- | --- | --- | --- |"]
    for name, one in written.items():
        limits = one.limits
        most = (
            f"{limits.model_calls} questions to the model, {one.tool_calls} calls of tools, "
            f"${limits.micros / MICROS:.2f}, {limits.seconds} s"
        )
        lines.append(f"| `{name}` | {_names(one.tools)} | {_names(one.skills)} | {most} |")
    return "\n".join(lines)


def skills() -> str:
    """Each skill and when an agent loads it."""
    from skills.catalogue import all_skills

    lines = ["| Skill | When it is loaded |", "| --- | --- |"]
    lines += [f"| `{one.name}` | {_cell(one.description)} |" for one in all_skills().values()]
    return "\n".join(lines)


def tools() -> str:
    """Each tool an agent may be given, what it does to the world, and the first line of its file."""
    from tools.catalogue import all_tools

    lines = ["| Tool | Does to the world | In words |", "| --- | --- | --- |"]
    for name, tool in all_tools().items():
        said = first_line(CHECKOUT / "tools" / f"{name}.py")
        lines.append(f"| `{name}` | {WORLD[tool.effect]} | {_cell(said)} |")
    return "\n".join(lines)


def authority() -> str:
    """What each kind of effect needs, with the numbers of ``policy.toml``; every number of it is here."""
    from dataclasses import asdict

    from rules import policy_file

    numbers = policy_file.parse((CHECKOUT / "rules" / "policy.toml").read_text(encoding="utf-8"))
    contact = asdict(numbers.contact)
    held = {**asdict(numbers.authority), **contact, **asdict(numbers.budgets), **asdict(numbers.routines)}
    fields = held.pop("fields")
    named = {name: held.pop(name) for name in ("do_not_contact", "zone_property", "hosts")}
    lines = ["| Number in policy.toml | | What it limits |", "| --- | --- | --- |"]
    for name, words in NUMBERS.items():
        if name not in held:
            raise NotDocumented(f"policy.toml has no number {name}, and docs/generated.py describes it")
        lines.append(f"| `{name}` | {held.pop(name):,} | {words} |")
    if held:
        raise NotDocumented(f"docs/generated.py has no words for {', '.join(held)} of policy.toml: add them to NUMBERS")
    lines += ["", "Properties that may be changed at all:"]
    lines += [""] + [f"- {kind}: {_names(names)}" for kind, names in fields.items()]
    lines += ["", "A contact in HubSpot who must not be written to has one of these set: "
              f"{_names(named['do_not_contact'])}. Their time zone is read from `{named['zone_property']}`. "
              f"Hosts whose addresses may go to customers: {_names(named['hosts']) or 'none'}."]  # fmt: skip
    return "\n".join(lines)


NUMBERS = {
    "calls_per_message": "steps (looks and writes) that one message may lead to",
    "session_records": "records that one conversation may write to",
    "person_day_records": "records a day for one person",
    "workspace_day_records": "records a day for everybody together",
    "bulk_records": "records in one step; more needs a yes to the whole list",
    "amount_change_percent": "a larger change of an amount, in per cent, needs the manager",
    "amount_first_most": "a first amount above this needs the manager, in whole units of the currency",
    "amount_most": "no amount above this, in whole units of the currency",
    "confirm_hours": "hours that a card waits for its yes",
    "external_hours": "hours that an answer to a customer waits for its yes",
    "away_days": "days for which somebody who is away may have another person decide",
    "undo_hours": "hours in which something can be undone",
    "earliest_hour": "nothing goes to a customer before this hour, where they are",
    "latest_hour": "nor from this hour on",
    "session_tokens": "tokens, read and written together, of one conversation",
    "session_cents": "US cents of one conversation",
    "session_minutes": "minutes at work in one conversation: answers and calls, not waiting",
    "person_day_tokens": "tokens a day of one person",
    "person_day_cents": "US cents a day of one person",
    "person_day_minutes": "minutes at work a day for one person",
    "workspace_day_tokens": "tokens a day of the whole workspace",
    "workspace_day_cents": "US cents a day of the whole workspace",
    "workspace_day_minutes": "minutes at work a day for the whole workspace",
    "per_person": "routines of one person",
    "minutes_apart": "minutes between two runs of a routine, at least",
    "records_per_run": "records that one run of a routine may be granted to write to",
    "late_minutes": "minutes after which a run that was missed is left out",
}
"""Each number of ``[authority]``, ``[budgets]`` and ``[routines]`` of policy.toml, in words."""


def prices() -> str:
    """What the models of the agents cost, from the price table that the budgets are counted with."""
    from agents.catalogue import written_agents
    from systems.model import LONG_PROMPTS, PRICES

    lines = ["| Model | Read | Read from its cache | Written |", "| --- | --- | --- | --- |"]
    for model in sorted({one.model for one in written_agents().values()}):
        price = PRICES.get(model)
        if price is None:
            raise NotDocumented(f"systems/model.py has no price for {model}, which an agent uses")
        lines.append(f"| `{model}` | {_dollars(price.input)} | {_dollars(price.cached)} | {_dollars(price.output)} |")
        if model in LONG_PROMPTS:
            most, dearer = LONG_PROMPTS[model]
            in_all = " | ".join(_dollars(cents) for cents in (dearer.input, dearer.cached, dearer.output))
            lines.append(f"| `{model}`, prompts over {most:,} tokens | {in_all} |")
    return "\n".join(lines)


def _dollars(cents: int) -> str:
    return f"${cents / 100:,.2f}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def _cell(words: str | None) -> str:
    if not words:
        raise NotDocumented("a command, a setting, an agent, a skill or a tool has no description")
    return " ".join(words.split()).replace("|", "\\|")


SECTIONS: dict[str, tuple[str, Callable[[], str]]] = {
    "modules": ("ARCHITECTURE.md", modules),
    "commands": ("README.md", commands),
    "rules": ("README.md", rules),
    "agents": ("README.md", agents),
    "skills": ("README.md", skills),
    "tools": ("README.md", tools),
    "authority": ("README.md", authority),
    "prices": ("README.md", prices),
    "settings": ("README.md", settings),
}


def with_section(page: str, name: str, body: str) -> str:
    """The page with what stands between the section's two marks replaced."""
    begin, end = f"<!-- {name}: written by docs/generated.py -->", f"<!-- end of {name} -->"
    before, found, rest = page.partition(begin)
    _old, also, after = rest.partition(end)
    if not found or not also:
        raise NotDocumented(f"the page has no {begin} … {end}")
    return f"{before}{begin}\n\n{body}\n\n{end}{after}"


def outdated(name: str) -> str | None:
    """The page as it should be when its section ``name`` is out of date, else None."""
    path, body = SECTIONS[name]
    page = (CHECKOUT / path).read_text(encoding="utf-8")
    wanted = with_section(page, name, body())
    return wanted if wanted != page else None


def main() -> None:
    for name, (path, _body) in SECTIONS.items():
        wanted = outdated(name)
        if wanted is None:
            continue
        if "--check" in sys.argv:
            raise SystemExit(f"{path}: {name} is out of date; run python docs/generated.py")
        (CHECKOUT / path).write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    main()
