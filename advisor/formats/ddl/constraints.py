"""Keys, checks and foreign keys. In: constraints of the model. Out: their words in CREATE TABLE and ALTER TABLE."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from advisor.formats.ddl.words import columns_sql
from advisor.formats.excerpt import one_line
from advisor.model import Check, ForeignKey, Index, Schema, Table
from advisor.remedies.sql import key_sql, quote, quote_name


def constraint_sql(index: Index) -> str:
    """A primary key, unique or exclusion constraint inside CREATE TABLE."""
    name = f"CONSTRAINT {quote(index.name)} " if index.name else ""
    include = f" INCLUDE ({columns_sql(index.include)})" if index.include else ""
    storage = f" WITH ({', '.join(index.storage)})" if index.storage else ""
    end = include + storage
    if index.constraint == "exclusion":
        pairs = zip(index.keys, index.operators, strict=False)
        predicate = f" WHERE ({index.predicate})" if index.predicate else ""
        parts = ", ".join(f"{key_sql(key)} WITH {operator}" for key, operator in pairs)
        return f"{name}EXCLUDE USING {quote(index.method)} ({parts}){end}{predicate}{when_checked(index)}"
    kind = "PRIMARY KEY" if index.constraint == "primary key" else "UNIQUE"
    distinct = " NULLS NOT DISTINCT" if index.nulls_not_distinct else ""
    overlaps = " WITHOUT OVERLAPS" if index.without_overlaps else ""
    columns = columns_sql(key.column for key in index.keys if key.column is not None)
    return f"{name}{kind}{distinct} ({columns}{overlaps}){end}{when_checked(index)}"


def when_checked(constraint: Index | ForeignKey) -> str:
    if not constraint.deferrable:
        return ""
    return " DEFERRABLE INITIALLY DEFERRED" if constraint.initially_deferred else " DEFERRABLE"


def check_sql(check: Check) -> str:
    name = f"CONSTRAINT {quote(check.name)} " if check.name else ""
    text = f"{name}CHECK ({check.expression})" + (" NO INHERIT" if check.no_inherit else "")
    return text + validity(check)


def validity(constraint: Check | ForeignKey) -> str:
    if not constraint.enforced:
        return " NOT ENFORCED"
    return "" if constraint.validated else " NOT VALID"


def late_checks(table: Table, schema: Schema) -> Iterator[str]:
    """Checks that are not validated: CREATE TABLE would take them for valid."""
    yield from added((check for check in table.checks if not check.validated and check.enforced), table, schema)


def checks_apart(table: Table, schema: Schema) -> Iterator[str]:
    """The checks of a table that is made without any."""
    yield from added((check for check in table.checks if check.validated or not check.enforced), table, schema)


def added(checks: Iterable[Check], table: Table, schema: Schema) -> Iterator[str]:
    """A child has its parent's from the parent."""
    inherited = {check.name for parent in schema.parents_of(table) for check in parent.checks}
    for check in checks:
        if check.name not in inherited:
            yield f"ALTER TABLE {quote_name(table.name)} ADD {check_sql(check)};"


def foreign_key_sql(key: ForeignKey) -> str:
    name = f"CONSTRAINT {quote(key.name)} " if key.name else ""
    referenced = f" ({key_columns(key.referenced_columns, key)})" if key.referenced_columns else ""
    text = (
        f"ALTER TABLE {quote_name(key.table)} ADD {name}FOREIGN KEY ({key_columns(key.columns, key)}) "
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


def key_columns(columns: Sequence[str], key: ForeignKey) -> str:
    words = [quote(column) for column in columns]
    return ", ".join([*words[:-1], f"PERIOD {words[-1]}"] if key.period else words)


def foreign_keys_sql(table: Table, schema: Schema, known: frozenset[object]) -> Iterator[str]:
    """A table's foreign keys, without those that a partition has from its parent under the same name."""
    parent = schema.parent_of(table)
    inherited = {(key.name, *identity(key)) for key in parent.foreign_keys} if parent else set()
    for key in table.foreign_keys:
        if (key.name, *identity(key)) in inherited:
            continue
        if key.referenced_table in known:
            yield foreign_key_sql(key)
        else:
            name = one_line(f"{key.name or 'without a name'} of {key.table.qualified}")
            yield f"-- foreign key {name}: the model does not have {one_line(key.referenced_table.qualified)}, which it refers to"


def identity(key: ForeignKey) -> tuple[object, ...]:
    """What a foreign key says, whatever its name and table."""
    actions = (key.on_delete, key.on_update, key.set_columns, key.match_full, key.deferrable, key.initially_deferred)
    return (key.columns, key.referenced_table, key.referenced_columns, *actions, key.validated, key.enforced)
