"""Types of expressions. In: an expression's node, the scope around it. Out: an `Output` without a name that matters.

Sources: `transformExpr` (src/backend/parser/parse_expr.c), `exprType` and `exprTypmod` (src/backend/nodes/nodeFuncs.c).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from advisor.sources.sql.tables.columns import read_collation
from advisor.sources.sql.text.tree import Node, fields_of, string, strings, unwrap, walk
from advisor.sources.sql.views.analysis import Output, Reference, Row, Scope, Source
from advisor.sources.sql.views.builtins import Candidate, built_in_functions, built_in_operators, built_in_type, plain
from advisor.sources.sql.views.coercion import LITERAL, choose, common_type, is_array

if TYPE_CHECKING:
    from advisor.sources.sql.views.queries import Reader

NOTHING = Output("", None)

SQL_VALUE_TYPES = {
    "SVFOP_CURRENT_DATE": "date",
    "SVFOP_CURRENT_TIME": "time with time zone",
    "SVFOP_CURRENT_TIMESTAMP": "timestamp with time zone",
    "SVFOP_LOCALTIME": "time without time zone",
    "SVFOP_LOCALTIMESTAMP": "timestamp without time zone",
}
"""The rest of them are names."""

BOOLEAN_OPERATIONS = frozenset(
    """AEXPR_OP_ANY AEXPR_OP_ALL AEXPR_DISTINCT AEXPR_NOT_DISTINCT AEXPR_IN AEXPR_LIKE AEXPR_ILIKE AEXPR_SIMILAR AEXPR_BETWEEN
    AEXPR_NOT_BETWEEN AEXPR_BETWEEN_SYM AEXPR_NOT_BETWEEN_SYM""".split()
)

FIXED_TYPES = {
    "BoolExpr": "boolean",
    "BooleanTest": "boolean",
    "GroupingFunc": "integer",
    "JsonIsPredicate": "boolean",
    "JsonParseExpr": "json",
    "JsonScalarExpr": "json",
    "NullTest": "boolean",
    "RowExpr": "record",
    "XmlExpr": "xml",
}

JSON_TYPES = {"JSON_EXISTS_OP": "boolean", "JSON_QUERY_OP": "jsonb", "JSON_VALUE_OP": "text"}

SYSTEM_COLUMNS = {"ctid": "tid", "cmax": "cid", "cmin": "cid", "tableoid": "oid", "xmax": "xid", "xmin": "xid"}
"""The columns that every table has without showing them (`SysAtt`, src/backend/catalog/heap.c)."""

LARGEST_BIGINT = 2**63 - 1


def type_of(reader: Reader, scope: Scope, node: Node, result: Node | None = None) -> Output:
    """The type of an expression; columns that it reads are noted. `result` is the target whose whole value it is."""
    kind, fields = unwrap(node)
    if kind == "ColumnRef":
        return column_type(reader, scope, fields, result)
    typer = TYPERS.get(kind)
    if typer is not None:
        return typer(reader, scope, fields)
    parts = [type_of(reader, scope, {name: value}) for name, value in walk_once(fields)]
    return Output("", FIXED_TYPES.get(kind), combined_collation(parts) if kind not in FIXED_TYPES else None)


def walk_once(fields: Node) -> list[tuple[str, Node]]:
    """The nodes right below one, lists looked through."""
    found: list[tuple[str, Node]] = []
    pending = list(reversed(list(fields.values())))
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(reversed(value))
        elif isinstance(value, dict) and value:
            name = next(iter(value))
            if name == "List":
                pending.extend(reversed(value["List"].get("items", [])))
            elif name[:1].isupper():
                found.append((name, value[name]))
            else:
                pending.extend(reversed(list(value.values())))
    return found


def types_of(reader: Reader, scope: Scope, nodes: Sequence[Node]) -> list[Output]:
    return [type_of(reader, scope, node) for node in nodes]


def combined_collation(parts: Sequence[Output]) -> str | None:
    """The collation that several values give together: that of the one which has a particular one."""
    found = {part.collation for part in parts if part.collation}
    return found.pop() if len(found) == 1 else None


def collated(type_name: str | None, parts: Sequence[Output]) -> Output:
    return Output("", type_name, combined_collation(parts) if is_collatable(type_name) else None)


def is_collatable(type_name: str | None) -> bool:
    if type_name is None:
        return False
    found = built_in_type(type_name.removesuffix("[]"))
    return type_name == "citext" or (found is not None and found.collation == "default")


def column_type(reader: Reader, scope: Scope, fields: Node, result: Node | None) -> Output:
    """A column, or the whole row of a source."""
    *qualifiers, name = strings(fields["fields"])
    if "A_Star" in fields["fields"][-1]:
        source = scope.source_called(qualifiers[-1]) if qualifiers else None
        return whole_row(reader, source, fields)
    if qualifiers:
        source = scope.source_called(qualifiers[-1], qualifiers[-2] if len(qualifiers) > 1 else None)
        if source is None and len(qualifiers) == 1 and (found := scope.column_called(qualifiers[0])) is not None:
            return note(reader, fields, found[0], replace(found[1], type=reader.attribute_type(found[1].type, name)))
        output = next((column for column in (source.columns or []) if column.name == name), None) if source else None
        return note(reader, fields, [source] if source else [], output or system_column(name), name, result)
    found = scope.column_called(name)
    if found is None:
        source = scope.source_called(name)
        return whole_row(reader, source, fields, result) if source is not None else system_column(name)
    return note(reader, fields, found[0], found[1], name, result)


def system_column(name: str) -> Output:
    return Output(name, SYSTEM_COLUMNS.get(name))


def note(
    reader: Reader, fields: Node, sources: Sequence[Source], output: Output, column: str | None = None, result: Node | None = None
) -> Output:
    for source in sources:
        reader.analysis.references.append(Reference(fields, source, column or output.name, result))
    return output


def whole_row(reader: Reader, source: Source | None, fields: Node, result: Node | None = None) -> Output:
    if source is None:
        return NOTHING
    reader.analysis.rows.append(Row(source, fields, result))
    return Output("", source.row_type or "record")


def constant_type(_reader: Reader, _scope: Scope, fields: Node) -> Output:
    if "ival" in fields:
        return Output("", "integer")
    if "fval" in fields:
        text = str(fields["fval"].get("fval", ""))
        return Output("", "bigint" if text.isdecimal() and int(text) <= LARGEST_BIGINT else "numeric")
    if "boolval" in fields:
        return Output("", "boolean")
    return Output("", '"bit"' if "bsval" in fields else LITERAL)


def cast_type(reader: Reader, scope: Scope, fields: Node) -> Output:
    inner = type_of(reader, scope, fields["arg"])
    text = reader.read_type(fields["typeName"])
    reader.analysis.types.add(plain(text).removesuffix("[]"))
    return collated(text, [inner])


def operation_type(reader: Reader, scope: Scope, fields: Node) -> Output:
    operands = [fields[side] for side in ("lexpr", "rexpr") if side in fields]
    parts = [type_of(reader, scope, node) for operand in operands for node in operand.get("List", {}).get("items", [operand])]
    if fields["kind"] in BOOLEAN_OPERATIONS:
        return Output("", "boolean")
    name = string(fields["name"][-1])
    if fields["kind"] == "AEXPR_NULLIF":
        chosen = operator_result(reader, "=", [part.type for part in parts])
        left = parts[0].type
        kept = left if chosen is None or left is None or plain(left) == chosen[1] else chosen[1]
        return collated(kept, parts[:1])
    chosen = operator_result(reader, name, [part.type for part in parts])
    return collated(chosen[0], parts) if chosen is not None else NOTHING


def operator_result(reader: Reader, name: str, given: list[str | None]) -> tuple[str | None, str] | None:
    """The type that an operator gives, and what it takes on its left. A constant is first thought to be like the other side."""
    candidates = built_in_operators(name)
    if len(given) == 2 and LITERAL in given and given != [LITERAL, LITERAL]:
        other = next(one for one in given if one != LITERAL)
        if other is not None:
            alike = reader.base_of(plain(other))
            exact = next((found for found in candidates if found.arguments == (alike, alike)), None)
            if exact is not None:
                return exact.result, exact.arguments[0]
    choice = choose(reader, candidates, given)
    return (choice.result, choice.candidate.arguments[0]) if choice is not None else None


def call_type(reader: Reader, scope: Scope, fields: Node) -> Output:
    name = string(fields["funcname"][-1])
    reader.analysis.functions.add(name)
    arguments = [fields_of(node)["arg"] if "NamedArgExpr" in node else node for node in fields.get("args", [])]
    parts = types_of(reader, scope, arguments)
    ordered = [fields_of(node)["node"] for node in fields.get("agg_order", [])]
    order_types = types_of(reader, scope, ordered)
    if fields.get("agg_within_group"):
        parts += order_types
    for part in ("agg_filter", "over"):
        if part in fields:
            for kind, inner in walk_once({part: fields[part]}):
                type_of(reader, scope, {kind: inner})
    found = function_result(reader, fields, [part.type for part in parts])
    return collated(found, parts)


def function_result(reader: Reader, fields: Node, given: list[str | None]) -> str | None:
    *schema, name = strings(fields["funcname"])
    choice = choose_function(reader, schema[-1] if schema else None, name, given, variadic=bool(fields.get("func_variadic")))
    if choice is not None:
        return choice[1]
    if len(given) == 1 and not schema and built_in_type(name) is not None:
        return name
    return None


def choose_function(
    reader: Reader, schema: str | None, name: str, given: list[str | None], *, variadic: bool = False
) -> tuple[Candidate, str | None] | None:
    """The function that a call means, and what it gives; the user's own come where their schema is on the search path."""
    candidates = list(built_in_functions(name)) if schema in (None, "pg_catalog") else []
    candidates += reader.functions_called(schema, name)
    if variadic:
        candidates = [replace(found, variadic=None) for found in candidates]
    choice = choose(reader, candidates, given)
    return (choice.candidate, choice.result) if choice is not None else None


def common(reader: Reader, parts: Sequence[Output]) -> Output:
    return collated(common_type(reader, [part.type for part in parts]), parts)


def case_type(reader: Reader, scope: Scope, fields: Node) -> Output:
    whens = [fields_of(node) for node in fields["args"]]
    types_of(reader, scope, [*([fields["arg"]] if "arg" in fields else []), *(when["expr"] for when in whens)])
    results = types_of(reader, scope, [when["result"] for when in whens])
    default = type_of(reader, scope, fields["defresult"]) if "defresult" in fields else Output("", LITERAL)
    # A CASE without ELSE gives a NULL of the common type: that does not take the modifier away.
    whole = results if "defresult" not in fields and results else [default, *results]
    return common(reader, whole)


def array_type(reader: Reader, scope: Scope, fields: Node) -> Output:
    inner = common(reader, types_of(reader, scope, fields.get("elements", [])))
    if inner.type is None:
        return NOTHING
    return Output("", inner.type if is_array(inner.type) else f"{inner.type}[]", inner.collation)


def sublink_type(reader: Reader, scope: Scope, fields: Node) -> Output:
    if "testexpr" in fields:
        type_of(reader, scope, fields["testexpr"])
    columns = reader.read(fields["subselect"], Scope(scope)) or [NOTHING]
    if fields["subLinkType"] == "EXPR_SUBLINK":
        return replace(columns[0], type="text" if columns[0].type == LITERAL else columns[0].type)
    if fields["subLinkType"] == "ARRAY_SUBLINK":
        inner = columns[0].type
        return NOTHING if inner is None else Output("", inner if is_array(inner) else f"{inner}[]", columns[0].collation)
    return Output("", "boolean")


def indirection_type(reader: Reader, scope: Scope, fields: Node) -> Output:
    """Subscripts and fields, from the left."""
    found = type_of(reader, scope, fields["arg"])
    current = found.type
    subscripts = [fields_of(part) for part in fields["indirection"] if "A_Indices" in part]
    for part in subscripts:
        types_of(reader, scope, [part[side] for side in ("lidx", "uidx") if side in part])
    for part in fields["indirection"]:
        kind = unwrap(part)[0]
        if kind == "String":
            current = reader.attribute_type(current, string(part))
        elif kind == "A_Indices" and current is not None and is_array(current) and not any("is_slice" in one for one in subscripts):
            current = current[:-2]
            break
    return replace(found, type=current)


def collate_type(reader: Reader, scope: Scope, fields: Node) -> Output:
    inner = type_of(reader, scope, fields["arg"])
    return Output("", "text" if inner.type == LITERAL else inner.type, read_collation(fields))


def json_type(default: Callable[[Node], str]) -> Callable[[Reader, Scope, Node], Output]:
    """SQL/JSON functions: what RETURNING says, or their own type."""

    def typer(reader: Reader, scope: Scope, fields: Node) -> Output:
        for kind, inner in walk_once({name: value for name, value in fields.items() if name != "output"}):
            type_of(reader, scope, {kind: inner})
        output = fields.get("output") or fields.get("constructor", {}).get("output")
        type_name = next((value for name, value in walk({"output": output}) if name == "TypeName"), None)
        if output is not None and type_name is None:
            type_name = output.get("JsonOutput", output).get("typeName")
        return Output("", reader.read_type(type_name) if type_name else default(fields))

    return typer


def value_function_type(_reader: Reader, _scope: Scope, fields: Node) -> Output:
    """`localtime(3)` has a form of its own, and a precision in its type."""
    word = fields["op"]
    text = SQL_VALUE_TYPES.get(word.removesuffix("_N"), "name")
    return Output("", text.replace(" ", f"({fields.get('typmod', 0)}) ", 1) if word.endswith("_N") else text)


TYPERS: dict[str, Callable[[Reader, Scope, Node], Output]] = {
    "A_ArrayExpr": array_type,
    "A_Const": constant_type,
    "A_Expr": operation_type,
    "A_Indirection": indirection_type,
    "CaseExpr": case_type,
    "CoalesceExpr": lambda reader, scope, fields: common(reader, types_of(reader, scope, fields["args"])),
    "CollateClause": collate_type,
    "FuncCall": call_type,
    "JsonArrayAgg": json_type(lambda _: "json"),
    "JsonArrayConstructor": json_type(lambda _: "json"),
    "JsonArrayQueryConstructor": json_type(lambda _: "json"),
    "JsonFuncExpr": json_type(lambda fields: JSON_TYPES.get(fields.get("op", ""), "text")),
    "JsonObjectAgg": json_type(lambda _: "json"),
    "JsonObjectConstructor": json_type(lambda _: "json"),
    "JsonSerializeExpr": json_type(lambda _: "text"),
    "MinMaxExpr": lambda reader, scope, fields: common(reader, types_of(reader, scope, fields["args"])),
    "SQLValueFunction": value_function_type,
    "SubLink": sublink_type,
    "TypeCast": cast_type,
    "XmlSerialize": lambda reader, _scope, fields: Output("", reader.read_type(fields["typeName"])),
}
"""What tells the type of each kind of expression."""
