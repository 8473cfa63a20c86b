"""DO blocks. In: a `DO` statement. Out: what it surely does, applied; what it may do, said.

A statement is applied where it runs in any case, or unless what it makes is there already (IF NOT EXISTS over the catalogs, a
handler for duplicates: so drizzle-kit writes foreign keys and enums). One that runs only if something is there is applied where it
is. Loops over constants are run round by round, and EXECUTE where its text is known. What other conditions and loops decide, and
texts put together from what only the server knows, is not examined: that is reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field

from advisor.model import Location, Operation, OtherStatement, Skipped, SourceText
from advisor.sources.sql.blocks.constant_text import constant_text, leading_text
from advisor.sources.sql.blocks.guards import Guard, guard_of
from advisor.sources.sql.blocks.loops import MOST_ROUNDS, rounds_of
from advisor.sources.sql.blocks.plpgsql import Block, Branch, If, Plain, Repeated, Step, plain_steps, read_body
from advisor.sources.sql.blocks.variables import ASSIGNED, Variables, set_by
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.relations import find_relation, qualified
from advisor.sources.sql.text.split import Opaque, masked, next_piece
from advisor.sources.sql.text.statements import Statement, parse
from advisor.sources.sql.text.tree import Node, fields_of, string
from advisor.sources.sql.transactions import restore, state_of

Apply = Callable[[Catalog, Statement], Sequence[Operation]]

DEFINING = frozenset({"alter", "comment", "create", "drop", "grant", "import", "refresh", "reset", "revoke", "set"})
"""First words of the statements that a block may run and the catalog keeps."""

CHANGES_WHAT_IS_THERE = frozenset({"alter", "comment", "drop"})
DROPPED_RELATIONS = frozenset(
    {"OBJECT_FOREIGN_TABLE", "OBJECT_INDEX", "OBJECT_MATVIEW", "OBJECT_SEQUENCE", "OBJECT_TABLE", "OBJECT_VIEW"}
)

ROWS = ("select", "insert", "update", "delete", "with", "truncate", "analyze", "vacuum", "notify", "lock", "set", "merge", "copy")
"""What EXECUTE may begin with and change no definition."""

ALWAYS = Guard()

AFTER_EXECUTED_TEXT = re.compile(r"\b(?:into|using)\b", re.IGNORECASE)
RAISES = re.compile(r"raise\b(?!\s+(?:notice|info|log|debug|warning)\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Executed(Statement):
    """A statement in a string: all of it stands where EXECUTE does."""

    place: Location | None = None

    @property
    def location(self) -> Location:
        return self.place or self.source.location(0)

    def stretch(self, _start: int, _end: int) -> Location:
        return self.location


@dataclass
class Run:
    """A block while it runs: its text, where that begins in the file, and what has been done."""

    catalog: Catalog
    statement: Statement
    apply: Apply
    kept: Container[str]
    """The kinds of statements that the catalog keeps."""
    start: int
    text: str
    plain: str
    operations: list[Operation] = field(default_factory=list)
    left: Guard = ALWAYS
    """Where RETURN ends the block under a condition: what holds for the rest."""
    returned: bool = False
    variables: Variables = field(default_factory=Variables)
    rounds: int = 1
    """How often the loops around run what is being read."""
    applied: int = 0
    """How many statements have been applied: a branch of which some were is the one that runs."""

    def place(self, step: Plain) -> Location:
        return self.statement.source.location(self.start + step.start, self.start + step.end)

    def plain_of(self, step: Plain) -> str:
        return self.plain[step.start : step.end].removesuffix(";")

    def text_of(self, start: int, end: int) -> str:
        return self.text[start:end]


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


def with_undo(catalog: Catalog, steps: Sequence[Step], work: Callable[[], None]) -> None:
    """Do the work of these steps as a whole or not at all. What was there is remembered where there are several: it is dear."""
    several = sum(step.word in DEFINING or step.word == "execute" for step in plain_steps(tuple(steps))) > 1 or has_loop(steps)
    state = state_of(catalog) if several else None
    try:
        work()
    except RefusedError:
        if state is not None:
            restore(catalog, state)
        raise


def has_loop(steps: Sequence[Step]) -> bool:
    """Whether one statement may be done several times."""
    inner = [step.branches if isinstance(step, If) else [step] for step in steps]
    return any(
        isinstance(part, Repeated) or (not isinstance(part, Plain) and has_loop(part.body)) for parts in inner for part in parts
    )


def leave_alone(catalog: Catalog, place: Location, reason: str) -> None:
    left = Skipped(place.path, reason, "left alone", place)
    if left not in catalog.unexamined:
        catalog.unexamined.append(left)


# Steps


def run_steps(run: Run, steps: Sequence[Step], guard: Guard) -> None:
    for step in steps:
        if run.returned:
            return
        if isinstance(step, Plain):
            run_plain(run, step, guard)
        elif isinstance(step, If):
            run_branches(run, step, guard)
        elif isinstance(step, Repeated):
            run_loop(run, step, guard)
        else:
            run_inner_block(run, step, guard)


def run_loop(run: Run, step: Repeated, guard: Guard) -> None:
    """Round by round where the rounds are known and none of them ends early."""
    leaves = any(inner.word in ("exit", "continue", "return") for inner in plain_steps(step.body))
    is_counted = step.word in ("for", "foreach") and not leaves
    rounds = rounds_of(step.word, run.text_of(*step.header), run.variables.values) if is_counted else None
    if rounds is None or len(rounds) * run.rounds > MOST_ROUNDS:
        run.variables.forget(name for inner in plain_steps(step.body) for name in set_by(inner.word, run.plain_of(inner)))
        report_all(run, step.body, "it runs in a branch of CASE" if step.word == "case" else "it runs in a loop")
        return
    run.rounds *= max(len(rounds), 1)
    for values in rounds:
        run.variables.forget(values)
        run.variables.values.update(values)
        run_steps(run, step.body, guard)
    run.rounds //= max(len(rounds), 1)


def run_inner_block(run: Run, step: Block, guard: Guard) -> None:
    """Its variables are its own."""
    before = run.variables.copy()
    declared = [run.variables.declare(run.plain[start:end], run.text[start:end]) for start, end in step.declared]
    if step.handlers:
        run_with_handlers(run, step, guard)
        run.variables.forget(run.variables.changed_since(before))
    else:
        run_steps(run, step.body, guard)
    run.variables.end_block([name for name in declared if name is not None], before)


def run_with_handlers(run: Run, step: Block, guard: Guard) -> None:
    """What is refused undoes the block and lets the handler run."""
    done = len(run.operations)
    try:
        with_undo(run.catalog, step.body, lambda: run_steps(run, step.body, guard))
    except RefusedError:
        del run.operations[done:]
        if any(RAISES.match(run.plain, handler.start) for handler in plain_steps(step.handlers[0])):
            raise
        run_steps(run, step.handlers[0], guard)


def run_branches(run: Run, step: If, guard: Guard) -> None:
    """Each branch runs if those before it do not; what any of them may have put into a variable is not known behind them."""
    otherwise, applied, before, changed = guard, run.applied, run.variables, set[str]()
    for branch in step.branches:
        if run.applied > applied:
            break
        run.variables = before.copy()
        own = guard_of(run.text_of(*branch.condition), before.questions) if branch.condition is not None else ALWAYS
        run_branch(run, branch, otherwise, own)
        changed |= run.variables.changed_since(before)
        if branch.condition is not None:
            otherwise = otherwise.and_also(own.negated())
    run.variables = before
    run.variables.forget(changed)


def run_branch(run: Run, branch: Branch, otherwise: Guard, own: Guard) -> None:
    """One branch under what it asks itself, where those before it do not run; behind one with RETURN the opposite holds."""
    last = branch.body[-1] if branch.body else None
    if not (isinstance(last, Plain) and last.word in ("return", "raise") and ends_block(run, last)):
        run_steps(run, branch.body, otherwise.and_also(own))
        return
    run_steps(run, branch.body[:-1], otherwise.and_also(own))
    if last.word == "return":
        run.left = run.left.and_also(own.negated())


def ends_block(run: Run, step: Plain) -> bool:
    return step.word == "return" or RAISES.match(run.plain, step.start) is not None


def report_all(run: Run, steps: Sequence[Step], why: str) -> None:
    for step in plain_steps(tuple(steps)):
        if step.word == "execute":
            report_execute(run, step, why)
        elif step.word in DEFINING and changes_schema(run, step):
            report(run, step, why)


def changes_schema(run: Run, step: Plain) -> bool:
    """Whether a statement is one that the catalog keeps; what cannot be parsed is taken for one."""
    found = parsed(run, step)
    return found is None or is_kept(run, found)


def is_kept(run: Run, found: Statement) -> bool:
    return found.kind in run.kept and found.kind not in ("SelectStmt", "VariableSetStmt")


def report(run: Run, step: Plain, why: str) -> None:
    words = " ".join(run.text_of(step.start, step.end).split()).rstrip(";")
    shown = words if len(words) <= 60 else words[:57] + "..."
    leave_alone(run.catalog, run.place(step), f"{shown} is not examined: {why}")


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


def parsed(run: Run, step: Plain) -> Statement | None:
    """The statement that stands here; None where it cannot be read (it speaks of the block's variables)."""
    source = run.statement.source
    piece = next_piece(source.text, run.start + step.start)
    found = parse(source, piece) if piece is not None and piece.end <= run.start + len(run.text) else None
    return found[0] if isinstance(found, list) and found else None


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
    if guard.unknown:
        report(run, step, f"it runs only if {guard.unknown}")
    elif (guard.present and not guard.absent and not changes) or (guard.absent and not guard.present and word == "drop"):
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


# EXECUTE


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
            yield Executed(source, piece, inner.kind, inner.fields, inner.text, place)
