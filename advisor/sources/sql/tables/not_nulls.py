"""NOT NULL constraints. In: what CREATE and ALTER TABLE say of them. Out: the constraints, named as PostgreSQL 18 names them.

A column has one at most, whether it is written, implied (a primary key's, serial's, identity's) or inherited; `t_c_not_null` is the
name of one that has none. Inherited ones have their parent's name. Sources: `AddRelationNotNullConstraints`
(src/backend/catalog/heap.c), `ATExecSetNotNull`, `ATExecAlterConstrInheritability` and `dropconstraint_internal`
(src/backend/commands/tablecmds.c).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from advisor.model import Location, Name, NotNull, Table
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.text.tree import Node


class PendingNotNull(Struct, frozen=True):
    """A NOT NULL constraint to be added once the table is there."""

    column: str
    location: Location
    name: str | None = None
    no_inherit: bool = False
    validated: bool = True


def pending_not_null(fields: Node, column: str, location: Location) -> PendingNotNull:
    """What a `Constraint` node of kind CONSTR_NOTNULL asks for."""
    return PendingNotNull(
        column, location, fields.get("conname"), "is_no_inherit" in fields, validated="skip_validation" not in fields
    )


def not_null_of(table: Table, column: str) -> NotNull | None:
    return next((found for found in table.not_nulls if found.column == column), None)


def add_own_not_nulls(catalog: Catalog, name: Name, written: Iterable[PendingNotNull], parents: Iterable[Table]) -> None:
    """The NOT NULL constraints of a new table: first those that are written, one for each column, then the rest of its parents'."""
    wanted: dict[str, PendingNotNull] = {}
    for pending in written:
        known = wanted.setdefault(pending.column, pending)
        if known.name is None and pending.name is not None:
            wanted[pending.column] = replace(known, name=pending.name)
    inherited = {
        found.column: replace(found, validated=True)
        for parent in reversed(list(parents))
        for found in reversed(parent.not_nulls)
        if not found.no_inherit
    }
    for pending in wanted.values():
        put_not_null(catalog, name, named(catalog, name, pending), to_children=False)
    table = catalog.known(name)
    for column in [column.name for column in table.columns if column.name in inherited and column.name not in wanted]:
        catalog.mark_inherited(name, ("not null", column))
        used = {found.name for found in catalog.known(name).not_nulls}
        constraint = inherited[column]
        if constraint.name in used:
            constraint = named(catalog, name, PendingNotNull(column, constraint.location))
        put_not_null(catalog, name, constraint, to_children=False)


def named(catalog: Catalog, table: Name, pending: PendingNotNull) -> NotNull:
    name = pending.name or catalog.names.choose_constraint_name(table.schema, table.name, pending.column, "not_null")
    return NotNull(name, pending.column, pending.location, pending.validated, pending.no_inherit)


def require_value(catalog: Catalog, name: Name, pending: PendingNotNull, *, to_children: bool = True) -> None:
    """Make a column of a table that is there NOT NULL; a constraint that it has already stays, and holds from now on."""
    table = catalog.table(name)
    column = table.column(pending.column) if table is not None else None
    if table is None or column is None:
        return
    known = not_null_of(table, pending.column)
    if known is not None:
        if known.no_inherit and not pending.no_inherit and to_children and catalog.children(name):
            raise RefusedError(f'cannot change NO INHERIT status of NOT NULL constraint "{known.name}"', pending.location)
        catalog.mark_own(name, ("not null", pending.column))
        if pending.validated and not known.validated:
            validate_not_null(catalog, name, known.column)
    elif column.nullable:
        put_not_null(catalog, name, named(catalog, name, pending), to_children=to_children)


def put_not_null(catalog: Catalog, name: Name, constraint: NotNull, *, to_children: bool) -> None:
    """Give a table a constraint, and those that inherit the column one of the same name; who has one keeps it."""
    table = catalog.known(name)
    if not_null_of(table, constraint.column) is not None:
        return
    columns = table.columns
    if any(known.name == constraint.column and known.nullable for known in columns):
        columns = tuple(replace(known, nullable=False) if known.name == constraint.column else known for known in columns)
    catalog.put(replace(table, columns=columns, not_nulls=(*table.not_nulls, constraint)))
    for child in catalog.children(name) if to_children and not constraint.no_inherit else ():
        if not_null_of(catalog.known(child), constraint.column) is None:
            catalog.mark_inherited(child, ("not null", constraint.column))
        put_not_null(catalog, child, constraint, to_children=True)


def allow_null(catalog: Catalog, name: Name, column: str, *, only: bool = False) -> None:
    """Take a column's constraint off a table, and off those that have it only from there."""
    table = catalog.known(name)
    known, there = not_null_of(table, column), table.column(column)
    if known is None and there is not None and there.nullable:
        return
    columns = tuple(replace(found, nullable=True) if found.name == column else found for found in table.columns)
    catalog.put(replace(table, columns=columns, not_nulls=tuple(found for found in table.not_nulls if found is not known)))
    for child in catalog.children(name) if known is None or not known.no_inherit else ():
        if only:
            catalog.mark_own(child, ("not null", column))
        elif known is None or catalog.goes_with_parent(child, ("not null", column)):
            catalog.mark_own(child, ("not null", column))
            allow_null(catalog, child, column)


def validate_not_null(catalog: Catalog, name: Name, column: str) -> None:
    """VALIDATE CONSTRAINT, of the tables that inherit it too."""
    table = catalog.known(name)
    not_nulls = tuple(replace(found, validated=True) if found.column == column else found for found in table.not_nulls)
    catalog.put(replace(table, not_nulls=not_nulls))
    for child in catalog.children(name):
        validate_not_null(catalog, child, column)


def make_not_nulls_anew(catalog: Catalog, name: Name, column: str) -> None:
    """A column's type changes: the constraints that heirs have only from a table are made anew, under the name of the table's."""
    table = catalog.table(name)
    constraint = not_null_of(table, column) if table is not None else None
    for child in catalog.children(name) if constraint is not None else ():
        known = not_null_of(catalog.known(child), column)
        if known is not None and constraint is not None and not catalog.is_own(child, ("not null", column)):
            heir = catalog.known(child)
            catalog.objects.remarks.put_on_part("constraint", known.name, child, None)
            renamed = replace(known, name=constraint.name)
            catalog.put(replace(heir, not_nulls=tuple(renamed if found is known else found for found in heir.not_nulls)))
            make_not_nulls_anew(catalog, child, column)


def set_inheritance(catalog: Catalog, name: Name, constraint: NotNull, *, no_inherit: bool) -> None:
    """ALTER CONSTRAINT ... [NO] INHERIT: what children have stays theirs, or they get it."""
    table = catalog.known(name)
    changed = replace(constraint, no_inherit=no_inherit)
    catalog.put(replace(table, not_nulls=tuple(changed if found is constraint else found for found in table.not_nulls)))
    for child in catalog.children(name):
        if no_inherit:
            catalog.mark_own(child, ("not null", constraint.column))
        elif not_null_of(catalog.known(child), constraint.column) is None:
            catalog.mark_inherited(child, ("not null", constraint.column))
            put_not_null(catalog, child, changed, to_children=True)
