"""An agent or a skill that can't work is refused before anybody talks to it, with the file and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents import catalogue, definition, prompt
from skills import catalogue as skills
from skills.front_matter import FileError
from tests.rules.books import POLICY

GOOD = """\
---
description: Answers questions about prices, from the price list only.
model: claude-haiku-5-5
effort: low
tools: [find_account]
skills: [pricing]
mcp: []
limits: {model_calls: 4, tool_calls: 8, output_tokens: 2000, tokens: 100000, cost_usd: 0.25, seconds: 60}
who: reps
outcome: Price questions answered without a call to finance.
---
You answer questions about prices.
"""


def load(folder: Path, text: str, name: str = "prices.md") -> dict[str, definition.Definition]:
    (folder / name).write_text(text)
    return definition.load(folder, {"find_account", "log_call"}, {"pricing"})


def test_a_good_file_is_an_agent(tmp_path: Path) -> None:
    agent = load(tmp_path, GOOD)["prices"]
    assert (agent.model, agent.effort, agent.who, agent.tools) == ("claude-haiku-5-5", "low", "reps", ("find_account",))
    assert agent.limits.micros == 250_000
    assert agent.body == "You answer questions about prices."


@pytest.mark.parametrize(
    ("change", "to", "says"),
    [
        ("[find_account]", "[find_acount]", "'find_acount' in `tools`, and there is none. There are: find_account"),
        ("[pricing]", "[prices]", "names 'prices' in `skills`, and there is none. There are: pricing"),
        ("[find_account]", "[find_account, find_account]", "names 'find_account' twice"),
        ("mcp: []", "mcp: [crm, crm]", "names 'crm' twice in `mcp`"),
        ("mcp: []", "mcp: [../crm]", "has a wrong 'mcp.0'"),
        ("model: claude-haiku-5-5", "model: gpt-7", "has a wrong 'model'"),
        ("model: claude-haiku-5-5", "model: claude-haiku-5-5\nmodel: claude-opus-5-5", "'model' is there twice"),
        ("outcome: Price questions answered without a call to finance.\n", "", "lacks 'outcome'"),
        ("outcome: Price", 'outcome: ""  # Price', "has a wrong 'outcome'"),
        ("who: reps", "who: no", "has a wrong 'who'"),
        ("who: reps", "who: reps\ncolour: red", "has an entry 'colour' that is not known"),
        ("tool_calls: 8", "tool_calls: 17", "has a wrong 'limits.tool_calls'"),
        ("seconds: 60", "seconds: sixty", "has a wrong 'limits.seconds'"),
        ("tools: [find_account]", "tools: &a [find_account]\nx: *a", "an alias"),
        ("You answer questions about prices.\n", "", "has no text below its front matter"),
        ("---\ndescription", "description", "has no front matter"),
        ("effort: low", "effort: [low", "has front matter that can't be read in line"),
        ("You answer", "x" * 50_000, "Keep it under"),
    ],
)
def test_a_file_that_cant_work_is_refused_with_the_fix(tmp_path: Path, change: str, to: str, says: str) -> None:
    assert change in GOOD
    with pytest.raises(FileError) as refused:
        load(tmp_path, GOOD.replace(change, to, 1))
    assert str(refused.value).startswith("agents/prices.md: ")
    assert says in str(refused.value)


def test_an_agent_is_named_as_people_can_type_it(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="nobody can type"):
        load(tmp_path, GOOD, "Prices & Co.md")


def test_an_agent_names_only_servers_that_are_set_up(tmp_path: Path) -> None:
    written = load(tmp_path, GOOD.replace("mcp: []", "mcp: [docs]"))
    definition.check_servers(written, {"docs"})
    with pytest.raises(FileError, match=r"prices\.md: names the MCP server 'docs', and none is set up\. Set it up"):
        definition.check_servers(written, ())
    with pytest.raises(FileError, match="'docs', and there are: crm"):
        definition.check_servers(written, {"crm"})


def test_two_agents_cant_share_a_name(tmp_path: Path) -> None:
    written = load(tmp_path, GOOD, "morning_list.md")
    with pytest.raises(FileError, match=r"has the name of agents/morning_list\.py"):
        definition.check_names(written, {"morning_list"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("---\nname: other\ndescription: How prices are told.\n---\nSo.", "is named 'other'"),
        ("---\nname: pricing\n---\nSo.", "lacks 'description'"),
        ("---\nname: pricing\ndescription: How prices are told.\nversion: 2\n---\nSo.", "'version' that is not known"),
    ],
)
def test_a_skill_that_cant_be_used_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "pricing").mkdir()
    (tmp_path / "pricing" / "SKILL.md").write_text(text)
    with pytest.raises(FileError, match=r"skills/pricing/SKILL\.md") as refused:
        skills.load(tmp_path)
    assert says in str(refused.value)


def test_what_ships_is_sound() -> None:
    shipped = catalogue.written_agents()
    assert set(shipped) >= {"assistant", "priorities", "escalations", "security"}
    assert set(skills.all_skills()) == {skill for agent in shipped.values() for skill in agent.skills}
    security = shipped["security"]
    from rules.action import Effect
    from tools.catalogue import all_tools

    assert {all_tools()[name].effect for name in security.tools} == {Effect.READ}
    assert security.model != shipped["assistant"].model


def test_a_prompt_is_the_same_bytes_each_time_and_holds_neither_time_nor_names() -> None:
    agent, texts = catalogue.written_agents()["assistant"], skills.all_skills()
    first, second = prompt.system_of(agent, texts), prompt.system_of(agent, texts)
    assert first == second
    assert "logging-calls: Turning what a rep says" in first[0]["text"]
    assert "2026" not in first[0]["text"]


def test_the_numbers_that_skills_tell_are_those_of_the_policy() -> None:
    policy, texts = POLICY, {name: " ".join(one.body.split()) for name, one in skills.all_skills().items()}
    for skill, words, number, told in (
        ("moving-deals", "More than ten need a yes to the whole list", policy.authority.bulk_records, 10),
        ("logging-calls", "can be undone for three days", policy.authority.undo_hours, 3 * 24),
        ("morning-priorities", "The seven highest are the list", policy.length, 7),
        ("morning-priorities", "if they reach ten points", policy.minimum_points, 10),
        ("morning-priorities", "already handled (two weeks)", policy.handled_days, 14),
    ):
        assert words in texts[skill]
        assert number == told, f"{skill} says {words!r}"
