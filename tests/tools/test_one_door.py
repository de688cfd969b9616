"""Nothing outside the guard can write: read in the source, so that a new file can't forget it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.stand_ins import CHECKOUT
from tools import catalogue

FOLDERS = (
    "rules",
    "views",
    "store",
    "systems",
    "records",
    "tools",
    "agents",
    "sessions",
    "scheduler",
    "bot",
    "web",
    "cli",
)
WRITES = {"create", "change", "archive", "comment", "remove_comment", "ensure_key"}
VENDORS = {"crm", "tickets", "_crm", "_tickets", "hubspot", "jira"}
HANDS = Path("tools/hands.py")
DOORS = {Path(f"tools/{name}.py") for name in ("carrying_out", "deciding", "undoing")}
JUDGES = {Path(f"tools/{name}.py") for name in ("guard", "deciding", "settling")}
"""Who may carry out a plan: the guard itself, a press on a card, and what asks only how a plan that broke off ended."""
DOCTOR = {Path("cli/doctor.py"), Path("cli/writing.py"), Path("cli/demo.py")}


def sources(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    for folder in folders:
        for file in sorted((CHECKOUT / folder).rglob("*.py")):
            yield file.relative_to(CHECKOUT), ast.parse(file.read_text(encoding="utf-8"))


def vendor_writes(tree: ast.AST) -> Iterator[str]:
    """``crm.create``, ``systems.tickets.comment`` and the like, called or only taken along."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in WRITES:
            owner = node.value
            name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
            if name in VENDORS:
                yield node.attr
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("getattr", "methodcaller")
        ) and any(isinstance(one, ast.Constant) and one.value in WRITES for one in node.args):
            yield "getattr"


def imports(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {str(node.module)} | {f"{node.module}.{one.name}" for one in node.names}
    return found


def test_vendors_are_written_to_by_the_guards_hands_only() -> None:
    found = {}
    for path, tree in sources(*(one for one in FOLDERS if one != "systems")):
        verbs = set(vendor_writes(tree))
        if path in DOCTOR:
            verbs -= {"ensure_key"}
        if verbs:
            found[path] = verbs
    assert set(found) == {HANDS}, found
    assert found[HANDS] == {"create", "change", "archive", "comment", "remove_comment", "ensure_key"}


def test_the_hands_are_reached_through_the_guard_only() -> None:
    having = {path for path, tree in sources(*FOLDERS) if {"tools.hands", "daybook.tools.hands"} & imports(tree)}
    assert having == DOORS, having ^ DOORS
    carrying = {path for path, tree in sources(*FOLDERS) if "tools.carrying_out" in imports(tree)}
    assert carrying == JUDGES, carrying ^ JUDGES


def test_a_tool_neither_writes_nor_knows_an_adapter() -> None:
    for name in catalogue.all_tools():
        path = Path(f"tools/{name}.py")
        tree = ast.parse((CHECKOUT / path).read_text(encoding="utf-8"))
        assert not set(vendor_writes(tree)), path
        adapters = {
            one for one in imports(tree) if one.startswith(("systems.hubspot", "systems.jira", "systems.slack"))
        }
        assert not adapters, (path, adapters)
        for outside in ("httpx", "requests", "urllib.request", "hubspot", "jira", "slack_sdk", "subprocess", "socket"):
            assert outside not in imports(tree), (path, outside)
        effects = {one for one in imports(tree) if one.startswith(("store.effects", "tools.hands", "tools.ledger"))}
        assert not effects, (path, effects)


def test_only_adapters_and_the_bot_know_the_vendors_libraries() -> None:
    for path, tree in sources(*(one for one in FOLDERS if one not in ("systems", "bot"))):
        roots = {one.partition(".")[0] for one in imports(tree)}
        assert not roots & {"hubspot", "jira", "requests"}, path


def test_no_tool_has_an_argument_that_would_decide() -> None:
    for name, tool in catalogue.all_tools().items():
        powers = {
            "user",
            "person",
            "owner",
            "tenant",
            "workspace",
            "approved",
            "approve",
            "force",
            "confirm",
            "admin",
            "session",
        }
        assert not powers & set(tool.arguments.model_fields), name
