"""A person's lists, the lists that name an account, and a day's writes are found without reading everybody's."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "posted_accounts",
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session", "account", name=op.f("pk_posted_accounts")),
    )
    # News about an account is to reach the lists that are on screen already.
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    accounts = "json_each(l.touched)" if on_sqlite else "jsonb_each(l.touched)"
    op.execute(
        "INSERT INTO posted_accounts (session, account, workspace, made_at) "
        f"SELECT l.session, a.key, l.workspace, l.made_at FROM posted_lists l, {accounts} a"
    )
    op.create_index("ix_posted_accounts_account", "posted_accounts", ["workspace", "account", "made_at"])
    op.create_index("ix_posted_lists_person", "posted_lists", ["workspace", "person", "made_at"])
    op.create_index("ix_ledger_at", "ledger", ["workspace", "at"])


def downgrade() -> None:
    op.drop_index("ix_ledger_at", table_name="ledger")
    op.drop_index("ix_posted_lists_person", table_name="posted_lists")
    op.drop_table("posted_accounts")
