"""Functions and procedures. In: CREATE, ALTER and DROP of them. Out: operations, and the catalog's functions.

What PostgreSQL stores: types of arguments without modifiers (`varchar(10)` is `character varying`), settings as
`flatten_set_variable_args` (guc_funcs.c) writes them. Costs and row counts are kept where they are not the defaults that
`compute_attributes_sql_style` (functioncmds.c) and `ProcedureCreate` (pg_proc.c) give.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from msgspec.structs import replace

from advisor.model import Argument, Function, Location, Name, Operation, OtherStatement
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.relations import qualified
from advisor.sources.sql.objects.function_types import signature_type
from advisor.sources.sql.settings import changed_settings
from advisor.sources.sql.spelling.expressions import expression
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of, string, strings

Mode = Literal["in", "out", "inout", "variadic", "table"]

MODES: dict[str, Mode] = {
    "FUNC_PARAM_DEFAULT": "in",
    "FUNC_PARAM_IN": "in",
    "FUNC_PARAM_INOUT": "inout",
    "FUNC_PARAM_OUT": "out",
    "FUNC_PARAM_TABLE": "table",
    "FUNC_PARAM_VARIADIC": "variadic",
}

KINDS: dict[str, tuple[str, ...]] = {
    "OBJECT_FUNCTION": ("function", "window"),
    "OBJECT_PROCEDURE": ("procedure",),
    "OBJECT_ROUTINE": ("function", "window", "procedure"),
}
"""What each of SQL's words for routines takes."""

BODY_WITHOUT_QUOTES = re.compile(r"\b(?:begin\s+atomic|return)\b", re.IGNORECASE)


def create_function(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    function = read_function(catalog, statement, fields)
    known = catalog.objects.overloads(function.name).get(function.input_types)
    if known is not None:
        if not fields.get("replace"):
            raise RefusedError(f'function "{function.name}" already exists with same argument types', statement.location)
        require_same_shape(known, function, statement.location)
    catalog.objects.put_function(function)
    catalog.changed()
    return [OtherStatement(statement.location, "CreateFunctionStmt")]


def read_function(catalog: Catalog, statement: Statement, fields: Node) -> Function:
    arguments = tuple(read_argument(catalog, fields_of(node)) for node in fields.get("parameters", []))
    returns = fields.get("returnType")
    options = [fields_of(node) for node in fields.get("options", [])]
    function = Function(
        name=catalog.new_name(*qualified(fields["funcname"])),
        arguments=arguments,
        location=statement.location,
        language=next((string(option["arg"]) for option in options if option["defname"] == "language"), "sql"),
        returns=None if fields.get("is_procedure") else result_type(catalog, arguments, returns),
        returns_set=bool(returns and returns.get("setof")),
        kind="procedure" if fields.get("is_procedure") else "function",
        sql_body=body_without_quotes(statement) if "sql_body" in fields else None,
        search_path=catalog.search_path,
    )
    for option in options:
        function = with_option(catalog, function, option)
    return without_default_estimates(function)


def read_argument(catalog: Catalog, fields: Node) -> Argument:
    return Argument(
        type=signature_type(catalog, fields["argType"]),
        name=fields.get("name"),
        mode=MODES[fields["mode"]],
        default=expression(fields["defexpr"]) if "defexpr" in fields else None,
    )


def result_type(catalog: Catalog, arguments: Iterable[Argument], returns: Node | None) -> str:
    """The type that RETURNS names; with RETURNS TABLE or output arguments that of the only one, or `record`."""
    given = [argument for argument in arguments if argument.mode in ("out", "inout", "table")]
    if given and (returns is None or given[0].mode == "table"):
        return given[0].type if len(given) == 1 else "record"
    return signature_type(catalog, returns) if returns is not None else "void"


def body_without_quotes(statement: Statement) -> str:
    """The body as written: it is the end of the statement."""
    found = BODY_WITHOUT_QUOTES.search(statement.masked)
    return statement.text[found.start() if found else 0 :].strip().removesuffix(";").rstrip()


def require_same_shape(known: Function, new: Function, location: Location) -> None:
    """What CREATE OR REPLACE cannot change (`ProcedureCreate`, pg_proc.c)."""
    if (known.kind == "procedure") != (new.kind == "procedure"):
        raise RefusedError("cannot change routine kind", location)
    if (known.returns, known.returns_set) != (new.returns, new.returns_set):
        raise RefusedError("cannot change return type of existing function", location)
    if output_columns(known) != output_columns(new):
        raise RefusedError("cannot change return type of existing function", location)
    for before, after in zip(inputs(known), inputs(new), strict=False):
        if before.name and before.name != after.name:
            raise RefusedError(f'cannot change name of input parameter "{before.name}"', location)
        if before.default is not None and after.default is None:
            raise RefusedError("cannot remove parameter defaults from existing function", location)


def output_columns(function: Function) -> list[tuple[str | None, str]]:
    columns = [(argument.name, argument.type) for argument in function.arguments if argument.mode in ("out", "inout", "table")]
    return columns if len(columns) > 1 else []


def inputs(function: Function) -> list[Argument]:
    return [argument for argument in function.arguments if argument.mode in ("in", "inout", "variadic")]


# Options


def with_option(catalog: Catalog, function: Function, option: Node) -> Function:
    """A function after one of the options that CREATE and ALTER share."""
    name, argument = option["defname"], option.get("arg", {})
    if name == "set":
        return replace(function, settings=changed_settings(catalog, function.settings, fields_of(argument)))
    if name == "as":
        return with_body(function, strings(argument["List"]["items"]))
    setter = OPTIONS.get(name)
    return replace(function, **setter(catalog, argument)) if setter is not None else function


def with_body(function: Function, parts: tuple[str, ...]) -> Function:
    """Of a C function the object file and the symbol, which is the function's name where it is not written."""
    if function.language == "c":
        return replace(function, body=parts[0], symbol=parts[1] if len(parts) > 1 else function.name.name)
    return replace(function, body=parts[0])


def flag(argument: Node) -> bool:
    return bool(argument.get("Boolean", {}).get("boolval"))


def support_name(catalog: Catalog, argument: Node) -> str:
    *schema, name = strings(argument["List"]["items"])
    found = catalog.find(schema[-1] if schema else None, name, lambda candidate: bool(catalog.objects.overloads(candidate)))
    return found.qualified if catalog.objects.overloads(found) or schema else name


OPTIONS: dict[str, Callable[[Catalog, Node], dict[str, Any]]] = {
    "cost": lambda _, argument: {"cost": estimate_text(argument)},
    "leakproof": lambda _, argument: {"leakproof": flag(argument)},
    "parallel": lambda _, argument: {"parallel": string(argument).lower()},
    "rows": lambda _, argument: {"rows": estimate_text(argument)},
    "security": lambda _, argument: {"security_definer": flag(argument)},
    "strict": lambda _, argument: {"strict": flag(argument)},
    "support": lambda catalog, argument: {"support": support_name(catalog, argument)},
    "volatility": lambda _, argument: {"volatility": string(argument)},
    "window": lambda _, argument: {"kind": "window"} if flag(argument) else {},
}
"""What each option says of a function."""


def estimate_text(argument: Node) -> str:
    fields = fields_of(argument)
    return format(float(fields["fval"] if "fval" in fields else fields.get("ival", 0)), "g")


def without_default_estimates(function: Function) -> Function:
    """A cost or row count that says the default says nothing."""
    cost = "1" if function.language in ("c", "internal") else "100"
    return replace(
        function,
        cost=None if function.cost == cost else function.cost,
        rows=None if function.rows == ("1000" if function.returns_set else "0") else function.rows,
    )


# Finding, changing and dropping


def find_routine(catalog: Catalog, described: Node, word: str, location: Location) -> Function | None:
    """The function that an `ObjectWithArgs` means; None where none is known. Refused where a name alone means several."""
    schema, bare = qualified(described["objname"])
    folders = (schema,) if schema is not None else catalog.search_path
    by_types: dict[tuple[str, ...], Function] = {}
    for folder in folders:
        for types, function in catalog.objects.overloads(Name(folder, bare)).items():
            by_types.setdefault(types, function)
    found = list(by_types.values())
    if not described.get("args_unspecified"):
        found = [function for function in found if is_called(catalog, function, described)]
    fitting = [function for function in found if function.kind in KINDS[word]]
    if len(fitting) > 1:
        raise RefusedError(f'function name "{bare}" is not unique', location)
    return fitting[0] if fitting else None


def is_called(catalog: Catalog, function: Function, described: Node) -> bool:
    """Whether these are a function's input arguments, or all of a procedure's if no mode is written (`LookupFuncWithArgs`)."""
    if argument_types(catalog, described) == function.input_types:
        return True
    written = [fields_of(node) for node in described.get("objfuncargs", [])]
    types = tuple(signature_type(catalog, fields["argType"]) for fields in written)
    has_modes = any(fields.get("mode") != "FUNC_PARAM_DEFAULT" for fields in written)
    return function.kind == "procedure" and not has_modes and types == tuple(argument.type for argument in function.arguments)


def argument_types(catalog: Catalog, described: Node) -> tuple[str, ...]:
    return tuple(signature_type(catalog, fields_of(node)) for node in described.get("objargs", []) if node)


def alter_function(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    function = find_routine(catalog, fields["func"], fields["objtype"], statement.location)
    if function is not None:
        changed = function
        for action in map(fields_of, fields["actions"]):
            changed = with_option(catalog, changed, action)
        catalog.objects.put_function(without_default_estimates(changed))
        catalog.changed()
    return [OtherStatement(statement.location, "AlterFunctionStmt")]


def remove_function(catalog: Catalog, function: Function) -> None:
    """Take a function away, and the triggers that call it."""
    catalog.objects.remove_function(function)
    catalog.changed()
    if function.input_types:
        return
    for name in catalog.objects.triggered_by(function.name):
        table = catalog.table(name)
        if table is not None and any(trigger.function == function.name for trigger in table.triggers):
            kept = tuple(trigger for trigger in table.triggers if trigger.function != function.name)
            catalog.put(replace(table, triggers=kept))
