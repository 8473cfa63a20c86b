"""Searching by distance with pgvector: columns, indexes and the queries that should use them."""

from advisor.model import Database, Query

LOOKS_AT = (Database, Query)
