"""Functions and procedures. In: functions of the model. Out: CREATE FUNCTION, laid out as `pg_get_functiondef` does."""

from __future__ import annotations

import re
from collections.abc import Iterator

from advisor.formats.ddl.pieces import Statement
from advisor.formats.ddl.words import dollar_quoted, full_name, literal
from advisor.model import Argument, Function
from advisor.remedies.sql import quote, quote_name

LISTS = frozenset(
    """local_preload_libraries search_path session_preload_libraries shared_preload_libraries temp_tablespaces
    unix_socket_directories""".split()
)
"""Settings whose value is a list of names (`GUC_LIST_QUOTE` in guc_tables.c): each is a string of its own."""

LIST_ITEM = re.compile(r'"(?:[^"]|"")*"|[^,\s]+')

RETURNED = ("out", "inout", "table")


def function_statement(function: Function) -> Statement:
    """Names in a body without quotes are looked up where they were when it was made; all others tell their schemas."""
    elsewhere = function.sql_body is not None and function.search_path not in ((), ("public",))
    lines = [head(function, full_name(function.name) if elsewhere else quote_name(function.name)), *options(function)]
    return Statement("\n    ".join(lines) + f"\n{body(function)};", function.search_path if elsewhere else None)


def head(function: Function, name: str) -> str:
    arguments = ", ".join(argument_sql(argument) for argument in function.arguments if argument.mode != "table")
    kind = "PROCEDURE" if function.kind == "procedure" else "FUNCTION"
    return f"CREATE {kind} {name}({arguments}){returns(function)}"


def argument_sql(argument: Argument) -> str:
    words = [] if argument.mode in ("in", "table") else [argument.mode.upper()]
    words += [quote(argument.name)] if argument.name else []
    words.append(argument.type)
    return " ".join(words) + (f" DEFAULT {argument.default}" if argument.default else "")


def returns(function: Function) -> str:
    """RETURNS, which arguments that are given back may make needless."""
    columns = [argument for argument in function.arguments if argument.mode == "table"]
    if columns:
        return f" RETURNS TABLE({', '.join(argument_sql(column) for column in columns)})"
    given_back = any(argument.mode in RETURNED for argument in function.arguments)
    if function.returns is None or (given_back and not function.returns_set):
        return ""
    return f" RETURNS {'SETOF ' if function.returns_set else ''}{function.returns}"


def options(function: Function) -> Iterator[str]:
    yield f"LANGUAGE {quote(function.language)}"
    words = list(behaviour(function))
    if words:
        yield " ".join(words)
    for setting in function.settings:
        yield f"SET {setting_sql(setting)}"


def behaviour(function: Function) -> Iterator[str]:
    """What the planner may think of it, without what it thinks anyway."""
    if function.kind == "window":
        yield "WINDOW"
    if function.volatility != "volatile":
        yield function.volatility.upper()
    if function.leakproof:
        yield "LEAKPROOF"
    if function.strict:
        yield "STRICT"
    if function.security_definer:
        yield "SECURITY DEFINER"
    if function.parallel != "unsafe":
        yield f"PARALLEL {function.parallel.upper()}"
    if function.cost is not None:
        yield f"COST {function.cost}"
    if function.rows is not None:
        yield f"ROWS {function.rows}"
    if function.support is not None:
        yield f"SUPPORT {function.support}"


def setting_sql(setting: str) -> str:
    """`search_path=app, public` as `search_path TO 'app', 'public'`."""
    name, _, value = setting.partition("=")
    spelled = ".".join(quote(part) for part in name.split("."))
    if name.lower() not in LISTS:
        return f"{spelled} TO {literal(value)}"
    items = [item[1:-1].replace('""', '"') if item.startswith('"') else item for item in LIST_ITEM.findall(value)]
    return f"{spelled} TO {', '.join(map(literal, items)) or literal('')}"


def body(function: Function) -> str:
    if function.sql_body is not None:
        return function.sql_body
    if function.symbol is not None:
        return f"AS {literal(function.body)}, {literal(function.symbol)}"
    return f"AS {dollar_quoted(function.body)}"
