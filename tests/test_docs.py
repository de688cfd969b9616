"""The documentation says what is there: commands, settings, rules, tools, agents, skills, tables, numbers, and more."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
import subprocess
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "ARCHITECTURE.md", "AGENTS.md", "CHANGELOG.md")


@cache
def page(name: str) -> str:
    return (CHECKOUT / name).read_text(encoding="utf-8")


@cache
def generated() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generated", CHECKOUT / "docs" / "generated.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def tracked() -> tuple[Path, ...]:
    """Every file a clone has, and those that are about to be added."""
    if not (CHECKOUT / ".git").exists():
        pytest.skip("not a git checkout: which files are part of the project is not known")
    told = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=CHECKOUT,
        capture_output=True,
        check=True,
    )
    paths = (CHECKOUT / name for name in told.stdout.decode().split("\0") if name)
    return tuple(path for path in paths if path.is_file())


@cache
def targets() -> dict[str, str]:
    """What can be made, with the words beside it."""
    return dict(re.findall(r"^([a-z]+):[^#\n]*##\s*(.+)$", page("Makefile"), re.MULTILINE))


@cache
def command_names() -> frozenset[str]:
    """Every command as it is typed after `daybook`: also those of a group, with the group's name before them."""
    from typer.main import get_command

    from cli.main import app

    def below(before: str, group: object) -> set[str]:
        commands = getattr(group, "commands", None)
        if commands is None:
            return {before}
        return {found for name, one in commands.items() for found in below(f"{before} {name}".strip(), one)}

    return frozenset(below("", get_command(app)))


@pytest.mark.parametrize("section", sorted(generated().SECTIONS))
def test_what_is_generated_is_up_to_date(section: str) -> None:
    assert generated().outdated(section) is None, f"{section}: run python docs/generated.py"


def test_every_command_is_in_the_readme_and_has_no_name_that_is_not() -> None:
    groups = {name.partition(" ")[0] for name in command_names() if " " in name}
    typed = re.findall(r"`daybook ([a-z]+)(?: ([a-z]+))?", "".join(map(page, PAGES)))
    named = {f"{first} {second}" if first in groups and second else first for first, second in typed}
    assert named - groups == command_names()


def test_a_group_of_commands_is_named_with_its_commands() -> None:
    table = generated().commands()
    assert "| `daybook session fork SESSION` |" in table
    assert "| `daybook ledger verify` |" in table


def test_every_make_target_is_explained_and_every_explained_one_exists() -> None:
    made = set(re.findall(r"^([a-z]+):", page("Makefile"), re.MULTILINE))
    assert made == set(targets()), "each target has its ## words"
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", page("README.md") + page("AGENTS.md"), re.MULTILINE))
    assert named == made


def test_every_agent_schedule_tool_and_skill_is_in_the_readme() -> None:
    import tools
    from agents.catalogue import all_agents
    from scheduler.schedule import all_schedules
    from skills.catalogue import all_skills
    from tools.catalogue import all_tools

    hands = []
    for module in pkgutil.iter_modules(tools.__path__):
        if re.search(r"^def run\(", page(f"tools/{module.name}.py"), re.MULTILINE):
            hands.append(module.name)
    assert len(hands) > 3
    names = (*all_agents(), *all_schedules(), *all_tools(), *all_skills(), *hands)
    assert [name for name in names if f"`{name}`" not in page("README.md")] == []


def test_every_number_and_property_of_authority_and_budgets_is_in_the_readme() -> None:
    import tomllib

    policy = tomllib.loads(page("rules/policy.toml"))
    fields = policy["authority"].pop("fields")
    numbers = {**policy["authority"], **policy["budgets"]}
    absent = [name for name, value in numbers.items() if f"| `{name}` | {value:,} |" not in page("README.md")]
    assert absent == []
    properties = [name for names in fields.values() for name in names]
    assert [name for name in properties if f"`{name}`" not in page("README.md")] == []


def test_every_effect_of_a_tool_has_words_in_the_readmes_table() -> None:
    from rules.action import Effect

    assert set(generated().WORLD) == {str(effect) for effect in Effect}


def test_every_word_of_the_slash_command_is_in_the_readme() -> None:
    from bot.manifest import manifest

    hint = manifest(None)["features"]["slash_commands"][0]["usage_hint"]
    words = [word.split()[0] for word in hint.split(" | ")]
    assert [word for word in words if f"`/daybook {word}" not in page("README.md")] == []


def test_what_is_said_without_a_model_and_chosen_from_a_menu_is_in_the_readme() -> None:
    from bot.manifest import SHORTCUTS
    from bot.spoken import PHRASES

    kinds = sorted(set(PHRASES.values()))
    assert [kind for kind in kinds if f"`{kind}`" not in page("README.md")] == []
    assert [name for name, _about in SHORTCUTS.values() if f"*{name}*" not in page("README.md")] == []


def test_every_webhook_event_that_starts_something_is_in_the_readme() -> None:
    from web.hubspot_events import AGENTS
    from web.hubspot_webhook import PATH

    assert [event for event in AGENTS if f"`{event}`" not in page("README.md")] == []
    assert PATH in page("README.md")


def test_the_agent_in_the_readme_is_one_that_works(tmp_path: Path) -> None:
    from agents.definition import one
    from skills.catalogue import all_skills
    from tools.catalogue import all_tools

    example = re.search(r"^```markdown\n(---\n.*?)^```$", page("README.md"), re.MULTILINE | re.DOTALL)
    assert example is not None
    file = tmp_path / "handover.md"
    file.write_text(example[1], encoding="utf-8")
    assert one(file, all_tools(), all_skills()).name == "handover"


def test_every_fault_point_and_knob_is_in_architecture() -> None:
    from sandbox.knobs import MODES
    from store.faults import POINTS

    assert [name for name in (*POINTS, *sorted(MODES)) if f"`{name}`" not in page("ARCHITECTURE.md")] == []


def test_every_table_is_in_architecture() -> None:
    from store.metadata import metadata

    for room in generated().ROOMS:
        for path in (CHECKOUT / room).rglob("*.py"):
            if "from store.metadata import" in path.read_text(encoding="utf-8"):
                importlib.import_module(".".join(path.relative_to(CHECKOUT).with_suffix("").parts))
    assert len(metadata.tables) > 20
    assert [name for name in metadata.tables if f"`{name}`" not in page("ARCHITECTURE.md")] == []


def test_the_layers_in_words_are_the_layers_that_are_enforced() -> None:
    import tomllib

    contracts = tomllib.loads(page("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = " > ".join(next(one["layers"] for one in contracts if one["type"] == "layers"))
    assert layers in page("ARCHITECTURE.md")
    assert layers in page("AGENTS.md")


@pytest.mark.parametrize("name", PAGES)
def test_every_file_and_heading_a_page_points_to_exists(name: str) -> None:
    text = page(name)
    files = set(re.findall(r"`((?:[a-z_]+/)+(?:[A-Za-z_]+\.(?:py|toml|md))?)[`:]", text))
    links = set(re.findall(r"\]\((?!https?:)([^)]+)\)", text))
    headings = {
        re.sub(r"[^\w\- ]", "", line).strip().replace(" ", "-").lower()
        for line in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }
    lost = [link for link in links if link.startswith("#") and link[1:] not in headings]
    lost += [link for link in (*files, *links) if not link.startswith("#") and not (CHECKOUT / link).exists()]
    assert lost == []


def test_the_readme_names_the_scopes_that_hubspot_asks_for() -> None:
    from cli.writing import PERMISSIONS
    from cli.writing import SCOPES as TO_WRITE
    from sandbox.hubspot.server import SCOPES as GRANTED

    reading = {
        scope for scopes in GRANTED.values() for scope in scopes if re.fullmatch(r"crm\.objects\..+\.read", scope)
    }
    once = {"crm.schemas.contacts.write"}
    named = set(re.findall(r"`(crm\.[a-z.]+|tickets)`", page("README.md")))
    assert named <= reading | {"tickets"} | set(TO_WRITE) | once
    assert {"tickets", "crm.objects.companies.read", "crm.objects.owners.read", *TO_WRITE, *once} <= named
    assert [label for label, _purpose in PERMISSIONS.values() if f"*{label}*" not in page("README.md")] == []


def test_the_changelog_has_a_place_for_what_is_not_released() -> None:
    assert re.search(
        r"^## \[Unreleased\]\n\n### (Added|Changed|Fixed|Removed)\n\n- ", page("CHANGELOG.md"), re.MULTILINE
    )


# Spelled in pieces, so that this file does not name what it looks for.
MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(?:" + "|".join(["work", "home", "Users", "root"]) + r")/[\w.-]+")
REGISTRY = re.compile(
    r"https?://[^\s\"')]*(?:" + "|".join(["py" + "pi", "npm" + "js", "python" + "hosted", "arti" + "factory"]) + r")",
    re.I,
)
INDEX_OPTION = re.compile(r"--(?:extra-)?index-url\s+\S|^registry\s*=", re.MULTILINE)


def test_no_file_names_a_path_of_one_machine_or_a_package_registry() -> None:
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        for what in (MACHINE_PATH, REGISTRY, INDEX_OPTION):
            found += [f"{path.relative_to(CHECKOUT)}: {match.group()}" for match in what.finditer(text)]
    assert found == []
