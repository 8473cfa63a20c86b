"""Schemas as JSON. In: a Project. Out: every table, column, key and index with its place, in the order of the source."""

from __future__ import annotations

import json
from typing import Any

from advisor.model import Column, Database, ForeignKey, Index, Location, Project, Table


def schemas_json(project: Project) -> str:
    content = {"schema_version": "1", "databases": [database_json(database) for database in project.databases]}
    return json.dumps(content, indent=2) + "\n"


def database_json(database: Database) -> dict[str, Any]:
    schema = database.schema
    return {
        "folder": database.folder,
        "extensions": list(schema.extensions),
        "enums": [
            {"schema": enum.name.schema, "name": enum.name.name, "values": list(enum.values), **place(enum.location)}
            for enum in schema.enums
        ],
        "tables": [table_json(table) for table in schema.tables],
    }


def table_json(table: Table) -> dict[str, Any]:
    return {
        "schema": table.name.schema,
        "name": table.name.name,
        "kind": table.kind,
        "model": table.model,
        "comment": table.comment,
        **place(table.location),
        "columns": [column_json(column) for column in table.columns],
        "indexes": [index_json(index) for index in table.indexes],
        "foreign_keys": [foreign_key_json(key) for key in table.foreign_keys],
        "checks": [
            {"name": check.name, "expression": check.expression.text, "validated": check.validated, **place(check.location)}
            for check in table.checks
        ],
    }


def column_json(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type,
        "nullable": column.nullable,
        "default": column.default.text if column.default else None,
        "identity": column.identity,
        "generated": column.generated.text if column.generated else None,
        "field": column.field,
        "comment": column.comment,
        **place(column.location),
    }


def index_json(index: Index) -> dict[str, Any]:
    return {
        "name": index.name,
        "method": index.method,
        "unique": index.unique,
        "constraint": index.constraint,
        "keys": [
            {
                "column": key.column,
                "expression": key.expression.text if key.expression else None,
                "opclass": key.opclass,
                "collation": key.collation,
                "descending": key.descending,
                "nulls_first": key.descending if key.nulls_first is None else key.nulls_first,
            }
            for key in index.keys
        ],
        "include": list(index.include),
        "predicate": index.predicate.text if index.predicate else None,
        "nulls_not_distinct": index.nulls_not_distinct,
        **place(index.location),
    }


def foreign_key_json(key: ForeignKey) -> dict[str, Any]:
    return {
        "name": key.name,
        "columns": list(key.columns),
        "referenced_schema": key.referenced_table.schema,
        "referenced_table": key.referenced_table.name,
        "referenced_columns": list(key.referenced_columns),
        "on_delete": key.on_delete,
        "on_update": key.on_update,
        "validated": key.validated,
        **place(key.location),
    }


def place(location: Location) -> dict[str, Any]:
    return {"path": location.path, "line": location.line, "column": location.column}
