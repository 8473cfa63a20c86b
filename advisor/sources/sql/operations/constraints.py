"""Commands of ALTER TABLE on constraints that are there. In: a `Command`. Out: its operations (added ones: `added_constraints`)."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.model import AlterConstraint, Check, DropConstraint, ForeignKey, Index, NotNull, Operation, Table, ValidateConstraint
from advisor.sources.sql.operations.added_constraints import added_constraints
from advisor.sources.sql.operations.commands import Command, referring_to


def add_constraint(command: Command) -> Iterator[Operation]:
    yield from added_constraints(command, command.definition, ())


def validate_constraint(command: Command) -> Iterator[Operation]:
    scene, table = command.scene, command.table
    key = next((key for key in table.foreign_keys if key.name == command.name), None) if table else None
    parts: tuple[ForeignKey | Check | NotNull, ...] = (*table.foreign_keys, *table.checks, *table.not_nulls) if table else ()
    done = next((part.validated for part in parts if part.name == command.name), False)
    yield ValidateConstraint(
        scene.location, scene.name, "validate constraint",
        children=command.children,
        name=command.name,
        referenced=key.referenced_table if key and key.referenced_table != scene.name else None,
        validated_before=done,
    )  # fmt: skip


def drop_constraint(command: Command) -> Iterator[Operation]:
    scene, table = command.scene, command.table
    kind, part = constraint_of(table, command.name) if table else (None, None)
    key = part if isinstance(part, ForeignKey) else None
    columns = [column for column in part.columns if column] if isinstance(part, Index) else []
    yield DropConstraint(
        scene.location, scene.name, "drop constraint",
        children=command.children,
        name=command.name,
        kind=kind,
        cascade=command.cascade,
        guarded=command.guarded,
        references=(key.referenced_table,) if key and key.referenced_table != scene.name else (),
        referencing=referring_to(command, columns) if command.cascade and columns else (),
    )  # fmt: skip


def constraint_of(table: Table, name: str) -> tuple[str | None, object]:
    """The kind of a table's constraint of that name, and the constraint."""
    for index in table.indexes:
        if index.constraint and index.name == name:
            return index.constraint, index
    for kind, parts in (("foreign key", table.foreign_keys), ("check", table.checks), ("not null", table.not_nulls)):
        for part in parts:
            if part.name == name:
                return kind, part
    return None, None


def alter_constraint(command: Command) -> Iterator[Operation]:
    fields, scene, table = command.definition, command.scene, command.table
    name = str(fields.get("conname", ""))
    _, part = constraint_of(table, name) if table else (None, None)
    references = (part.referenced_table,) if isinstance(part, ForeignKey) and part.referenced_table != scene.name else ()
    changes, enforces = "alterEnforceability" in fields, "is_enforced" in fields
    yield AlterConstraint(
        scene.location, scene.name, "alter constraint",
        children=command.children, name=name,
        enforces=changes and enforces, relaxes=changes and not enforces, references=references,
    )  # fmt: skip
