"""Writing PostgreSQL: identifiers quoted only where they must be, names as PostgreSQL would make them."""

from __future__ import annotations

import re

from advisor.model import Index, IndexKey, Name

RESERVED = frozenset(
    """all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create current_catalog
    current_date current_role current_time current_timestamp current_user default deferrable desc distinct do else end except false
    fetch for foreign from grant group having in initially intersect into lateral leading limit localtime localtimestamp not null
    offset on only or order placing primary references returning select session_user some symmetric system_user table then to
    trailing true union unique user using variadic when where window with authorization binary collation concurrently cross
    current_schema freeze full ilike inner is isnull join left like natural notnull outer overlaps right similar tablesample
    verbose""".split()
)
"""Reserved words of PostgreSQL 18, appendix "SQL Key Words"; those that may be function or type names need quotes too."""

MAX_IDENTIFIER_BYTES = 63


def quote(identifier: str) -> str:
    """An identifier as SQL needs it: bare where it folds to itself and is no reserved word."""
    if re.fullmatch(r"[a-z_][a-z0-9_$]*", identifier) and identifier not in RESERVED:
        return identifier
    return '"' + identifier.replace('"', '""') + '"'


def quote_name(name: Name) -> str:
    return quote(name.name) if name.schema == "public" else f"{quote(name.schema)}.{quote(name.name)}"


def default_index_name(table: Name, columns: tuple[str, ...]) -> str:
    """A name in PostgreSQL's own style (`posts_author_id_idx`), shortened from the front parts so that it fits 63 bytes."""
    name = "_".join([table.name, *columns, "idx"])
    if len(name.encode()) <= MAX_IDENTIFIER_BYTES:
        return name
    stem = "_".join([table.name, *columns]).encode()[: MAX_IDENTIFIER_BYTES - len("_idx")].decode(errors="ignore")
    return f"{stem}_idx"


def key_sql(key: IndexKey) -> str:
    text = quote(key.column) if key.column is not None else f"({key.expression})"
    if key.collation:
        text += f" COLLATE {quote(key.collation)}"
    if key.opclass:
        text += f" {key.opclass}"
    if key.descending:
        text += " DESC"
    if key.nulls_first is not None:
        text += " NULLS FIRST" if key.nulls_first else " NULLS LAST"
    return text


def index_sql(index: Index, *, concurrently: bool = False) -> str:
    """The CREATE INDEX statement of an index."""
    words = ["CREATE UNIQUE INDEX" if index.unique else "CREATE INDEX"]
    if concurrently:
        words.append("CONCURRENTLY")
    if index.name:
        words.append(quote(index.name))
    words += ["ON", quote_name(index.table)]
    if index.method != "btree":
        words += ["USING", index.method]
    words.append(f"({', '.join(key_sql(key) for key in index.keys)})")
    if index.include:
        words.append(f"INCLUDE ({', '.join(quote(column) for column in index.include)})")
    if index.nulls_not_distinct:
        words.append("NULLS NOT DISTINCT")
    if index.predicate is not None:
        words.append(f"WHERE {index.predicate}")
    return " ".join(words) + ";"
