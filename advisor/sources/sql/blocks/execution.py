"""One statement of a block, or the text that EXECUTE runs. In: a run, the step, its conditions. Out: it is applied, or said."""

from __future__ import annotations

import re
from collections.abc import Iterator

from advisor.model import SourceText
from advisor.sources.sql.blocks.calls import calls_of
from advisor.sources.sql.blocks.constant_text import constant_text, leading_text
from advisor.sources.sql.blocks.guards import Guard
from advisor.sources.sql.blocks.plpgsql import Plain
from advisor.sources.sql.blocks.run import Executed, Run, is_kept, parsed, report
from advisor.sources.sql.blocks.variables import ASSIGNED, query_of, set_by
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.relations import find_relation, qualified
from advisor.sources.sql.text.split import next_piece
from advisor.sources.sql.text.statements import Statement, parse
from advisor.sources.sql.text.tree import fields_of

DEFINING = frozenset({"alter", "comment", "create", "drop", "grant", "import", "refresh", "reset", "revoke", "set"})
"""First words of the statements that a block may run and the catalog keeps."""

CHANGES_WHAT_IS_THERE = frozenset({"alter", "comment", "drop"})
DROPPED_RELATIONS = frozenset(
    {"OBJECT_FOREIGN_TABLE", "OBJECT_INDEX", "OBJECT_MATVIEW", "OBJECT_SEQUENCE", "OBJECT_TABLE", "OBJECT_VIEW"}
)

ROWS = ("select", "insert", "update", "delete", "with", "truncate", "analyze", "vacuum", "notify", "lock", "set", "merge", "copy")
"""What EXECUTE may begin with and change no definition."""

AFTER_EXECUTED_TEXT = re.compile(r"\b(?:into|using)\b", re.IGNORECASE)


def run_plain(run: Run, step: Plain, guard: Guard) -> None:
    plain, text = run.plain_of(step), run.text_of(step.start, step.end).removesuffix(";")
    if step.word == "return" and not guard:
        run.returned = True
    elif ASSIGNED.match(plain):
        run.variables.run(step.word, plain, text)
    elif step.word == "execute":
        execute(run, step, guard.and_also(run.left))
        run.variables.forget(set_by(step.word, plain))
    elif step.word in DEFINING or step.word == "call":
        found = parsed(run, step)
        if found is not None:
            run_statement(run, step, found, guard.and_also(run.left))
        else:
            report(run, step, "it cannot be read")
    else:
        run.variables.run(step.word, plain, text)
        call_functions(run, step, text, guard.and_also(run.left))


def call_functions(run: Run, step: Plain, text: str, guard: Guard) -> None:
    """PERFORM and SELECT of functions that change the schema."""
    query = query_of(step.word, text) if step.word in ("perform", "select") else None
    if query is None or not any(calls_of(run.catalog, query)):
        return
    if guard:
        report(run, step, f"it runs only if {guard.unknown or ('something is there' if guard.present else 'something is missing')}")
    else:
        # INTO names variables here, not a table.
        asked = {name: value for name, value in query.items() if name != "intoClause"}
        run.operations.extend(run.apply(run.catalog, run.executed("SelectStmt", asked, text, run.place(step))))


def run_statement(run: Run, step: Plain, found: Statement, guard: Guard) -> None:
    """Apply a statement if its conditions let it be known that it runs."""
    if not guard:
        run.operations.extend(run.apply(run.catalog, found))
        run.applied += 1
        return
    if not is_kept(run, found):
        return
    word = found.text.split(None, 1)[0].lower()
    changes = word in CHANGES_WHAT_IS_THERE
    doubtful = (guard.present and not guard.absent and not changes) or (guard.absent and not guard.present and word == "drop")
    if guard.unknown:
        report(run, step, f"it runs only if {guard.unknown}")
    elif doubtful and run.applied == run.applied_before:
        report(run, step, "it runs only if something is there" if guard.present else "it runs only if something is missing")
    elif not guard.present or is_there(run.catalog, found):
        try_statement(run, found)


def try_statement(run: Run, found: Statement) -> None:
    """What is refused is what the condition is for."""
    try:
        run.operations.extend(run.apply(run.catalog, found))
        run.applied += 1
    except RefusedError:
        return


def is_there(catalog: Catalog, found: Statement) -> bool:
    """Whether the relation that a statement changes is known; what is about something else finds out for itself."""
    relation = found.fields.get("relation")
    if found.kind in ("AlterTableStmt", "RenameStmt", "AlterObjectSchemaStmt") and isinstance(relation, dict):
        return catalog.is_relation(find_relation(catalog, relation))
    if found.kind == "DropStmt" and found.fields["removeType"] in DROPPED_RELATIONS:
        targets = [fields_of(target)["items"] for target in found.fields["objects"]]
        return any(catalog.is_relation(catalog.find(*qualified(target))) for target in targets)
    return True


def execute(run: Run, step: Plain, guard: Guard) -> None:
    """`EXECUTE 'ALTER TABLE ...'`, and format() of constants."""
    text = executed_text(run, step)
    if text is None:
        report_execute(run, step, "its text is put together when it runs")
        return
    for found in statements_in(run, step, text):
        run_statement(run, step, found, guard)


def expression_of(run: Run, step: Plain) -> str:
    """What EXECUTE runs, without INTO and USING."""
    start = step.start + len("execute")
    end = AFTER_EXECUTED_TEXT.search(run.plain, start, step.end)
    return run.text_of(start, end.start() if end else step.end).rstrip().removesuffix(";")


def executed_text(run: Run, step: Plain) -> str | None:
    return constant_text(expression_of(run, step), run.variables.values)


def report_execute(run: Run, step: Plain, why: str) -> None:
    """Nothing is said of what only reads or changes rows."""
    if not leading_text(expression_of(run, step)).lstrip().lower().startswith(ROWS):
        report(run, step, why)


def statements_in(run: Run, step: Plain, text: str) -> Iterator[Statement]:
    source, position = SourceText(run.statement.source.path, text), 0
    place = run.place(step)
    while (piece := next_piece(text, position)) is not None:
        position = piece.resume
        found = parse(source, piece)
        for inner in found if isinstance(found, list) else ():
            yield Executed(source, piece, inner.kind, inner.fields, inner.text, place, run.variables.values, run.callers)
