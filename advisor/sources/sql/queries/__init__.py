"""Queries in SQL. In: the text of one statement with placeholders, or its tree. Out: the model's `Query`, with its parts."""

from __future__ import annotations

from advisor.sources.sql.queries.query import query_of, read_query
from advisor.sources.sql.queries.reader import Reader

__all__ = ["Reader", "query_of", "read_query"]
