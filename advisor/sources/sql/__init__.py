"""The front end for PostgreSQL's SQL. In: SQL texts. Out: a `Schema`, migrations with their operations, queries, problems.

PostgreSQL's own parser (through pglast) reads statement by statement; see `apply.HANDLERS` for the statements that are understood.
"""

from advisor.sources.sql.dialect import dialect_of
from advisor.sources.sql.queries import read_query
from advisor.sources.sql.read import SqlReading, read_history, read_sql

__all__ = ["SqlReading", "dialect_of", "read_history", "read_query", "read_sql"]
