"""Constraints. In: `Constraint` nodes of CREATE and ALTER TABLE. Out: checks, foreign keys and indexes on the catalog's tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from advisor.model import AddForeignKey, AlterTable, Check, Expression, ForeignKey, Index, IndexKey, Name, Operation, Table
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.relations import find_relation
from advisor.sources.sql.catalog.table_names import names_to_inherit
from advisor.sources.sql.spelling.expressions import expression
from advisor.sources.sql.spelling.names import expression_name, joined_columns
from advisor.sources.sql.tables.columns import PendingConstraint, column_names
from advisor.sources.sql.tables.indexes import (
    ConstraintKind,
    add_index,
    choose_index_name,
    read_key,
    remove_index,
    require_columns,
    require_key_values,
)
from advisor.sources.sql.tables.not_nulls import (
    allow_null,
    pending_not_null,
    require_value,
)
from advisor.sources.sql.tables.properties import storage_parameters, tablespace_named
from advisor.sources.sql.text.quoting import quote_identifier
from advisor.sources.sql.text.tree import Node, fields_of, strings, walk

ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}

INDEX_KINDS: dict[str, ConstraintKind] = {
    "CONSTR_PRIMARY": "primary key",
    "CONSTR_UNIQUE": "unique",
    "CONSTR_EXCLUSION": "exclusion",
}


def add_constraint(catalog: Catalog, table: Name, pending: PendingConstraint, *, only: bool = False) -> Iterator[Operation]:
    """Add a constraint to a table, and to those that inherit it. The table need not be known: then only the operation is given."""
    adder = ADDERS.get(pending.kind)
    if adder is not None:
        yield from adder(catalog, table, pending, only)


def add_check(catalog: Catalog, table: Name, pending: PendingConstraint, only: bool) -> Iterator[Operation]:
    yield AlterTable(pending.location, table, "add check", next(iter(pending.columns), None))
    known = catalog.table(table)
    if known is None:
        return
    write_row_in_full(pending.fields["raw_expr"], known)
    text = expression(pending.fields["raw_expr"])
    require_columns(catalog, known, text.columns, pending.location)
    require_free_name(catalog, table, pending)
    name = pending.fields.get("conname") or choose_check_name(catalog, table, text)
    check = Check(
        name,
        text,
        pending.location,
        validated="skip_validation" not in pending.fields and is_enforced(pending.fields),
        no_inherit="is_no_inherit" in pending.fields,
        enforced=is_enforced(pending.fields),
        name_is_default="conname" not in pending.fields,
    )
    inherited = not only and "is_no_inherit" not in pending.fields
    put_check(catalog, table, check, to_children=inherited)
    catalog.mark_own(table, ("check", name))


def require_free_name(catalog: Catalog, table: Name, pending: PendingConstraint) -> None:
    """Refuse a name that another constraint of the table has. A check that is inherited under it becomes the table's own.

    Source: `ConstraintNameIsUsed` in `ATExecAddConstraint` (tablecmds.c), `MergeWithExistingConstraint` (heap.c).
    """
    given, known = pending.fields.get("conname"), catalog.table(table)
    if given is None or known is None:
        return
    taken = {index.name for index in known.indexes if index.constraint} | {key.name for key in known.foreign_keys}
    taken |= {
        check.name for check in known.checks if pending.kind != "CONSTR_CHECK" or catalog.is_own(table, ("check", str(check.name)))
    }
    if given in taken:
        raise RefusedError(f'constraint "{given}" for relation "{table.name}" already exists', pending.location)


def write_row_in_full(node: Node, table: Table) -> None:
    """Write `CHECK (orders IS NOT NULL)` as PostgreSQL prints it, `orders.*`, in place: the table's name is the whole row."""
    for kind, fields in walk(node):
        if kind == "ColumnRef" and strings(fields["fields"]) == (table.name.name,) and table.column(table.name.name) is None:
            fields["fields"].append({"A_Star": {}})


def choose_check_name(catalog: Catalog, table: Name, text: Expression) -> str:
    """PostgreSQL puts the column into the name where the check reads just one, wherever the check is written."""
    column = text.columns[0] if len(text.columns) == 1 else None
    return catalog.names.choose_constraint_name(table.schema, table.name, column, "check")


def put_check(catalog: Catalog, name: Name, check: Check, *, to_children: bool) -> None:
    """Add a check. One that a table has under its name is the same, inherited twice, and enforced where either is.

    Source: `MergeWithExistingConstraint` (src/backend/catalog/heap.c), `MergeCheckConstraint` (src/backend/commands/tablecmds.c).
    """
    table = catalog.known(name)
    known = next((other for other in table.checks if other.name == check.name), None)
    if known is None:
        catalog.put(replace(table, checks=(*table.checks, check)))
    elif check.enforced and not known.enforced:
        enforced = replace(known, enforced=True, validated=True)
        catalog.put(replace(table, checks=tuple(enforced if other is known else other for other in table.checks)))
    if to_children:
        for child in catalog.children(name):
            inherit_check(catalog, child, check)


def inherit_check(catalog: Catalog, name: Name, check: Check) -> None:
    """Give a table, and its own children, a check of its parent's."""
    if all(other.name != check.name for other in catalog.known(name).checks):
        catalog.mark_inherited(name, ("check", str(check.name)))
    put_check(catalog, name, check, to_children=True)


def add_index_constraint(catalog: Catalog, table: Name, pending: PendingConstraint, only: bool) -> Iterator[Operation]:
    kind = INDEX_KINDS[pending.kind]
    if "indexname" in pending.fields:
        yield from promote_index(catalog, table, pending)
        return
    yield AlterTable(pending.location, table, f"add {kind}", next(iter(pending.columns), None))
    index = read_index_constraint(catalog, table, pending)
    if kind == "primary key" and (known := catalog.table(table)) is not None and known.primary_key is not None:
        raise RefusedError(f'multiple primary keys for table "{table}" are not allowed', pending.location)
    add_index(catalog, index, to_partitions=not only)


def read_index_constraint(catalog: Catalog, table: Name, pending: PendingConstraint) -> Index:
    """The index behind a primary key, unique or exclusion constraint."""
    fields, kind = pending.fields, INDEX_KINDS[pending.kind]
    known = catalog.table(table)
    include = column_names(fields.get("including", []))
    if kind == "exclusion":
        elements = [fields_of(node["List"]["items"][0]) for node in fields["exclusions"]]
        keys = tuple(read_key(catalog, element, known, fields["access_method"]) for element in elements)
        named = [element.get("name") or expression_name(element["expr"]) for element in elements]
    else:
        named = list(strings(fields["keys"]) if "keys" in fields else pending.columns)
        keys = tuple(IndexKey(column) for column in named)
    require_columns(catalog, known, [*(key.column for key in keys), *include], pending.location)
    given = fields.get("conname")
    if given and catalog.is_relation(Name(table.schema, given)):
        raise RefusedError(f'relation "{given}" already exists', pending.location)
    require_free_name(catalog, table, pending)
    return Index(
        name=given or choose_index_name(catalog, table, named, include, kind),
        table=table,
        keys=keys,
        location=pending.location,
        method="gist" if fields.get("without_overlaps") else fields.get("access_method", "btree"),
        unique=kind != "exclusion",
        predicate=expression(fields["where_clause"]) if "where_clause" in fields else None,
        include=include,
        constraint=kind,
        nulls_not_distinct="nulls_not_distinct" in fields,
        deferrable=is_deferrable(fields),
        name_is_default=given is None,
        initially_deferred="initdeferred" in fields,
        operators=tuple(operator_text(node["List"]["items"][1]) for node in fields.get("exclusions", [])),
        storage=storage_parameters(fields.get("options", [])),
        tablespace=tablespace_named(fields.get("indexspace") or catalog.session.default_tablespace),
        without_overlaps="without_overlaps" in fields,
    )


def operator_text(node: Node) -> str:
    """The operator of an exclusion constraint; one with a schema needs OPERATOR() around it."""
    *schema, sign = strings(node["List"]["items"])
    return f"OPERATOR({quote_identifier(schema[-1])}.{sign})" if schema else sign


def promote_index(catalog: Catalog, table: Name, pending: PendingConstraint) -> Iterator[Operation]:
    """`ADD ... USING INDEX`: an index becomes a constraint's, and takes its name."""
    kind, name = INDEX_KINDS[pending.kind], pending.fields["indexname"]
    yield AlterTable(pending.location, table, f"add {kind} using index")
    known, index = catalog.table(table), catalog.index(Name(table.schema, name))
    if known is None:
        return
    if index is None or index.table != table:
        raise RefusedError(f'index "{name}" does not exist', pending.location)
    given = str(pending.fields.get("conname", name))
    if given != name and catalog.is_relation(Name(table.schema, given)):
        raise RefusedError(f'relation "{given}" already exists', pending.location)
    promoted = replace(
        index,
        name=given,
        constraint=kind,
        deferrable=is_deferrable(pending.fields),
        initially_deferred="initdeferred" in pending.fields,
        name_is_default=False,
    )
    known = replace(known, indexes=tuple(promoted if other is index else other for other in known.indexes))
    catalog.put(known)
    require_key_values(catalog, promoted)


def add_foreign_key(catalog: Catalog, table: Name, pending: PendingConstraint, _only: bool) -> Iterator[Operation]:
    key = read_foreign_key(catalog, table, pending)
    yield AddForeignKey(pending.location, key)
    if catalog.table(table) is not None:
        require_columns(catalog, catalog.table(table), key.columns, pending.location)
        require_free_name(catalog, table, pending)
        put_foreign_key(catalog, key)


def read_foreign_key(catalog: Catalog, table: Name, pending: PendingConstraint) -> ForeignKey:
    fields = pending.fields
    columns = strings(fields["fk_attrs"]) if "fk_attrs" in fields else pending.columns
    referenced = find_relation(catalog, fields["pktable"])
    return ForeignKey(
        name=fields.get("conname") or choose_foreign_key_name(catalog, table, columns),
        table=table,
        columns=columns,
        referenced_table=referenced,
        referenced_columns=strings(fields["pk_attrs"]) if "pk_attrs" in fields else primary_key_columns(catalog, referenced),
        location=pending.location,
        on_delete=ACTIONS[fields["fk_del_action"]],
        on_update=ACTIONS[fields["fk_upd_action"]],
        validated="skip_validation" not in fields and is_enforced(fields),
        match_full=fields.get("fk_matchtype") == "f",
        set_columns=tuple(dict.fromkeys(strings(fields.get("fk_del_set_cols", [])))),
        deferrable=is_deferrable(fields),
        initially_deferred="initdeferred" in fields,
        enforced=is_enforced(fields),
        period="fk_with_period" in fields,
        name_is_default="conname" not in fields,
    )


def is_deferrable(fields: Node) -> bool:
    """What is INITIALLY DEFERRED is deferrable, though nobody says so (`transformConstraintAttrs`, parse_utilcmd.c)."""
    return "deferrable" in fields or "initdeferred" in fields


def is_enforced(fields: Node) -> bool:
    """NOT ENFORCED leaves a flag out where it belongs to the constraint, and sets one where it stands behind it."""
    return "is_enforced" in fields and "not_enforced" not in fields


def choose_foreign_key_name(catalog: Catalog, table: Name, columns: Iterable[str]) -> str:
    return catalog.names.choose_constraint_name(table.schema, table.name, joined_columns(columns), "fkey")


def primary_key_columns(catalog: Catalog, name: Name) -> tuple[str, ...]:
    table = catalog.table(name)
    key = table.primary_key if table is not None else None
    return tuple(column for column in key.columns if column) if key is not None else ()


def put_foreign_key(catalog: Catalog, key: ForeignKey) -> None:
    """Add a foreign key to a table and its partitions."""
    table = catalog.known(key.table)
    catalog.put(replace(table, foreign_keys=(*table.foreign_keys, key)))
    for partition in catalog.partitions(key.table):
        clone_foreign_key(catalog, key, partition)


def clone_foreign_key(catalog: Catalog, key: ForeignKey, partition: Name) -> None:
    """Give a partition its parent's foreign key, unless it has one that says the same, which then holds as far as the parent's.

    A key of the partition's is the part of one of the parent's: of several that say the same each needs its own
    (`CloneFkReferencing` and `addFkConstraint`, src/backend/commands/tablecmds.c).
    """
    table = catalog.known(partition)
    parts = [other for other in table.foreign_keys if is_part(other, key)]
    if len(parts) >= place_among_likes(catalog, key):
        if key.validated:
            validate_foreign_key(catalog, parts[-1])
        return
    used = {*(other.name for other in table.foreign_keys), *(check.name for check in table.checks)}
    used.update(index.name for index in table.indexes if index.constraint)
    name = catalog.names.choose_constraint_name(partition.schema, str(key.name), None, "") if key.name in used else key.name
    put_foreign_key(catalog, replace(key, name=name, table=partition))


def place_among_likes(catalog: Catalog, key: ForeignKey) -> int:
    """The how-manieth of its table's foreign keys that say the same it is, from 1."""
    likes = [other for other in catalog.known(key.table).foreign_keys if is_part(other, key)]
    return next(place for place, other in enumerate(likes, 1) if other.name == key.name)


def is_part(part: ForeignKey, whole: ForeignKey) -> bool:
    """Whether a partition's foreign key says what its parent's says; only one of them may have been checked for all rows."""
    named = replace(part, name=whole.name, name_is_default=whole.name_is_default)
    return replace(named, table=whole.table, location=whole.location, validated=whole.validated) == whole


def parts_of(catalog: Catalog, key: ForeignKey) -> Iterator[ForeignKey]:
    """The foreign keys of a table's partitions that came with the table's, or were found to say the same."""
    for partition in catalog.partitions(key.table):
        found = [other for other in catalog.known(partition).foreign_keys if is_part(other, key)]
        yield from sorted(found, key=lambda other: other.name != key.name)[:1]


def validate_foreign_key(catalog: Catalog, key: ForeignKey) -> None:
    """Say that a foreign key holds for all rows, those of partitions too."""
    table = catalog.known(key.table)
    if not key.validated:
        valid = replace(key, validated=True)
        catalog.put(replace(table, foreign_keys=tuple(valid if other is key else other for other in table.foreign_keys)))
    for part in parts_of(catalog, key):
        validate_foreign_key(catalog, part)


def validate_check(catalog: Catalog, name: Name, constraint: str) -> None:
    """Say that a check holds for all rows, those of the tables that inherit it too."""
    table = catalog.known(name)
    checks = tuple(replace(check, validated=True) if check.name == constraint else check for check in table.checks)
    catalog.put(replace(table, checks=checks))
    for child in catalog.children(name) if constraint in names_to_inherit(table, "check") else ():
        validate_check(catalog, child, constraint)


def add_not_null(catalog: Catalog, table: Name, pending: PendingConstraint, only: bool) -> Iterator[Operation]:
    columns = strings(pending.fields["keys"]) if "keys" in pending.fields else pending.columns
    for column in columns:
        yield AlterTable(pending.location, table, "set not null", column)
        require_columns(catalog, catalog.table(table), [column], pending.location)
        require_value(catalog, table, pending_not_null(pending.fields, column, pending.location), to_children=not only)


def alter_foreign_key(catalog: Catalog, key: ForeignKey, fields: Node) -> None:
    """`ALTER CONSTRAINT ... DEFERRABLE`, `... NOT ENFORCED`, of partitions too; enforced again, it is checked for all rows."""
    changed = key
    if fields.get("alterDeferrability"):
        changed = replace(changed, deferrable=is_deferrable(fields), initially_deferred="initdeferred" in fields)
    if fields.get("alterEnforceability"):
        changed = replace(changed, enforced="is_enforced" in fields, validated="is_enforced" in fields)
    table, parts = catalog.known(key.table), list(parts_of(catalog, key))
    catalog.put(replace(table, foreign_keys=tuple(changed if other is key else other for other in table.foreign_keys)))
    for part in parts:
        alter_foreign_key(catalog, part, fields)


ADDERS: dict[str, Callable[[Catalog, Name, PendingConstraint, bool], Iterator[Operation]]] = {
    "CONSTR_CHECK": add_check,
    "CONSTR_PRIMARY": add_index_constraint,
    "CONSTR_UNIQUE": add_index_constraint,
    "CONSTR_EXCLUSION": add_index_constraint,
    "CONSTR_FOREIGN": add_foreign_key,
    "CONSTR_NOTNULL": add_not_null,
}
"""What adds each kind of constraint."""


def drop_constraint(catalog: Catalog, name: Name, constraint: str, *, cascade: bool, only: bool = False) -> bool:
    """Take a constraint off a table and those that inherit it. False where there is none of that name."""
    table = catalog.known(name)
    index = next((index for index in table.indexes if index.constraint and index.name == constraint), None)
    if index is not None:
        if cascade:
            drop_references(catalog, name, index)
        remove_index(catalog, index)
        return True
    checks = tuple(check for check in table.checks if check.name != constraint)
    not_null = next((found for found in table.not_nulls if found.name == constraint), None)
    if not_null is not None:
        allow_null(catalog, name, not_null.column, only=only)
        return True
    key = next((key for key in table.foreign_keys if key.name == constraint), None)
    if len(checks) < len(table.checks):
        catalog.put(replace(table, checks=checks))
        heirs = constraint in names_to_inherit(table, "check")
        for child in catalog.children(name) if heirs else ():
            if only:
                catalog.mark_own(child, ("check", constraint))
            elif catalog.goes_with_parent(child, ("check", constraint)):
                drop_constraint(catalog, child, constraint, cascade=cascade)
        return True
    if key is not None:
        remove_foreign_key(catalog, key)
    return key is not None


def remove_foreign_key(catalog: Catalog, key: ForeignKey) -> None:
    """Take a foreign key off its table, and its like off the table's partitions."""
    table = catalog.known(key.table)
    catalog.put(replace(table, foreign_keys=tuple(other for other in table.foreign_keys if other is not key)))
    for part in list(parts_of(catalog, key)):
        remove_foreign_key(catalog, part)


def drop_references(catalog: Catalog, referenced: Name, index: Index | None = None) -> None:
    """Drop the foreign keys to a table, or those that stand on one of its indexes, as CASCADE does."""
    if index is not None and not serves_foreign_keys(index, catalog.known(index.table)):
        return
    for referrer in list(catalog.referrers(referenced)):
        for key in catalog.known(referrer).foreign_keys:
            if key.referenced_table == referenced and (index is None or set(key.referenced_columns) == set(index.columns)):
                remove_foreign_key(catalog, key)


def serves_foreign_keys(index: Index, table: Table) -> bool:
    """Whether foreign keys to its columns stand on it: on the first that will do (`transformFkeyCheckAttrs` in tablecmds.c)."""
    columns = {column for column in index.columns if column is not None}
    fitting = (other for other in table.indexes if other.proves_unique(columns) and set(other.columns) == columns)
    return next(fitting, None) == index
