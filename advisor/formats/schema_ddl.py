"""CREATE TABLE and its parts. In: tables, columns, constraints of the model. Out: their SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable

from advisor.model import Check, Column, Expression, ForeignKey, Index, Table
from advisor.remedies.sql import key_sql, quote, quote_dotted, quote_name

SEQUENCE_DEFAULT = re.compile(r"""nextval\('(?P<name>(?:[^']|'')+)'(?:::regclass)?\)""")
HOLDS_TOGETHER = re.compile(r"""-?[\w.]+(\(\))?|E?'(?:[^']|'')*'(::[\w". ]+(\(\d+(,\d+)?\))?(\[\])?)?|nextval\([^()]*\)""")
"""Defaults that need no parentheses: `DEFAULT now() AT TIME ZONE 'utc'` is a syntax error without."""


def table_sql(table: Table) -> str:
    """CREATE TABLE with columns, checks, and keys that have an index. A partition is made by itself, and attached later."""
    lines = [column_sql(column, table) for column in table.columns]
    lines += [constraint_sql(index) for index in table.indexes if index.constraint]
    lines += [check_sql(check) for check in table.checks if check.validated or not check.enforced]
    kind = "UNLOGGED TABLE" if table.unlogged else "TABLE"
    body = ",\n    ".join(lines)
    text = f"CREATE {kind} {quote_name(table.name)} (\n    {body}\n)"
    if table.inherits:
        text += f" INHERITS ({', '.join(quote_name(parent) for parent in table.inherits)})"
    if table.partition_key:
        keys = ", ".join(key_sql(key) for key in table.partition_key.keys)
        text += f" PARTITION BY {table.partition_key.strategy.upper()} ({keys})"
    return text + ";"


def column_sql(column: Column, table: Table) -> str:
    words = [quote(column.name), column.type]
    if column.collation:
        words.append(f"COLLATE {quote_dotted(column.collation)}")
    if column.generated:
        words.append(f"GENERATED ALWAYS AS ({column.generated}) {'VIRTUAL' if column.virtual else 'STORED'}")
    elif column.identity and table.partition_of is None:
        # A partition gets its parent's identity when it is attached, and may bring none of its own.
        options = f" ({' '.join(column.identity_options)})" if column.identity_options else ""
        words.append(f"GENERATED {column.identity.upper()} AS IDENTITY{options}")
    elif column.default:
        words.append(f"DEFAULT {default_sql(column.default)}")
    if not column.nullable:
        words.append("NOT NULL")
    return " ".join(words)


def default_sql(default: Expression) -> str:
    return default.text if HOLDS_TOGETHER.fullmatch(default.text) else f"({default})"


def sequence_of(column: Column) -> str | None:
    """The sequence that a column's default draws from, as it is spelled there."""
    found = SEQUENCE_DEFAULT.search(column.default.text) if column.default else None
    return found["name"].replace("''", "'") if found else None


def constraint_sql(index: Index) -> str:
    """A primary key, unique or exclusion constraint inside CREATE TABLE."""
    name = f"CONSTRAINT {quote(index.name)} " if index.name else ""
    include = f" INCLUDE ({columns_sql(index.include)})" if index.include else ""
    storage = f" WITH ({', '.join(index.storage)})" if index.storage else ""
    end = include + storage
    if index.constraint == "exclusion":
        pairs = zip(index.keys, index.operators, strict=True)
        predicate = f" WHERE ({index.predicate})" if index.predicate else ""
        parts = ", ".join(f"{key_sql(key)} WITH {operator}" for key, operator in pairs)
        return f"{name}EXCLUDE USING {index.method} ({parts}){end}{predicate}{when_checked(index)}"
    kind = "PRIMARY KEY" if index.constraint == "primary key" else "UNIQUE"
    distinct = " NULLS NOT DISTINCT" if index.nulls_not_distinct else ""
    return f"{name}{kind}{distinct} ({', '.join(key_sql(key) for key in index.keys)}){end}{when_checked(index)}"


def when_checked(constraint: Index | ForeignKey) -> str:
    if not constraint.deferrable:
        return ""
    return " DEFERRABLE INITIALLY DEFERRED" if constraint.initially_deferred else " DEFERRABLE"


def check_sql(check: Check) -> str:
    name = f"CONSTRAINT {quote(check.name)} " if check.name else ""
    text = f"{name}CHECK ({check.expression})" + (" NO INHERIT" if check.no_inherit else "")
    return text + validity(check)


def foreign_key_sql(key: ForeignKey) -> str:
    name = f"CONSTRAINT {quote(key.name)} " if key.name else ""
    referenced = f" ({columns_sql(key.referenced_columns)})" if key.referenced_columns else ""
    text = (
        f"ALTER TABLE {quote_name(key.table)} ADD {name}FOREIGN KEY ({columns_sql(key.columns)}) "
        f"REFERENCES {quote_name(key.referenced_table)}{referenced}"
    )
    if key.match_full:
        text += " MATCH FULL"
    for event, action in (("UPDATE", key.on_update), ("DELETE", key.on_delete)):
        if action != "NO ACTION":
            text += f" ON {event} {action}"
    if key.set_columns:
        text += f" ({columns_sql(key.set_columns)})"
    return text + when_checked(key) + validity(key) + ";"


def validity(constraint: Check | ForeignKey) -> str:
    if not constraint.enforced:
        return " NOT ENFORCED"
    return "" if constraint.validated else " NOT VALID"


def columns_sql(columns: Iterable[str]) -> str:
    return ", ".join(quote(column) for column in columns)


def literal(text: str) -> str:
    """A string constant, whatever it holds."""
    quoted = "'" + text.replace("'", "''") + "'"
    return "E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted
