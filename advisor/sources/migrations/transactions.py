"""What surrounds the statements of one migration. In: tool, what it says itself, operations. Out: the model's word for it."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.model import (
    Begin,
    Commit,
    CreateIndex,
    DropIndex,
    Operation,
    Reindex,
    Tool,
    Transaction,
    Vacuum,
)

ALWAYS_MORE_THAN_ONE = frozenset({"supabase"})
"""Tools that send the note of what they have run in the same batch, so that no migration is a single statement."""


def transaction_of(tool: Tool, transactional: bool | None, operations: Sequence[Operation]) -> Transaction:
    if any(isinstance(operation, (Begin, Commit)) for operation in operations):
        return "own"
    if transactional is False:
        return "none"
    match tool.runs:
        case "each in a transaction":
            return "none" if tool.name == "flyway" and steps_out_of_transaction(operations) else "one"
        case "whole history in one":
            return "shared"
        case "one batch":
            alone = len({operation.location for operation in operations}) <= 1 and tool.name not in ALWAYS_MORE_THAN_ONE
            return "none" if alone else "one"
        case "statement by statement":
            return "none"


def steps_out_of_transaction(operations: Sequence[Operation]) -> bool:
    """Flyway sees what PostgreSQL refuses inside a transaction (PostgreSQLParser.java, `detectCanExecuteInTransaction`)."""
    return any(
        (isinstance(operation, (CreateIndex, DropIndex, Reindex)) and operation.concurrently)
        or (isinstance(operation, Vacuum) and not operation.analyze_only)
        for operation in operations
    )
