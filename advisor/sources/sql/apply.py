"""Statements applied to the catalog. In: a statement. Out: its operations; the catalog is changed.

To read a further kind of statement, write its function and name it in `HANDLERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from advisor.model import Operation, OtherStatement
from advisor.sources.sql.alter import alter_table
from advisor.sources.sql.blocks import statements_of_block
from advisor.sources.sql.catalog import Catalog, RefusedError
from advisor.sources.sql.drops import drop
from advisor.sources.sql.indexes import create_index
from advisor.sources.sql.others import (
    alter_domain,
    alter_enum,
    alter_sequence,
    comment_on,
    create_composite_type,
    create_domain,
    create_enum,
    create_extension,
    create_function,
    create_other,
    create_range_type,
    create_sequence,
    set_config,
    set_variable,
)
from advisor.sources.sql.renames import rename, set_schema
from advisor.sources.sql.statements import Statement
from advisor.sources.sql.tables import create_foreign_table, create_table, create_table_as, create_view
from advisor.sources.sql.tree import Node, unwrap

Handler = Callable[[Catalog, Statement, Node], Sequence[Operation]]


def apply(catalog: Catalog, statement: Statement) -> Sequence[Operation]:
    """Do what a statement does. Raises `RefusedError` where PostgreSQL would not do it; the rest of the file can still be read."""
    return apply_node(catalog, statement, statement.kind, statement.fields)


def apply_node(catalog: Catalog, statement: Statement, kind: str, fields: Node) -> Sequence[Operation]:
    handler = HANDLERS.get(kind)
    return handler(catalog, statement, fields) if handler is not None else [OtherStatement(statement.location, kind)]


def create_schema(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """A schema is only a name here; what the statement makes in it is made."""
    operations: list[Operation] = [OtherStatement(statement.location, "CreateSchemaStmt")]
    around = catalog.search_path
    if "schemaname" in fields:
        catalog.search_path = (str(fields["schemaname"]), *around)
    try:
        for element in fields.get("schemaElts", []):
            operations.extend(apply_node(catalog, statement, *unwrap(element)))
    finally:
        catalog.search_path = around
    return operations


def run_block(catalog: Catalog, statement: Statement, _fields: Node) -> Sequence[Operation]:
    """What a DO block defines. What cannot be done there is what its own conditions and handlers are for."""
    operations: list[Operation] = [OtherStatement(statement.location, "DoStmt")]
    for inner in statements_of_block(statement):
        try:
            operations.extend(apply(catalog, inner))
        except RefusedError:
            continue
    return operations


HANDLERS: dict[str, Handler] = {
    "AlterDomainStmt": alter_domain,
    "AlterEnumStmt": alter_enum,
    "AlterObjectSchemaStmt": set_schema,
    "AlterSeqStmt": alter_sequence,
    "AlterTableStmt": alter_table,
    "CommentStmt": comment_on,
    "CompositeTypeStmt": create_composite_type,
    "CreateDomainStmt": create_domain,
    "CreateEnumStmt": create_enum,
    "CreateExtensionStmt": create_extension,
    "CreateForeignTableStmt": create_foreign_table,
    "CreateFunctionStmt": create_function,
    "CreateRangeStmt": create_range_type,
    "CreateSchemaStmt": create_schema,
    "CreateSeqStmt": create_sequence,
    "CreateStmt": create_table,
    "CreateTableAsStmt": create_table_as,
    "DefineStmt": create_other,
    "DoStmt": run_block,
    "DropStmt": drop,
    "IndexStmt": create_index,
    "RenameStmt": rename,
    "SelectStmt": set_config,
    "VariableSetStmt": set_variable,
    "ViewStmt": create_view,
}
"""What applies each kind of statement; a kind that is not here changes nothing in the model."""
