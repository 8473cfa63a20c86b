"""Partitions that migrations attach and detach while their table is in use. In: the tables. Out: SQL and steps."""

from __future__ import annotations

from advisor.model import Name
from advisor.remedies.migrations.constraints import add_constraint_sql, drop_constraint_sql, validate_sql
from advisor.remedies.migrations.steps import Step
from advisor.remedies.sql import quote_name


def detach_sql(table: Name, partition: Name) -> str:
    """CONCURRENTLY, from PostgreSQL 14 on."""
    return f"ALTER TABLE {quote_name(table)} DETACH PARTITION {quote_name(partition)} CONCURRENTLY;"


def attach_sql(table: Name, partition: Name, bound: str) -> str:
    return f"ALTER TABLE {quote_name(table)} ATTACH PARTITION {quote_name(partition)} {bound};"


def steps_to_attach(table: Name, partition: Name, bound: str, condition: str) -> tuple[Step, ...]:
    """A CHECK that says what the bound says, validated before: then attaching reads no row."""
    name = f"{partition.name}_bound"
    attach = attach_sql(table, partition, bound)
    detach = f"ALTER TABLE {quote_name(table)} DETACH PARTITION {quote_name(partition)};"
    check = add_constraint_sql(partition, name, f"CHECK ({condition})", valid=False)
    return (
        Step(f"bound_{partition.name}", check, drop_constraint_sql(partition, name, if_exists=True)),
        Step(f"validate_{partition.name}", validate_sql(partition, name)),
        Step(f"attach_{partition.name}", f"{attach}\n{drop_constraint_sql(partition, name)}", detach),
    )
