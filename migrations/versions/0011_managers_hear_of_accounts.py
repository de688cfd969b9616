"""Managers hear of accounts that are about to go wrong: what is escalated, who is told of it, and in which messages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "escalations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("rule_level", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("seen", JSON, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("next_level_at", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("state_at", sa.BigInteger(), nullable=True),
        sa.Column("press", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalations")),
        sa.UniqueConstraint(
            "workspace", "account_id", "cause", "ticket", "episode",
            name=op.f("uq_escalations_workspace_account_id_cause_ticket_episode"),
        ),
    )  # fmt: skip
    op.create_index("ix_escalations_state", "escalations", ["workspace", "state"])
    op.create_table(
        "escalation_tellings",
        sa.Column("escalation", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("notice", sa.Text(), nullable=True),
        sa.Column("gone", JSON, nullable=False),
        sa.PrimaryKeyConstraint("escalation", "level", "round", name=op.f("pk_escalation_tellings")),
    )
    op.create_index("ix_escalation_tellings_state", "escalation_tellings", ["state", "due_at"])
    op.create_index("ix_escalation_tellings_notice", "escalation_tellings", ["notice"])
    op.create_index("ix_escalation_tellings_person", "escalation_tellings", ["person"])
    op.create_table(
        "escalation_notices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("ts", sa.Text(), nullable=True),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_notices")),
    )
    op.create_index("ix_escalation_notices_state", "escalation_notices", ["workspace", "state"])
    op.create_index("ix_escalation_notices_person", "escalation_notices", ["workspace", "person", "made_at"])


def downgrade() -> None:
    op.drop_table("escalation_notices")
    op.drop_table("escalation_tellings")
    op.drop_table("escalations")
