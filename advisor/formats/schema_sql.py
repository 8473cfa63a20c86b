"""A schema as DDL. In: a Schema. Out: SQL that builds it again in an empty PostgreSQL.

The order needs no thinking ahead: schemas, extensions, types, functions, sequences, tables, indexes, partitions attached, and last
the foreign keys, which may go in circles. What the model does not hold (a view's query) is named in a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from advisor.formats.schema_ddl import check_sql, foreign_key_sql, literal, sequence_of, table_sql
from advisor.model import Definition, Enum, ForeignKey, Index, Name, Schema, Table
from advisor.remedies.sql import index_sql, name_of, quote, quote_name

WITHOUT_DEFINITION = ("view", "materialized view", "foreign table")


def schema_sql(schema: Schema) -> str:
    """The whole schema; empty text for an empty one."""
    parts = [
        *(f"CREATE SCHEMA {quote(name)};" for name in schema_names(schema)),
        *extensions_sql(schema),
        *(enum_sql(enum) for enum in schema.enums),
        *definitions_sql(schema),
        *sequences_sql(schema),
        *(table_sql(table) if is_known(table) else missing_sql(table) for table in parents_first(schema)),
        *owners_sql(schema),
        *(attach_sql(table, schema) for table in parents_first(schema) if table.partition_of and is_known(table)),
        *(statement for table in children_first(schema) for statement in index_statements(table, schema)),
        *(statement for table in parents_first(schema) for statement in late_checks(table, schema)),
        *(statement for table in schema.tables for statement in foreign_keys_sql(table, schema)),
        *(comment for table in schema.tables if is_known(table) for comment in comments_sql(table)),
    ]
    return "\n\n".join(parts) + "\n" if parts else ""


def is_known(table: Table) -> bool:
    """Whether the model says what it consists of: of a view, or of a table made from a query, it only has the name."""
    described = table.kind != "partitioned table" or table.partition_key is not None
    return table.kind not in WITHOUT_DEFINITION and bool(table.columns) and described


def missing_sql(table: Table) -> str:
    what = "definition is" if table.kind in WITHOUT_DEFINITION else "columns are"
    return f"-- {table.kind} {one_line(table.name.qualified)}: its {what} not part of the schema model"


def one_line(text: str) -> str:
    return " ".join(text.split())


def schema_names(schema: Schema) -> list[str]:
    names = [table.name for table in schema.tables] + [enum.name for enum in schema.enums]
    names += [sequence.name for sequence in schema.sequences] + [definition.name for definition in schema.definitions]
    return sorted(({name.schema for name in names} | {name for _, name in schema.extension_schemas}) - {"public", "pg_catalog"})


def extensions_sql(schema: Schema) -> Iterator[str]:
    schemas = dict(schema.extension_schemas)
    for name in schema.extensions:
        place = f" WITH SCHEMA {quote(schemas[name])}" if name in schemas else ""
        yield f"CREATE EXTENSION IF NOT EXISTS {quote(name)}{place};"


def enum_sql(enum: Enum) -> str:
    return f"CREATE TYPE {quote_name(enum.name)} AS ENUM ({', '.join(literal(value) for value in enum.values)});"


def definitions_sql(schema: Schema) -> Iterator[str]:
    """Types and collations, and those functions without which a column, check or index cannot be made."""
    needed = needed_functions(schema)
    wanted = [found for found in schema.definitions if found.kind != "function" or found.name.name in needed]
    if any(found.kind == "function" for found in wanted):
        yield "SET check_function_bodies = off;"  # a body may speak of tables that come later
    for found in wanted:
        # Names of a dump are written in full: there an empty search path is as good as the default one.
        if found.search_path in ((), ("public",)):
            yield f"{found.sql};"
        else:
            yield f"SET search_path TO {', '.join(map(quote, found.search_path))};\n{found.sql};\nRESET search_path;"


def needed_functions(schema: Schema) -> set[str]:
    """The names of the functions that expressions call, and those that these functions and the types mention."""
    by_name = {found.name.name: found for found in schema.definitions if found.kind == "function"}
    called = {name for table in schema.tables for name in functions_called(table)}
    waiting = [name for name in by_name if name.lower() in called]
    waiting += mentioned(by_name, [found for found in schema.definitions if found.kind != "function"])
    needed: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += mentioned(by_name, [found for found in schema.definitions if found.name.name == name])
    return needed


def mentioned(names: Iterable[str], definitions: Iterable[Definition]) -> list[str]:
    words = {word for found in definitions for word in re.findall(r"\w+", found.sql)}
    return [name for name in names if name in words]


def functions_called(table: Table) -> Iterator[str]:
    expressions = [column.default for column in table.columns] + [column.generated for column in table.columns]
    expressions += [check.expression for check in table.checks]
    for index in table.indexes:
        expressions += [index.predicate, *(key.expression for key in index.keys)]
    expressions += [key.expression for key in table.partition_key.keys] if table.partition_key else []
    for expression in expressions:
        yield from expression.functions if expression else ()


def sequences_sql(schema: Schema) -> Iterator[str]:
    """Sequences before the columns whose defaults draw from them; a serial column's has the column's type."""
    made = {quote_name(sequence.name) for sequence in schema.sequences}
    for sequence in schema.sequences:
        yield " ".join(["CREATE SEQUENCE", quote_name(sequence.name), *sequence.options]) + ";"
    for table in schema.tables:
        for column in table.columns:
            name = sequence_of(column)
            if name is not None and name not in made:
                made.add(name)
                kind = f" AS {column.type}" if column.type in ("smallint", "integer") else ""
                yield f"CREATE SEQUENCE {name}{kind};"


def owners_sql(schema: Schema) -> Iterator[str]:
    """A sequence goes when its column goes."""
    own = {quote_name(sequence.name) for sequence in schema.sequences}
    known = {table.name for table in schema.tables if is_known(table)}
    for sequence in schema.sequences:
        if sequence.owner and sequence.owner[0] in known:
            table_name, column_name = sequence.owner
            yield f"ALTER SEQUENCE {quote_name(sequence.name)} OWNED BY {quote_name(table_name)}.{quote(column_name)};"
    for table in schema.tables:
        for column in table.columns if table.partition_of is None else ():
            name = sequence_of(column)
            if name is not None and name not in own:
                own.add(name)
                yield f"ALTER SEQUENCE {name} OWNED BY {quote_name(table.name)}.{quote(column.name)};"


def parents_first(schema: Schema) -> Iterator[Table]:
    """Tables in their own order, except that a partition or child comes after its parents."""
    done: set[Name] = set()
    known = {table.name for table in schema.tables}
    waiting = list(schema.tables)
    while waiting:
        ready = [table for table in waiting if parents_of(table) & known <= done] or waiting
        yield from ready
        done |= {table.name for table in ready}
        waiting = [table for table in waiting if table.name not in done]


def children_first(schema: Schema) -> list[Table]:
    """Partitioned tables last, those within others before these: an index is built of what the partitions have."""
    ordered = list(parents_first(schema))
    plain = [table for table in ordered if table.kind != "partitioned table"]
    return [*plain, *reversed([table for table in ordered if table.kind == "partitioned table"])]


def parents_of(table: Table) -> set[Name]:
    return {*table.inherits, *([table.partition_of] if table.partition_of else [])}


def attach_sql(table: Table, schema: Schema) -> str:
    """From the top down, so that every partition gets the identity columns of the whole."""
    parent = schema.parent_of(table)
    if parent is None or not is_known(parent) or table.partition_bound is None:
        return f"-- partition {one_line(table.name.qualified)}: the model does not have what it is a partition of"
    return f"ALTER TABLE {quote_name(parent.name)} ATTACH PARTITION {quote_name(table.name)} {table.partition_bound};"


def index_statements(table: Table, schema: Schema) -> Iterator[str]:
    """A table's own indexes, without those of its constraints."""
    partitions = [other for other in schema.tables if other.partition_of == table.name and is_known(other)]
    for index in table.indexes if is_known(table) else ():
        if index.constraint is None:
            yield from partitioned_index(index, partitions)


def partitioned_index(index: Index, partitions: Iterable[Table]) -> Iterator[str]:
    """CREATE INDEX takes what each partition has of the kind; where one has none, it would build what was not there."""
    like = [next((other for other in table.indexes if is_part_of(other, index)), None) for table in partitions]
    yield index_sql(index, only=None in like)
    for part in like if None in like else ():
        if part is not None:
            yield f"ALTER INDEX {quote_name(name_of(index))} ATTACH PARTITION {quote_name(name_of(part))};"


def is_part_of(index: Index, whole: Index) -> bool:
    return index.repeats(whole) and index.unique == whole.unique and index.constraint is None


def late_checks(table: Table, schema: Schema) -> Iterator[str]:
    """Checks that are not validated: CREATE TABLE would take them for valid. A child has its parent's from the parent."""
    if not is_known(table):
        return
    inherited = {check.name for name in parents_of(table) if (parent := schema.table(name)) for check in parent.checks}
    for check in table.checks:
        if not check.validated and check.enforced and check.name not in inherited:
            yield f"ALTER TABLE {quote_name(table.name)} ADD {check_sql(check)};"


def foreign_keys_sql(table: Table, schema: Schema) -> Iterator[str]:
    """A table's foreign keys, without those that a partition has from its parent."""
    if not is_known(table):
        return
    parent = schema.parent_of(table)
    inherited = {identity(key) for key in parent.foreign_keys} if parent else set()
    for key in table.foreign_keys:
        referenced = schema.table(key.referenced_table)
        if identity(key) in inherited:
            continue
        if referenced is not None and is_known(referenced):
            yield foreign_key_sql(key)
        else:
            name = one_line(f"{key.name or 'without a name'} of {key.table.qualified}")
            yield f"-- foreign key {name}: the model does not have {one_line(key.referenced_table.qualified)}, which it refers to"


def identity(key: ForeignKey) -> tuple[object, ...]:
    """What a foreign key says, whatever its name and table."""
    return (key.columns, key.referenced_table, key.referenced_columns, key.on_delete, key.on_update, key.validated)


def comments_sql(table: Table) -> Iterator[str]:
    if table.comment:
        yield f"COMMENT ON TABLE {quote_name(table.name)} IS {literal(table.comment)};"
    for column in table.columns:
        if column.comment:
            yield f"COMMENT ON COLUMN {quote_name(table.name)}.{quote(column.name)} IS {literal(column.comment)};"
