"""Statements applied to the catalog. In: a statement. Out: its operations; the catalog is changed.

To read a further kind of statement, write its function and name it in `HANDLERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from advisor.model import Operation, OtherStatement
from advisor.sources.sql.blocks.blocks import run_block
from advisor.sources.sql.blocks.functions import run_call, run_calls
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.catalog.relations import qualified
from advisor.sources.sql.drops import drop
from advisor.sources.sql.names_in_full import spell_in_full
from advisor.sources.sql.objects.comments import comment_on
from advisor.sources.sql.objects.extensions import create_extension
from advisor.sources.sql.objects.functions import alter_function, create_function
from advisor.sources.sql.objects.kept import HANDLERS as KEPT_HANDLERS
from advisor.sources.sql.objects.kept import WORDS, define_kept
from advisor.sources.sql.objects.policies import alter_policy, create_policy
from advisor.sources.sql.objects.privileges import alter_default_privileges, alter_owner, grant
from advisor.sources.sql.objects.schemas import add_schema
from advisor.sources.sql.objects.statistics import alter_statistics, create_statistics
from advisor.sources.sql.objects.triggers import create_trigger
from advisor.sources.sql.operations import look_before, operations_of
from advisor.sources.sql.owned import drop_owned, reassign_owned
from advisor.sources.sql.renames.renames import rename
from advisor.sources.sql.renames.schemas import set_schema
from advisor.sources.sql.tables.alter import alter_table
from advisor.sources.sql.tables.alter_properties import cluster
from advisor.sources.sql.tables.indexes import create_index
from advisor.sources.sql.tables.sequence_statements import alter_sequence, create_sequence
from advisor.sources.sql.tables.tables import create_foreign_table, create_table
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, unwrap
from advisor.sources.sql.transactions import apply_transaction, discard, set_config, set_variable
from advisor.sources.sql.types.composites import create_collation, create_composite_type, create_range_type
from advisor.sources.sql.types.domains import alter_domain, create_domain
from advisor.sources.sql.types.enums import alter_enum, create_enum
from advisor.sources.sql.views.views import create_table_as, create_view, into_clause, refresh, select_into

PLACES = {"CreateSeqStmt": 0, "CreateStmt": 1, "ViewStmt": 2, "IndexStmt": 3, "CreateTrigStmt": 4, "GrantStmt": 5}
"""What CREATE SCHEMA makes first (`transformCreateSchemaStmtElements`, parse_utilcmd.c)."""

Handler = Callable[[Catalog, Statement, Node], Sequence[Operation]]


def apply(catalog: Catalog, statement: Statement) -> Sequence[Operation]:
    """Do what a statement does. Raises `RefusedError` where PostgreSQL would not do it; the rest of the file can still be read."""
    return apply_node(catalog, statement, statement.kind, statement.fields)


def apply_node(catalog: Catalog, statement: Statement, kind: str, fields: Node) -> Sequence[Operation]:
    if any(schema != "public" for schema in catalog.search_path):
        spell_functions_in_full(catalog, fields)
    before = look_before(catalog, kind, fields)
    spell_in_full(catalog, kind, fields)
    handler = HANDLERS.get(kind)
    done = handler(catalog, statement, fields) if handler is not None else [OtherStatement(statement.location, kind)]
    return operations_of(catalog, before, statement, kind, fields, done)


def spell_functions_in_full(catalog: Catalog, value: Any) -> None:
    """Put the schema to calls of functions that the search path finds outside `public`: the model's reader has no such path."""
    if isinstance(value, list):
        for child in value:
            spell_functions_in_full(catalog, child)
    elif isinstance(value, dict):
        if "FuncCall" in value:
            call = value["FuncCall"]
            schema, bare = qualified(call["funcname"])
            name = catalog.find(schema, bare, lambda candidate: bool(catalog.objects.overloads(candidate)))
            if schema is None and name.schema != "public" and catalog.objects.overloads(name):
                call["funcname"] = [{"String": {"sval": name.schema}}, {"String": {"sval": bare}}]
        for child in value.values():
            spell_functions_in_full(catalog, child)


def create_schema(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """The schema, and what the statement makes in it."""
    operations: list[Operation] = [OtherStatement(statement.location, "CreateSchemaStmt")]
    schema, around = add_schema(catalog, statement, fields), catalog.search_path
    catalog.search_path = (schema, *around)
    try:
        for element in sorted(fields.get("schemaElts", []), key=lambda element: PLACES.get(unwrap(element)[0], len(PLACES))):
            operations.extend(apply_node(catalog, statement, *unwrap(element)))
    finally:
        catalog.search_path = around
    return operations


def run_block_statement(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    return run_block(catalog, statement, fields, apply, HANDLERS)


def define(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """CREATE of what is made by a list of parameters: a collation, what is kept as it is written, or a base type by its name."""
    if fields["kind"] == "OBJECT_COLLATION":
        return create_collation(catalog, statement, fields)
    if fields["kind"] in WORDS:
        return define_kept(catalog, statement, fields)
    catalog.note_type(catalog.new_name(*qualified(fields["defnames"])))
    return [OtherStatement(statement.location, "DefineStmt")]


def select(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """A query changes something where it has an INTO, or calls what does."""
    into = into_clause(fields)
    called = run_calls(catalog, statement, fields, apply, HANDLERS)
    return [*called, *(set_config(catalog, statement, fields) if into is None else select_into(catalog, statement, into))]


def call(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    return run_call(catalog, statement, fields, apply, HANDLERS)


HANDLERS: dict[str, Handler] = {
    **KEPT_HANDLERS,
    "AlterDefaultPrivilegesStmt": alter_default_privileges,
    "AlterDomainStmt": alter_domain,
    "AlterEnumStmt": alter_enum,
    "AlterFunctionStmt": alter_function,
    "AlterObjectSchemaStmt": set_schema,
    "AlterOwnerStmt": alter_owner,
    "AlterPolicyStmt": alter_policy,
    "AlterSeqStmt": alter_sequence,
    "AlterStatsStmt": alter_statistics,
    "AlterTableStmt": alter_table,
    "CallStmt": call,
    "ClusterStmt": cluster,
    "CommentStmt": comment_on,
    "CompositeTypeStmt": create_composite_type,
    "CreateDomainStmt": create_domain,
    "CreateEnumStmt": create_enum,
    "CreateExtensionStmt": create_extension,
    "CreateForeignTableStmt": create_foreign_table,
    "CreateFunctionStmt": create_function,
    "CreatePolicyStmt": create_policy,
    "CreateRangeStmt": create_range_type,
    "CreateSchemaStmt": create_schema,
    "CreateSeqStmt": create_sequence,
    "CreateStatsStmt": create_statistics,
    "CreateStmt": create_table,
    "CreateTableAsStmt": create_table_as,
    "CreateTrigStmt": create_trigger,
    "DefineStmt": define,
    "DiscardStmt": discard,
    "DoStmt": run_block_statement,
    "DropOwnedStmt": drop_owned,
    "DropStmt": drop,
    "GrantStmt": grant,
    "IndexStmt": create_index,
    "ReassignOwnedStmt": reassign_owned,
    "RefreshMatViewStmt": refresh,
    "RenameStmt": rename,
    "SelectStmt": select,
    "TransactionStmt": apply_transaction,
    "VariableSetStmt": set_variable,
    "ViewStmt": create_view,
}
"""What applies each kind of statement; a kind that is not here changes nothing in the model."""
