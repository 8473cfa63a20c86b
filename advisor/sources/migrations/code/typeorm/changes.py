"""What the methods of TypeORM's query runner change. In: the arguments of a call. Out: SQL.

Source: TypeORM, `driver/postgres/PostgresQueryRunner`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from advisor.sources.evaluation.conversions import truth
from advisor.sources.evaluation.values import UNDEFINED, NotSeen, Value, argument
from advisor.sources.migrations.code.options import flag_of, text_of, texts_of
from advisor.sources.migrations.code.quoting import quoted, quoted_path, string
from advisor.sources.migrations.code.typeorm.names import CHECK, EXCLUSION, FOREIGN, INDEX, UNIQUE
from advisor.sources.migrations.code.typeorm.tables import (
    Part,
    check_sql,
    column_sql,
    comments_sql,
    create_enum,
    create_table_sql,
    enum_name,
    exclusion_sql,
    foreign_key_sql,
    full_type,
    index_sql,
    is_enum,
    listed,
    name_of,
    names_in,
    options,
    primary_key_sql,
    table_name,
    unique_sql,
)

if TYPE_CHECKING:
    from advisor.sources.evaluation.invocation import Invocation


def optional_flag(arguments: list[Value], number: int, *, default: bool) -> bool:
    value = argument(arguments, number)
    known = truth(value)
    if known is None:
        raise NotSeen("its options are not constants")
    return default if value is UNDEFINED else known


def create_table(arguments: list[Value], call: Invocation) -> list[str]:
    given = argument(arguments, 0)
    table, entries = table_name(given), options(given, "the table")
    guarded = call.if_not_exists or optional_flag(arguments, 1, default=False)
    made = create_table_sql(table, entries, foreign_keys=optional_flag(arguments, 2, default=True), if_not_exists=guarded)
    indices = listed(entries.get("indices"), "the indexes") if optional_flag(arguments, 3, default=True) else []
    return [*made, *(index_sql(table, part) for part in indices)]


def drop_table(arguments: list[Value], call: Invocation) -> list[str]:
    """TypeORM drops foreign keys and indexes of the table one by one before; they would go with it."""
    guarded = call.if_exists or optional_flag(arguments, 1, default=False)
    return [f"DROP TABLE {'IF EXISTS ' if guarded else ''}{quoted_path(table_name(argument(arguments, 0)))}"]


def rename_table(arguments: list[Value], call: Invocation) -> list[str]:
    old, new = table_name(argument(arguments, 0)), text_of(argument(arguments, 1), "the new name")
    call.leave(f"`{call.text}` renames constraints and indexes that are named after the table, too: that is not examined")
    return [f"ALTER TABLE {quoted_path(old)} RENAME TO {quoted(new.rpartition('.')[2])}"]


def add_column(arguments: list[Value], call: Invocation) -> list[str]:
    return add_one_column(table_name(argument(arguments, 0)), options(argument(arguments, 1), "the column"), call)


def add_columns(arguments: list[Value], call: Invocation) -> list[str]:
    table = table_name(argument(arguments, 0))
    return [sql for column in listed(argument(arguments, 1), "the columns") for sql in add_one_column(table, column, call)]


def add_one_column(table: str, column: dict[str, Value], call: Invocation) -> list[str]:
    guard = "COLUMN IF NOT EXISTS " if call.if_not_exists else ""
    made = [create_enum(table, column)] if is_enum(column) else []
    made.append(f"ALTER TABLE {quoted_path(table)} ADD {guard}{column_sql(table, column)}")
    if flag_of(column, "isPrimary"):
        call.leave(f"`{call.text}` makes a new primary key of the old one and this column: that is not examined")
    if flag_of(column, "isUnique"):
        made.append(f"ALTER TABLE {quoted_path(table)} ADD {unique_sql(table, {'columnNames': [column['name']]})}")
    return [*made, *comments_sql(table, {}, [column])]


def drop_column(arguments: list[Value], call: Invocation) -> list[str]:
    return drop_one_column(table_name(argument(arguments, 0)), argument(arguments, 1), call)


def drop_columns(arguments: list[Value], call: Invocation) -> list[str]:
    given = argument(arguments, 1)
    if not isinstance(given, list):
        raise NotSeen("the columns are not constants")
    return [sql for column in given for sql in drop_one_column(table_name(argument(arguments, 0)), column, call)]


def drop_one_column(table: str, column: Value, call: Invocation) -> list[str]:
    """Indexes and constraints of the column go with it. So does its enum type, which is known where the column is described."""
    entries = options(column, "the column") if isinstance(column, (Part, dict)) else {"name": column}
    name = quoted(text_of(entries.get("name"), "the column's name"))
    made = [f"ALTER TABLE {quoted_path(table)} DROP COLUMN {'IF EXISTS ' if call.if_exists else ''}{name}"]
    return [*made, f"DROP TYPE {enum_name(table, entries)}"] if is_enum(entries) else made


def rename_column(arguments: list[Value], call: Invocation) -> list[str]:
    old, new = argument(arguments, 1), argument(arguments, 2)
    if isinstance(new, Part):
        return change_column(arguments, call)
    name = options(old, "the column").get("name") if isinstance(old, Part) else old
    before, after = (quoted(text_of(value, "the column's name")) for value in (name, new))
    call.leave(f"`{call.text}` renames constraints and indexes that are named after the column, too: that is not examined")
    return [f"ALTER TABLE {quoted_path(table_name(argument(arguments, 0)))} RENAME COLUMN {before} TO {after}"]


def change_column(arguments: list[Value], call: Invocation) -> list[str]:
    """A column made from an old description to a new one. Another type drops the column and adds it again."""
    table, old = table_name(argument(arguments, 0)), argument(arguments, 1)
    if not isinstance(old, Part):
        raise NotSeen("what the column was before is read from the database")
    before, after = old.options, options(argument(arguments, 2), "the column")
    if any(bool(before.get(key)) != bool(after.get(key)) for key in ("isPrimary", "isUnique", "isGenerated")) or is_enum(after):
        raise NotSeen("it changes a key or an enum, which depends on the database")
    alter = f"ALTER TABLE {quoted_path(table)}"
    name, former = (quoted(text_of(column.get("name"), "a column's name")) for column in (after, before))
    if full_type(before) != full_type(after):
        return [f"{alter} DROP COLUMN {former}", *add_one_column(table, after, call)]
    made = [f"{alter} RENAME COLUMN {former} TO {name}"] if name != former else []
    if flag_of(before, "isNullable") != flag_of(after, "isNullable"):
        made.append(f"{alter} ALTER COLUMN {name} {'DROP' if flag_of(after, 'isNullable') else 'SET'} NOT NULL")
    if before.get("default", None) != after.get("default", None):
        given = after.get("default")
        made.append(f"{alter} ALTER COLUMN {name} " + ("DROP DEFAULT" if given in (None, UNDEFINED) else f"SET DEFAULT {given}"))
    return made


def adding(
    make: Callable[[str, dict[str, Value]], str], *, several: bool = False
) -> Callable[[list[Value], Invocation], list[str]]:
    """A method that adds a constraint, or several."""

    def method(arguments: list[Value], _call: Invocation) -> list[str]:
        table, given = table_name(argument(arguments, 0)), argument(arguments, 1)
        parts = listed(given, "what is added") if several else [options(given, "what is added")]
        return [f"ALTER TABLE {quoted_path(table)} ADD {make(table, part)}" for part in parts]

    return method


def dropping(prefix: str, key: str = "columnNames", *, several: bool = False) -> Callable[[list[Value], Invocation], list[str]]:
    """A method that drops a constraint by its name, or by the columns that its name is made of."""

    def method(arguments: list[Value], call: Invocation) -> list[str]:
        table, given = table_name(argument(arguments, 0)), argument(arguments, 1)
        parts = given if several and isinstance(given, list) else [given]
        guard = "IF EXISTS " if call.if_exists or truth(argument(arguments, 2)) is True else ""
        return [
            f"ALTER TABLE {quoted_path(table)} DROP CONSTRAINT {guard}{quoted(part_name(table, part, prefix, key))}"
            for part in parts
        ]

    return method


def part_name(table: str, part: Value, prefix: str, key: str = "columnNames") -> str:
    if isinstance(part, (Part, dict)):
        entries = options(part, "what is dropped")
        return name_of(entries, prefix, table, names_in(entries, key))
    return text_of(part, "the name of what is dropped")


def create_index(arguments: list[Value], _call: Invocation) -> list[str]:
    return [index_sql(table_name(argument(arguments, 0)), options(argument(arguments, 1), "the index"))]


def create_indices(arguments: list[Value], _call: Invocation) -> list[str]:
    return [index_sql(table_name(argument(arguments, 0)), part) for part in listed(argument(arguments, 1), "the indexes")]


def drop_index(arguments: list[Value], call: Invocation) -> list[str]:
    return [drop_one_index(arguments, argument(arguments, 1), call)]


def drop_indices(arguments: list[Value], call: Invocation) -> list[str]:
    given = argument(arguments, 1)
    if not isinstance(given, list):
        raise NotSeen("the indexes are not constants")
    return [drop_one_index(arguments, index, call) for index in given]


def drop_one_index(arguments: list[Value], index: Value, call: Invocation) -> str:
    table = table_name(argument(arguments, 0))
    concurrent = isinstance(index, Part) and flag_of(index.options, "isConcurrent")
    guard = "IF EXISTS " if call.if_exists or truth(argument(arguments, 2)) is True else ""
    schema = table.rpartition(".")[0] or "public"
    return f"DROP INDEX {'CONCURRENTLY ' if concurrent else ''}{guard}{quoted(schema)}.{quoted(part_name(table, index, INDEX))}"


def create_primary_key(arguments: list[Value], _call: Invocation) -> list[str]:
    table, names = table_name(argument(arguments, 0)), texts_of(argument(arguments, 1), "a column")
    return [f"ALTER TABLE {quoted_path(table)} ADD {primary_key_sql(table, names, argument(arguments, 2))}"]


def drop_primary_key(arguments: list[Value], _call: Invocation) -> list[str]:
    name = argument(arguments, 1)
    if not isinstance(name, str):
        raise NotSeen("the name of the key is read from the database")
    return [f"ALTER TABLE {quoted_path(table_name(argument(arguments, 0)))} DROP CONSTRAINT {quoted(name)}"]


def create_view(arguments: list[Value], _call: Invocation) -> list[str]:
    view = options(argument(arguments, 0), "the view")
    kind = "MATERIALIZED VIEW" if flag_of(view, "materialized") else "VIEW"
    return [f"CREATE {kind} {quoted_path(table_name(argument(arguments, 0)))} AS {text_of(view.get('expression'), 'its query')}"]


def drop_view(arguments: list[Value], _call: Invocation) -> list[str]:
    given = argument(arguments, 0)
    kind = "MATERIALIZED VIEW" if isinstance(given, Part) and flag_of(given.options, "materialized") else "VIEW"
    return [f"DROP {kind} {quoted_path(table_name(given))}"]


def create_schema(arguments: list[Value], _call: Invocation) -> list[str]:
    guard = "IF NOT EXISTS " if optional_flag(arguments, 1, default=False) else ""
    return [f"CREATE SCHEMA {guard}{quoted(text_of(argument(arguments, 0), 'the name'))}"]


def drop_schema(arguments: list[Value], _call: Invocation) -> list[str]:
    guard = "IF EXISTS " if optional_flag(arguments, 1, default=False) else ""
    cascade = " CASCADE" if optional_flag(arguments, 2, default=False) else ""
    return [f"DROP SCHEMA {guard}{quoted(text_of(argument(arguments, 0), 'the name'))}{cascade}"]


def clear_table(arguments: list[Value], _call: Invocation) -> list[str]:
    return [f"TRUNCATE TABLE {quoted_path(table_name(argument(arguments, 0)))}"]


def change_table_comment(arguments: list[Value], _call: Invocation) -> list[str]:
    comment = argument(arguments, 1)
    given = string(comment) if isinstance(comment, str) else "NULL"
    return [f"COMMENT ON TABLE {quoted_path(table_name(argument(arguments, 0)))} IS {given}"]


METHODS: dict[str, Callable[[list[Value], Invocation], list[str]]] = {
    "addColumn": add_column,
    "addColumns": add_columns,
    "changeColumn": change_column,
    "changeTableComment": change_table_comment,
    "clearTable": clear_table,
    "createCheckConstraint": adding(check_sql),
    "createCheckConstraints": adding(check_sql, several=True),
    "createExclusionConstraint": adding(exclusion_sql),
    "createExclusionConstraints": adding(exclusion_sql, several=True),
    "createForeignKey": adding(foreign_key_sql),
    "createForeignKeys": adding(foreign_key_sql, several=True),
    "createIndex": create_index,
    "createIndices": create_indices,
    "createPrimaryKey": create_primary_key,
    "createSchema": create_schema,
    "createTable": create_table,
    "createUniqueConstraint": adding(unique_sql),
    "createUniqueConstraints": adding(unique_sql, several=True),
    "createView": create_view,
    "dropCheckConstraint": dropping(CHECK, "expression"),
    "dropCheckConstraints": dropping(CHECK, "expression", several=True),
    "dropColumn": drop_column,
    "dropColumns": drop_columns,
    "dropExclusionConstraint": dropping(EXCLUSION, "expression"),
    "dropForeignKey": dropping(FOREIGN),
    "dropForeignKeys": dropping(FOREIGN, several=True),
    "dropIndex": drop_index,
    "dropIndices": drop_indices,
    "dropPrimaryKey": drop_primary_key,
    "dropSchema": drop_schema,
    "dropTable": drop_table,
    "dropUniqueConstraint": dropping(UNIQUE),
    "dropUniqueConstraints": dropping(UNIQUE, several=True),
    "dropView": drop_view,
    "renameColumn": rename_column,
    "renameTable": rename_table,
}
