"""A schema gets another name, or an object another schema. In: a `RenameStmt`, an `AlterObjectSchemaStmt`. Out: operations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from advisor.model import Name, Operation, OtherStatement, RenameTable
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.catalog.relations import find_relation, qualified
from advisor.sources.sql.objects.extensions import move_extension
from advisor.sources.sql.objects.functions import KINDS
from advisor.sources.sql.objects.kept import WORDS, move_kept
from advisor.sources.sql.objects.schemas import rename_what_is_left, require_free
from advisor.sources.sql.objects.statistics import move_statistics
from advisor.sources.sql.renames.functions import give_function_name, move_function
from advisor.sources.sql.renames.relations import give_sequence_name, rename_table
from advisor.sources.sql.renames.types import give_collation_name, give_type_name
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node


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
    for function in catalog.objects.functions_in(old):
        give_function_name(catalog, function, Name(new, function.name.name), statement.location)
    rename_what_is_left(catalog, statement, old, new)


def set_schema(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """ALTER ... SET SCHEMA of a table or type."""
    schema = fields["newschema"]
    if fields["objectType"] in ("OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE"):
        old = find_relation(catalog, fields["relation"])
        new = Name(schema, old.name)
        if catalog.table(old) is not None:
            move_table(catalog, old, new)
        elif old in catalog.sequences.options and new != old:
            give_sequence_name(catalog, old, new)
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
