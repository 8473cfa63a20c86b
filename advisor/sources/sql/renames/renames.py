"""ALTER ... RENAME. In: a `RenameStmt` node. Out: its operations, and the catalog with the new name wherever the old one stood."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from advisor.model import Operation, OtherStatement
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.objects.functions import KINDS
from advisor.sources.sql.objects.kept import WORDS, rename_kept
from advisor.sources.sql.objects.policies import rename_policy
from advisor.sources.sql.objects.statistics import rename_statistics
from advisor.sources.sql.objects.triggers import rename_trigger
from advisor.sources.sql.renames.columns import rename_column
from advisor.sources.sql.renames.constraints import rename_constraint, rename_constraint_of_domain
from advisor.sources.sql.renames.functions import rename_function
from advisor.sources.sql.renames.relations import rename_index, rename_relation, rename_sequence_statement
from advisor.sources.sql.renames.schemas import rename_schema
from advisor.sources.sql.renames.types import rename_attribute, rename_collation, rename_type
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node

Renamer = Callable[[Catalog, Statement, Node], Iterator[Operation]]


def rename(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    renamer = RENAMERS.get(fields["renameType"])
    return list(renamer(catalog, statement, fields)) if renamer else [OtherStatement(statement.location, "RenameStmt")]


RENAMERS: dict[str, Renamer] = {
    "OBJECT_ATTRIBUTE": rename_attribute,
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
