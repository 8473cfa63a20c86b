"""Renames and moves to another schema. In: `RenameStmt`, `AlterObjectSchemaStmt`. Out: operations, and the catalog after them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from advisor.model import (
    AlterTable,
    CompositeType,
    Domain,
    Expression,
    Index,
    IndexKey,
    Name,
    Operation,
    OtherStatement,
    PartitionKey,
    RenameTable,
    Table,
)
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.relations import find_relation, qualified
from advisor.sources.sql.dependents import follow_rename, rename_column_in_dependents
from advisor.sources.sql.objects.extensions import move_extension
from advisor.sources.sql.objects.functions import KINDS, move_function, rename_function
from advisor.sources.sql.objects.kept import WORDS, move_kept, rename_kept
from advisor.sources.sql.objects.policies import rename_policy, rename_relation_in_policies
from advisor.sources.sql.objects.schemas import rename_what_is_left, require_free
from advisor.sources.sql.objects.statistics import move_statistics, rename_statistics
from advisor.sources.sql.objects.triggers import rename_trigger
from advisor.sources.sql.spelling.expressions import rewritten, with_column_renamed
from advisor.sources.sql.spelling.types import array_element, names_of_type
from advisor.sources.sql.tables.indexes import put_index
from advisor.sources.sql.tables.sequence_statements import next_value_of, show_identities
from advisor.sources.sql.text.quoting import quote_name
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node
from advisor.sources.sql.types.composites import rename_attribute
from advisor.sources.sql.types.domains import rename_domain_constraint
from advisor.sources.sql.views.builtins import plain
from advisor.sources.sql.views.following import views_after_column_rename, views_after_rename

Renamer = Callable[[Catalog, Statement, Node], Iterator[Operation]]


def rename(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    renamer = RENAMERS.get(fields["renameType"])
    return list(renamer(catalog, statement, fields)) if renamer else [OtherStatement(statement.location, "RenameStmt")]


def rename_relation(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    """ALTER TABLE ... RENAME takes indexes and sequences too."""
    name = find_relation(catalog, fields["relation"])
    if catalog.names.table_of_index(name) is not None:
        yield from rename_index(catalog, statement, fields)
    elif catalog.table(name) is None and catalog.is_relation(name):
        yield from rename_sequence_statement(catalog, statement, fields)
    else:
        yield from give_table_name(catalog, statement, name, Name(name.schema, fields["newname"]))


def give_table_name(catalog: Catalog, statement: Statement, old: Name, new: Name) -> Iterator[Operation]:
    yield RenameTable(statement.location, old, new)
    if catalog.table(old) is None:
        return
    if catalog.is_relation(new):
        raise RefusedError(f'relation "{new}" already exists', statement.location)
    rename_table(catalog, old, new)


def rename_table(catalog: Catalog, old: Name, new: Name) -> None:
    """Rename a table, where views read it and where its identity columns speak of their sequences too."""
    views = views_after_rename(catalog, old, new)
    rename_relation_in_policies(catalog, old, new)
    catalog.rename(old, new)
    follow_rename(catalog, old, new)
    for view in views:
        catalog.put(view)
    rows_follow(catalog, old, new)
    show_identities(catalog, new)


def rows_follow(catalog: Catalog, old: Name, new: Name) -> None:
    """Columns that hold rows of a table are of its type, which has its name."""
    before, after = quote_name(old), quote_name(new)
    for table in catalog.tables_with_rows_of(old):
        columns = (
            replace(column, type=after + column.type[len(before) :]) if array_element(column.type) == before else column
            for column in table.columns
        )
        catalog.put(replace(table, columns=tuple(columns)))


def rename_column(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    name, old, new = find_relation(catalog, fields["relation"]), fields["subname"], fields["newname"]
    yield AlterTable(statement.location, name, "rename column", old)
    table = catalog.table(name)
    if table is None:
        return
    if name not in catalog.incomplete and table.column(old) is None:
        raise RefusedError(f'column "{old}" of relation "{name}" does not exist', statement.location)
    if table.column(new) is not None:
        raise RefusedError(f'column "{new}" of relation "{name}" already exists', statement.location)
    give_column_name(catalog, name, old, new)


def give_column_name(catalog: Catalog, name: Name, old: str, new: str) -> None:
    """Rename a column everywhere: in indexes, keys, checks and other tables' references."""
    table = catalog.known(name)
    for view in views_after_column_rename(catalog, table, old, new):
        catalog.put(view)
    for referrer in list(catalog.referrers(name)):
        catalog.put(with_reference_renamed(catalog.known(referrer), name, old, new))
    rename_column_in_dependents(catalog, name, old, new)
    catalog.put(with_own_column_renamed(catalog.known(name), old, new))
    for sequence, column in catalog.sequences_of(name).items():
        if column == old:
            catalog.own_sequence(sequence, name, new)
    show_identities(catalog, name)
    for child in catalog.children(name):
        if not catalog.is_own(child, ("column", old)):
            catalog.mark_own(child, ("column", old))
            catalog.mark_inherited(child, ("column", new))
        if not catalog.is_own(child, ("not null", old)):
            catalog.mark_own(child, ("not null", old))
            catalog.mark_inherited(child, ("not null", new))
        if table.column(old) is not None:
            give_column_name(catalog, child, old, new)


def with_reference_renamed(table: Table, referenced: Name, old: str, new: str) -> Table:
    keys = tuple(
        replace(key, referenced_columns=swapped(key.referenced_columns, old, new)) if key.referenced_table == referenced else key
        for key in table.foreign_keys
    )
    return replace(table, foreign_keys=keys)


def with_own_column_renamed(table: Table, old: str, new: str) -> Table:
    def changed(given: Expression | None) -> Expression | None:
        return with_column_renamed(given, old, new) if given is not None else None

    return replace(
        table,
        columns=tuple(
            replace(column, name=new if column.name == old else column.name, generated=changed(column.generated))
            for column in table.columns
        ),
        indexes=tuple(with_index_column_renamed(index, old, new) for index in table.indexes),
        foreign_keys=tuple(replace(key, columns=swapped(key.columns, old, new)) for key in table.foreign_keys),
        checks=tuple(replace(check, expression=with_column_renamed(check.expression, old, new)) for check in table.checks),
        partition_key=with_partition_column_renamed(table.partition_key, old, new),
        not_nulls=tuple(replace(found, column=new) if found.column == old else found for found in table.not_nulls),
    )


def with_partition_column_renamed(key: PartitionKey | None, old: str, new: str) -> PartitionKey | None:
    return replace(key, keys=tuple(with_key_column_renamed(part, old, new) for part in key.keys)) if key else None


def with_key_column_renamed(key: IndexKey, old: str, new: str) -> IndexKey:
    return replace(
        key,
        column=new if key.column == old else key.column,
        expression=with_column_renamed(key.expression, old, new) if key.expression else None,
    )


def with_index_column_renamed(index: Index, old: str, new: str) -> Index:
    keys = tuple(with_key_column_renamed(key, old, new) for key in index.keys)
    predicate = with_column_renamed(index.predicate, old, new) if index.predicate else None
    return replace(index, keys=keys, predicate=predicate, include=swapped(index.include, old, new))


def swapped(names: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if name == old else name for name in names)


def rename_index(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    """An index that is a constraint's takes the constraint's name with it. ALTER INDEX renames tables too."""
    name = find_relation(catalog, fields["relation"])
    if catalog.table(name) is not None:
        yield from give_table_name(catalog, statement, name, Name(name.schema, fields["newname"]))
        return
    table = catalog.names.table_of_index(name)
    yield AlterTable(statement.location, table, "rename index") if table else OtherStatement(statement.location, "RenameStmt")
    index = catalog.index(name)
    if index is not None:
        give_index_name(catalog, index, fields["newname"])


def give_index_name(catalog: Catalog, index: Index, new: str) -> None:
    table = catalog.known(index.table)
    renamed = replace(index, name=new, name_is_default=False)
    table = replace(table, indexes=tuple(renamed if other is index else other for other in table.indexes))
    if table.clustered_on == index.name:
        table = replace(table, clustered_on=new)
    if table.replica_identity == f"index {index.name}":
        table = replace(table, replica_identity=f"index {new}")
    if index.name is not None:
        for kind in ("index", "constraint") if index.constraint else ("index",):
            catalog.objects.remarks.rename_part(kind, index.name, new, table.name)
    catalog.put(table)
    for partition in catalog.partitions(table.name):
        for part in catalog.known(partition).indexes:
            if part.attached_to == index.name:
                put_index(catalog, part, replace(part, attached_to=new))


def rename_constraint(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    name, old, new = find_relation(catalog, fields["relation"]), fields["subname"], fields["newname"]
    yield AlterTable(statement.location, name, "rename constraint")
    table = catalog.table(name)
    if table is None:
        return
    index = next((index for index in table.indexes if index.constraint and index.name == old), None)
    if index is not None:
        give_index_name(catalog, index, new)
        return
    give_constraint_name(catalog, table, old, new, only="inh" not in fields["relation"])


def give_constraint_name(catalog: Catalog, table: Table, old: str, new: str, *, only: bool = False) -> None:
    """A check or NOT NULL that children inherit has the new name there too (`rename_constraint_internal`)."""
    check = next((check for check in table.checks if check.name == old), None)
    not_null = next((found for found in table.not_nulls if found.name == old), None)
    inherited = (check is not None and not check.no_inherit) or (not_null is not None and not not_null.no_inherit)
    for child in catalog.children(table.name) if inherited and not only else ():
        if check is not None and not catalog.is_own(child, ("check", old)):
            catalog.mark_own(child, ("check", old))
            catalog.mark_inherited(child, ("check", new))
        give_constraint_name(catalog, catalog.known(child), old, new)
    catalog.objects.remarks.rename_part("constraint", old, new, table.name)
    catalog.put(
        replace(
            table,
            foreign_keys=tuple(replace(key, name=new) if key.name == old else key for key in table.foreign_keys),
            checks=tuple(replace(check, name=new) if check.name == old else check for check in table.checks),
            not_nulls=tuple(replace(found, name=new) if found.name == old else found for found in table.not_nulls),
        )
    )


def rename_type(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    schema, bare = qualified(fields["object"]["List"]["items"])
    yield OtherStatement(statement.location, "RenameStmt")
    old = catalog.find_type(schema, bare)
    if old is not None:
        give_type_name(catalog, old, Name(old.schema, fields["newname"]))


def give_type_name(catalog: Catalog, old: Name, new: Name) -> None:
    """Rename a type where it is declared and wherever a column is of it."""
    if catalog.enum(old) is not None:
        catalog.rename_enum(old, new)
    else:
        rename_named_type(catalog, old, new)
        catalog.rename_type(old, new)
    types_follow(catalog, old, new)
    old_text, new_text = quote_name(old), quote_name(new)
    catalog.objects.rename_type(old_text, new_text)

    def change(kind: str, type_name: Node) -> None:
        if kind == "TypeCast" and matches(type_name["typeName"], old):
            type_name["typeName"]["names"] = [{"String": {"sval": part}} for part in (new.schema, new.name)]

    for table in catalog.tables():
        if all(array_element(column.type) != old_text for column in table.columns):
            continue
        columns = [
            replace(
                column,
                type=new_text + column.type[len(old_text) :],
                enum=new if column.enum == old else column.enum,
                default=rewritten(column.default, change) if column.default else None,
            )
            if array_element(column.type) == old_text
            else column
            for column in table.columns
        ]
        catalog.put(replace(table, columns=tuple(columns)))


def rename_named_type(catalog: Catalog, old: Name, new: Name) -> None:
    """Rename a domain, composite type or range where it is declared; a range leaves its multirange where it is."""
    known = catalog.types.get(old)
    if known is None:
        return
    if isinstance(known, CompositeType):
        catalog.forget_other(old)
        catalog.note_other(new)
        for table in catalog.tables():
            if table.of_type == old:
                catalog.put(replace(table, of_type=new))
    if isinstance(known, Domain):
        for constraint in (known.not_null_name, *(check.name for check in known.checks)):
            catalog.names.free_constraint_name(Name(old.schema, constraint or ""))
            catalog.names.take_constraint_name(Name(new.schema, constraint or ""))
    catalog.types.rename(old, replace(known, name=new))


def types_follow(catalog: Catalog, old: Name, new: Name) -> None:
    """Types made of one that has another name."""
    before, after = quote_name(old), quote_name(new)

    def renamed(text: str) -> str:
        return after + text[len(before) :] if array_element(plain(text)) == before else text

    for domain in catalog.types.domains():
        if renamed(domain.type) != domain.type:
            catalog.types.put(replace(domain, type=renamed(domain.type)))
    for range_type in catalog.types.ranges():
        changed = replace(range_type, subtype=renamed(range_type.subtype))
        if range_type.multirange == old:
            changed = replace(changed, multirange=new)
        catalog.types.put(changed)
    for composite in catalog.types.composites():
        attributes = tuple(
            replace(attribute, type=renamed(attribute.type), enum=new if attribute.enum == old else attribute.enum)
            for attribute in composite.attributes
        )
        if attributes != composite.attributes:
            catalog.types.put(replace(composite, attributes=attributes))


def rename_attribute_statement(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    """ALTER TYPE ... RENAME ATTRIBUTE."""
    yield OtherStatement(statement.location, "RenameStmt")
    rename_attribute(catalog, find_relation(catalog, fields["relation"]), fields["subname"], fields["newname"])


def rename_constraint_of_domain(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    yield OtherStatement(statement.location, "RenameStmt")
    name = catalog.find_type(*qualified(fields["object"]["List"]["items"]))
    domain = catalog.types.get(name) if name is not None else None
    if isinstance(domain, Domain):
        rename_domain_constraint(catalog, domain, fields["subname"], fields["newname"])


def rename_collation(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    yield OtherStatement(statement.location, "RenameStmt")
    old = catalog.find(*qualified(fields["object"]["List"]["items"]), catalog.types.collations.__contains__)
    give_collation_name(catalog, old, Name(old.schema, fields["newname"]))


def give_collation_name(catalog: Catalog, old: Name, new: Name) -> None:
    known = catalog.types.collations.get(old)
    if known is not None:
        collations = catalog.types.collations
        renamed = {new if name == old else name: value for name, value in collations.items()}
        catalog.types.collations = {**renamed, new: replace(known, name=new)}
        catalog.changed()


def matches(type_name: Node, name: Name) -> bool:
    """Whether a type's name, as the printer wrote it, means this type."""
    schema, bare = names_of_type(type_name)
    return (schema or "public", bare) == (name.schema, name.name)


def rename_schema(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    old, new = fields["subname"], fields["newname"]
    yield OtherStatement(statement.location, "RenameStmt")
    require_free(catalog, statement, new)
    for name in catalog.types_in(old):
        give_type_name(catalog, name, Name(new, name.name))
    for name in catalog.tables_in(old):
        move_table(catalog, name, Name(new, name.name))
    for sequence in catalog.sequences_in(old):
        give_sequence_name(catalog, sequence, Name(new, sequence.name))
    for collation in [name for name in catalog.types.collations if name.schema == old]:
        give_collation_name(catalog, collation, Name(new, collation.name))
    rename_what_is_left(catalog, statement, old, new)


def rename_sequence_statement(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    old = find_relation(catalog, fields["relation"])
    yield OtherStatement(statement.location, "RenameStmt")
    give_sequence_name(catalog, old, Name(old.schema, fields["newname"]))


def give_sequence_name(catalog: Catalog, old: Name, new: Name) -> None:
    """Rename a sequence, and the defaults that draw from it."""
    before, after = next_value_of(old), next_value_of(new)
    drawers = catalog.drawers(before.text)
    catalog.rename_sequence(old, new)
    for table in drawers:
        columns = (replace(column, default=after) if column.default == before else column for column in table.columns)
        catalog.put(replace(table, columns=tuple(columns)))
    owner = catalog.sequences.owner(new)
    if owner is not None:
        show_identities(catalog, owner[0])


def set_schema(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """ALTER ... SET SCHEMA of a table or type."""
    schema = fields["newschema"]
    if fields["objectType"] in ("OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE"):
        old = find_relation(catalog, fields["relation"])
        new = Name(schema, old.name)
        if catalog.table(old) is not None and new != old:
            move_table(catalog, old, new)
        return [RenameTable(statement.location, old, new)]
    if fields["objectType"] in ("OBJECT_TYPE", "OBJECT_DOMAIN"):
        name = catalog.find_type(*qualified(fields["object"]["List"]["items"]))
        if name is not None and name.schema != schema:
            give_type_name(catalog, name, Name(schema, name.name))
    if fields["objectType"] == "OBJECT_SEQUENCE":
        sequence = find_relation(catalog, fields["relation"])
        if sequence.schema != schema:
            give_sequence_name(catalog, sequence, Name(schema, sequence.name))
    if fields["objectType"] == "OBJECT_COLLATION":
        collation = catalog.find(*qualified(fields["object"]["List"]["items"]), catalog.types.collations.__contains__)
        give_collation_name(catalog, collation, Name(schema, collation.name))
    move_object(catalog, statement, fields)
    return [OtherStatement(statement.location, "AlterObjectSchemaStmt")]


def move_object(catalog: Catalog, statement: Statement, fields: Node) -> None:
    """SET SCHEMA of what is no relation and no type."""
    kind = fields["objectType"]
    if kind in KINDS:
        move_function(catalog, statement, fields)
    elif kind == "OBJECT_STATISTIC_EXT":
        move_statistics(catalog, statement, fields)
    elif kind == "OBJECT_EXTENSION":
        move_extension(catalog, fields)
    elif kind in WORDS:
        move_kept(catalog, statement, fields)


def move_table(catalog: Catalog, old: Name, new: Name) -> None:
    """Move a table to another schema; the sequences that its columns own go along."""
    if new == old:
        return
    sequences = catalog.sequences_of(old)
    rename_table(catalog, old, new)
    for sequence in sequences:
        give_sequence_name(catalog, sequence, Name(new.schema, sequence.name))


RENAMERS: dict[str, Renamer] = {
    "OBJECT_ATTRIBUTE": rename_attribute_statement,
    "OBJECT_COLLATION": rename_collation,
    "OBJECT_COLUMN": rename_column,
    "OBJECT_DOMAIN": rename_type,
    "OBJECT_DOMCONSTRAINT": rename_constraint_of_domain,
    "OBJECT_FOREIGN_TABLE": rename_relation,
    "OBJECT_INDEX": rename_index,
    "OBJECT_MATVIEW": rename_relation,
    "OBJECT_SCHEMA": rename_schema,
    "OBJECT_SEQUENCE": rename_sequence_statement,
    "OBJECT_TABCONSTRAINT": rename_constraint,
    "OBJECT_TABLE": rename_relation,
    "OBJECT_TYPE": rename_type,
    "OBJECT_VIEW": rename_relation,
    "OBJECT_POLICY": rename_policy,
    "OBJECT_STATISTIC_EXT": rename_statistics,
    "OBJECT_TRIGGER": rename_trigger,
    **dict.fromkeys(KINDS, rename_function),
    **dict.fromkeys(WORDS, rename_kept),
}
"""What renames each kind of object."""
