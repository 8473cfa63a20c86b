"""node-pg-migrate: what a migration calls on `pgm` in, SQL out.

Source: node-pg-migrate, `operations/`: `tables`, `indexes`, `types`, `views`, `schemas`, `extensions`, `sql.ts`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from advisor.sources.evaluation.values import UNDEFINED, HostObject, Native, NotSeen, Unknown, Value, argument
from advisor.sources.migrations.code.handed import run_sql
from advisor.sources.migrations.code.node_pg_migrate.columns import (
    bare_name,
    column_options,
    column_sql,
    comments_sql,
    constraints_sql,
    default_sql,
    name_sql,
    type_sql,
)
from advisor.sources.migrations.code.options import flag_of, options_of, text_of, texts_of
from advisor.sources.migrations.code.quoting import Expression, columns, literal, quoted, string

if TYPE_CHECKING:
    from advisor.sources.evaluation.invocation import Invocation

SQL_NAME = re.compile(r"\{(\w+)\}")
ALIASES = {
    "addColumn": "addColumns",
    "addExtension": "createExtension",
    "addIndex": "createIndex",
    "addType": "createType",
    "createConstraint": "addConstraint",
    "dropColumn": "dropColumns",
}


class MigrationBuilder(HostObject):
    """`pgm`."""

    changes_schema = True

    def get(self, name: str) -> Value:
        return Rows() if name == "db" else Native(lambda arguments, call: call.invoke(self, name, arguments))

    def invoke(self, name: str, arguments: list[Value], call: Invocation) -> Value:
        if name == "sql":
            run_sql(with_names(argument(arguments, 0), argument(arguments, 1)), call)
        elif name == "func":
            return Expression(text_of(argument(arguments, 0), "the expression"))
        elif name not in ("noTransaction", "transaction"):
            method = METHODS.get(ALIASES.get(name, name))
            if method is None:
                raise NotSeen(f"`{name}` is not known")
            for statement in method(arguments):
                call.write(statement)
        return UNDEFINED


class Rows(HostObject):
    """`pgm.db`, which asks at once."""

    changes_schema = True

    def invoke(self, _name: str, arguments: list[Value], call: Invocation) -> Value:
        run_sql(argument(arguments, 0), call)
        return Unknown(call.text)


def with_names(sql: Value, values: Value) -> Value:
    """`{name}` in the SQL stands for a quoted name."""
    if not isinstance(sql, str) or not isinstance(values, dict):
        return sql
    return SQL_NAME.sub(lambda match: name_sql(values[match.group(1)]) if match.group(1) in values else match.group(), sql)


def existing(options: Value) -> str:
    return "IF EXISTS " if isinstance(options, dict) and flag_of(options, "ifExists") else ""


def missing(options: Value) -> str:
    return "IF NOT EXISTS " if isinstance(options, dict) and flag_of(options, "ifNotExists") else ""


def cascading(options: Value) -> str:
    return " CASCADE" if isinstance(options, dict) and flag_of(options, "cascade") else ""


def create_table(arguments: list[Value]) -> list[str]:
    table, given = argument(arguments, 0), options_of(argument(arguments, 1), "the columns")
    options = options_of(argument(arguments, 2), "the options")
    described = {name: column_options(value) for name, value in given.items()}
    keys = [name for name, column in described.items() if flag_of(column, "primaryKey")]
    lines = [column_sql(name, column, key=len(keys) < 2) for name, column in described.items()]
    constraints = options_of(options.get("constraints"), "the constraints")
    constraints = {**constraints, "primaryKey": list(keys)} if len(keys) > 1 else constraints
    lines += constraints_sql(bare_name(table), constraints)
    temporary = "TEMPORARY " if flag_of(options, "temporary") else ""
    inherits = f" INHERITS ({name_sql(options['inherits'])})" if options.get("inherits") else ""
    made = [f"CREATE {temporary}TABLE {missing(options)}{name_sql(table)} ({', '.join(lines)}){inherits}"]
    made += comments_sql(name_sql(table), described)
    comment = options.get("comment")
    return [*made, f"COMMENT ON TABLE {name_sql(table)} IS {string(comment)}"] if isinstance(comment, str) else made


def add_columns(arguments: list[Value]) -> list[str]:
    table, given = name_sql(argument(arguments, 0)), options_of(argument(arguments, 1), "the columns")
    described = {name: column_options(value) for name, value in given.items()}
    guard = missing(argument(arguments, 2))
    added = ", ".join(f"ADD {guard}{column_sql(name, column)}" for name, column in described.items())
    return [f"ALTER TABLE {table} {added}", *comments_sql(table, described)]


def drop_columns(arguments: list[Value]) -> list[str]:
    given, options = argument(arguments, 1), argument(arguments, 2)
    names = list(given) if isinstance(given, dict) else texts_of(given, "a column")
    dropped = ", ".join(f"DROP {existing(options)}{quoted(name)}{cascading(options)}" for name in names)
    return [f"ALTER TABLE {name_sql(argument(arguments, 0))} {dropped}"]


def alter_column(arguments: list[Value]) -> list[str]:
    options, column = options_of(argument(arguments, 2), "the options"), f"ALTER {name_sql(argument(arguments, 1))}"
    changes: list[str] = []
    default = options.get("default", UNDEFINED)
    if default is not UNDEFINED:
        changes.append(f"{column} DROP DEFAULT" if default is None else f"{column} SET DEFAULT {default_sql(default)}")
    if options.get("type"):
        using = f" USING {text_of(options['using'], 'the expression')}" if options.get("using") else ""
        changes.append(f"{column} SET DATA TYPE {type_sql(options['type'])}{using}")
    if "notNull" in options or "allowNull" in options:
        required = flag_of(options, "notNull") if "notNull" in options else not flag_of(options, "allowNull")
        changes.append(f"{column} {'SET' if required else 'DROP'} NOT NULL")
    table = name_sql(argument(arguments, 0))
    made = [f"ALTER TABLE {table} {', '.join(changes)}"] if changes else []
    comment = options.get("comment", UNDEFINED)
    name = name_sql(argument(arguments, 1))
    return made if comment is UNDEFINED else [*made, f"COMMENT ON COLUMN {table}.{name} IS {literal(comment or None)}"]


def add_constraint(arguments: list[Value]) -> list[str]:
    table, name, given = (argument(arguments, number) for number in range(3))
    own = name if isinstance(name, str) else ""
    if isinstance(given, str):
        made = [(f"CONSTRAINT {quoted(own)} " if own else "") + given]
    else:
        made = constraints_sql(bare_name(table), options_of(given, "the constraint"), own)
    return [f"ALTER TABLE {name_sql(table)} ADD {constraint}" for constraint in made]


def create_index(arguments: list[Value]) -> list[str]:
    table, given = argument(arguments, 0), argument(arguments, 1)
    options = options_of(argument(arguments, 2), "the options")
    keys = given if isinstance(given, list) else [given]
    method, where, include = options.get("method"), options.get("where"), options.get("include")
    unique = "UNIQUE " if flag_of(options, "unique") else ""
    concurrently = "CONCURRENTLY " if flag_of(options, "concurrently") else ""
    return [
        f"CREATE {unique}INDEX {concurrently}{missing(options)}{quoted(index_name(table, given, options))} ON {name_sql(table)}"
        + (f" USING {text_of(method, 'the method')}" if method else "")
        + f" ({', '.join(key_sql(key) for key in keys)})"
        + (f" INCLUDE ({columns(texts_of(include, 'a column'))})" if include else "")
        + (f" WHERE {text_of(where, 'the condition')}" if where else "")
    ]


def key_sql(key: Value) -> str:
    """A column or expression of an index, with its operator class and order."""
    if not isinstance(key, dict):
        name = text_of(key, "a column of the index")
        return quoted(name) if re.fullmatch(r"\w+", name) else name
    name = text_of(key.get("name"), "a column of the index")
    opclass = key.get("opclass")
    parts = [quoted(name) if re.fullmatch(r"\w+", name) else name, name_sql(opclass) if opclass else "", key.get("sort") or ""]
    return " ".join(text_of(part, "a column of the index") for part in parts if part)


def index_name(table: Value, given: Value, options: dict[str, Value]) -> str:
    own = options.get("name")
    if isinstance(own, str) and own:
        return own
    keys = given if isinstance(given, list) else [given]
    names = [re.sub(r"\W+", "_", text_of(key.get("name") if isinstance(key, dict) else key, "a column")) for key in keys]
    return f"{bare_name(table)}_{'_'.join(names)}{'_unique' if flag_of(options, 'unique') else ''}_index"


def drop_index(arguments: list[Value]) -> list[str]:
    table, options = argument(arguments, 0), options_of(argument(arguments, 2), "the options")
    schema = f"{quoted(table['schema'])}." if isinstance(table, dict) and isinstance(table.get("schema"), str) else ""
    how = "CONCURRENTLY " if flag_of(options, "concurrently") else ""
    name = quoted(index_name(table, argument(arguments, 1), options))
    return [f"DROP INDEX {how}{existing(options)}{schema}{name}{cascading(options)}"]


def create_type(arguments: list[Value]) -> list[str]:
    name, given = name_sql(argument(arguments, 0)), argument(arguments, 1)
    if isinstance(given, list):
        return [f"CREATE TYPE {name} AS ENUM ({', '.join(map(string, texts_of(given, 'a value')))})"]
    attributes = options_of(given, "the attributes")
    return [f"CREATE TYPE {name} AS ({', '.join(f'{quoted(key)} {type_sql(kind)}' for key, kind in attributes.items())})"]


def add_type_value(arguments: list[Value]) -> list[str]:
    options = options_of(argument(arguments, 2), "the options")
    place = next((f" {key.upper()} {literal(options[key])}" for key in ("before", "after") if options.get(key)), "")
    value = literal(text_of(argument(arguments, 1), "the value"))
    return [f"ALTER TYPE {name_sql(argument(arguments, 0))} ADD VALUE {missing(options)}{value}{place}"]


def create_extension(arguments: list[Value]) -> list[str]:
    names = argument(arguments, 0)
    guard = missing(argument(arguments, 1))
    return [f"CREATE EXTENSION {guard}{quoted(name)}" for name in texts_of(names, "the extension")]


def create_view(arguments: list[Value]) -> list[str]:
    options = options_of(argument(arguments, 1), "the options")
    replaced = "OR REPLACE " if flag_of(options, "replace") else ""
    named = f" ({columns(texts_of(options['columns'], 'a column'))})" if options.get("columns") else ""
    return [f"CREATE {replaced}VIEW {name_sql(argument(arguments, 0))}{named} AS {text_of(argument(arguments, 2), 'its query')}"]


def create_schema(arguments: list[Value]) -> list[str]:
    return [f"CREATE SCHEMA {missing(argument(arguments, 1))}{name_sql(argument(arguments, 0))}"]


def dropping(words: str) -> Callable[[list[Value]], list[str]]:
    def method(arguments: list[Value]) -> list[str]:
        options = argument(arguments, 1)
        return [f"DROP {words} {existing(options)}{name_sql(argument(arguments, 0))}{cascading(options)}"]

    return method


def renaming(words: str) -> Callable[[list[Value]], list[str]]:
    return lambda arguments: [f"ALTER {words} {name_sql(argument(arguments, 0))} RENAME TO {name_sql(argument(arguments, 1))}"]


def renaming_part(words: str) -> Callable[[list[Value]], list[str]]:
    def method(arguments: list[Value]) -> list[str]:
        table, old, new = (name_sql(argument(arguments, number)) for number in range(3))
        return [f"ALTER TABLE {table} RENAME {words}{old} TO {new}"]

    return method


def drop_constraint(arguments: list[Value]) -> list[str]:
    options = argument(arguments, 2)
    table, name = name_sql(argument(arguments, 0)), name_sql(argument(arguments, 1))
    return [f"ALTER TABLE {table} DROP CONSTRAINT {existing(options)}{name}{cascading(options)}"]


METHODS: dict[str, Callable[[list[Value]], list[str]]] = {
    "addColumns": add_columns,
    "addConstraint": add_constraint,
    "addTypeValue": add_type_value,
    "alterColumn": alter_column,
    "createExtension": create_extension,
    "createIndex": create_index,
    "createSchema": create_schema,
    "createTable": create_table,
    "createType": create_type,
    "createView": create_view,
    "dropColumns": drop_columns,
    "dropConstraint": drop_constraint,
    "dropExtension": dropping("EXTENSION"),
    "dropIndex": drop_index,
    "dropMaterializedView": dropping("MATERIALIZED VIEW"),
    "dropSchema": dropping("SCHEMA"),
    "dropSequence": dropping("SEQUENCE"),
    "dropTable": dropping("TABLE"),
    "dropType": dropping("TYPE"),
    "dropView": dropping("VIEW"),
    "renameColumn": renaming_part(""),
    "renameConstraint": renaming_part("CONSTRAINT "),
    "renameSchema": renaming("SCHEMA"),
    "renameTable": renaming("TABLE"),
    "renameType": renaming("TYPE"),
    "renameView": renaming("VIEW"),
}
