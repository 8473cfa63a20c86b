"""SQL in code as queries: what the statement says, joined with what the code around it does.

In: a `CodeFile`. Out: a `Query` for each of its SQL texts that is one statement about tables, with the loops around the call
and the source of every bound value in place of `$1`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import Bound, CodeFile, Predicate, Query, RawSql

PARAMETER = re.compile(r"\$(\d+)")
IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
MULTIPLIES = re.compile(r"\*|offset|skip", re.IGNORECASE)


def queries_of_code(file: CodeFile) -> Iterator[Query]:
    if not file.raw_sql:
        return
    from advisor.sources.sql.queries import read_query

    for raw in file.raw_sql:
        query = read_query(raw.text, raw.location, raw.scope)
        if query is not None:
            yield in_code(query, raw)


def in_code(query: Query, raw: RawSql) -> Query:
    """The query with its loops, its client, and the values that its parameters stand for."""
    return replace(
        query,
        location=raw.location,
        scope=raw.scope,
        method=raw.api.rpartition(".")[2],
        client=raw.client,
        loops=raw.loops,
        uses_element_of=raw.uses_element_of,
        parameters=raw.uses_parameters,
        awaited=raw.awaited,
        complete=query.complete and raw.complete,
        predicates=tuple(with_value(predicate, raw) for predicate in query.predicates),
        limit=bound_to(query.limit, raw),
        offset=bound_to(query.offset, raw),
    )


def with_value(predicate: Predicate, raw: RawSql) -> Predicate:
    """The comparison with the source of its value; an `element` where that is written in terms of the loop's element."""
    number = number_of(predicate.value_text)
    value = value_of(predicate.value_text, raw)
    if number is None or value is None:
        return predicate
    made_of = raw.made_of[number - 1] if number <= len(raw.made_of) else ()
    element = raw.uses_element_of.element if raw.uses_element_of else ()
    of_element = any(name in element for name in IDENTIFIER.findall(value))
    return replace(predicate, value="element" if of_element else predicate.value, value_text=value, parameters=made_of)


def bound_to(bound: Bound | None, raw: RawSql) -> Bound | None:
    value = value_of(bound.text, raw) if bound else None
    if bound is None or value is None:
        return bound
    constant = int(value) if value.isdecimal() else None
    return replace(bound, text=value, constant=constant, grows_with_page=constant is None and MULTIPLIES.search(value) is not None)


def value_of(text: str | None, raw: RawSql) -> str | None:
    """The source of the value that `$n` stands for; None where the text is no parameter, or its value is not written out."""
    number = number_of(text)
    return raw.parameters[number - 1] if number and number <= len(raw.parameters) else None


def number_of(text: str | None) -> int | None:
    """Which parameter `$n` is."""
    match = PARAMETER.fullmatch(text or "")
    return int(match[1]) if match else None
