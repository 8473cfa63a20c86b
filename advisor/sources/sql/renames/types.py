"""Types and collations get another name. In: a `RenameStmt`. Out: its operation, and all that is of the type."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import CompositeType, Domain, Name, Operation, OtherStatement
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.catalog.relations import find_relation, qualified
from advisor.sources.sql.spelling.expressions import rewritten
from advisor.sources.sql.spelling.types import array_element, names_of_type
from advisor.sources.sql.text.quoting import quote_name
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node
from advisor.sources.sql.types.composites import rename_attribute
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
