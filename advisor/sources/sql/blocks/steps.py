"""The steps of a block in turn: branches, loops, blocks in blocks. In: a run, steps, conditions. Out: the run, further."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from advisor.sources.sql.blocks.execution import DEFINING, report_execute, run_plain
from advisor.sources.sql.blocks.guards import Guard, guard_of
from advisor.sources.sql.blocks.loops import MOST_ROUNDS, rounds_of
from advisor.sources.sql.blocks.plpgsql import Block, Branch, If, Plain, Repeated, Step, plain_steps
from advisor.sources.sql.blocks.run import ALWAYS, Run, is_kept, parsed, report
from advisor.sources.sql.blocks.variables import set_by
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.transactions import restore, state_of

RAISES = re.compile(r"raise\b(?!\s+(?:notice|info|log|debug|warning)\b)", re.IGNORECASE)


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
    around, run.applied_before = run.applied_before, applied
    for branch in step.branches:
        if run.applied > applied:
            break
        run.variables = before.copy()
        own = guard_of(run.text_of(*branch.condition), before.questions) if branch.condition is not None else ALWAYS
        run_branch(run, branch, otherwise, own)
        changed |= run.variables.changed_since(before)
        if branch.condition is not None:
            otherwise = otherwise.and_also(own.negated())
    run.variables, run.applied_before = before, around
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
