"""People set up routines; what was confirmed of one can't be changed: the database itself refuses to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FIXED = "workspace, id, person, agent, words, at, days, tools, records, made_by, made_at, policy, digest"
REFUSAL = "a routine never changes: end it and make another one"


def upgrade() -> None:
    op.create_table(
        "routines",
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("days", sa.Text(), nullable=False),
        sa.Column("tools", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.Column("ran_at", sa.BigInteger(), nullable=True),
        sa.Column("ran_how", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "id", name=op.f("pk_routines")),
    )
    op.create_index("ix_routines_person", "routines", ["workspace", "person", "ended_at"])
    if op.get_bind().dialect.name == "sqlite":
        for name, verb in (("update", f"UPDATE OF {FIXED}"), ("delete", "DELETE")):
            op.execute(
                f"CREATE TRIGGER routines_no_{name} BEFORE {verb} ON routines "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION routines_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER routines_stay BEFORE UPDATE OF {FIXED} OR DELETE OR TRUNCATE ON routines "
        "FOR EACH STATEMENT EXECUTE FUNCTION routines_refuse()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("update", "delete"):
            op.execute(f"DROP TRIGGER routines_no_{name}")
    else:
        op.execute("DROP TRIGGER routines_stay ON routines")
        op.execute("DROP FUNCTION routines_refuse()")
    op.drop_index("ix_routines_person", table_name="routines")
    op.drop_table("routines")
