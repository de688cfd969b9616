"""Writes ARCHITECTURE.md's list of modules from the first line of each: ``python docs/architecture.py``.

``--check`` writes nothing and ends with status 1 when the list is out of date; the tests call the same functions.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PAGE = CHECKOUT / "ARCHITECTURE.md"
ROOMS = (
    "rules", "views", "store", "systems", "records", "tools", "agents", "sessions", "scheduler", "bot", "web", "cli",
    "sandbox",
)  # fmt: skip
"""From the bottom of the house up; the sandbox stands beside it."""
BEGIN, END = "<!-- modules: written by docs/architecture.py -->", "<!-- end of modules -->"


class NoFirstLine(Exception):
    """A module does not say what it is."""


def first_line(module: Path) -> str:
    """What a module says it is."""
    told = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
    if not told:
        raise NoFirstLine(f"{module.relative_to(CHECKOUT)} must begin with a line that says what it is")
    return told.splitlines()[0]


def modules() -> str:
    """The list as Markdown: a heading for each folder, a line for each module."""
    lines: list[str] = []
    for room in ROOMS:
        for folder in sorted({path.parent for path in (CHECKOUT / room).rglob("*.py")}):
            if "node_modules" in folder.parts or not (folder / "__init__.py").exists():
                continue
            lines += [f"### {folder.relative_to(CHECKOUT)}/", "", first_line(folder / "__init__.py"), ""]
            found = [path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"]
            lines += [f"- `{path.name}`: {first_line(path)}" for path in found]
            lines.append("")
    return "\n".join(lines)


def as_it_should_be() -> str:
    """ARCHITECTURE.md with the list as the modules have it now."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{modules()}{END}{after}"


def main() -> None:
    wanted = as_it_should_be()
    if "--check" not in sys.argv:
        PAGE.write_text(wanted, encoding="utf-8")
    elif wanted != PAGE.read_text(encoding="utf-8"):
        raise SystemExit("ARCHITECTURE.md's list of modules is out of date: run python docs/architecture.py")


if __name__ == "__main__":
    main()
