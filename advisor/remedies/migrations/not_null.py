"""Columns that migrations make NOT NULL while their table is in use. In: table and column. Out: the steps."""

from __future__ import annotations

from advisor.model import Name
from advisor.remedies.migrations.constraints import add_constraint_sql, drop_constraint_sql, validate_sql
from advisor.remedies.migrations.steps import Step
from advisor.remedies.sql import quote, quote_name, with_suffix


def steps_to_require(table: Name, column: str) -> tuple[Step, ...]:
    """A CHECK that proves it, validated before: then SET NOT NULL reads no row (PostgreSQL 12 and later)."""
    stem = f"{table.name}_{column}"
    check = with_suffix(stem, "_present")
    alter = f"ALTER TABLE {quote_name(table)} ALTER COLUMN {quote(column)}"
    added = add_constraint_sql(table, check, f"CHECK ({quote(column)} IS NOT NULL)", valid=False)
    return (
        Step(f"check_{stem}", added, drop_constraint_sql(table, check, if_exists=True)),
        Step(f"validate_{stem}", validate_sql(table, check)),
        Step(f"require_{stem}", f"{alter} SET NOT NULL;\n{drop_constraint_sql(table, check)}", f"{alter} DROP NOT NULL;"),
    )
