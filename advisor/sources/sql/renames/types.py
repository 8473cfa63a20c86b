"""Types and collations get another name. In: a `RenameStmt`. Out: its operation, and all that is of the type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from advisor.model import Column, CompositeType, Domain, Name, Operation, OtherStatement
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.catalog.relations import find_relation, qualified
from advisor.sources.sql.catalog.remarks import domain_place
from advisor.sources.sql.renames.columns import give_column_name
from advisor.sources.sql.renames.mentions import change_mentions
from advisor.sources.sql.spelling.expressions import means
from advisor.sources.sql.spelling.types import array_element
from advisor.sources.sql.text.quoting import quote_name
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, strings
from advisor.sources.sql.views.builtins import plain


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

    change_mentions(catalog, old.name, partial(rename_cast, old=old, new=new))
    for table in catalog.tables():
        if all(array_element(column.type) != old_text for column in table.columns):
            continue
        columns = [
            replace(column, type=new_text + column.type[len(old_text) :], enum=new if column.enum == old else column.enum)
            if array_element(column.type) == old_text
            else column
            for column in table.columns
        ]
        catalog.put(replace(table, columns=tuple(columns)))


def rename_cast(kind: str, fields: Node, path: Sequence[str], old: Name, new: Name) -> None:
    """In place."""
    if kind == "TypeCast" and means(strings(fields["typeName"].get("names", [])), old, path):
        fields["typeName"]["names"] = [{"String": {"sval": part}} for part in (new.schema, new.name)]


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
        catalog.objects.remarks.rename_relation(domain_place(old), domain_place(new))
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


def rename_attribute(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    """ALTER TYPE ... RENAME ATTRIBUTE: a column of the tables of the type, too."""
    yield OtherStatement(statement.location, "RenameStmt")
    composite = catalog.types.get(find_relation(catalog, fields["relation"]))
    if not isinstance(composite, CompositeType):
        return
    old, new = fields["subname"], fields["newname"]
    attributes = tuple(replace(known, name=new) if known.name == old else known for known in composite.attributes)
    catalog.types.put(replace(composite, attributes=attributes))
    for table in catalog.tables():
        if table.of_type == composite.name:
            give_column_name(catalog, table.name, old, new)
    catalog.changed()


def rename_collation(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    yield OtherStatement(statement.location, "RenameStmt")
    old = catalog.find(*qualified(fields["object"]["List"]["items"]), catalog.types.collations.__contains__)
    give_collation_name(catalog, old, Name(old.schema, fields["newname"]))


def give_collation_name(catalog: Catalog, old: Name, new: Name) -> None:
    """Rename a collation where it is declared and wherever values are of it."""
    known = catalog.types.collations.get(old)
    if known is None:
        return
    catalog.types.collations = {
        new if name == old else name: replace(known, name=new) if name == old else value
        for name, value in catalog.types.collations.items()
    }
    change_mentions(catalog, old.name, partial(rename_collate_clause, old=old, new=new))

    def of_columns(columns: tuple[Column, ...]) -> tuple[Column, ...]:
        return tuple(replace(found, collation=renamed(found.collation)) for found in columns)

    def renamed(collation: str | None) -> str | None:
        return str(new) if collation == str(old) else collation

    for table in catalog.tables():
        indexes = tuple(
            replace(index, keys=tuple(replace(key, collation=renamed(key.collation)) for key in index.keys))
            for index in table.indexes
        )
        catalog.put(replace(table, columns=of_columns(table.columns), indexes=indexes))
    for composite in catalog.types.composites():
        catalog.types.put(replace(composite, attributes=of_columns(composite.attributes)))
    for domain in catalog.types.domains():
        catalog.types.put(replace(domain, collation=renamed(domain.collation)))


def rename_collate_clause(kind: str, fields: Node, path: Sequence[str], old: Name, new: Name) -> None:
    """In place."""
    if kind == "CollateClause" and means(strings(fields["collname"]), old, path):
        fields["collname"] = [{"String": {"sval": part}} for part in (new.schema, new.name)]
