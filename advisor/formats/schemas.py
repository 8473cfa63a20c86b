"""Schemas written down. In: a Project's databases. Out: SQL that builds them again, JSON, DBML, or a Mermaid diagram."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.formats.excerpt import one_line
from advisor.model import Database, Project, Schema


def render_schemas(project: Project, form: str) -> str:
    """All databases of a project in one text; `form` is `sql`, `json`, `dbml` or `mermaid`."""
    match form:
        case "sql":
            return databases_sql(described(project))
        case "mermaid":
            from advisor.formats.schema_mermaid import schema_mermaid

            return schema_mermaid([(database.folder, database.schema) for database in described(project)])
        case "dbml":
            from advisor.formats.schema_dbml import schemas_dbml

            return schemas_dbml([(database.folder, database.schema) for database in described(project)])
        case "json":
            from advisor.formats.schema_json import schemas_json

            return schemas_json(project)
    raise ValueError(f"no schema format is named {form}")


def described(project: Project) -> list[Database]:
    """Databases of which there is anything to write down: a folder of queries alone has none."""
    return [database for database in project.databases if database.schema != Schema()]


def databases_sql(databases: Sequence[Database]) -> str:
    """One database as it is; several with a word on whose statements follow, since they do not fit into one server's database."""
    from advisor.formats.schema_sql import schema_sql

    if len(databases) == 1:
        return schema_sql(databases[0].schema)
    folders = [one_line(database.folder) or "." for database in databases]
    parts = [f"-- Database {folder}\n\n{schema_sql(found.schema)}" for folder, found in zip(folders, databases, strict=True)]
    head = f"-- {len(databases)} databases, each to be built in a database of its own: {', '.join(folders)}\n\n"
    return head + "\n".join(parts) if parts else ""
