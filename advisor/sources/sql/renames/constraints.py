"""Constraints get another name. In: a `RenameStmt`. Out: its operation, and their indexes and heirs."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import AlterTable, Domain, Operation, OtherStatement, Table
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.catalog.relations import find_relation, qualified
from advisor.sources.sql.renames.relations import give_index_name
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node
from advisor.sources.sql.types.domains import rename_domain_constraint


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
            foreign_keys=tuple(
                replace(key, name=new, name_is_default=False) if key.name == old else key for key in table.foreign_keys
            ),
            checks=tuple(replace(check, name=new, name_is_default=False) if check.name == old else check for check in table.checks),
            not_nulls=tuple(replace(found, name=new) if found.name == old else found for found in table.not_nulls),
        )
    )


def rename_constraint_of_domain(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    yield OtherStatement(statement.location, "RenameStmt")
    name = catalog.find_type(*qualified(fields["object"]["List"]["items"]))
    domain = catalog.types.get(name) if name is not None else None
    if isinstance(domain, Domain):
        rename_domain_constraint(catalog, domain, fields["subname"], fields["newname"])
