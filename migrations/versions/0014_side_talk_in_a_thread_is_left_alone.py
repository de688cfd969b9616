"""A thread knows who in it talks with somebody else, until they name Daybook again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.add_column("threads", sa.Column("aside", JSON, nullable=True))


def downgrade() -> None:
    op.drop_column("threads", "aside")
