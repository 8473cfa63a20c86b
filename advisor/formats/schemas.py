"""Schemas written down. In: a Project's databases. Out: SQL that builds them again, JSON, or a Mermaid diagram."""

from __future__ import annotations

from advisor.formats.excerpt import one_line
from advisor.model import Project


def render_schemas(project: Project, form: str) -> str:
    """All databases of a project in one text; `form` is `sql`, `json` or `mermaid`."""
    match form:
        case "sql":
            from advisor.formats.schema_sql import schema_sql

            parts = [(database.folder, schema_sql(database.schema)) for database in project.databases]
            if len(parts) == 1:
                return parts[0][1]
            return "\n".join(f"-- Database described in {one_line(folder) or '.'}\n\n{text}" for folder, text in parts)
        case "mermaid":
            from advisor.formats.schema_mermaid import schema_mermaid

            return schema_mermaid([database.schema for database in project.databases])
        case "json":
            from advisor.formats.schema_json import schemas_json

            return schemas_json(project)
    raise ValueError(f"no schema format is named {form}")
