"""CREATE TABLE in its forms, and views. In: `CreateStmt`, `CreateTableAsStmt` and `ViewStmt` nodes. Out: tables in the catalog."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from advisor.model import Column, CompositeType, CreateTable, Location, Name, Operation, Table
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.relations import Kind, find_relation, find_type_name, name_location, new_relation
from advisor.sources.sql.objects.statistics import clone_statistics
from advisor.sources.sql.objects.triggers import clone_triggers
from advisor.sources.sql.spelling.expressions import expression
from advisor.sources.sql.tables.columns import PendingConstraint, is_virtual, read_column, read_default
from advisor.sources.sql.tables.constraints import (
    add_constraint,
    clone_foreign_key,
    inherit_check,
    put_check,
)
from advisor.sources.sql.tables.indexes import clone_index, clone_missing_index
from advisor.sources.sql.tables.not_nulls import PendingNotNull, add_own_not_nulls, pending_not_null
from advisor.sources.sql.tables.partitions import partition_bound, partition_key
from advisor.sources.sql.tables.properties import access_method_named, server_options, storage_parameters, tablespace_named
from advisor.sources.sql.tables.sequence_statements import identity_words, make_sequence
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.stretches import parenthesised_elements
from advisor.sources.sql.text.tree import Node, fields_of, strings, unwrap, without_places
from advisor.sources.sql.views.views import already_there

LIKE_COMMENTS, LIKE_COMPRESSION, LIKE_CONSTRAINTS, LIKE_DEFAULTS, LIKE_GENERATED, LIKE_IDENTITY, LIKE_INDEXES = (
    1 << bit for bit in range(7)
)
LIKE_STATISTICS, LIKE_STORAGE = 1 << 7, 1 << 8
"""Bits of `TableLikeClause.options` (`TableLikeOption` in src/include/nodes/parsenodes.h)."""

CONSTRAINT_ORDER = {"CONSTR_PRIMARY": 1, "CONSTR_UNIQUE": 2, "CONSTR_EXCLUSION": 2, "CONSTR_FOREIGN": 3}
"""PostgreSQL makes a table's checks first, then its indexes, the primary key before the others, then its foreign keys."""


@dataclass
class Draft:
    """A table while its definition is read."""

    name: Name
    columns: dict[str, Column] = field(default_factory=dict)
    constraints: list[PendingConstraint] = field(default_factory=list)
    not_nulls: list[PendingNotNull] = field(default_factory=list)
    likes: list[tuple[Table, int, Location]] = field(default_factory=list)
    declared: set[str] = field(default_factory=set)
    """The columns that are written here, whether a parent has them or not."""
    complete: bool = True


def create_table(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    name = new_relation(catalog, fields["relation"])
    if already_there(catalog, statement, name, fields):
        return ()
    parents = tuple(find_relation(catalog, fields_of(node)) for node in fields.get("inhRelations", []))
    if (twice := next((parent for parent, times in Counter(parents).items() if times > 1), None)) is not None:
        raise RefusedError(f'relation "{twice}" would be inherited from more than once', statement.location)
    is_partition = "partbound" in fields
    draft = Draft(name)
    if "ofTypename" in fields:
        begin_with_type(catalog, draft, fields["ofTypename"])
    inherit_columns(catalog, draft, parents, partition=is_partition)
    read_elements(catalog, statement, fields, draft)
    access_method, tablespace = where_kept(catalog, fields, catalog.table(parents[0]) if is_partition else None)
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
        partition_bound=partition_bound(fields["partbound"], statement.location, catalog.table(parents[0]))
        if is_partition
        else None,
        storage=storage_parameters(fields.get("options", [])),
        access_method=access_method,
        tablespace=tablespace,
        of_type=find_type_name(catalog, fields["ofTypename"]) if "ofTypename" in fields else None,
    )
    if "partspec" in fields:
        table = replace(table, partition_key=partition_key(catalog, fields["partspec"], table))
    put_new(catalog, table, complete=draft.complete)
    for column in draft.columns:
        if column not in draft.declared:
            catalog.mark_inherited(name, ("column", column))
    finish(catalog, draft, parents, partition=is_partition)
    if fields.get("oncommit") == "ONCOMMIT_DROP":
        catalog.session.dropped_on_commit.append(name)
    return [CreateTable(statement.location, name)]


def where_kept(catalog: Catalog, fields: Node, whole: Table | None) -> tuple[str | None, str | None]:
    """Access method and tablespace: as written, as the table has it that this is a partition of, or as the session's settings say.

    A partitioned table has no access method that it was not given (`DefineRelation`, tablecmds.c).
    """
    usual = catalog.session.default_access_method if "partspec" not in fields else None
    inherited = (whole.access_method, whole.tablespace) if whole is not None else (None, None)
    return (
        access_method_named(fields.get("accessMethod") or inherited[0] or usual),
        tablespace_named(fields.get("tablespacename") or inherited[1] or catalog.session.default_tablespace),
    )


def begin_with_type(catalog: Catalog, draft: Draft, type_name: Node) -> None:
    """A typed table has the attributes of its type as columns."""
    composite = catalog.types.get(find_type_name(catalog, type_name))
    draft.complete = isinstance(composite, CompositeType)
    for attribute in composite.attributes if isinstance(composite, CompositeType) else ():
        draft.columns[attribute.name] = attribute
        draft.declared.add(attribute.name)


def create_foreign_table(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    operations = create_table(catalog, statement, fields["base"])
    for operation in operations:
        if isinstance(operation, CreateTable):
            options = server_options(fields.get("options", []))
            table = catalog.known(operation.table)
            table = replace(table, kind="foreign table", server=fields["servername"], server_options=options, access_method=None)
            # As a partition it was given what its parent has.
            catalog.put(replace(table, indexes=()))
    return operations


def put_new(catalog: Catalog, table: Table, *, complete: bool) -> None:
    catalog.put(table)
    (catalog.incomplete.discard if complete else catalog.incomplete.add)(table.name)


def inherit_columns(catalog: Catalog, draft: Draft, parents: Iterable[Name], *, partition: bool) -> None:
    """Begin with the parents' columns. Only a partition shares its parent's identity."""
    for name in parents:
        parent = catalog.table(name)
        if parent is None or name in catalog.incomplete:
            draft.complete = False
        if parent is None:
            continue
        for column in parent.columns:
            nullable = column.nullable or any(found.column == column.name and found.no_inherit for found in parent.not_nulls)
            identity = column.identity if partition else None
            inherited = replace(
                column, comment=None, identity=identity, identity_options=(), nullable=nullable, statistics_target=None, options=()
            )
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
        virtual=own.virtual or (own.generated is None and inherited.virtual),
        storage=own.storage or inherited.storage,
        compression=own.compression or inherited.compression,
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
            draft.not_nulls.extend([found.not_null] if found.not_null else [])
        elif kind == "Constraint":
            read_constraint(draft, element, statement.stretch(begin, end))
        elif kind == "TableLikeClause":
            read_like(catalog, element, draft, statement.stretch(begin, end))


def read_constraint(draft: Draft, fields: Node, location: Location) -> None:
    """A constraint of its own. A table that is empty has nothing to validate."""
    written = {name: value for name, value in fields.items() if name != "skip_validation"}
    if written["contype"] == "CONSTR_NOTNULL":
        draft.not_nulls.extend(pending_not_null(written, column, location) for column in strings(written["keys"]))
    else:
        draft.constraints.append(PendingConstraint(written, location))


def read_column_options(draft: Draft, fields: Node, location: Location) -> None:
    """`PARTITION OF parent (column WITH OPTIONS NOT NULL)`: what it adds to an inherited column."""
    column = draft.columns.get(fields["colname"])
    for constraint in map(fields_of, fields.get("constraints", [])):
        if column is not None and constraint["contype"] in ("CONSTR_NOTNULL", "CONSTR_PRIMARY"):
            column = replace(column, nullable=False)
            draft.not_nulls.append(pending_not_null(constraint, column.name, location))
        if column is not None and constraint["contype"] == "CONSTR_DEFAULT":
            column = replace(column, default=read_default(constraint["raw_expr"], column.type))
        if column is not None and constraint["contype"] == "CONSTR_GENERATED":
            column = replace(column, generated=expression(constraint["raw_expr"]), virtual=is_virtual(constraint))
        draft.constraints.append(PendingConstraint(constraint, location, (fields["colname"],)))
    if column is not None:
        draft.columns[column.name] = column


def read_like(catalog: Catalog, fields: Node, draft: Draft, location: Location) -> None:
    """`LIKE other INCLUDING ...`: the columns now, the rest when the table is there."""
    name = find_relation(catalog, fields["relation"])
    composite, options = catalog.types.get(catalog.find_type(name.schema, name.name) or name), fields.get("options", 0)
    table = Table(name, composite.attributes, location) if isinstance(composite, CompositeType) else catalog.table(name)
    if table is None or name in catalog.incomplete:
        draft.complete = False
    if table is None:
        return
    for column in table.columns:
        draft.declared.add(column.name)
        copied = replace(
            column,
            location=location,
            default=column.default if options & LIKE_DEFAULTS else None,
            identity=column.identity if options & LIKE_IDENTITY else None,
            identity_options=(),
            generated=column.generated if options & LIKE_GENERATED else None,
            virtual=column.virtual and bool(options & LIKE_GENERATED),
            storage=column.storage if options & LIKE_STORAGE else None,
            compression=column.compression if options & LIKE_COMPRESSION else None,
            statistics_target=None,
            options=(),
            comment=column.comment if options & LIKE_COMMENTS else None,
        )
        draft.columns[column.name] = merged(draft.columns.get(column.name), copied)
        if column.identity and options & LIKE_IDENTITY:
            copy_identity(catalog, name, draft, column)
    draft.not_nulls.extend(PendingNotNull(found.column, location, found.name, found.no_inherit) for found in table.not_nulls)
    draft.likes.append((table, options, location))


def copy_identity(catalog: Catalog, source: Name, draft: Draft, column: Column) -> None:
    """INCLUDING IDENTITY: a sequence of its own, with the other's options."""
    other = catalog.sequences.identity_of(source, column.name)
    sequence = make_sequence(catalog, draft.name, column.name, column.type, identity=True)
    if other is not None:
        catalog.put_sequence(sequence, catalog.sequences.options[other])
    draft.columns[column.name] = replace(
        draft.columns[column.name], identity_options=identity_words(catalog, draft.name, column.name)
    )


def finish(catalog: Catalog, draft: Draft, parents: Sequence[Name], *, partition: bool) -> None:
    """Everything beside the columns, in PostgreSQL's order."""
    known = [table for table in map(catalog.table, parents) if table is not None]
    for check in [check for parent in known for check in parent.checks if not check.no_inherit]:
        # A table that is empty has nothing to validate.
        inherit_check(catalog, draft.name, replace(check, validated=check.enforced))
    ordered = sorted(draft.constraints, key=lambda pending: CONSTRAINT_ORDER.get(pending.kind, 0))
    for pending in [pending for pending in ordered if pending.kind == "CONSTR_CHECK"]:
        tuple(add_constraint(catalog, draft.name, pending))
    add_own_not_nulls(catalog, draft.name, [*draft.not_nulls, *required_by_keys(draft)], known)
    for parent in known if partition else []:
        for index in parent.indexes:
            clone_missing_index(catalog, index, draft.name)
        for key in parent.foreign_keys:
            clone_foreign_key(catalog, key, draft.name)
        clone_triggers(catalog, parent, draft.name)
    # The statement is one operation: what its constraints yield is part of it.
    for pending in without_repeats(pending for pending in ordered if pending.kind not in ("CONSTR_CHECK", "CONSTR_FOREIGN")):
        tuple(add_constraint(catalog, draft.name, pending))
    finish_likes(catalog, draft)
    for pending in [pending for pending in ordered if pending.kind == "CONSTR_FOREIGN"]:
        tuple(add_constraint(catalog, draft.name, pending))


def finish_likes(catalog: Catalog, draft: Draft) -> None:
    """What LIKE brings beside columns."""
    for table, options, location in draft.likes:
        comments = bool(options & LIKE_COMMENTS)
        constraints = [found.name for found in table.not_nulls]
        for check in table.checks if options & LIKE_CONSTRAINTS else ():
            put_check(catalog, draft.name, replace(check, location=location, validated=check.enforced), to_children=False)
            constraints.append(check.name or "")
        for index in table.indexes if options & LIKE_INDEXES else ():
            name = clone_index(catalog, index, draft.name, location)
            if comments and index.name is not None:
                catalog.objects.remarks.copy_part("index", (index.name, table.name), (name, draft.name))
        if options & LIKE_STATISTICS:
            clone_statistics(catalog, table, draft.name, location, comments=comments)
        for constraint in constraints if comments else ():
            catalog.objects.remarks.copy_part("constraint", (constraint, table.name), (constraint, draft.name))


def required_by_keys(draft: Draft) -> list[PendingNotNull]:
    """What a primary key of its own makes NOT NULL."""
    keys = [pending for pending in draft.constraints if pending.kind == "CONSTR_PRIMARY"]
    columns = [(column, pending) for pending in keys for column in strings(pending.fields.get("keys", [])) or pending.columns]
    return [PendingNotNull(column, pending.location) for column, pending in columns]


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
