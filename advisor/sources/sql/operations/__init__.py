"""Operations: the typed form of statements. In: a statement that has just been applied to the catalog, and what it named before.

The catalog's handlers say which objects a statement has made; everything else that effects hang on is read here, so that a handler
need not know of it. To describe a further kind of statement, write its function and name it in `DESCRIBERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from advisor.model import CreateIndex, CreateTable, DropIndex, DropObject, DropTable, DropType, Operation, RunBlock
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.operations import objects, rows, tables
from advisor.sources.sql.operations.alter import alter_table
from advisor.sources.sql.operations.scene import Before, Scene, look_before
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node

__all__ = ["look_before", "operations_of"]


def operations_of(
    catalog: Catalog, before: Before, statement: Statement, kind: str, fields: Node, done: Sequence[Operation]
) -> Sequence[Operation]:
    """The operations of a statement; what the handlers made of it where nothing here describes its kind."""
    describer = DESCRIBERS.get(kind)
    if describer is None:
        return done
    found = tuple(describer(Scene(statement, kind, fields, before, catalog, done)))
    return tuple(map(guard, found)) if "if_not_exists" in fields or "missing_ok" in fields else found


def guard(operation: Operation) -> Operation:
    """The same, said with IF [NOT] EXISTS."""
    kinds = (CreateTable, CreateIndex, DropTable, DropIndex, DropType, DropObject)
    return replace(operation, guarded=True) if isinstance(operation, kinds) else operation


def drop(scene: Scene) -> Iterator[Operation]:
    if scene.fields["removeType"] in ("OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE"):
        return objects.drop_of_table(scene)
    return tables.drop(scene)


def run_block(scene: Scene) -> Iterator[Operation]:
    """A DO block, then what it defines."""
    yield RunBlock(scene.location)
    yield from (operation for operation in scene.done if type(operation).__name__ != "OtherStatement")


DESCRIBERS: dict[str, Callable[[Scene], Iterator[Operation]]] = {
    "DropTableSpaceStmt": objects.drop_of_cluster,
    "DropdbStmt": objects.drop_of_cluster,
    "AlterDomainStmt": objects.alter_domain,
    "AlterEnumStmt": objects.alter_enum,
    "AlterObjectSchemaStmt": tables.set_schema,
    "AlterPolicyStmt": objects.create_policy,
    "AlterSeqStmt": objects.alter_sequence,
    "AlterTableStmt": alter_table,
    "ClusterStmt": tables.cluster,
    "CommentStmt": objects.comment_on,
    "CompositeTypeStmt": objects.create_type,
    "CopyStmt": rows.change_rows,
    "CreatedbStmt": objects.create_database,
    "CreateDomainStmt": objects.create_type,
    "CreateEnumStmt": objects.create_type,
    "CreateExtensionStmt": objects.create_extension,
    "CreateForeignTableStmt": tables.create_table,
    "CreateFunctionStmt": objects.create_function,
    "CreatePolicyStmt": objects.create_policy,
    "CreateRangeStmt": objects.create_type,
    "CreateSchemaStmt": objects.create_schema,
    "CreateSeqStmt": objects.create_sequence,
    "CreateStatsStmt": objects.create_statistics,
    "CreateStmt": tables.create_table,
    "CreateTableAsStmt": tables.create_table_as,
    "CreateTrigStmt": objects.create_trigger,
    "DeleteStmt": rows.change_rows,
    "DoStmt": run_block,
    "DropStmt": drop,
    "GrantStmt": objects.change_privileges,
    "IndexStmt": tables.create_index,
    "InsertStmt": rows.change_rows,
    "LockStmt": tables.lock_table,
    "MergeStmt": rows.change_rows,
    "RefreshMatViewStmt": tables.refresh,
    "ReindexStmt": tables.reindex,
    "RenameStmt": tables.rename,
    "RuleStmt": objects.create_rule,
    "SelectStmt": objects.select,
    "TransactionStmt": objects.transaction,
    "TruncateStmt": tables.truncate,
    "UpdateStmt": rows.change_rows,
    "VacuumStmt": tables.vacuum,
    "VariableSetStmt": objects.set_setting,
    "ViewStmt": tables.create_view,
}
"""What describes each kind of statement."""
