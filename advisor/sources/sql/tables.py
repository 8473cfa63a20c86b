"""CREATE TABLE in its forms, and views. In: `CreateStmt`, `CreateTableAsStmt` and `ViewStmt` nodes. Out: tables in the catalog."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from advisor.model import Column, CreateTable, Location, Name, Operation, Table
from advisor.sources.sql.catalog import Catalog, RefusedError
from advisor.sources.sql.columns import PendingConstraint, make_sequence, read_column, read_default
from advisor.sources.sql.constraints import (
    add_constraint,
    clone_foreign_key,
    inherit_check,
    put_check,
)
from advisor.sources.sql.indexes import clone_index, clone_missing_index
from advisor.sources.sql.partitions import partition_bound, partition_key
from advisor.sources.sql.relations import Kind, find_relation, name_location, new_relation
from advisor.sources.sql.statements import Statement
from advisor.sources.sql.stretches import parenthesised_elements
from advisor.sources.sql.tree import Node, fields_of, strings, unwrap, without_places

LIKE_COMMENTS, LIKE_CONSTRAINTS, LIKE_DEFAULTS, LIKE_GENERATED, LIKE_IDENTITY, LIKE_INDEXES = (
    1 << bit for bit in (0, 2, 3, 4, 5, 6)
)
"""Bits of `TableLikeClause.options` (`TableLikeOption` in src/include/nodes/parsenodes.h)."""

CONSTRAINT_ORDER = {"CONSTR_PRIMARY": 1, "CONSTR_UNIQUE": 2, "CONSTR_EXCLUSION": 2, "CONSTR_FOREIGN": 3}
"""PostgreSQL makes a table's checks first, then its indexes, the primary key before the others, then its foreign keys."""


@dataclass
class Draft:
    """A table while its definition is read."""

    name: Name
    columns: dict[str, Column] = field(default_factory=dict)
    constraints: list[PendingConstraint] = field(default_factory=list)
    likes: list[tuple[Table, int, Location]] = field(default_factory=list)
    declared: set[str] = field(default_factory=set)
    """The columns that are written here, whether a parent has them or not."""
    complete: bool = True


def create_table(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    name = new_relation(catalog, fields["relation"])
    if already_there(catalog, statement, name, fields):
        return ()
    parents = tuple(find_relation(catalog, fields_of(node)) for node in fields.get("inhRelations", []))
    is_partition = "partbound" in fields
    draft = Draft(name, complete="ofTypename" not in fields)
    inherit_columns(catalog, draft, parents, partition=is_partition)
    read_elements(catalog, statement, fields, draft)
    kind: Kind = "partitioned table" if "partspec" in fields else "partition" if is_partition else "table"
    table = Table(
        name,
        tuple(draft.columns.values()),
        statement.location,
        kind=kind,
        partition_of=parents[0] if is_partition else None,
        inherits=() if is_partition else parents,
        unlogged=fields["relation"].get("relpersistence") == "u",
        name_location=name_location(statement, fields["relation"]),
        partition_bound=partition_bound(fields["partbound"]) if is_partition else None,
    )
    if "partspec" in fields:
        table = replace(table, partition_key=partition_key(catalog, fields["partspec"], table))
    put_new(catalog, table, complete=draft.complete)
    for column in draft.columns:
        if column not in draft.declared:
            catalog.mark_inherited(name, ("column", column))
    finish(catalog, draft, parents, partition=is_partition)
    return [CreateTable(statement.location, name)]


def create_foreign_table(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    operations = create_table(catalog, statement, fields["base"])
    for operation in operations:
        if isinstance(operation, CreateTable):
            catalog.put(replace(catalog.known(operation.table), kind="foreign table"))
    return operations


def already_there(catalog: Catalog, statement: Statement, name: Name, fields: Node) -> bool:
    """Whether IF NOT EXISTS makes the statement do nothing; refused where it would make something a second time."""
    if not catalog.is_relation(name):
        return False
    if fields.get("if_not_exists"):
        return True
    raise RefusedError(f'relation "{name}" already exists', statement.location)


def put_new(catalog: Catalog, table: Table, *, complete: bool) -> None:
    catalog.put(table)
    if not complete:
        catalog.incomplete.add(table.name)


def inherit_columns(catalog: Catalog, draft: Draft, parents: Iterable[Name], *, partition: bool) -> None:
    """Begin with the parents' columns. Only a partition shares its parent's identity."""
    for name in parents:
        parent = catalog.table(name)
        if parent is None or name in catalog.incomplete:
            draft.complete = False
        if parent is None:
            continue
        for column in parent.columns:
            inherited = replace(column, comment=None, identity=column.identity if partition else None)
            draft.columns[column.name] = merged(draft.columns.get(column.name), inherited)


def merged(inherited: Column | None, own: Column) -> Column:
    """A column that is inherited and declared, or inherited twice: one column, as strict as the stricter."""
    if inherited is None:
        return own
    return replace(
        own,
        nullable=own.nullable and inherited.nullable,
        default=own.default or inherited.default,
        generated=own.generated or inherited.generated,
    )


def read_elements(catalog: Catalog, statement: Statement, fields: Node, draft: Draft) -> None:
    """The list between the parentheses: columns, constraints, LIKE clauses."""
    nodes = fields.get("tableElts", [])
    start = statement.offset(fields["relation"]) or 0
    stretches = parenthesised_elements(statement.masked, start) if nodes else []
    for node, (begin, end) in zip(nodes, stretches, strict=False):
        kind, element = unwrap(node)
        if kind == "ColumnDef" and "typeName" not in element:
            read_column_options(draft, element, statement.stretch(begin, end))
        elif kind == "ColumnDef":
            found = read_column(catalog, statement, element, draft.name, end)
            if found.column.name in draft.declared:
                raise RefusedError(f'column "{found.column.name}" specified more than once', found.column.location)
            draft.declared.add(found.column.name)
            draft.columns[found.column.name] = merged(draft.columns.get(found.column.name), found.column)
            draft.constraints.extend(found.constraints)
        elif kind == "Constraint":
            written = {name: value for name, value in element.items() if name != "skip_validation"}
            draft.constraints.append(PendingConstraint(written, statement.stretch(begin, end)))
        elif kind == "TableLikeClause":
            read_like(catalog, element, draft, statement.stretch(begin, end))


def read_column_options(draft: Draft, fields: Node, location: Location) -> None:
    """`PARTITION OF parent (column WITH OPTIONS NOT NULL)`: what it adds to an inherited column."""
    column = draft.columns.get(fields["colname"])
    for constraint in map(fields_of, fields.get("constraints", [])):
        if column is not None and constraint["contype"] in ("CONSTR_NOTNULL", "CONSTR_PRIMARY"):
            column = replace(column, nullable=False)
        if column is not None and constraint["contype"] == "CONSTR_DEFAULT":
            column = replace(column, default=read_default(constraint["raw_expr"]))
        draft.constraints.append(PendingConstraint(constraint, location, (fields["colname"],)))
    if column is not None:
        draft.columns[column.name] = column


def read_like(catalog: Catalog, fields: Node, draft: Draft, location: Location) -> None:
    """`LIKE other INCLUDING ...`: the columns now, the rest when the table is there."""
    name = find_relation(catalog, fields["relation"])
    table, options = catalog.table(name), fields.get("options", 0)
    if table is None or name in catalog.incomplete:
        draft.complete = False
    if table is None:
        return
    for column in table.columns:
        draft.declared.add(column.name)
        draft.columns[column.name] = replace(
            column,
            location=location,
            default=column.default if options & LIKE_DEFAULTS else None,
            identity=column.identity if options & LIKE_IDENTITY else None,
            generated=column.generated if options & LIKE_GENERATED else None,
            comment=column.comment if options & LIKE_COMMENTS else None,
        )
        if column.identity and options & LIKE_IDENTITY:
            make_sequence(catalog, draft.name, column.name)
    draft.likes.append((table, options, location))


def finish(catalog: Catalog, draft: Draft, parents: Sequence[Name], *, partition: bool) -> None:
    """Everything beside the columns, in PostgreSQL's order."""
    known = [table for table in map(catalog.table, parents) if table is not None]
    for check in [check for parent in known for check in parent.checks]:
        # A table that is empty has nothing to validate.
        inherit_check(catalog, draft.name, replace(check, validated=True))
    for parent in known if partition else []:
        for index in parent.indexes:
            clone_missing_index(catalog, index, draft.name)
        for key in parent.foreign_keys:
            clone_foreign_key(catalog, key, draft.name)
    ordered = sorted(draft.constraints, key=lambda pending: CONSTRAINT_ORDER.get(pending.kind, 0))
    for pending in without_repeats(ordered):
        # The statement is one operation: what its constraints yield is part of it.
        tuple(add_constraint(catalog, draft.name, pending))
    for table, options, location in draft.likes:
        for check in table.checks if options & LIKE_CONSTRAINTS else ():
            put_check(catalog, draft.name, replace(check, location=location), to_children=False)
        for index in table.indexes if options & LIKE_INDEXES else ():
            clone_index(catalog, index, draft.name, location)


def without_repeats(constraints: Iterable[PendingConstraint]) -> list[PendingConstraint]:
    """Unique constraints over the same columns are one index, with the first name given (`transformIndexConstraints`)."""
    kept: list[PendingConstraint] = []
    for pending in constraints:
        like = next((number for number, other in enumerate(kept) if index_identity(other) == index_identity(pending)), None)
        if like is None or index_identity(pending) is None:
            kept.append(pending)
        elif "conname" not in kept[like].fields and "conname" in pending.fields:
            kept[like] = replace(kept[like], fields={**kept[like].fields, "conname": pending.fields["conname"]})
    return kept


def index_identity(pending: PendingConstraint) -> tuple[object, ...] | None:
    """What makes two constraints one index; None for a constraint without one."""
    fields = pending.fields
    if pending.kind == "CONSTR_EXCLUSION":
        parts = ("exclusions", "access_method", "where_clause", "deferrable", "initdeferred")
        return tuple(str(without_places(fields.get(part))) for part in parts)
    if pending.kind not in ("CONSTR_PRIMARY", "CONSTR_UNIQUE"):
        return None
    columns = strings(fields["keys"]) if "keys" in fields else pending.columns
    flags = tuple(name in fields for name in ("nulls_not_distinct", "deferrable", "initdeferred", "without_overlaps"))
    return (columns, strings(fields.get("including", [])), flags)


def create_table_as(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """CREATE TABLE AS, CREATE MATERIALIZED VIEW: their columns are those of a query, which is not looked into."""
    relation = fields["into"]["rel"]
    is_view = fields["objtype"] == "OBJECT_MATVIEW"
    return create_from_query(catalog, statement, relation, fields, "materialized view" if is_view else "table")


def create_view(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    name = new_relation(catalog, fields["view"])
    known = catalog.table(name)
    if fields.get("replace") and known is not None and known.kind == "view":
        return ()
    return create_from_query(catalog, statement, fields["view"], fields, "view")


def create_from_query(catalog: Catalog, statement: Statement, relation: Node, fields: Node, kind: Kind) -> Sequence[Operation]:
    name = new_relation(catalog, relation)
    if already_there(catalog, statement, name, fields):
        return ()
    unlogged = relation.get("relpersistence") == "u"
    table = Table(name, (), statement.location, kind=kind, unlogged=unlogged, name_location=name_location(statement, relation))
    put_new(catalog, table, complete=False)
    return [CreateTable(statement.location, name)]
