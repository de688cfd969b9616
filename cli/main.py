"""The ``daybook`` command: what there is to run, each with its help; the work is in the files beside this one."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cli.groups import GROUPS, Json, Person

app = typer.Typer(
    name="daybook",
    help="A Slack bot that tells each rep every morning which accounts need them, and why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

for _name, _group in GROUPS.items():
    app.add_typer(_group, name=_name)


@app.command()
def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Print two reps' lists and exit.")] = False,
    reps: Annotated[int, typer.Option(help="Sales reps in the sample company.")] = 12,
    accounts: Annotated[int, typer.Option("--accounts-per-rep", help="Accounts of each rep.")] = 40,
    seed: Annotated[int, typer.Option(help="The same seed makes the same company.")] = 1,
    real_model: Annotated[
        bool, typer.Option("--real-model", help="Talk to the real model with ANTHROPIC_API_KEY, which is billed.")
    ] = False,
) -> None:
    """Show a sample company's 9 AM: real deliveries into a small Slack in your browser. Needs no accounts anywhere."""
    from cli import demo as work

    work.run(headless=headless, reps=reps, accounts=accounts, seed=seed, real_model=real_model)


@app.command()
def run(
    role: Annotated[str, typer.Argument(help="web, worker, clock, or all of them in one process.")] = "all",
) -> None:
    """Run Daybook. `all` is one process on the embedded database; on Postgres run as many of each role as you like."""
    from cli import run as work

    work.run(role)


@app.command()
def sandbox(
    as_json: Json = False,
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.")] = 0,
    reps: Annotated[int, typer.Option(help="Sales reps in the sample company.")] = 12,
    accounts: Annotated[int, typer.Option("--accounts-per-rep", help="Accounts of each rep.")] = 40,
    seed: Annotated[int, typer.Option(help="The same seed makes the same company.")] = 1,
    limits: Annotated[bool, typer.Option(help="Enforce the vendors' rate limits.")] = True,
) -> None:
    """Start stand-ins for Slack, HubSpot and Jira and print the environment that points at them."""
    from cli import sandbox as work

    work.run(as_json=as_json, port=port, reps=reps, accounts=accounts, seed=seed, limits=limits)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check every setting, token, scope and system, and say how to mend what is wrong."""
    from cli import doctor as work

    work.run(as_json)


@app.command()
def manifest(
    url: Annotated[
        str | None, typer.Option(help="Public https address of `daybook run web`; none: Socket Mode.")
    ] = None,
) -> None:
    """Print the Slack app manifest: paste it at api.slack.com/apps, Create New App, From a manifest."""
    from cli import manifest as work

    work.run(url)


@app.command()
def sync(
    full: Annotated[bool, typer.Option("--full", help="Read everything again and drop what has vanished.")] = False,
    as_json: Json = False,
) -> None:
    """Read HubSpot, Jira and the people of Slack into the records: the first time all, later what changed."""
    from cli import sync as work

    work.run(full, as_json)


@app.command("list")
def list_(
    person: Annotated[str, typer.Argument(help="Slack id, e-mail, or part of the name.")],
    why: Annotated[str | None, typer.Option("--why", help="Explain this account: id or part of the name.")] = None,
    as_json: Json = False,
) -> None:
    """Show the list a person would get now, from the records; nothing is sent and no vendor is asked."""
    from cli import list as work

    work.run(person, why, as_json)


@app.command()
def fire(
    schedule: Annotated[str, typer.Argument(help="Name of the schedule, for example morning_list.")],
    person: Person = None,
    at: Annotated[
        str | None, typer.Option("--at", help="As if at this instant, ISO: 2026-11-23T09:00:00+01:00.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Set off a schedule by hand, for one person or all. Who has had today's list does not get another."""
    from cli import fire as work

    work.run(schedule, person, at, as_json)


@app.command()
def schedules(
    person: Person = None,
    at: Annotated[str | None, typer.Option("--at", help="Change the local time, for example 08:30.")] = None,
    days: Annotated[str | None, typer.Option("--days", help="Change the days, for example mon,wed,fri.")] = None,
    pause: Annotated[bool | None, typer.Option("--pause/--resume", help="Stop or restart it.")] = None,
    as_json: Json = False,
) -> None:
    """Show when what is due next; with --person, change or pause that person's morning list."""
    from cli import schedules as work

    work.run(person, at, days, pause, as_json)


@app.command()
def escalations(
    everything: Annotated[bool, typer.Option("--all", help="Also what was solved within the last week.")] = False,
    as_json: Json = False,
) -> None:
    """Show which accounts managers hear of: what is wrong, since when, how far up, and who has it in hand."""
    from cli import escalations as work

    work.run(everything, as_json)


@app.command()
def sessions(
    person: Person = None,
    limit: Annotated[int, typer.Option(help="How many, newest first.")] = 20,
    as_json: Json = False,
) -> None:
    """Show the latest sessions and how their last turn ended."""
    from cli import sessions as work

    work.run(person, limit, as_json)


@app.command()
def trace(
    session: Annotated[str, typer.Argument(help="Id of the session, or the end of it; with /7, that turn alone.")],
    as_json: Json = False,
    words: Annotated[bool, typer.Option("--words", help="Show the whole lines, with what people wrote.")] = False,
) -> None:
    """Show what a session did, turn by turn: model calls, tool calls with verdicts, costs, times.

    What people and customers wrote is left out unless --words or --json asks for it.
    """
    from cli import trace as work

    work.run(session, as_json, words)


@app.command()
def outcomes(
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days back.")] = 7,
    as_json: Json = False,
) -> None:
    """Show the number each agent must move, and how it stands, from the ledger and the records."""
    from cli import outcomes as work

    work.run(days, as_json)


@app.command()
def migrate() -> None:
    """Create or update the database's tables. Safe to run again."""
    from cli import migrate as work

    work.run()


def main() -> None:
    """Entry point: known failures are told in a sentence, on stderr, with exit status 1."""
    try:
        app()
    except Exception as failure:
        if not isinstance(failure, _known()):
            raise
        print(failure, file=sys.stderr)
        raise SystemExit(1) from None


def _known() -> tuple[type[Exception], ...]:
    """Failures that are told in a sentence. Imported when one happened: `--help` must not wait for them."""
    from records.people import PersonUnknown
    from records.people_file import PeopleFileError
    from records.state import SyncBusy
    from rules.policy import PolicyError
    from skills.front_matter import FileError
    from store.engine import DatabaseError
    from systems.faults import SystemFault
    from systems.settings import SettingsError
    from tools.catalogue import ToolError
    from tools.ledger import LedgerError

    return (
        SettingsError, PolicyError, FileError, ToolError, LedgerError, DatabaseError, SystemFault, PersonUnknown,
        PeopleFileError, SyncBusy,
    )  # fmt: skip


if __name__ == "__main__":
    main()
