"""DO blocks. In: a `DO` statement. Out: what it surely does, applied; what it may do, said.

A statement is applied where it runs in any case, or unless what it makes is there already (IF NOT EXISTS over the catalogs, a
handler for duplicates: so drizzle-kit writes foreign keys and enums). One that runs only if something is there is applied where it
is. Loops over constants are run round by round, and EXECUTE where its text is known. What other conditions and loops decide, and
texts put together from what only the server knows, is not examined: that is reported.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from advisor.model import Operation, OtherStatement
from advisor.sources.sql.blocks.plpgsql import read_body
from advisor.sources.sql.blocks.run import ALWAYS, Apply, Run, leave_alone
from advisor.sources.sql.blocks.steps import run_steps, with_undo
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.text.split import Opaque, masked, next_piece
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of, string


def run_block(catalog: Catalog, statement: Statement, fields: Node, apply: Apply, kept: Container[str]) -> Sequence[Operation]:
    """Apply a DO statement; `kept` are the kinds of statements that matter.

    It is done or not as a whole: where it is refused half-way, nothing of it stays.
    """
    options = {option["defname"]: option.get("arg", {}) for option in map(fields_of, fields.get("args", []))}
    operations: list[Operation] = [OtherStatement(statement.location, "DoStmt")]
    language = string(options.get("language", {})) or "plpgsql"
    body = body_of(statement, string(options.get("as", {})))
    if language != "plpgsql" or body is None:
        what = f"a block in {language}" if language != "plpgsql" else "a block whose text has quotes in quotes"
        leave_alone(catalog, statement.location, f"{what} is not examined")
        return operations
    start, end = body
    text = statement.source.text[start:end]
    plain = masked_body(text)
    run = Run(catalog, statement, apply, kept, start, text, plain, operations)
    steps = read_body(plain)
    with_undo(catalog, steps, lambda: run_steps(run, steps, ALWAYS))
    return operations


def body_of(statement: Statement, value: str) -> tuple[int, int] | None:
    """Where the body stands in the file, its quotes left out; None where it is not written as it is meant."""
    # The language may stand in quotes before it.
    places = (inside(statement.source.text, opaque) for opaque in statement.piece.opaque if opaque.kind in "$'")
    return next(((start, end) for start, end in places if statement.source.text[start:end] == value), None)


def inside(text: str, quote: Opaque) -> tuple[int, int]:
    tag = 1 if quote.kind == "'" else text.index("$", quote.start + 1) + 1 - quote.start
    return quote.start + tag, quote.end - tag


def masked_body(text: str) -> str:
    """The body with comments blanked and quotes filled."""
    parts: list[str] = []
    position, written = 0, 0
    while (piece := next_piece(text, position)) is not None:
        parts += [" " * (piece.start - written), masked(text, piece)]
        position, written = piece.resume, piece.end
    return "".join(parts).ljust(len(text))
