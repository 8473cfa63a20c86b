"""SQL that brings one schema to another where that is mechanical. In: differences, and the schema to reach. Out: statements."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.model import Column, Difference, ForeignKey, Index, Schema, Table
from advisor.remedies.sql import index_sql, quote, quote_name


def catching_up_sql(differences: Iterable[Difference], schema: Schema) -> str | None:
    """The statements that make the right side what the left one is; None where one of the differences takes a person's thought."""
    statements = [statement_for(difference, schema) for difference in differences]
    known = [statement for statement in statements if statement is not None]
    return "\n".join(known) if known and len(known) == len(statements) else None


def statement_for(difference: Difference, schema: Schema) -> str | None:
    """Only what is missing on the right is added: what is one too many may hold data, and a new type must fit the values."""
    if difference.left is None and difference.attribute != "default":
        return None
    table = table_of(difference, schema)
    if table is None:
        return None
    place, part = f"ALTER TABLE {quote_name(table.name)}", difference.subject.split(".", 2)[-1]
    match difference.kind, difference.attribute:
        case "column", None:
            column = table.column(part)
            return f"{place} ADD COLUMN {column_text(column)};" if column else None
        case "column", "nullable":
            return f"{place} ALTER COLUMN {quote(part)} {'SET' if difference.left == 'NOT NULL' else 'DROP'} NOT NULL;"
        case "column", "default":
            change = f"SET DEFAULT {difference.left}" if difference.left else "DROP DEFAULT"
            return f"{place} ALTER COLUMN {quote(part)} {change};" if " AS IDENTITY" not in (difference.left or "") else None
        case "index", None:
            index = next((index for index in table.indexes if index.name == part), None)
            return missing_index_sql(index, place) if index else None
        case "foreign key", None:
            key = next((key for key in table.foreign_keys if key.name == part), None)
            return f"{place} ADD {foreign_key_text(key)};" if key else None
    return None


def table_of(difference: Difference, schema: Schema) -> Table | None:
    qualified = ".".join(difference.subject.split(".", 2)[:2])
    return next((table for table in schema.tables if table.name.qualified == qualified), None)


def column_text(column: Column) -> str:
    default = f" DEFAULT {column.default}" if column.default else ""
    return f"{quote(column.name)} {column.type}{default}{'' if column.nullable else ' NOT NULL'}"


def missing_index_sql(index: Index, place: str) -> str:
    if index.constraint == "primary key":
        columns = ", ".join(quote(key.column or "") for key in index.keys)
        return f"{place} ADD CONSTRAINT {quote(index.name or '')} PRIMARY KEY ({columns});"
    return index_sql(index)


def foreign_key_text(key: ForeignKey) -> str:
    columns, referenced = (", ".join(map(quote, names)) for names in (key.columns, key.referenced_columns))
    text = (
        f"CONSTRAINT {quote(key.name or '')} FOREIGN KEY ({columns}) REFERENCES {quote_name(key.referenced_table)} ({referenced})"
    )
    actions = (("DELETE", key.on_delete), ("UPDATE", key.on_update))
    return text + "".join(f" ON {event} {action}" for event, action in actions if action != "NO ACTION")
