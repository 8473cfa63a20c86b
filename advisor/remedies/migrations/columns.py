"""Columns that migrations add to tables in use. In: the operation. Out: the steps, each of which is done in an instant.

Between them the old rows are filled in batches, which no migration should do in one piece: the step says so in a comment.
"""

from __future__ import annotations

from advisor.model import AddCheck, AddColumn, AddForeignKey, AddPrimaryKey, AddUnique, Migration
from advisor.remedies.migrations.not_null import steps_to_require
from advisor.remedies.migrations.steps import Step
from advisor.remedies.sql import quote, quote_name, quote_string, with_suffix

BATCHES = "-- Then fill the rows that are there, in batches, each in a transaction of its own, until none is left:\n"


def comes_bare(step: AddColumn, migration: Migration) -> bool:
    """Whether its statement adds no constraint, which these steps would leave out."""
    constraints = (AddCheck, AddForeignKey, AddPrimaryKey, AddUnique)
    return not any(isinstance(other, constraints) and other.location.overlaps(step.location) for other in migration.operations)


def steps_to_add(step: AddColumn) -> tuple[Step, ...]:
    """The column, its default for new rows, and NOT NULL where it is wanted, when the old rows have been filled."""
    column, table = quote(step.column or ""), quote_name(step.table)
    add = f"ALTER TABLE {table} ADD COLUMN {column} {step.type};"
    default = f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {step.default_text};"
    fill = in_batches(step, step.default_text or "...")
    first = Step(f"add_{step.table.name}_{step.column}", f"{add}\n{default}\n{fill}", f"ALTER TABLE {table} DROP COLUMN {column};")
    return (first, *(steps_to_require(step.table, step.column or "") if step.not_null else ()))


def steps_to_add_required(step: AddColumn) -> tuple[Step, ...]:
    column, table = quote(step.column or ""), quote_name(step.table)
    add = f"ALTER TABLE {table} ADD COLUMN {column} {step.type};\n{in_batches(step, '...')}"
    first = Step(f"add_{step.table.name}_{step.column}", add, f"ALTER TABLE {table} DROP COLUMN {column};")
    return (first, *steps_to_require(step.table, step.column or ""))


def steps_to_number(step: AddColumn, *, identity: bool = False) -> tuple[Step, ...]:
    """The column, and a sequence that numbers new rows from the start."""
    column, table = quote(step.column or ""), quote_name(step.table)
    name = with_suffix(f"{step.table.name}_{step.column}", "_seq")
    sequence = f"{quote(step.table.schema)}.{quote(name)}" if step.table.schema != "public" else quote(name)
    following = f"nextval({quote_string(sequence)})"
    first = "\n".join(
        [
            f"ALTER TABLE {table} ADD COLUMN {column} {step.type};",
            f"CREATE SEQUENCE {sequence} AS {step.type} OWNED BY {table}.{column};",
            f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {following};",
            in_batches(step, following),
        ]
    )
    steps = (
        Step(f"add_{step.table.name}_{step.column}", first, f"ALTER TABLE {table} DROP COLUMN {column};"),
        *steps_to_require(step.table, step.column or ""),
    )
    return (*steps, become_identity(step, sequence)) if identity else steps


def become_identity(step: AddColumn, sequence: str) -> Step:
    """The default gives way to an identity that goes on where the sequence stands: reading the table for its largest number would
    keep everybody out meanwhile."""
    column, table = quote(step.column or ""), quote_name(step.table)
    alter = f"ALTER TABLE {table} ALTER COLUMN {column}"
    kind = "ALWAYS" if step.always else "BY DEFAULT"
    retired = quote(with_suffix(f"{step.table.name}_{step.column}", "_old_seq"))
    old = f"{quote(step.table.schema)}.{retired}" if step.table.schema != "public" else retired
    own = f"pg_get_serial_sequence({quote_string(table)}, {quote_string(step.column or '')})"
    lines = [
        f"{alter} DROP DEFAULT;",
        f"ALTER SEQUENCE {sequence} OWNED BY NONE;",
        f"ALTER SEQUENCE {sequence} RENAME TO {retired};",
        f"{alter} ADD GENERATED {kind} AS IDENTITY;",
        f"SELECT setval({own}, nextval({quote_string(old)}), false);",
        f"DROP SEQUENCE {old};",
    ]
    text = "\n".join(lines)
    return Step(f"identity_{step.table.name}_{step.column}", text, f"{alter} DROP IDENTITY;")


def in_batches(step: AddColumn, value: str) -> str:
    """A batch, as a comment: it is run until it changes nothing."""
    column, table = quote(step.column or ""), quote_name(step.table)
    pick = f"SELECT ctid FROM {table} WHERE {column} IS NULL LIMIT 5000 FOR UPDATE SKIP LOCKED"  # noqa: S608 - to paste
    return f"{BATCHES}-- UPDATE {table} SET {column} = {value} WHERE ctid = ANY (ARRAY({pick}));"  # noqa: S608 - to paste
