"""One metadata for all tables; each room declares its own tables on it.

Instants are ``Instant`` columns: whole milliseconds since 1970 in UTC, as in ``rules.facts``. Integers read about
twice as fast as driver datetimes and are the same on SQLite and Postgres.
"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, MetaData
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Instant = BigInteger
Cents = BigInteger
Json = JSON().with_variant(JSONB(), "postgresql")
