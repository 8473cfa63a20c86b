"""Columns, indexes and constraints of Sequelize's query interface. In: their options. Out: SQL as its query generator writes it.

Source: Sequelize 6, `dialects/postgres/query-generator.js` (`attributeToSQL`, `dataTypeMapping`, `changeColumnQuery`, `pgEnum`),
`dialects/abstract/query-generator.js` (`addIndexQuery`, `getConstraintSnippet`, `whereItemQuery`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from advisor.sources.evaluation.conversions import is_known
from advisor.sources.evaluation.values import UNDEFINED, Function, Native, NotSeen, Value
from advisor.sources.migrations.code.options import flag_of, options_of, text_of, texts_of
from advisor.sources.migrations.code.quoting import Expression, columns, literal, quoted, quoted_path, string
from advisor.sources.migrations.code.sequelize.types import CLIENT_DEFAULTS, DataType, default_sql, enum_of, type_sql

COMPARISONS = {"ne": "!=", "eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "is": "IS", "not": "IS NOT", "like": "LIKE"}


@dataclass(frozen=True, slots=True)
class TableName:
    """A table as the query interface takes it: a name, or `{ tableName, schema }`."""

    name: str
    schema: str = ""

    @property
    def sql(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}" if self.schema else quoted(self.name)

    @property
    def sql_with_schema(self) -> str:
        """`addColumn`, `removeColumn` and enum types say the schema in any case."""
        return f"{quoted(self.schema or 'public')}.{quoted(self.name)}"

    @property
    def sql_in_indexes(self) -> str:
        """`addIndex` and the constraints read a dot in a name as the schema's."""
        return self.sql if self.schema else quoted_path(self.name)


def table_of(value: Value) -> TableName:
    if isinstance(value, dict):
        schema = value.get("schema")
        return TableName(text_of(value.get("tableName"), "the table's name"), schema if isinstance(schema, str) else "")
    return TableName(text_of(value, "the table's name"))


def attribute_of(value: Value) -> dict[str, Value]:
    """The options of a column; a type alone stands for them."""
    if isinstance(value, (DataType, str)):
        return {"type": value}
    return options_of(value, "the column's options")


def enum_name(table: TableName, column: str) -> str:
    return TableName(f"enum_{table.name}_{column}", table.schema).sql_with_schema


def create_enum(table: TableName, column: str, attribute: dict[str, Value]) -> str:
    """The statement that makes a column's enum type unless it is there; empty where the column has none."""
    enum = enum_of(attribute.get("type"))
    if enum is None:
        return ""
    given = attribute.get("values")
    values = texts_of(given, "a value of the enum") if isinstance(given, list) else enum.values
    body = f"CREATE TYPE {enum_name(table, column)} AS ENUM({', '.join(map(string, values))});"
    block = f"BEGIN {body} EXCEPTION WHEN duplicate_object THEN null; END"
    return f"DO {string(block)};" if "$$" in block else f"DO $${block}$$;"


def column_type(table: TableName, column: str, attribute: dict[str, Value]) -> str:
    given = attribute.get("type", UNDEFINED)
    if enum_of(given) is not None:
        return enum_name(table, column) + ("[]" if isinstance(given, DataType) and given.name == "ARRAY" else "")
    return type_sql(given)


def has_default(attribute: dict[str, Value]) -> bool:
    value = attribute.get("defaultValue", UNDEFINED)
    made_by_client = isinstance(value, (Function, Native)) or (isinstance(value, DataType) and value.name in CLIENT_DEFAULTS)
    return value is not UNDEFINED and not made_by_client


def default_of(table: TableName, column: str, attribute: dict[str, Value]) -> str:
    value = attribute["defaultValue"]
    if not is_known(value):
        raise NotSeen("the default is not a constant")
    return default_sql(value, attribute.get("type"), column_type(table, column, attribute))


def references_of(table: TableName, attribute: dict[str, Value]) -> str:
    """`REFERENCES ...` of a column; empty where it references nothing."""
    given = attribute.get("references", UNDEFINED)
    if given is UNDEFINED or given is None:
        return ""
    if isinstance(given, str):
        given = {"model": given}
    options = options_of(given, "its references")
    target = table_of(options.get("model", options.get("table")))
    if table.schema and not target.schema:
        target = TableName(target.name, table.schema)
    key = options.get("key", UNDEFINED)
    sql = f" REFERENCES {target.sql} ({quoted(text_of(key, 'the referenced column') if key is not UNDEFINED else 'id')})"
    for name, words in (("onDelete", "ON DELETE"), ("onUpdate", "ON UPDATE")):
        if attribute.get(name):
            sql += f" {words} {text_of(attribute[name], name).upper()}"
    return sql + deferrable_of(options)


def deferrable_of(options: dict[str, Value]) -> str:
    given = options.get("deferrable")
    return f" {given.sql}" if isinstance(given, Expression) else ""


def serial_type(base: str) -> str:
    """The type of a column with `autoIncrement`."""
    return {"BIGINT": "BIGSERIAL", "SMALLINT": "SMALLSERIAL"}.get(base, "SERIAL" if base == "INTEGER" else f"{base} SERIAL")


def column_sql(table: TableName, column: str, attribute: dict[str, Value]) -> str:
    """Type and constraints of a column, without its primary key, which is the table's."""
    sql = column_type(table, column, attribute)
    increments = flag_of(attribute, "autoIncrement")
    identity = increments and flag_of(attribute, "autoIncrementIdentity")
    if increments and not identity:
        sql = serial_type(sql)
    elif "allowNull" in attribute and not flag_of(attribute, "allowNull"):
        sql += " NOT NULL"
    sql += " GENERATED BY DEFAULT AS IDENTITY" if identity else ""
    if has_default(attribute):
        sql += f" DEFAULT {default_of(table, column, attribute)}"
    if attribute.get("unique") is True:
        sql += " UNIQUE"
    return sql + references_of(table, attribute)


def comment_sql(table: TableName, column: str, attribute: dict[str, Value]) -> str:
    comment = attribute.get("comment")
    return f"COMMENT ON COLUMN {table.sql}.{quoted(column)} IS {string(comment)};" if isinstance(comment, str) and comment else ""


def change_column(table: TableName, column: str, attribute: dict[str, Value]) -> str:
    """`changeColumn`: several statements. What the options leave out is taken away: NOT NULL, the default."""
    name, references = quoted(column), references_of(table, attribute)
    made: list[str] = []
    if "allowNull" in attribute and not flag_of(attribute, "allowNull"):
        made.append(f"ALTER COLUMN {name} SET NOT NULL")
    elif not references:
        made.append(f"ALTER COLUMN {name} DROP NOT NULL")
    if has_default(attribute):
        made.append(f"ALTER COLUMN {name} SET DEFAULT {default_of(table, column, attribute)}")
    elif not references:
        made.append(f"ALTER COLUMN {name} DROP DEFAULT")
    if attribute.get("unique") is True:
        made.append(f"ADD UNIQUE ({name})")
    if references:
        made.append(f"ADD FOREIGN KEY ({name}) {references.strip()}")
    else:
        made.append(f"ALTER COLUMN {name} TYPE {column_type(table, column, attribute)}{enum_cast(table, column, attribute)}")
    return "".join([create_enum(table, column, attribute), *(f"ALTER TABLE {table.sql} {change};" for change in made)])


def enum_cast(table: TableName, column: str, attribute: dict[str, Value]) -> str:
    if enum_of(attribute.get("type")) is None:
        return ""
    return f" USING ({quoted(column)}::{enum_name(table, column)})"


def underscore(text: str) -> str:
    """`inflection.underscore`: each capital becomes an underscore and the small letter."""
    return re.sub(r"^_", "", re.sub(r"([A-Z])", r"_\1", text)).lower()


def index_name(table: TableName, fields: list[str]) -> str:
    return underscore(f"{table.name}_{'_'.join(fields)}")


def index_sql(table: TableName, fields: list[Value], options: dict[str, Value]) -> str:
    """`addIndex`."""
    names, keys = [], []
    for field in fields:
        key = field if isinstance(field, dict) else {"name": field}
        if isinstance(field, Expression):
            keys.append(field.sql)
            continue
        name = text_of(key.get("attribute", key.get("name")), "a column of the index")
        names.append(name)
        keys.append(quoted(name) + key_options(key, options))
    given = options.get("name", options.get("indexName"))
    name = text_of(given, "the index's name") if given else index_name(table, names)
    unique = flag_of(options, "unique") or str(options.get("type", "")).lower() == "unique"
    using = options.get("using")
    parts = [
        "CREATE",
        "UNIQUE" if unique else "",
        "INDEX",
        "CONCURRENTLY" if flag_of(options, "concurrently") else "",
        quoted_path(name),
        f"ON {table.sql_in_indexes}",
        f"USING {text_of(using, 'the method')}" if using else "",
        f"({', '.join(keys)})",
        f"WHERE {condition_sql(options['where'])}" if options.get("where") else "",
    ]
    return " ".join(part for part in parts if part) + ";"


def key_options(key: dict[str, Value], options: dict[str, Value]) -> str:
    collation, operator, order = key.get("collate"), key.get("operator", options.get("operator")), key.get("order")
    sql = f" COLLATE {quoted(text_of(collation, 'the collation'))}" if collation else ""
    sql += f" {text_of(operator, 'the operator class')}" if operator else ""
    return sql + (f" {text_of(order, 'the order')}" if order else "")


def condition_sql(where: Value) -> str:
    """A `where` of columns and operators."""
    if isinstance(where, Expression):
        return where.sql
    parts: list[str] = []
    for key, value in options_of(where, "the condition").items():
        if key in ("Op.and", "Op.or"):
            inner = [condition_sql(part) for part in (value if isinstance(value, list) else [value])]
            parts.append(f"({(' AND ' if key == 'Op.and' else ' OR ').join(inner)})")
        else:
            parts.extend(comparison_sql(quoted(key), value))
    return " AND ".join(parts)


def comparison_sql(column: str, value: Value) -> list[str]:
    if isinstance(value, list):
        return [f"{column} IN ({', '.join(map(literal, value))})"]
    if not isinstance(value, dict):
        return [f"{column} IS NULL" if value is None else f"{column} = {literal(value)}"]
    made: list[str] = []
    for key, operand in value.items():
        operator = key.removeprefix("Op.").removeprefix("$")
        if operator in ("in", "notIn") and isinstance(operand, list):
            made.append(f"{column} {'NOT IN' if operator == 'notIn' else 'IN'} ({', '.join(map(literal, operand))})")
        elif operator in COMPARISONS:
            made.append(f"{column} {comparison_sign(operator, operand)} {literal(operand)}")
        else:
            raise NotSeen(f"the operator `{key}` is not known")
    return made


def comparison_sign(operator: str, operand: Value) -> str:
    """NULL and booleans are compared with IS."""
    if operand is None or isinstance(operand, bool):
        return {"ne": "IS NOT" if operand is None else "!=", "eq": "IS" if operand is None else "="}.get(
            operator, COMPARISONS[operator]
        )
    return "!=" if operator == "not" else COMPARISONS[operator]


def constraint_sql(table: TableName, options: dict[str, Value]) -> str:
    """`addConstraint`: what follows ADD."""
    fields = texts_of(options.get("fields", options.get("columns")), "a column of the constraint")
    kind = text_of(options.get("type"), "the constraint's type").upper()
    joined = f"{table.name}_{'_'.join(fields)}"
    given = options.get("name")

    def named(default: str) -> str:
        return f"CONSTRAINT {quoted(text_of(given, 'the name') if given else default)}"

    if kind == "CHECK":
        return f"{named(joined + '_ck')} CHECK ({condition_sql(options.get('where'))})"
    if kind in ("UNIQUE", "PRIMARY KEY"):
        suffix = "_uk" if kind == "UNIQUE" else "_pk"
        return f"{named(joined + suffix)} {kind} ({columns(fields)}){deferrable_of(options)}"
    if kind != "FOREIGN KEY":
        raise NotSeen(f"PostgreSQL has no {kind} constraints")
    references = options_of(options.get("references"), "the references")
    target = table_of(references.get("table"))
    keys = texts_of(references.get("field", references.get("fields")), "the referenced column")
    sql = f"{named(f'{joined}_{target.name}_fk')} FOREIGN KEY ({columns(fields)}) REFERENCES {target.sql} ({columns(keys)})"
    for name, words in (("onUpdate", "ON UPDATE"), ("onDelete", "ON DELETE")):
        if options.get(name):
            sql += f" {words} {text_of(options[name], name).upper()}"
    return sql + deferrable_of(options)
