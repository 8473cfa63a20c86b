"""The user's own aggregates as queries call them. In: the statements that make them. Out: candidates to choose from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from json import loads

from pglast.parser import parse_sql_json

from advisor.model import Name
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.spelling.types import names_of_type
from advisor.sources.sql.tables.columns import read_type
from advisor.sources.sql.text.tree import Node, fields_of
from advisor.sources.sql.views.builtins import Candidate, built_in_functions


def aggregates_called(catalog: Catalog, name: Name) -> Iterator[Candidate]:
    for (_, _, types), definition in catalog.kept.called("aggregate", name):
        result = result_type(catalog, options_of(definition.sql))
        if result is not None:
            yield Candidate(types, result, kind="a")


@lru_cache(maxsize=256)
def options_of(sql: str) -> dict[str, Node]:
    """`STYPE = text` as `{"stype": TypeName}`."""
    definition = fields_of(loads(parse_sql_json(sql))["stmts"][0]["stmt"])["definition"]
    options = map(fields_of, definition)
    return {option["defname"]: fields_of(option["arg"]) for option in options if "TypeName" in option.get("arg", {})}


def result_type(catalog: Catalog, options: dict[str, Node]) -> str | None:
    """What the final function gives; without one, the state (`AggregateCreate` in pg_aggregate.c)."""
    state = options.get("stype", options.get("stype1"))
    if state is None:
        return None
    state_type, _ = read_type(catalog, state)
    if "finalfunc" not in options:
        return state_type
    schema, name = names_of_type(options["finalfunc"])
    found = catalog.find(schema, name, lambda candidate: bool(catalog.objects.overloads(candidate)))
    own = [(types, function.returns) for types, function in catalog.objects.overloads(found).items()]
    built_in = [(candidate.arguments, candidate.result) for candidate in built_in_functions(name)]
    return next((result for types, result in (*own, *built_in) if types[:1] == (state_type,)), None)
