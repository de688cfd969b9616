"""The commands that come in groups (``daybook session pause``): sessions, routines, the ledger, the policy."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Person = Annotated[str | None, typer.Option("--person", help="One person: Slack id, e-mail, or part of the name.")]

session_app = typer.Typer(help="Pause, resume, stop, fork or name one session.", no_args_is_help=True)
Session = Annotated[str, typer.Argument(help="Id of the session, or the end of it; `daybook sessions` lists them.")]


@session_app.command()
def pause(session: Session, as_json: Json = False) -> None:
    """Keep the session's next turns until it is resumed. A turn that runs is let end; nothing is lost."""
    _session("pause", session, as_json)


@session_app.command()
def resume(session: Session, as_json: Json = False) -> None:
    """Let a paused session go on, with what came in meanwhile, in order."""
    _session("resume", session, as_json)


@session_app.command()
def stop(session: Session, as_json: Json = False) -> None:
    """Stop what the session is doing and what waits in it. What it has done stays done."""
    _session("stop", session, as_json)


@session_app.command()
def fork(
    session: Session,
    turn: Annotated[int | None, typer.Option("--turn", help="Keep history up to this turn; else all of it.")] = None,
    as_json: Json = False,
) -> None:
    """Copy a session's history into a new one, to look at and to trace; the old one stays as it is.

    The copy has no thread in Slack. One to talk in is made there: "fork" in the thread, or the menu of a message.
    """
    _session("fork", session, as_json, turn=turn)


@session_app.command()
def name(
    session: Session,
    title: Annotated[str, typer.Argument(help="What it is called from now on.")],
    as_json: Json = False,
) -> None:
    """Give the session a title."""
    _session("name", session, as_json, title=title)


def _session(action: str, session: str, as_json: bool, turn: int | None = None, title: str = "") -> None:
    from cli import session as work

    work.run(action, session, as_json, turn, title)


routine_app = typer.Typer(help="What people have agents answer by the clock, and what it may do.", no_args_is_help=True)
Routine = Annotated[str, typer.Argument(help="Id of the routine; `daybook routine list` shows them.")]


@routine_app.command("list")
def list_routines(person: Person = None, as_json: Json = False) -> None:
    """Show each routine: when it is due next, whose it is, its words, and what it may do without asking."""
    from cli import routines as work

    work.show(person, as_json)


@routine_app.command("add")
def add_routine(
    words: Annotated[str, typer.Argument(help='"every weekday at 16:30 ask priorities What moved on my accounts?"')],
    person: Annotated[str, typer.Option("--person", help="Whom it serves: Slack id, e-mail, or part of the name.")],
    allow: Annotated[
        str, typer.Option("--allow", help="What it may do without asking: log_note,create_task,comment_ticket.")
    ] = "",
    records: Annotated[int, typer.Option("--records", help="On how many records in one run, at most.")] = 1,
    as_json: Json = False,
) -> None:
    """Set up a routine for somebody. What it may do is fixed here and can't be changed later."""
    from cli import routines as work

    work.add(person, words, allow, records, as_json)


@routine_app.command("pause")
def pause_routine(routine: Routine, as_json: Json = False) -> None:
    """Hold a routine until it is resumed. What is due meanwhile is left out."""
    from cli import routines as work

    work.change(routine, "pause", as_json)


@routine_app.command("resume")
def resume_routine(routine: Routine, as_json: Json = False) -> None:
    """Let a paused routine come again."""
    from cli import routines as work

    work.change(routine, "resume", as_json)


@routine_app.command("delete")
def delete_routine(routine: Routine, as_json: Json = False) -> None:
    """End a routine for good, also what a run that is under way may still do without asking."""
    from cli import routines as work

    work.change(routine, "delete", as_json)


ledger_app = typer.Typer(help="What was done and refused, by whom, by which rule.", no_args_is_help=True)


@ledger_app.command("export")
def export_ledger(as_json: Json = False) -> None:
    """Print every call of a tool, allowed or refused, oldest first; with --json whole rows, one a line."""
    from cli import ledger as work

    work.export(as_json)


@ledger_app.command("verify")
def verify_ledger() -> None:
    """Check that no row of the ledger was changed, removed or put in. Exit status 1 names the first that was."""
    from cli import ledger as work

    work.verify()


policy_app = typer.Typer(help="What Daybook may do, by which rule, since when.", no_args_is_help=True)


@policy_app.command("explain")
def explain_policy(
    rule: Annotated[str | None, typer.Argument(help="One rule by its name, such as amount.change; none: all.")] = None,
    call: Annotated[str | None, typer.Option("--call", help="Why this call got its verdict, from the ledger.")] = None,
    as_json: Json = False,
) -> None:
    """Say in words what each rule allows, asks about or refuses, with its numbers; or why one call got its verdict."""
    from cli import policy as work

    work.explain(rule, call, as_json)


@policy_app.command("versions")
def policy_versions(as_json: Json = False) -> None:
    """Show every version of the policy that was ever in effect, and since when."""
    from cli import policy as work

    work.versions(as_json)


mcp_app = typer.Typer(help="MCP servers that agents may ask: what they offer, what was reviewed.", no_args_is_help=True)


@mcp_app.command("list")
def list_servers(as_json: Json = False) -> None:
    """Ask each MCP server that is set up what it offers, and show which of its tools are pinned, changed or new."""
    from cli import mcp as work

    work.show(as_json)


@mcp_app.command("pin")
def pin_server(server: Annotated[str, typer.Argument(help="Its name in the file of DAYBOOK_MCP_FILE.")]) -> None:
    """Print what a server's tools say of themselves, for review, as lines to paste into the file. Writes nothing."""
    from cli import mcp as work

    work.pin(server)


GROUPS = {
    "session": session_app,
    "routine": routine_app,
    "ledger": ledger_app,
    "policy": policy_app,
    "mcp": mcp_app,
}
