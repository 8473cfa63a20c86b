"""Functions and procedures that are called while a text runs. In: the call. Out: what their bodies surely do, applied.

A body in PL/pgSQL is run like a DO block whose variables are the arguments, so far as these are known. Not run, but said, is one
that is called for every row of a query, gives rows itself, has a search_path of its own, or is one of several of its name.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from msgspec.structs import replace

from advisor.model import Function, Operation, OtherStatement, SourceText
from advisor.sources.sql.blocks.blocks import masked_body
from advisor.sources.sql.blocks.calls import calls_of, changing
from advisor.sources.sql.blocks.constant_text import Value, Values, parsed_expression, value_of
from advisor.sources.sql.blocks.plpgsql import read_body
from advisor.sources.sql.blocks.run import ALWAYS, Apply, Executed, Run, leave_alone
from advisor.sources.sql.blocks.steps import run_steps, with_undo
from advisor.sources.sql.blocks.variables import Variables
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node


def run_call(catalog: Catalog, statement: Statement, fields: Node, apply: Apply, kept: Container[str]) -> Sequence[Operation]:
    """A CALL."""
    functions = changing(catalog, fields["funccall"])
    run = run_functions(catalog, statement, fields["funccall"], functions, apply, kept) if functions else ()
    return [OtherStatement(statement.location, "CallStmt"), *run]


def run_calls(catalog: Catalog, statement: Statement, fields: Node, apply: Apply, kept: Container[str]) -> list[Operation]:
    """The functions that a SELECT calls."""
    operations: list[Operation] = []
    sources = fields.get("fromClause", [])
    once = not fields.get("whereClause") and (not sources or (len(sources) == 1 and "RangeFunction" in sources[0]))
    for call, functions in calls_of(catalog, fields):
        if once:
            operations.extend(run_functions(catalog, statement, call, functions, apply, kept))
        else:
            leave_alone(catalog, statement.location, f"{what_of(functions[0])}: it is called for every row")
    return operations


def run_functions(
    catalog: Catalog, statement: Statement, call: Node, functions: Sequence[Function], apply: Apply, kept: Container[str]
) -> Sequence[Operation]:
    """The one function that a call means."""
    callers = statement.callers if isinstance(statement, Executed) else ()
    function = functions[0]
    if reason := reason_against(functions, callers):
        leave_alone(catalog, statement.location, f"{what_of(function)}: {reason}")
        return ()
    source = SourceText(statement.location.path, function.body)
    caller = Executed(source, statement.piece, "DoStmt", {}, function.body, statement.location, {}, (*callers, function.signature))
    known = statement.values if isinstance(statement, Executed) else {}
    plain = masked_body(function.body)
    run = Run(catalog, caller, apply, kept, 0, function.body, plain, variables=Variables(arguments_of(function, call, known)))
    steps = read_body(plain)
    said = len(catalog.unexamined)
    with_undo(catalog, steps, lambda: run_steps(run, steps, ALWAYS))
    if len(catalog.unexamined) > said + 1:
        leave_one(catalog, said, function)
    return run.operations


def leave_one(catalog: Catalog, said: int, function: Function) -> None:
    """One note for a call, however many statements of the body are not examined."""
    first, *more = catalog.unexamined[said:]
    catalog.unexamined[said:] = [replace(first, reason=f"{first.reason}; so are {len(more)} more of {function.name}()")]


def what_of(function: Function) -> str:
    return f"what {function.name}() does to the schema is not examined"


def reason_against(functions: Sequence[Function], callers: Sequence[str]) -> str:
    """Why a function is not run; nothing where it is."""
    function = functions[0]
    if len(functions) > 1:
        return "there are several of its name"
    if function.language != "plpgsql":
        return f"functions in {function.language} are not run"
    if function.returns_set or function.signature in callers:
        return "it gives rows" if function.returns_set else "it calls itself"
    return "it has a search_path of its own" if any(one.startswith("search_path") for one in function.settings) else ""


def arguments_of(function: Function, call: Node, known: Values) -> dict[str, Value]:
    """The arguments whose values are known, by name and by number."""
    inputs = [argument for argument in function.arguments if argument.mode in ("in", "inout")]
    given = dict(enumerate(call.get("args", [])))
    named = {node["NamedArgExpr"]["name"]: node["NamedArgExpr"]["arg"] for node in given.values() if "NamedArgExpr" in node}
    values: dict[str, Value] = {}
    for number, argument in enumerate(inputs):
        name = (argument.name or "").lower()
        written = argument.default.text if argument.default is not None else None
        node = named.get(name) or given.get(number) or (parsed_expression(written) if written is not None else None)
        value = value_of(node, known) if node is not None and "NamedArgExpr" not in node else None
        if value is not None:
            values |= {f"${number + 1}": value, **({name: value} if name else {})}
    return values
