"""Functions as queries use them. In: calls, and the functions of the schema. Out: candidates to choose from, columns in FROM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.model import Function, Name
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.text.tree import Node, fields_of, strings, unwrap
from advisor.sources.sql.views.aggregates import aggregates_called
from advisor.sources.sql.views.analysis import Output, Scope
from advisor.sources.sql.views.builtins import Candidate, built_in_relation
from advisor.sources.sql.views.coercion import POLYMORPHIC
from advisor.sources.sql.views.expressions import choose_function, type_of, types_of

if TYPE_CHECKING:
    from advisor.sources.sql.views.queries import Reader


def candidates_of(catalog: Catalog, schema: str | None, name: str) -> list[Candidate]:
    """The user's own functions and aggregates of a name, those that the search path reaches."""
    names = [Name(folder, name) for folder in ((schema,) if schema is not None else catalog.search_path)]
    functions = [candidate_of(found) for one in names for found in catalog.objects.overloads(one).values()]
    return functions + [found for one in names for found in aggregates_called(catalog, one)]


def candidate_of(function: Function) -> Candidate:
    inputs = [argument for argument in function.arguments if argument.mode in ("in", "inout", "variadic")]
    variadic = next((argument.type.removesuffix("[]") for argument in inputs if argument.mode == "variadic"), None)
    outputs = tuple(
        (argument.name or "", argument.type) for argument in function.arguments if argument.mode in ("out", "inout", "table")
    )
    return Candidate(
        tuple(argument.type for argument in inputs),
        function.returns or "void",
        function.returns_set,
        variadic=variadic,
        defaults=sum(argument.default is not None for argument in inputs),
        outputs=outputs,
    )


def outputs_of_call(reader: Reader, scope: Scope, node: Node, written: list[Node] | None, alias: str | None) -> list[Output] | None:
    """The columns of a function in FROM."""
    kind, fields = unwrap(node)
    if written:
        type_of(reader, scope, node)
        return [Output(column["colname"], reader.read_type(column["typeName"])) for column in map(fields_of, written)]
    if kind != "FuncCall":
        found = type_of(reader, scope, node)
        return [Output(alias or kind.lower(), found.type)]
    *schema, name = strings(fields["funcname"])
    reader.analysis.functions.add(name)
    arguments = [fields_of(part)["arg"] if "NamedArgExpr" in part else part for part in fields.get("args", [])]
    given = [part.type for part in types_of(reader, scope, arguments)]
    chosen = choose_function(reader, schema[-1] if schema else None, name, given, variadic=bool(fields.get("func_variadic")))
    if chosen is None:
        return None
    candidate, result = chosen
    outputs = [Output(column, type_name) for column, type_name in candidate.outputs]
    if len(outputs) == 1 and outputs[0].type not in POLYMORPHIC:
        return [Output(outputs[0].name or alias or name, result)]
    if outputs:
        return None if any(output.type in POLYMORPHIC for output in outputs) else outputs
    return composite_columns(reader, result) or [Output(alias or name, result)]


def composite_columns(reader: Reader, type_name: str | None) -> list[Output] | None:
    """The columns of rows of a composite type or a table."""
    if type_name is None:
        return None
    composite = reader.catalog.types.composite_called(type_name)
    if composite is not None:
        return [Output(column.name, column.type, column.collation) for column in composite.attributes]
    table = reader.catalog.table_of_type(type_name)
    if table is None:
        schema, _, relation = type_name.rpartition(".")
        system = built_in_relation(schema or "pg_catalog", relation)
        return [Output(column, column_type) for column, column_type in system] if system is not None else None
    # What reads the columns depends on the relation, too (`process_function_rte_ref` in dependency.c).
    reader.analysis.row_types.append(table.name)
    return [Output(column.name, column.type, column.collation) for column in table.columns]
