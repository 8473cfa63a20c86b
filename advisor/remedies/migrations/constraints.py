"""Constraints as migrations write them. In: what the model has of them. Out: SQL."""

from __future__ import annotations

from advisor.model import ForeignKey, Name
from advisor.remedies.sql import quote, quote_name


def add_constraint_sql(table: Name, name: str, definition: str, *, valid: bool = True) -> str:
    return f"ALTER TABLE {quote_name(table)} ADD CONSTRAINT {quote(name)} {definition}{'' if valid else ' NOT VALID'};"


def validate_sql(table: Name, name: str) -> str:
    return f"ALTER TABLE {quote_name(table)} VALIDATE CONSTRAINT {quote(name)};"


def drop_constraint_sql(table: Name, name: str, *, if_exists: bool = False) -> str:
    return f"ALTER TABLE {quote_name(table)} DROP CONSTRAINT {'IF EXISTS ' if if_exists else ''}{quote(name)};"


def add_foreign_key_sql(key: ForeignKey, name: str, *, valid: bool = True) -> str:
    return add_constraint_sql(key.table, name, foreign_key_definition(key), valid=valid)


def foreign_key_definition(key: ForeignKey) -> str:
    """`FOREIGN KEY (author_id) REFERENCES authors (id) ON DELETE CASCADE`."""
    period = "PERIOD " if key.period else ""
    columns, referenced = (
        ", ".join([*map(quote, names[:-1]), *(f"{period}{quote(name)}" for name in names[-1:])])
        for names in (key.columns, key.referenced_columns)
    )
    words = [f"FOREIGN KEY ({columns}) REFERENCES {quote_name(key.referenced_table)}" + (f" ({referenced})" if referenced else "")]
    if key.match_full:
        words.append("MATCH FULL")
    if key.on_delete != "NO ACTION":
        confined = f" ({', '.join(map(quote, key.set_columns))})" if key.set_columns else ""
        words.append(f"ON DELETE {key.on_delete}{confined}")
    if key.on_update != "NO ACTION":
        words.append(f"ON UPDATE {key.on_update}")
    if key.deferrable:
        words.append("DEFERRABLE INITIALLY DEFERRED" if key.initially_deferred else "DEFERRABLE")
    return " ".join(words)
