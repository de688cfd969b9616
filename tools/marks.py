"""What reps said about rows of their list (snoozed, not relevant), kept until lifted; nothing is ever overwritten."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Column, Connection, Index, Integer, Table, Text, bindparam, insert, select, update

from rules.marks import Mark, as_json, from_json
from store.metadata import Instant, Json, metadata

marks = Table(
    "marks",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("workspace", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("mark", Json, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("press", Text, nullable=False, unique=True),
    Column("lifted_at", Instant),
    Column("lifted_by", Text),
    Index("ix_marks_person", "workspace", "person", "lifted_at"),
)
"""``person`` is whose list it is; ``made_by`` who pressed; ``press`` the trigger, so that a re-run adds nothing."""


BY_THE_RULES = "rules"
"""Who lifted a mark whose time was over, or that something new and worse ended."""


# Built once: building a statement costs several times what running it does.
_ACTIVE = (
    select(marks.c.account_id, marks.c.mark)
    .where(
        marks.c.workspace == bindparam("workspace"), marks.c.person == bindparam("person"), marks.c.lifted_at.is_(None)
    )
    .order_by(marks.c.id)
)


def active(connection: Connection, workspace: str, person: str) -> dict[str, Mark]:
    """The latest mark not taken back, by account. Whether it still holds is for ``rules.marks`` to say."""
    rows = connection.execute(_ACTIVE, {"workspace": workspace, "person": person})
    return {account: from_json(mark) for account, mark in rows}


def put(
    connection: Connection, workspace: str, person: str, account: str, mark: Mark, by: str, at: int, press: str
) -> None:
    """Record ``mark``; an earlier one on the account is lifted by it."""
    if connection.execute(select(marks.c.id).where(marks.c.press == press)).first():
        return
    lift(connection, workspace, person, account, by, at)
    connection.execute(
        insert(marks).values(
            workspace=workspace,
            person=person,
            account_id=account,
            mark=as_json(mark),
            made_by=by,
            made_at=at,
            press=press,
        )
    )


def lift(connection: Connection, workspace: str, person: str, account: str, by: str, at: int) -> bool:
    """Take the mark back; False when there was none."""
    done = connection.execute(
        update(marks)
        .where(
            marks.c.workspace == workspace,
            marks.c.person == person,
            marks.c.account_id == account,
            marks.c.lifted_at.is_(None),
        )
        .values(lifted_at=at, lifted_by=by)
    )
    return done.rowcount > 0


def lift_ended(connection: Connection, workspace: str, person: str, ended: Mapping[str, int], at: int) -> None:
    """Lift marks that the rules have ended (account: when it was made); one made since then stays."""
    for account, made_at in ended.items():
        connection.execute(
            update(marks)
            .where(
                marks.c.workspace == workspace,
                marks.c.person == person,
                marks.c.account_id == account,
                marks.c.made_at == made_at,
                marks.c.lifted_at.is_(None),
            )
            .values(lifted_at=at, lifted_by=BY_THE_RULES)
        )


def stamp(connection: Connection, workspace: str, person: str) -> Mapping[str, int]:
    """A value that changes whenever this person's marks do: to see whether a drawing of them is out of date."""
    rows = connection.execute(
        select(marks.c.id, marks.c.lifted_at)
        .where(marks.c.workspace == workspace, marks.c.person == person)
        .order_by(marks.c.id.desc())
        .limit(50)
    )
    return {str(row.id): row.lifted_at or 0 for row in rows}
