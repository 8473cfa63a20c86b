"""What surrounds the statements of one migration. In: tool, what it says itself, operations. Out: the model's word for it."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.model import (
    Begin,
    Commit,
    CreateIndex,
    DropIndex,
    Operation,
    OtherStatement,
    Reindex,
    Tool,
    Transaction,
    Vacuum,
)

ALWAYS_MORE_THAN_ONE = frozenset({"supabase"})
"""Tools that send the note of what they have run in the same batch, so that no migration is a single statement."""


OUT_OF_TRANSACTION = frozenset(
    {
        "AlterSystemStmt", "CreatedbStmt", "DropdbStmt", "CreateTableSpaceStmt", "DropTableSpaceStmt",
        "CreateSubscriptionStmt", "DropSubscriptionStmt", "DiscardStmt",
    }
)  # fmt: skip


SENDS_ALONE = frozenset({"flyway", "supabase"})
"""Tools that look for what PostgreSQL refuses inside a transaction, and do not put it into one."""


def transaction_of(
    tool: Tool, transactional: bool | None, operations: Sequence[Operation], version: tuple[int, ...] | None = None
) -> Transaction:
    """`version` is the tool's own, where the project tells."""
    if any(isinstance(operation, (Begin, Commit)) for operation in operations):
        return "own"
    if tool.name in SENDS_ALONE and steps_out_of_transaction(operations):
        return "none"
    match tool.runs_in(version) if transactional is not False else tool.runs_opted_out:
        case "each in a transaction":
            return "one"
        case "whole history in one":
            return "shared"
        case "one batch":
            alone = len({operation.location for operation in operations}) <= 1 and tool.name not in ALWAYS_MORE_THAN_ONE
            return "none" if alone else "one"
        case "statement by statement":
            return "none"


def begins_one(
    tool: Tool, transactional: bool | None, operations: Sequence[Operation], version: tuple[int, ...] | None = None
) -> bool:
    """Whether the tool says BEGIN itself."""
    if tool.name in SENDS_ALONE and steps_out_of_transaction(operations):
        return False
    runs = tool.runs_in(version) if transactional is not False else tool.runs_opted_out
    return runs in ("each in a transaction", "whole history in one")


def steps_out_of_transaction(operations: Sequence[Operation]) -> bool:
    """Flyway sees what PostgreSQL refuses inside a transaction (PostgreSQLParser.java, `detectCanExecuteInTransaction`); REINDEX
    INDEX and REINDEX TABLE CONCURRENTLY it does not see. The Supabase CLI's list is nearly the same (pkg/migration/file.go,
    `isPipelineIncompatible`)."""
    return any(
        (isinstance(operation, (CreateIndex, DropIndex)) and operation.concurrently)
        or (isinstance(operation, Reindex) and operation.target in ("schema", "database", "system"))
        or (isinstance(operation, Vacuum) and not operation.analyze_only)
        or (isinstance(operation, OtherStatement) and operation.kind in OUT_OF_TRANSACTION)
        for operation in operations
    )
