"""Searching by distance with pgvector: columns, indexes, and the migrations that make them."""

from advisor.model import Database, Migration, Table

LOOKS_AT = (Table, Database, Migration)
