"""The file of MCP servers: what is set up wrongly is refused at the start with the entry and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from systems import connect, mcp_file, settings
from systems.settings import SettingsError

DIGEST = f"sha256:{'a' * 64}"
GOOD = f"""\
[servers.docs]
url = "https://docs.example.com/mcp"
token_env = "DOCS_MCP_TOKEN"
may_see = "questions"

[servers.docs.tools."search.pages"]
digest = "{DIGEST}"
description = "Search the manuals."
schema = '''{{"type": "object", "properties": {{"query": {{"type": "string"}}}}, "required": ["query"]}}'''
"""
TOOL = GOOD.partition("\n\n")[2]


def read(folder: Path, text: str) -> dict[str, mcp_file.Server]:
    (folder / "mcp.toml").write_text(text, encoding="utf-8")
    return mcp_file.read(str(folder / "mcp.toml"))


def test_a_good_file_sets_up_a_server_and_what_was_reviewed(tmp_path: Path) -> None:
    server = read(tmp_path, GOOD)["docs"]
    assert (server.ref, server.may_see_records, server.seconds) == ("mcp:docs", False, 20)
    (tool,) = server.tools
    assert (tool.name, tool.called, tool.digest) == ("search.pages", "mcp_docs_search_pages", DIGEST)
    assert read(tmp_path, GOOD.replace("https://docs.example.com", "http://127.0.0.1:8000"))["docs"].tools
    assert read(tmp_path, GOOD.replace('"questions"', '"records"'))["docs"].may_see_records


SCHEMA = '{"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}'


@pytest.mark.parametrize(
    ("change", "to", "says"),
    [
        ("https://", "http://", "servers.docs.url is not encrypted: use https, or http on this machine"),
        ("https://docs", "https://me:secret@docs", "holds a name, a password or a #: name a variable in `token_env`"),
        ("https://docs.example.com/mcp", "docs", "must be an https address"),
        ('url = "https://docs.example.com/mcp"', 'command = "npx"', "run it with its streamable HTTP transport"),
        ("[servers.docs", "[servers.my-docs", "use up to 20 small letters and digits"),
        ("DOCS_MCP_TOKEN", "HUBSPOT_ACCESS_TOKEN", "is Daybook's own. Give the server a token of its own"),
        ("DOCS_MCP_TOKEN", "xoxb-1-secret", "servers.docs.token_env: String should match pattern"),
        ('may_see = "questions"\n', "", "servers.docs.may_see: Field required"),
        ("may_see", "may_sea", "servers.docs.may_s"),
        (DIGEST, "sha256:1", "digest: String should match pattern"),
        ("Search the manuals.", "Search\U000e0041 the manuals.", "description holds characters that nobody can see"),
        ('"type": "string"', '"type": "string", "description": "a\\u202eb"', "schema holds characters that nobody can"),
        (SCHEMA, '{"type": "string"}', 'schema must be an object with "type": "object"'),
        (SCHEMA, "{", "schema is no JSON"),
        ('"required"', '"anyOf": [], "required"', "schema has anyOf at its top, which models don't take"),
        ('"query": {', '"what now": {', "names an argument with more than letters"),
        ('"type": "string"', '"$ref": "https://elsewhere.example/x"', "refers to something outside itself"),
        (SCHEMA, '{"type": "object", "x": ' + "[" * 20 + "]" * 20 + "}", "is nested more than 12 deep"),
        ('"type": "string"', f'"enum": ["{"x" * 9_000}"]', "is longer than 8,000 characters"),
        ("search.pages", "s" * 60, "its name would be longer than 64 characters"),
        (TOOL, TOOL + TOOL.replace("search.pages", "search/pages"), "would both be mcp_docs_search_pages"),
        ("[servers.docs]", "[servers.docs", "can't be read"),
    ],
)
def test_a_file_that_cant_be_used_is_refused_with_the_fix(tmp_path: Path, change: str, to: str, says: str) -> None:
    assert change in GOOD
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, GOOD.replace(change, to))
    assert str(refused.value).startswith("DAYBOOK_MCP_FILE: ")
    assert says in str(refused.value)
    assert "secret" not in str(refused.value).replace("a password", "")


def test_a_token_comes_from_its_variable_and_nothing_starts_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(tmp_path, GOOD)
    given = settings.load({"DAYBOOK_MCP_FILE": str(tmp_path / "mcp.toml")})
    with pytest.raises(SettingsError, match=r"DOCS_MCP_TOKEN is not set.*token of the MCP server docs"):
        connect.servers_of(given)
    monkeypatch.setenv("DOCS_MCP_TOKEN", "a token of its own")
    servers = connect.servers_of(given)
    assert servers is not None
    assert "a token of its own" not in repr(servers.all)
