"""The stand-in model: reads only the request, goes through the conversation, and takes the next step in it."""

from __future__ import annotations

from typing import Any

import orjson

from sandbox.claude import reading
from sandbox.claude.filling import filled
from sandbox.claude.models import Model
from sandbox.claude.moves import Account, Ask, Cannot, Moves, Scene, Use, Uses
from sandbox.claude.phrases import HONEST, begin
from sandbox.claude.script import Scripted
from sandbox.claude.talk import Step, Talk, Turn, understand

REMEMBERED_TURNS = 12


def answer(model: Model, body: dict[str, Any], *, think: bool) -> Scripted:
    """What comes next in this conversation: calls, or something said."""
    if body["max_tokens"] == 0:
        # Only the cache is to be filled.
        return Scripted(stop_reason="max_tokens")
    read = reading.answer(body)
    if read is not None:
        return Scripted(content=[{"type": "text", "text": read}])
    talk = understand(body)
    move = next_move(talk) if talk.turns else HONEST
    content: list[dict[str, Any]] = []
    if think:
        content.append({"type": "thinking", "thinking": _thought(talk, move)})
    if isinstance(move, tuple):
        content += [{"type": "tool_use", "name": use.tool, "input": use.input} for use in move]
        return Scripted(content=content, stop_reason="tool_use")
    forced = body.get("tool_choice") or {}
    if forced.get("type") in ("any", "tool"):
        tool = talk.tools[forced.get("name") or next(iter(talk.tools))]
        content.append({"type": "tool_use", "name": tool["name"], "input": filled(tool["input_schema"], move)})
        return Scripted(content=content, stop_reason="tool_use")
    asked = (body.get("output_config") or {}).get("format")
    said = orjson.dumps(filled(asked["schema"], move)).decode() if asked else move
    content.append({"type": "text", "text": said})
    return Scripted(content=content)


def next_move(talk: Talk) -> Uses | str:
    """Go through the turns up to the latest; what it leads to is the answer."""
    about: Account | None = None
    names: dict[str, str] = {}
    waiting: tuple[Moves, Ask, Scene] | None = None
    move: Uses | Ask | str = HONEST
    for turn in talk.turns[-REMEMBERED_TURNS:]:
        scene = Scene(talk, turn.words, turn.words, about)
        moves, value = begin(scene), None
        if waiting and (moves is None or waiting[1].options):
            value = waiting[1].choice(turn.words)
        if waiting and value is not None:
            moves, _, scene = waiting
            scene.latest = turn.words
        move = HONEST if moves is None else _follow(talk, moves, value, list(turn.steps))
        waiting = (moves, move, scene) if moves is not None and isinstance(move, Ask) else None
        about = _spoken_of(turn, names, about)
    return move.question if isinstance(move, Ask) else move


def _follow(talk: Talk, moves: Moves, value: Any, steps: list[Step]) -> Uses | Ask | str:
    """Run a phrase over what its calls have answered so far, up to what it wants next."""
    try:
        while True:
            wanted = moves.send(value)
            if isinstance(wanted, Ask):
                return wanted
            uses = wanted if isinstance(wanted, tuple) else (wanted,)
            missing = next((use.tool for use in uses if use.tool not in talk.tools), None)
            if missing or not talk.may_call:
                return f"For this I would need the tool {missing or uses[0].tool}, which I was not given here."
            found = [_taken(use, steps) for use in uses]
            left = tuple(use for use, step in zip(uses, found, strict=True) if step is None)
            if left:
                return left if talk.many_at_once else left[:1]
            told = [step.told for step in found if step is not None]
            value = tuple(told) if isinstance(wanted, tuple) else told[0]
    except StopIteration as done:
        return str(done.value)
    except Cannot as reason:
        return str(reason)


def _taken(use: Use, steps: list[Step]) -> Step | None:
    """The step that answers this call, each only once."""
    same = next((step for step in steps if step.tool == use.tool and step.input == use.input), None)
    step = same or next((step for step in steps if step.tool == use.tool), None)
    if step is not None:
        steps.remove(step)
    return step


def _spoken_of(turn: Turn, names: dict[str, str], before: Account | None) -> Account | None:
    """The account that "them" means after this turn."""
    found = before
    for step in turn.steps:
        matches = step.told.data.get("matches") if step.tool == "find_account" else None
        for one in matches or []:
            names[str(one["account"])] = str(one["name"])
        account = str(matches[0]["account"]) if matches and len(matches) == 1 else str(step.input.get("account", ""))
        if account in names:
            found = Account(account, names[account])
    return found


def _thought(talk: Talk, move: Uses | str) -> str:
    words = talk.turns[-1].words[:120] if talk.turns else ""
    if isinstance(move, tuple):
        return f'They said "{words}". Next: {" and ".join(use.tool for use in move)}.'
    return f'They said "{words}". I know what to answer.'
