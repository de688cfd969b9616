"""Sessions can be talked to: their threads, titles, pauses, forks, and stops."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "threads",
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("thread_ts", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("joined_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "channel", "thread_ts", name=op.f("pk_threads")),
    )
    op.create_index("ix_threads_newest", "threads", ["workspace", "channel", "joined_at"])
    op.create_index("ix_threads_session", "threads", ["session"])
    op.add_column("sessions", sa.Column("title", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("paused", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("sessions", sa.Column("forked_from", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("forked_turn", sa.Integer(), nullable=True))
    op.add_column("inbox", sa.Column("stop_at", sa.BigInteger(), nullable=True))
    # The lists that are on screen are sessions people may answer.
    op.execute(
        "INSERT INTO threads (workspace, channel, thread_ts, session, joined_at) "
        "SELECT workspace, channel, ts, session, made_at FROM posted_lists WHERE true ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    op.drop_column("inbox", "stop_at")
    for column in ("forked_turn", "forked_from", "paused", "title"):
        op.drop_column("sessions", column)
    op.drop_table("threads")
