"""Statements that run many times in every turn: compiled once, then handed straight to the database's driver.

What SQLAlchemy does around a statement, from the look into its cache to the rows it makes, costs ten times what the
driver needs for it, and a turn runs forty. Everything else goes the usual way; these are the ones that were counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import DBAPIError

Values = Mapping[str, Any]
Process = Callable[[Any], Any]


class _Compiled(NamedTuple):
    """For one dialect and one set of given values. The processors turn values into the database's, and rows back."""

    sql: str
    constants: dict[str, Any]
    order: tuple[str, ...] | None
    """The order of the values where they go by place; None where they go by name."""
    binds: dict[str, Process]
    columns: tuple[str, ...]
    results: tuple[tuple[int, Process], ...]
    error: type[Exception]
    """What the driver's errors are."""


class Statement:
    """An insert, a select, or an update or delete with its ``bindparam``s; run within a transaction of SQLAlchemy's.

    Its errors are SQLAlchemy's. Values that it does not name are columns to be set; each of them is to be given.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement: Any = statement
        self._compiled: dict[tuple[str, ...], _Compiled] = {}

    def all(self, connection: Connection, values: Values) -> list[tuple[Any, ...]]:
        """Run it; its rows, if it gives any."""
        return self._run(connection, values)[1]

    def first(self, connection: Connection, values: Values) -> tuple[Any, ...] | None:
        """Run it; the first of its rows."""
        return next(iter(self._run(connection, values)[1]), None)

    def one(self, connection: Connection, values: Values) -> tuple[Any, ...]:
        """Run it; its only row."""
        (row,) = self._run(connection, values)[1]
        return row

    def scalar(self, connection: Connection, values: Values) -> Any:
        """Run it; the first value of the first of its rows, None without one."""
        first = self.first(connection, values)
        return None if first is None else first[0]

    def named(self, connection: Connection, values: Values) -> dict[str, Any] | None:
        """Run it; the first of its rows by the names of its columns."""
        columns, rows = self._run(connection, values)
        return dict(zip(columns, rows[0], strict=True)) if rows else None

    def _run(self, connection: Connection, values: Values) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        dialect = connection.dialect
        key = (dialect.name, *values)
        compiled = self._compiled.get(key) or self._compile(key, dialect, values)
        given = {**compiled.constants, **values}
        for name, process in compiled.binds.items():
            given[name] = process(given[name])
        if not connection.in_transaction():
            connection.begin()
        driver: Any = connection.connection.driver_connection
        by_place = compiled.order and [given[name] for name in compiled.order]
        try:
            found = driver.execute(compiled.sql, given if by_place is None else by_place)
            rows: list[tuple[Any, ...]] = found.fetchall() if found.description else []
        except compiled.error as wrong:
            raise DBAPIError.instance(compiled.sql, None, wrong, compiled.error, True, dialect=dialect) from wrong
        if compiled.results:
            rows = [_processed(row, compiled.results) for row in rows]
        return compiled.columns, rows

    def _compile(self, key: tuple[str, ...], dialect: Any, values: Values) -> _Compiled:
        made = self._statement.compile(dialect=dialect, column_keys=list(values))
        unknown = [column.key for column in (*made.insert_prefetch, *made.update_prefetch)]
        if unknown:
            raise TypeError(f"give {', '.join(unknown)} too: a Statement knows no default that Python has to make")
        # "IN (…)" is written out for as many values as the statement itself holds.
        ready = made.construct_expanded_state(dict(values))
        columns = tuple(getattr(self._statement, "exported_columns", ()))
        binds = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in made.binds.items()}
        results = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        compiled = self._compiled[key] = _Compiled(
            sql=ready.statement,
            constants={name: value for name, value in ready.parameters.items() if name not in values},
            order=tuple(ready.positiontup) if ready.positiontup is not None else None,
            binds={name: process for name, process in binds.items() if process is not None and name in values},
            columns=tuple(column.key for column in columns),
            results=tuple((place, process) for place, process in enumerate(results) if process is not None),
            error=dialect.loaded_dbapi.Error,
        )
        return compiled


def _processed(row: tuple[Any, ...], results: tuple[tuple[int, Process], ...]) -> tuple[Any, ...]:
    values = list(row)
    for place, process in results:
        values[place] = process(values[place])
    return tuple(values)
