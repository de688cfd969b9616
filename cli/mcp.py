"""``daybook mcp``: what the MCP servers offer, which of it was reviewed, and the lines that say that it was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

import orjson

from agents.catalogue import written_agents
from agents.definition import check_servers
from skills.front_matter import FileError
from systems import settings
from systems.connect import Systems, servers_of
from systems.faults import SystemFault
from systems.mcp_file import MOST_DESCRIPTION, called, readable, readable_shape, wrong_with
from systems.servers import Offered, PinnedTool, Server, Servers
from systems.settings import Settings, SettingsError
from views import escape

State = Literal["pinned", "changed", "gone", "new"]
SHOWN = 100


class Line(NamedTuple):
    """One tool: as pinned, as offered, or both."""

    name: str
    state: State
    digest: str
    looks_only: bool | None
    description: str


def show(as_json: bool) -> None:
    """Every server and tool; exit status 1 when a server does not answer or a pinned tool has changed."""
    servers = _servers()
    told, fine = [], True
    for name, server in servers.all.items():
        try:
            lines = list(_compared(server, servers.offers(name)))
            down = None
        except SystemFault as fault:
            lines, down = [], str(fault)
        fine = fine and down is None and not any(line.state in ("changed", "gone") for line in lines)
        told.append({
            "server": name, "url": _address(server), "may_see": "records" if server.may_see_records else "questions",
            "down": down, "tools": [line._asdict() for line in lines],
        })  # fmt: skip
        if not as_json:
            _print(server, lines, down)
    if as_json:
        print(orjson.dumps(told).decode())
    raise SystemExit(0 if fine else 1)


def _print(server: Server, lines: list[Line], down: str | None) -> None:
    sees = "may see records" if server.may_see_records else "may see what people ask"
    print(f"{server.name}  {_address(server)}  ({sees})")
    if down is not None:
        print(f"    {down}")
    for line in lines:
        looks = {True: "says it only looks", False: "does not say that it only looks", None: ""}[line.looks_only]
        print(f"    {line.state:<8} {escape.clean(line.name, 64)}  {line.digest}  {looks}".rstrip())
        print(f"             {escape.clean(line.description, 200)}")


def _address(server: Server) -> str:
    """Without what some addresses carry behind the ?, which may be a key."""
    address, asked, _rest = server.url.partition("?")
    return f"{address}?…" if asked else address


def pin(name: str) -> None:
    """The server's tools as entries of the file. Those that don't say that they only look are commented out."""
    servers = _servers()
    server = servers.all.get(name)
    if server is None:
        raise SettingsError(f"There is no MCP server {escape.clean(name, 40)!r}. {_there(servers)}")
    pinned = {tool.name: tool for tool in server.tools}
    print(f"# What {name} says of its tools now. Read it, for it is what agents are told; paste what they may use.")
    for tool in sorted(servers.offers(name), key=lambda tool: tool.name):
        print()
        print("\n".join(_entry(server, tool, pinned.get(tool.name))))


def _entry(server: Server, tool: Offered, before: PinnedTool | None) -> list[str]:
    clean = escape.clean(tool.name, SHOWN)
    shape = readable_shape(tool.schema)
    wrong = wrong_with(shape)
    wrong = f"its schema {wrong}" if wrong is not None else None
    if clean != tool.name or len(called(server.name, tool.name)) > 64:
        wrong = "its name is too long, or holds what nobody can see"
    if wrong is not None:
        return [f"# {clean} can't be given to agents: {wrong}."]
    same = before is not None and before.digest == tool.digest
    description = before.description if before is not None and same else readable(tool.description)
    lines = [
        f"[servers.{server.name}.tools.{json.dumps(tool.name)}]",
        f"digest = {json.dumps(tool.digest)}",
        f"description = {_text(description[:MOST_DESCRIPTION] or tool.name)}",
        f"schema = {_long(json.dumps(shape, indent=2, ensure_ascii=False, sort_keys=True))}",
    ]
    if tool.looks_only or same:
        return lines
    why = "# It does not say that it only looks. Agents may look and never write: use it only if you know that it does."
    return [why, *(f"# {line}" for one in lines for line in one.split("\n"))]


def _text(words: str) -> str:
    """A TOML string; JSON's escapes are TOML's for all that is left after cleaning."""
    return json.dumps(words, ensure_ascii=False)


def _long(words: str) -> str:
    return f"'''\n{words}'''" if "'''" not in words else _text(words)


def _compared(server: Server, offered: list[Offered]) -> Iterator[Line]:
    now = {tool.name: tool for tool in offered}
    pinned = {tool.name: tool.digest for tool in server.tools}
    for name in sorted({*now, *pinned}):
        tool = now.get(name)
        if tool is None:
            yield Line(name, "gone", pinned[name], None, "The server has it no more.")
            continue
        state: State = "new" if name not in pinned else "pinned" if pinned[name] == tool.digest else "changed"
        yield Line(name, state, tool.digest, tool.looks_only, tool.description)


def examine(systems: Systems) -> Iterator[tuple[Literal["good", "odd", "bad"], str]]:
    """For ``daybook doctor``: is each server that agents name set up, does it answer, is it what was reviewed."""
    servers, written = systems.servers, {}
    try:
        written = written_agents()
        check_servers(written, servers.all if servers is not None else ())
    except FileError as wrong:
        yield "bad", str(wrong)
    if servers is None:
        return
    for name, server in servers.all.items():
        try:
            lines = list(_compared(server, servers.offers(name)))
        except SystemFault as fault:
            yield "bad", str(fault)
            continue
        changed = [line.name for line in lines if line.state in ("changed", "gone")]
        if changed:
            yield "bad", (
                f"{name}: {', '.join(changed)} {'is' if len(changed) == 1 else 'are'} no longer what was reviewed, so "
                f"agents don't get {'it' if len(changed) == 1 else 'them'}. See `daybook mcp list`, and paste what "
                f"`daybook mcp pin {name}` prints if it is all right"
            )
        good = sum(line.state == "pinned" for line in lines)
        users = sorted(agent for agent, one in written.items() if name in one.mcp)
        if not users:
            yield "odd", f"{name}: no agent names it in `mcp`"
        elif good or not changed:
            yield "good" if good else "odd", f"{name}: {good} tools as reviewed, for {', '.join(users)}"


def _servers() -> Servers:
    servers = servers_of(settings.load())
    if servers is None or not servers.all:
        raise SettingsError(f"No MCP server is set up. DAYBOOK_MCP_FILE: {Settings.where('daybook_mcp_file')}")
    return servers


def _there(servers: Servers) -> str:
    names: Mapping[str, Server] = servers.all
    return f"There are: {', '.join(names)}."
