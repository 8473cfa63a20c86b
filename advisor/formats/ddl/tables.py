"""Tables with what stands beside them. In: a table of the model. Out: CREATE TABLE, its settings, its place among partitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from advisor.formats.ddl.columns import alterable, column_sql, not_null_of
from advisor.formats.ddl.constraints import check_sql, constraint_sql
from advisor.formats.ddl.indexes import is_elsewhere, lacks_parts, left_out
from advisor.formats.ddl.serial import Sequences
from advisor.formats.ddl.words import literal
from advisor.formats.excerpt import one_line
from advisor.model import Column, Index, Name, PartitionKey, Schema, Table
from advisor.remedies.sql import key_sql, quote, quote_name

VIEWS = ("view", "materialized view")


class Context(Struct, frozen=True):
    """What writing one table needs to know of all others."""

    schema: Schema
    sequences: Sequences
    owned: dict[Name, list[str]]
    """By table: the statements that give it its sequences."""
    constraint_names: Counter[Name]
    """How many constraints of a schema have a name: what two have, PostgreSQL would not choose by itself."""
    apart: frozenset[Name] = frozenset()
    """Tables whose defaults, checks and indexes come later, because they call functions that need the table."""


def constraint_names(schema: Schema) -> Counter[Name]:
    names: Counter[Name] = Counter()
    for table in schema.tables:
        found = [index.name for index in table.indexes if index.constraint] + [key.name for key in table.foreign_keys]
        # What a child has from its parent comes after the parent, and takes no name from it, but may from others in its schema.
        parents = (parent for parent in schema.parents_of(table) if parent.name.schema == table.name.schema)
        handed_down = {constraint.name for parent in parents for constraint in parent.not_nulls}
        found += [check.name for check in table.checks]
        found += [constraint.name for constraint in table.not_nulls if constraint.name not in handed_down]
        names.update(Name(table.name.schema, name) for name in found if name is not None)
    return names


def is_known(table: Table) -> bool:
    """Whether the model says what it consists of: of a table made from a query it may only have the name."""
    if table.kind in VIEWS:
        return table.view is not None
    described = table.kind != "partitioned table" or table.partition_key is not None
    described = described and (table.kind != "foreign table" or table.server is not None)
    return described and (table.complete or bool(table.columns))


def missing_sql(table: Table) -> str:
    what = "definition is" if table.kind in (*VIEWS, "foreign table") else "columns are"
    return f"-- {table.kind} {one_line(table.name.qualified)}: its {what} not part of the schema model"


def create_table(table: Table, context: Context) -> str:
    """CREATE TABLE with columns, checks, and keys that have an index. A partition is made by itself, and attached later."""
    apart = table.name in context.apart
    lines = [column_line(column, table, context) for column in table.columns if is_said(column, table)]
    keys = [index for index in table.indexes if index.constraint and not lacks_parts(index, table) and not repeats(index, table)]
    lines += [constraint_sql(index) for index in sorted(keys, key=lambda index: index.constraint != "primary key")]
    lines += [check_sql(check) for check in table.checks if not apart and (check.validated or not check.enforced)]
    body = " (\n    " + ",\n    ".join(lines) + "\n)" if lines else "" if table.of_type else " ()"
    of_type = f" OF {quote_name(table.of_type)}" if table.of_type else ""
    return f"CREATE {kind_of(table)} {quote_name(table.name)}{of_type}{body}{''.join(endings(table, context.schema))};"


def repeats(index: Index, table: Table) -> bool:
    """Whether CREATE TABLE would take a key for one that stands before it (`transformIndexConstraints` in parse_utilcmd.c)."""
    before = sorted((found for found in table.indexes if found.constraint), key=lambda found: found.constraint != "primary key")
    return index.constraint != "primary key" and any(is_same_key(index, found) for found in before[: before.index(index)])


def is_same_key(index: Index, other: Index) -> bool:
    """Whether two keys differ in nothing but their names, their storage and that one of them is the primary key."""
    kind = "unique" if other.constraint == "primary key" else other.constraint
    return constraint_sql(replace(other, name=None, storage=(), constraint=kind)) == constraint_sql(
        replace(index, name=None, storage=())
    )


def repeated_keys(table: Table) -> Iterator[str]:
    for index in table.indexes:
        if index.constraint and not lacks_parts(index, table) and repeats(index, table):
            yield f"ALTER TABLE {quote_name(table.name)} ADD {constraint_sql(index)};"


def kind_of(table: Table) -> str:
    if table.kind == "foreign table":
        return "FOREIGN TABLE"
    return "UNLOGGED TABLE" if table.unlogged else "TABLE"


def is_said(column: Column, table: Table) -> bool:
    """A typed table has its columns from the type; only what it adds to them is said."""
    added = column.default or column.generated or column.identity or not_null_of(column, table) or not column.nullable
    return table.of_type is None or bool(added)


def column_line(column: Column, table: Table, context: Context) -> str:
    constraint = not_null_of(column, table)
    # A name that a parent has already is not chosen for a child.
    chosen = constraint is None or context.constraint_names[Name(table.name.schema, constraint.name)] == 1
    plain = chosen and not table.inherits
    serial = context.sequences.is_serial(column, table)
    without_default = table.name in context.apart
    return column_sql(column, table, serial=serial, plain=plain, without_default=without_default)


def inherits_later(table: Table, schema: Schema) -> bool:
    """Whether INHERITS would put the columns into another order, since a parent got one when the child had its own already.

    Or whether it would be refused, since one parent keeps a column otherwise than another by now (`MergeInheritedAttribute`).
    """
    parents = [parent for parent in map(schema.table, table.inherits) if parent is not None]
    kept = {(column.name, column.storage) for parent in parents for column in parent.columns}
    if len(kept) > len({name for name, _ in kept}):
        return True
    handed_down = list(dict.fromkeys(column.name for parent in parents for column in parent.columns))
    return [column.name for column in table.columns][: len(handed_down)] != handed_down


def inherit_sql(table: Table, schema: Schema) -> Iterator[str]:
    if table.inherits and inherits_later(table, schema):
        yield from (f"ALTER TABLE {quote_name(table.name)} INHERIT {quote_name(parent)};" for parent in table.inherits)


def endings(table: Table, schema: Schema) -> Iterator[str]:
    """What follows the columns, in the order of the grammar."""
    if table.inherits and not inherits_later(table, schema):
        yield f" INHERITS ({', '.join(quote_name(parent) for parent in table.inherits)})"
    if table.partition_key:
        yield f" {partition_by(table.partition_key)}"
    if table.access_method:
        yield f" USING {quote(table.access_method)}"
    if table.storage:
        yield f" WITH ({', '.join(table.storage)})"
    if table.server is not None:
        yield f" SERVER {quote(table.server)}"
    if table.server_options:
        yield f" OPTIONS ({', '.join(table.server_options)})"


def partition_by(key: PartitionKey) -> str:
    return f"PARTITION BY {key.strategy.upper()} ({', '.join(key_sql(part) for part in key.keys)})"


def attach_sql(table: Table, schema: Schema) -> str:
    """A partition joins what it is a part of."""
    parent = schema.parent_of(table)
    if parent is None or not is_known(parent) or table.partition_bound is None:
        return f"-- partition {one_line(table.name.qualified)}: the model does not have what it is a partition of"
    return f"ALTER TABLE {quote_name(parent.name)} ATTACH PARTITION {quote_name(table.name)} {table.partition_bound};"


def tablespaces(table: Table) -> Iterator[str]:
    """Another server need not have them."""
    if is_elsewhere(table.tablespace):
        yield left_out(f"tablespace {table.tablespace} of {table.name.qualified}")
    for index in table.indexes:
        if index.constraint and is_elsewhere(index.tablespace):
            yield left_out(f"tablespace {index.tablespace} of constraint {index.name} on {table.name.qualified}")


def table_settings(table: Table) -> Iterator[str]:
    """What needs the table's indexes, or is said of the whole."""
    name = quote_name(table.name)
    if table.clustered_on:
        yield f"ALTER TABLE {name} CLUSTER ON {quote(table.clustered_on)};"
    # PostgreSQL has `nothing` for a view, and takes none.
    kind, _, index = table.replica_identity.partition(" ") if table.kind != "view" else ("default", "", "")
    if kind == "index":
        yield f"ALTER TABLE {name} REPLICA IDENTITY USING INDEX {quote(index)};"
    elif kind != "default":
        yield f"ALTER TABLE {name} REPLICA IDENTITY {kind.upper()};"


def comments_sql(table: Table) -> Iterator[str]:
    if table.comment:
        yield f"COMMENT ON {alterable(table)} {quote_name(table.name)} IS {literal(table.comment)};"
    for column in table.columns:
        if column.comment:
            yield f"COMMENT ON COLUMN {quote_name(table.name)}.{quote(column.name)} IS {literal(column.comment)};"
