"""Writes the parts of the documentation that the code knows best: ``python docs/generated.py``.

The list of modules in ARCHITECTURE.md, from the first line of each; the commands, the rules and the settings in
README.md.
``--check`` writes nothing and ends with status 1 when one is out of date; the tests call the same functions.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
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
    """Each command with its arguments, options and the first words of its help."""
    from typer.main import get_command

    from cli.main import app

    group: Any = get_command(app)
    lines = ["| Command | What it does |", "| --- | --- |"]
    for name, command in group.commands.items():
        arguments = [_argument(p) for p in command.params if p.param_type_name == "argument"]
        options = [option for p in command.params if p.param_type_name == "option" for option in p.opts[:1]]
        usage = " ".join(["daybook", name, *arguments])
        also = f" Options: {', '.join(f'`{option}`' for option in options)}." if options else ""
        lines.append(f"| `{usage}` | {_cell(command.help)}{also} |")
    return "\n".join(lines)


def _argument(parameter: Any) -> str:
    return parameter.name.upper() if parameter.required else f"[{parameter.name.upper()}]"


def rules() -> str:
    """Each rule with the group it is shown under, its points and its cap, and the policy's other numbers."""
    from rules import policy
    from rules.priority import RULES

    numbers = policy.parse((CHECKOUT / "rules" / "policy.toml").read_text(encoding="utf-8"))
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


def _cell(words: str | None) -> str:
    if not words:
        raise NotDocumented("a command or a setting has no description")
    return " ".join(words.split()).replace("|", "\\|")


SECTIONS: dict[str, tuple[str, Callable[[], str]]] = {
    "modules": ("ARCHITECTURE.md", modules),
    "commands": ("README.md", commands),
    "rules": ("README.md", rules),
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
