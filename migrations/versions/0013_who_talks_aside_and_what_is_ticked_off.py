"""A thread knows who in it talks with somebody else; an account of a list knows its last touch as the list was made."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.add_column("threads", sa.Column("aside", JSON, nullable=True))
    op.add_column("posted_accounts", sa.Column("touched_at", sa.BigInteger(), nullable=True))
    # Of the lists that are on screen the last touch is known as they were drawn last.
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    known = (
        "json_extract(l.touched, '$.\"' || posted_accounts.account || '\"')"
        if on_sqlite
        else "(l.touched ->> posted_accounts.account)::bigint"
    )
    op.execute(
        f"UPDATE posted_accounts SET touched_at = (SELECT {known} FROM posted_lists l "
        "WHERE l.session = posted_accounts.session)"
    )


def downgrade() -> None:
    op.drop_column("posted_accounts", "touched_at")
    op.drop_column("threads", "aside")
