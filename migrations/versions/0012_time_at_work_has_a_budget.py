"""Answers are booked with the time they took, so that it has a budget like tokens and money."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("spending", sa.Column("ms", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("spending", "ms")
