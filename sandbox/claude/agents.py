"""Phrases for agents: asking another one, and answering security questions from the skill that was written for them."""

from __future__ import annotations

import re

from sandbox.claude.moves import Account, Cannot, Moves, Scene, Use, read
from sandbox.claude.talk import Talk, Told

_SKILL = re.compile(r"\b(security[_-][a-z0-9_-]+)\b")
_APPROVED = re.compile(r"^#+ [^\n]*\b(?:may be said|approved)\b[^\n]*\n(?P<body>.*?)(?=^#+ |\Z)", re.I | re.M | re.S)
_ACCOUNT = re.compile(r"\b(?:for|at|from|with|by) (?P<name>[A-Z][\w&.'’-]*(?: [A-Z&][\w&.'’-]*)*)")
_SMALL = frozenset({
    "what", "which", "where", "when", "does", "have", "with", "from", "about", "this", "that", "they", "them", "the",
    "and", "our", "you", "are", "how", "for", "who",
})  # fmt: skip


def ask_agent(scene: Scene, agent: str, question: str) -> Moves:
    """"ask the security agent whether we encrypt backups"."""
    told: Told = yield Use("ask_agent", {"agent": agent.lower(), "question": question.strip()})
    if told.failed:
        raise Cannot(f"The {agent} agent did not answer: {told.reason}")
    if "waiting" in told.data:
        return f"Asked the {agent} agent; {told.data['waiting']}"
    answer = str(told.data.get("answer") or told.text).strip()
    return f"The {agent} agent says: {answer}"


def security_skill(talk: Talk) -> str:
    """The skill to answer security questions from; empty for every agent that does other work."""
    if "load_skill" not in talk.tools or "log_call" in talk.tools:
        return ""
    offered = talk.tools["load_skill"]
    names = _choices(offered)
    found = next((name for name in names if name.startswith("security")), "")
    if names:
        return found
    told = _SKILL.findall(f"{offered.get('description') or ''}\n{talk.system}")
    return str(told[0]) if told else ""


def _choices(tool: dict[str, object]) -> list[str]:
    schema = tool.get("input_schema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    found = name.get("enum") if isinstance(name, dict) else None
    return [str(one) for one in found] if isinstance(found, list) else []


def security_question(scene: Scene) -> Moves:
    """Any question to the security agent: the skill first, then the account it is about, then the skill's own words."""
    skill = yield from read("load_skill", name=security_skill(scene.talk))
    body = str(skill.get("text") or skill.get("body") or "")
    named, account = _ACCOUNT.search(scene.words), None
    if named and "find_account" in scene.talk.tools:
        found: Told = yield Use("find_account", {"name": named["name"]})
        matches = [] if found.failed else found.data.get("matches") or []
        if len(matches) == 1:
            account = Account(str(matches[0]["account"]), str(matches[0]["name"]))
    approved = _APPROVED.search(body)
    said = _passage(approved["body"] if approved else body, scene.words)
    whom = f"For {account.name}: " if account else ""
    if not said:
        return f"{whom}This has to be confirmed by the security team: no answer that may be given is written down."
    return f"{whom}{said}"


def _passage(body: str, question: str) -> str:
    """The part of a text that has most words in common with a question."""
    asked = _stems(question)
    parts = [part.strip() for part in re.split(r"\n\s*\n|\n(?=[-*#] ?)", body) if part.strip()]
    parts = [part for part in parts if not re.fullmatch(r"#+ .*|---.*", part)]
    scored = [(len(asked & _stems(part)), -n, part) for n, part in enumerate(parts)]
    best = max(scored, default=(0, 0, ""))
    return re.sub(r"^[-*] ", "", best[2])[:700] if best[0] else ""


def _stems(text: str) -> set[str]:
    words = re.findall(r"[a-z0-9]{3,}", text.lower())
    return {word[:6] for word in words if word not in _SMALL}
