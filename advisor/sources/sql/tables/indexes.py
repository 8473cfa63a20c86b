"""Indexes. In: `IndexStmt` nodes, or an index of a partitioned table. Out: the model's `Index`, and the tables that get it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from json import loads
from typing import Literal, TypeAlias

from msgspec.structs import replace
from pglast.parser import parse_sql_json

from advisor.model import Column, CreateIndex, Expression, Index, IndexKey, Location, Name, Operation, Table
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.relations import find_relation
from advisor.sources.sql.spelling.expressions import expression, tree_of
from advisor.sources.sql.spelling.names import expression_name, index_column_names, joined_columns
from advisor.sources.sql.spelling.opclasses import default_classes, default_operator_class
from advisor.sources.sql.tables.columns import column_names, is_enum_type, read_collation, read_type
from advisor.sources.sql.tables.not_nulls import PendingNotNull, require_value
from advisor.sources.sql.tables.properties import storage_parameters, tablespace_named
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of, string, strings

ConstraintKind: TypeAlias = Literal["primary key", "unique", "exclusion"]

LABELS: dict[ConstraintKind | None, str] = {"primary key": "pkey", "unique": "key", "exclusion": "excl", None: "idx"}
"""The last part of the name of an index that the text leaves unnamed."""

SYSTEM_COLUMNS = frozenset({"tableoid", "ctid", "xmin", "cmin", "xmax", "cmax"})
"""What every table has beside its columns, and checks may read (of these only `tableoid`)."""

METHODS = {"rtree": "gist"}
"""Methods that PostgreSQL takes under another name."""


def create_index(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    name = find_relation(catalog, fields["relation"])
    table = catalog.table(name)
    given = fields.get("idxname")
    if given and catalog.is_relation(Name(name.schema, given)):
        if fields.get("if_not_exists"):
            return ()
        raise RefusedError(f'relation "{given}" already exists', statement.location)
    index = read_index(catalog, statement, fields, name)
    only = "inh" not in fields["relation"]
    add_index(catalog, index, to_partitions=not only)
    on_only = only and (table is None or table.kind == "partitioned table")
    return [CreateIndex(statement.location, index, concurrently="concurrent" in fields, on_only=on_only)]


def read_index(catalog: Catalog, statement: Statement, fields: Node, table_name: Name) -> Index:
    table = catalog.table(table_name)
    written = str(fields["accessMethod"])
    method = METHODS.get(written, written)
    elements = [fields_of(node) for node in fields["indexParams"]]
    keys = tuple(read_key(catalog, element, table, method) for element in elements)
    include = column_names(fields.get("indexIncludingParams", []))
    require_columns(catalog, table, [*(key.column for key in keys), *include], statement.location)
    named = [element.get("name") or expression_name(element["expr"]) for element in elements]
    return Index(
        name=fields.get("idxname") or choose_index_name(catalog, table_name, named, include, None),
        table=table_name,
        keys=keys,
        location=statement.location,
        method=method,
        unique="unique" in fields,
        predicate=expression(fields["whereClause"]) if "whereClause" in fields else None,
        include=include,
        nulls_not_distinct="nulls_not_distinct" in fields,
        name_is_default="idxname" not in fields,
        storage=storage_parameters(fields.get("options", [])),
        tablespace=tablespace_named(fields.get("tableSpace") or catalog.session.default_tablespace),
    )


def require_columns(catalog: Catalog, table: Table | None, columns: Iterable[str | None], at: Location) -> None:
    """Refuse what speaks of a column that the table has not."""
    if table is None or table.name in catalog.incomplete:
        return
    present = {column.name for column in table.columns} | SYSTEM_COLUMNS
    for column in columns:
        if column is not None and column not in present:
            raise RefusedError(f'column "{column}" of relation "{table.name}" does not exist', at)


def read_key(catalog: Catalog, fields: Node, table: Table | None, method: str) -> IndexKey:
    """One key; what says only the default is dropped. COLLATE in parentheses is the key's own (`ComputeIndexAttrs`)."""
    if "CollateClause" in fields.get("expr", {}):
        clause = fields["expr"]["CollateClause"]
        return read_key(catalog, {"collation": clause["collname"], **fields, "expr": clause["arg"]}, table, method)
    if "name" not in fields and (name := bare_column(catalog, fields["expr"], table)) is not None:
        return read_key(catalog, {**fields, "name": name}, table, method)
    column = table.column(fields["name"]) if table is not None and "name" in fields else None
    descending = fields.get("ordering") == "SORTBY_DESC"
    nulls = {"SORTBY_NULLS_FIRST": True, "SORTBY_NULLS_LAST": False}.get(fields.get("nulls_ordering", ""))
    opclass = opclass_name(fields["opclass"]) if "opclass" in fields else None
    if opclass is not None and "opclassopts" not in fields and table is not None:
        opclass = None if is_default_class(catalog, opclass, method, column) else opclass
    collation = read_collation({"collname": fields["collation"]}) if "collation" in fields else None
    return IndexKey(
        column=fields.get("name"),
        expression=expression(fields["expr"]) if "name" not in fields else None,
        opclass=opclass,
        collation=None if column is not None and collation == column.collation else collation,
        descending=descending,
        nulls_first=None if nulls == descending else nulls,
        opclass_options=storage_parameters(fields.get("opclassopts", [])),
    )


def is_default_class(catalog: Catalog, opclass: str, method: str, column: Column | None) -> bool:
    """Whether a class would be used without being named; an expression is taken to be of the type whose default it is."""
    if column is None:
        return opclass in default_classes(method)
    return opclass == default_operator_class(method, column.type, is_enum=is_enum_type(catalog, column.type))


def bare_column(catalog: Catalog, node: Node, table: Table | None) -> str | None:
    """The column that `(title)` is, or `(title::text)` of a text: neither changes anything (`ComputeIndexAttrs`, indexcmds.c)."""
    if "TypeCast" in node:
        inner = bare_column(catalog, node["TypeCast"]["arg"], table)
        column = table.column(inner) if table is not None and inner is not None else None
        return inner if column is not None and read_type(catalog, node["TypeCast"]["typeName"])[0] == column.type else None
    parts = node.get("ColumnRef", {}).get("fields", [])
    column = table.column(string(parts[0])) if table is not None and len(parts) == 1 else None
    return column.name if column is not None else None


def opclass_name(nodes: list[Node]) -> str:
    """The operator class; with its schema where an extension was put out of the way, since it is not found without."""
    *schema, name = strings(nodes)
    return f"{schema[-1]}.{name}" if schema and schema[-1] not in ("pg_catalog", "public") else name


def choose_index_name(
    catalog: Catalog, table: Name, keys: Iterable[str | None], include: Iterable[str], constraint: ConstraintKind | None
) -> str:
    """The name of an unnamed index (`ChooseIndexName`): a primary key's has no columns in it, included columns count as keys do."""
    columns = None if constraint == "primary key" else joined_columns(index_column_names([*keys, *include]))
    return catalog.names.choose_relation_name(
        table.schema, table.name, columns, LABELS[constraint], constraint=constraint is not None
    )


def add_index(catalog: Catalog, index: Index, *, to_partitions: bool = True) -> None:
    """Put an index on its table, and its like on the table's partitions."""
    table = catalog.table(index.table)
    if table is None:
        catalog.names.note_index(index)
        return
    if not to_partitions and catalog.partitions(index.table):
        index = replace(index, valid=False)
    catalog.put(replace(table, indexes=(*table.indexes, index)))
    require_key_values(catalog, index, to_children=to_partitions)
    if to_partitions:
        for partition in catalog.partitions(index.table):
            clone_missing_index(catalog, index, partition)
        if not all(part.valid for parts in parts_by_partition(catalog, index) for part in parts):
            put_index(catalog, index, replace(index, valid=False))


def require_key_values(catalog: Catalog, index: Index, *, to_children: bool = True) -> None:
    """Make the columns of a primary key NOT NULL."""
    for column in index.columns if index.constraint == "primary key" else ():
        require_value(catalog, index.table, PendingNotNull(str(column), index.location), to_children=to_children)


def clone_index(
    catalog: Catalog, index: Index, table: Name, location: Location | None = None, attached_to: str | None = None
) -> str:
    """Give a table an index like another's: a partition, or a table made LIKE another. Gives the name that it gets."""
    # WITHOUT OVERLAPS is an exclusion constraint to who copies it (`generateClonedIndexStmt`, parse_utilcmd.c).
    kind: ConstraintKind | None = "exclusion" if index.without_overlaps and index.constraint == "unique" else index.constraint
    name = choose_index_name(catalog, table, own_names(index), (), kind)
    clone = replace(
        index,
        name=name,
        table=table,
        name_is_default=True,
        location=location or index.location,
        attached_to=attached_to,
        valid=True,
    )
    add_index(catalog, clone)
    return name


def own_names(index: Index) -> Sequence[str | None]:
    """How an index calls its columns, the included ones last: they keep their names when those of the table are renamed."""
    return index.column_names or [*(key.column or name_of_expression(key.expression) for key in index.keys), *index.include]


def clone_missing_index(catalog: Catalog, index: Index, partition: Name, *, valid: bool = False) -> None:
    """Give a partition its parent's index, unless it has one (a valid one, if need be) that can be its part of it.

    A foreign table can have none.
    """
    table = catalog.known(partition)
    if table.server is not None:
        return
    if any(other.attached_to == index.name for other in table.indexes):
        return
    part = next((other for other in table.indexes if can_be_part(other, index) and (other.valid or not valid)), None)
    if part is None:
        clone_index(catalog, index, partition, attached_to=index.name)
    else:
        put_index(catalog, part, replace(part, attached_to=index.name))


def put_index(catalog: Catalog, old: Index, new: Index) -> None:
    """Put an index in the place of another on its table."""
    table = catalog.known(old.table)
    catalog.put(replace(table, indexes=tuple(new if other is old else other for other in table.indexes)))


def attach_index(catalog: Catalog, index: Index, part_name: Name, location: Location) -> None:
    """ALTER INDEX ... ATTACH PARTITION. The whole can be used once every partition has its part (`validatePartitionedIndex`)."""
    part = catalog.index(part_name)
    if part is None:
        return
    if part.attached_to is not None and part.attached_to != index.name:
        raise RefusedError(f'cannot attach index "{part_name}": it is attached to another index', location)
    put_index(catalog, part, replace(part, attached_to=index.name))
    validate_whole(catalog, index)


def parts_by_partition(catalog: Catalog, index: Index) -> list[list[Index]]:
    """For each partition of an index's table the index that is its part of it, or none."""
    partitions = map(catalog.known, catalog.partitions(index.table))
    return [[other for other in partition.indexes if other.attached_to == index.name] for partition in partitions]


def validate_whole(catalog: Catalog, index: Index) -> None:
    parts = parts_by_partition(catalog, index)
    if index.valid or not all(any(part.valid for part in found) for found in parts):
        return
    put_index(catalog, index, replace(index, valid=True))
    parent = catalog.known(index.table).partition_of
    above = next((other for other in catalog.known(parent).indexes if other.name == index.attached_to), None) if parent else None
    if above is not None:
        validate_whole(catalog, above)


def name_of_expression(given: Expression | None) -> str | None:
    if given is None:
        return None
    target = loads(parse_sql_json(f"SELECT {given.text}"))["stmts"][0]["stmt"]["SelectStmt"]["targetList"][0]
    return expression_name(fields_of(target)["val"])


def can_be_part(part: Index, whole: Index) -> bool:
    """Whether a partition's index may serve as its part of the whole's (`CompareIndexInfo`, src/backend/catalog/index.c).

    The order of keys does not matter for it; a constraint's index takes one of the same constraint.
    """
    if part.attached_to is not None or "exclusion" in (part.constraint, whole.constraint):
        return False
    mine, theirs = (
        (
            [(key.column, str(key.expression or ""), key.opclass, key.collation) for key in index.keys],
            (index.method, index.unique, index.nulls_not_distinct, index.include, str(index.predicate or "")),
        )
        for index in (part, whole)
    )
    return mine == theirs and (whole.constraint is None or part.constraint == whole.constraint)


def remove_index(catalog: Catalog, index: Index) -> None:
    """Take an index off its table, and its like off the table's partitions."""
    table = without_marks_of(catalog.known(index.table), index)
    catalog.put(replace(table, indexes=tuple(other for other in table.indexes if other is not index)))
    for partition in catalog.partitions(index.table):
        part = next((other for other in catalog.known(partition).indexes if other.attached_to == index.name), None)
        if part is not None:
            remove_index(catalog, part)


def build_indexes_anew(catalog: Catalog, name: Name, column: str, collation: str | None) -> None:
    """A column has another type: indexes that read it are made again from their definitions, by the names of today.

    A collation that is the column's own by then is not theirs any more, and a cast to its type is the bare column.
    """
    table = catalog.table(name)
    if table is None:
        return

    def made_anew(key: IndexKey) -> IndexKey:
        if key.column == column and key.collation == collation:
            return replace(key, collation=None)
        if key.expression is None or key.expression.columns != (column,) or "::" not in key.expression.text:
            return key
        bare = bare_column(catalog, tree_of(key.expression), table)
        return key if bare is None else replace(key, column=bare, expression=None)

    indexes = tuple(
        replace(index, keys=tuple(map(made_anew, index.keys)), column_names=()) if column in columns_read_by(index) else index
        for index in table.indexes
    )
    if indexes != table.indexes:
        catalog.put(replace(table, indexes=indexes))
    for child in catalog.children(name):
        build_indexes_anew(catalog, child, column, collation)


def columns_read_by(index: Index) -> set[str]:
    """Every column that an index cannot do without."""
    read = {key.column for key in index.keys if key.column is not None} | set(index.include)
    expressions = [key.expression for key in index.keys] + [index.predicate]
    return read.union(*(expression.columns for expression in expressions if expression is not None))


def without_marks_of(table: Table, index: Index) -> Table:
    """A table that an index is dropped from is clustered on it no more; a replica identity that was the index is none."""
    if table.clustered_on == index.name:
        table = replace(table, clustered_on=None)
    return replace(table, replica_identity="nothing") if table.replica_identity == f"index {index.name}" else table
