"""``daybook mcp`` and doctor: an operator reviews what a server offers, and hears when it is something else."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agents import catalogue
from cli import mcp
from systems import connect, mcp_file, settings
from systems.faults import SystemFault
from tests.outside import Outside

TOKEN = "a-token-of-its-own-1234"
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    started = Outside(TOKEN)
    yield started
    started.stop()


@pytest.fixture
def file(outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that names the server, with nothing reviewed yet."""
    monkeypatch.setenv("DOCS_MCP_TOKEN", TOKEN)
    path = tmp_path / "mcp.toml"
    entry = f'[servers.docs]\nurl = "{outside.url}"\nmay_see = "questions"\ntoken_env = "DOCS_MCP_TOKEN"\n'
    path.write_text(entry, encoding="utf-8")
    monkeypatch.setenv("DAYBOOK_MCP_FILE", str(path))
    return path


def examined(file: Path) -> list[tuple[str, str]]:
    given = {"SLACK_BOT_TOKEN": "xoxb-1", "HUBSPOT_ACCESS_TOKEN": "pat-1", "DAYBOOK_MCP_FILE": str(file)}
    return list(mcp.examine(connect.connect(settings.load(given))))


def test_what_pin_prints_is_the_review_and_goes_into_the_file_as_it_is(
    file: Path, outside: Outside, daybook: Command
) -> None:
    printed = daybook("mcp", "pin", "docs", env={"DAYBOOK_MCP_FILE": str(file), "DOCS_MCP_TOKEN": TOKEN})
    assert printed.returncode == 0, printed.stderr
    assert TOKEN not in printed.stdout + printed.stderr
    file.write_text(file.read_text() + printed.stdout, encoding="utf-8")
    (server,) = mcp_file.read(str(file)).values()
    names = [tool.name for tool in server.tools]
    assert names == ["fails", "huge", "lookup", "picture", "rumours", "search", "slow"], "delete_page is commented out"
    assert '# [servers.docs.tools."delete_page"]' in printed.stdout
    assert "It does not say that it only looks" in printed.stdout
    # Uncommented by somebody who knows better, it is one like the others.
    _before, _found, block = printed.stdout.partition("# [servers.docs.tools.")
    mine = "\n".join(line.removeprefix("# ") for line in ("[servers.docs.tools." + block).split("\n\n")[0].split("\n"))
    assert list(tomllib.loads(mine)["servers"]["docs"]["tools"]) == ["delete_page"]


def test_list_and_doctor_tell_what_is_pinned_new_changed_and_down(
    file: Path, outside: Outside, capsys: pytest.CaptureFixture[str]
) -> None:
    assert examined(file) == [("odd", "docs: no agent names it in `mcp`")]
    mcp.pin("docs")
    search = next(one for one in capsys.readouterr().out.split("\n\n") if '"search"' in one)
    file.write_text(f"{file.read_text()}\n{search}\n", encoding="utf-8")
    outside.change()
    try:
        with pytest.raises(SystemExit) as ended:
            mcp.show(as_json=True)
        (told,) = json.loads(capsys.readouterr().out)
        states = {tool["name"]: tool["state"] for tool in told["tools"]}
        assert (ended.value.code, states["search"], states["lookup"]) == (1, "changed", "new")
        (state, words), *_more = examined(file)
        assert state == "bad"
        assert words.startswith("docs: search is no longer what was reviewed, so agents don't get it. See `daybook mcp")
    finally:
        outside.change(False)
    with pytest.raises(SystemExit) as ended:
        mcp.show(as_json=False)
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "(may see what people ask)" in shown
    assert "    pinned   search  sha256:" in shown
    assert TOKEN not in shown


def test_doctor_names_the_agent_whose_server_is_not_set_up(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = replace(catalogue.written_agents()["assistant"], mcp=("crm",))
    monkeypatch.setitem(catalogue.written_agents(), "manuals", agent)
    state, words = examined(file)[0]
    assert state == "bad"
    assert words.startswith("agents/manuals.md: names the MCP server 'crm', and there are: docs. Set it up")


@pytest.mark.parametrize(
    ("url", "token", "says"),
    [
        ("http://127.0.0.1:9/mcp", TOKEN, "can't be reached"),
        ("{}/nothing", TOKEN, "has nothing at that address"),
        ("{}/asked", TOKEN, "failed (HTTP 405)"),
        ("{}/mcp", "another", "refused the token. Check the variable that `token_env` names"),
    ],
)
def test_a_server_that_cant_be_asked_is_named_with_the_reason(
    file: Path, outside: Outside, monkeypatch: pytest.MonkeyPatch, url: str, token: str, says: str
) -> None:
    monkeypatch.setenv("DOCS_MCP_TOKEN", token)
    file.write_text(file.read_text().replace(outside.url, url.format(outside.address)), encoding="utf-8")
    servers = connect.servers_of(settings.load({"DAYBOOK_MCP_FILE": str(file)}))
    assert servers is not None
    with pytest.raises(SystemFault) as refused:
        servers.offers("docs")
    assert str(refused.value).startswith("MCP server docs: ")
    assert says in str(refused.value)
    assert servers.usable("docs") == ()
    assert examined(file)[0][0] == "bad"
