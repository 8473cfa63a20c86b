"""Sequelize's query interface: the calls of a migration in, SQL out.

Source: Sequelize 6, `dialects/abstract/query-interface.js`, `dialects/postgres/query-interface.js`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from advisor.sources.evaluation.conversions import is_known
from advisor.sources.evaluation.values import (
    UNDEFINED,
    Existence,
    Function,
    HostObject,
    Instance,
    Native,
    NotSeen,
    Unknown,
    Value,
    argument,
)
from advisor.sources.migrations.code.bindings import with_named_values
from advisor.sources.migrations.code.handed import run_method, run_sql
from advisor.sources.migrations.code.options import flag_of, options_of, text_of, texts_of
from advisor.sources.migrations.code.quoting import quoted, quoted_path, string
from advisor.sources.migrations.code.sequelize.columns import (
    attribute_of,
    change_column,
    column_sql,
    comment_sql,
    constraint_sql,
    create_enum,
    index_name,
    index_sql,
    table_of,
)
from advisor.sources.migrations.code.sequelize.types import Sequelize

if TYPE_CHECKING:
    from advisor.sources.evaluation.invocation import Invocation

ROW_CALLS = frozenset("bulkInsert bulkUpdate bulkDelete insert update upsert delete increment decrement".split())
READING_CALLS = frozenset(
    "showAllTables showIndex showConstraint getForeignKeyReferencesForTable getForeignKeysForTables showAllSchemas select "
    "rawSelect databaseVersion".split()
)


class QueryInterface(HostObject):
    """`queryInterface`; also the context that Umzug hands over, which holds it."""

    changes_schema = True

    def get(self, name: str) -> Value:
        if name in ("context", "queryInterface"):
            return self
        if name == "sequelize":
            return Connection(self)
        if name in ("Sequelize", "DataTypes"):
            return Sequelize()
        return Native(lambda arguments, call: call.invoke(self, name, arguments))

    def invoke(self, name: str, arguments: list[Value], call: Invocation) -> Value:
        if name in ROW_CALLS:
            call.leave_rows()
            return UNDEFINED
        if name in ("tableExists", "describeTable"):
            table = table_of(argument(arguments, 0))
            return Existence(table.name) if name == "tableExists" else DescribedTable(table.name)
        if name in READING_CALLS:
            return Unknown(call.text)
        if name == "quoteIdentifier":
            return quoted(text_of(argument(arguments, 0), "the name"))
        return run_method(METHODS, name, arguments, call)


class Connection(HostObject):
    """`queryInterface.sequelize`."""

    changes_schema = True

    def __init__(self, queries: QueryInterface) -> None:
        self.queries = queries

    def get(self, name: str) -> Value:
        if name == "options":
            return {"dialect": "postgres"}
        if name in ("queryInterface", "Sequelize", "constructor"):
            return self.queries if name == "queryInterface" else Sequelize()
        if name == "QueryTypes":
            return Unknown(name)
        return Native(lambda arguments, call: call.invoke(self, name, arguments))

    def invoke(self, name: str, arguments: list[Value], call: Invocation) -> Value:
        if name == "query":
            return run_query(arguments, call)
        if name == "transaction":
            function = next((value for value in arguments if isinstance(value, (Function, Native))), None)
            return call.callback(function, [Transaction()]) if function is not None else Transaction()
        if name in ("getDialect", "getDatabaseName"):
            return "postgres" if name == "getDialect" else Unknown(name)
        if name == "getQueryInterface":
            return self.queries
        if name == "escape":
            return string(text_of(argument(arguments, 0), "the value"))
        if name in ("literal", "fn", "col", "cast"):
            return Sequelize().invoke(name, arguments, call)
        if name in ("authenticate", "close"):
            return UNDEFINED
        raise NotSeen(f"`{name}` is not known")


class Transaction(HostObject):
    """A transaction: its end changes nothing in what the migration does."""

    def get(self, name: str) -> Value:
        return Unknown(name)

    def invoke(self, _name: str, arguments: list[Value], call: Invocation) -> Value:
        for value in arguments:
            if isinstance(value, Function):
                call.callback(value, [])
        return UNDEFINED


class DescribedTable(HostObject):
    """What `describeTable` gives: the columns by name."""

    def __init__(self, table: str) -> None:
        self.table = table

    def get(self, name: str) -> Value:
        return Existence(f"{self.table}.{name}")


def run_query(arguments: list[Value], call: Invocation) -> Value:
    """`sequelize.query(sql, { replacements })` gives rows and what else is said of them; with `type`, what that is a query for."""
    given = argument(arguments, 0)
    options = argument(arguments, 1)
    if isinstance(given, dict):
        given = given.get("query")
    values = options.get("replacements") if isinstance(options, dict) else None
    run_sql(with_named_values(given, values) if isinstance(given, str) else given, call)
    has_type = isinstance(options, dict) and "type" in options
    return Unknown(call.text) if has_type else [Unknown(call.text), Unknown(call.text)]


def create_table(arguments: list[Value], call: Invocation) -> list[str]:
    table, attributes = table_of(argument(arguments, 0)), argument(arguments, 1)
    if isinstance(attributes, Instance) or not isinstance(attributes, dict):
        raise NotSeen("its columns are not constants")
    options = options_of(argument(arguments, 2), "its options")
    if isinstance(options.get("schema"), str) and not table.schema:
        table = table_of({"tableName": table.name, "schema": options["schema"]})
    enums, lines, keys, comments = [], [], [], []
    for key, value in attributes.items():
        attribute = with_known_default(attribute_of(value), call)
        field = attribute.get("field")
        column = field if isinstance(field, str) and field else key
        enums.append(create_enum(table, column, attribute))
        lines.append(f"{quoted(column)} {column_sql(table, column, attribute)}")
        comments.append(comment_sql(table, column, attribute))
        if flag_of(attribute, "primaryKey"):
            keys.append(quoted(column))
    lines += unique_keys(options)
    lines += [f"PRIMARY KEY ({', '.join(keys)})"] if keys else []
    whole = options.get("comment")
    comments = [f"COMMENT ON TABLE {table.sql} IS {string(whole)};", *comments] if isinstance(whole, str) else comments
    made = f"CREATE TABLE IF NOT EXISTS {table.sql} ({', '.join(lines)});"
    return [statement for statement in [*enums, made, *comments] if statement]


def with_known_default(attribute: dict[str, Value], call: Invocation) -> dict[str, Value]:
    """The column without a default that only running the migration would tell, which is reported."""
    if is_known(attribute.get("defaultValue", UNDEFINED)):
        return attribute
    call.leave(f"the default in `{call.text}` is not examined: it is not a constant")
    return {name: value for name, value in attribute.items() if name != "defaultValue"}


def unique_keys(options: dict[str, Value]) -> list[str]:
    """The `uniqueKeys` of a new table. Their names are used by MySQL alone."""
    made: list[str] = []
    given = options_of(options.get("uniqueKeys"), "its unique keys")
    for key in given.values():
        entries = options_of(key, "a unique key")
        if flag_of(entries, "customIndex", default=True):
            fields = texts_of(entries.get("fields"), "a column of a unique key")
            made.append(f"UNIQUE ({', '.join(map(quoted, fields))})")
    return made


def drop_table(arguments: list[Value], _call: Invocation) -> list[str]:
    options = options_of(argument(arguments, 1), "its options")
    cascade = flag_of(options, "cascade") or flag_of(options, "force")
    return [f"DROP TABLE IF EXISTS {table_of(argument(arguments, 0)).sql}{' CASCADE' if cascade else ''};"]


def rename_table(arguments: list[Value], _call: Invocation) -> list[str]:
    return [f"ALTER TABLE {table_of(argument(arguments, 0)).sql} RENAME TO {table_of(argument(arguments, 1)).sql};"]


def add_column(arguments: list[Value], call: Invocation) -> list[str]:
    table, column = table_of(argument(arguments, 0)), text_of(argument(arguments, 1), "the column's name")
    attribute = with_known_default(attribute_of(argument(arguments, 2)), call)
    guard = "IF NOT EXISTS " if call.if_not_exists else ""
    made = f"ALTER TABLE {table.sql_with_schema} ADD COLUMN {guard}{quoted(column)} {column_sql(table, column, attribute)};"
    return [
        statement for statement in (create_enum(table, column, attribute), made, comment_sql(table, column, attribute)) if statement
    ]


def remove_column(arguments: list[Value], call: Invocation) -> list[str]:
    guard = "IF EXISTS " if call.if_exists else ""
    column = quoted(text_of(argument(arguments, 1), "the column's name"))
    return [f"ALTER TABLE {table_of(argument(arguments, 0)).sql_with_schema} DROP COLUMN {guard}{column};"]


def alter_column(arguments: list[Value], _call: Invocation) -> list[str]:
    table, column = table_of(argument(arguments, 0)), text_of(argument(arguments, 1), "the column's name")
    attribute = attribute_of(argument(arguments, 2))
    return [change_column(table, column, attribute), *filter(None, [comment_sql(table, column, attribute)])]


def rename_column(arguments: list[Value], _call: Invocation) -> list[str]:
    old, new = (quoted(text_of(argument(arguments, number), "the column's name")) for number in (1, 2))
    return [f"ALTER TABLE {table_of(argument(arguments, 0)).sql} RENAME COLUMN {old} TO {new};"]


def add_index(arguments: list[Value], _call: Invocation) -> list[str]:
    fields, options = argument(arguments, 1), options_of(argument(arguments, 2), "its options")
    if isinstance(fields, dict):
        options = fields
        fields = options.get("fields")
    if not isinstance(fields, list):
        raise NotSeen("its columns are not constants")
    return [index_sql(table_of(argument(arguments, 0)), fields, options)]


def remove_index(arguments: list[Value], _call: Invocation) -> list[str]:
    given, options = argument(arguments, 1), options_of(argument(arguments, 2), "its options")
    name = (
        index_name(table_of(argument(arguments, 0)), texts_of(given, "a column"))
        if isinstance(given, list)
        else text_of(given, "the name")
    )
    return [f"DROP INDEX {'CONCURRENTLY ' if flag_of(options, 'concurrently') else ''}IF EXISTS {quoted_path(name)};"]


def add_constraint(arguments: list[Value], _call: Invocation) -> list[str]:
    """`addConstraint(table, options)`; older versions take the columns apart: `addConstraint(table, fields, options)`."""
    given = argument(arguments, 1)
    if isinstance(given, (list, str)):
        given = {"fields": given, **options_of(argument(arguments, 2), "its options")}
    table = table_of(argument(arguments, 0))
    return [f"ALTER TABLE {table.sql_in_indexes} ADD {constraint_sql(table, options_of(given, 'its options'))};"]


def remove_constraint(arguments: list[Value], call: Invocation) -> list[str]:
    name = text_of(argument(arguments, 1), "the constraint's name")
    guard = "IF EXISTS " if call.if_exists else ""
    return [f"ALTER TABLE {table_of(argument(arguments, 0)).sql_in_indexes} DROP CONSTRAINT {guard}{quoted_path(name)};"]


def create_schema(arguments: list[Value], _call: Invocation) -> list[str]:
    return [f"CREATE SCHEMA IF NOT EXISTS {quoted(text_of(argument(arguments, 0), 'the name'))};"]


def drop_schema(arguments: list[Value], _call: Invocation) -> list[str]:
    return [f"DROP SCHEMA IF EXISTS {quoted(text_of(argument(arguments, 0), 'the name'))} CASCADE;"]


def drop_enum(arguments: list[Value], _call: Invocation) -> list[str]:
    return [f"DROP TYPE IF EXISTS {quoted(text_of(argument(arguments, 0), 'the name'))};"]


METHODS: dict[str, Callable[[list[Value], Invocation], list[str]]] = {
    "addColumn": add_column,
    "addConstraint": add_constraint,
    "addIndex": add_index,
    "changeColumn": alter_column,
    "createSchema": create_schema,
    "createTable": create_table,
    "dropEnum": drop_enum,
    "dropSchema": drop_schema,
    "dropTable": drop_table,
    "removeColumn": remove_column,
    "removeConstraint": remove_constraint,
    "removeIndex": remove_index,
    "renameColumn": rename_column,
    "renameTable": rename_table,
}
