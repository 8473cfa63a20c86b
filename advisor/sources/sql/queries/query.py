"""A statement as the model's `Query`: its parts, and of the first what ORM calls say too: table, comparisons, order, bounds."""

from __future__ import annotations

from json import loads

from msgspec.structs import replace
from pglast.parser import ParseError, parse_sql_json

from advisor.model import FromItem, Location, OrderKey, Part, Predicate, Query, Scope, SortKey
from advisor.model.query import Verb
from advisor.sources.sql.queries.conditions import AGGREGATES
from advisor.sources.sql.queries.parts import KINDS, Parts
from advisor.sources.sql.queries.placeholders import numbered
from advisor.sources.sql.queries.reader import Reader
from advisor.sources.sql.text.tree import Node, string, unwrap


def read_query(text: str, location: Location, scope: Scope) -> Query | None:
    """The query of a SQL text found in code; None where it is no query or cannot be parsed. Its places are all `location`."""
    try:
        sql, parameters = numbered(text)
        found = loads(parse_sql_json(sql))["stmts"]
        if len(found) != 1 or "\0" in sql:
            return None
        kind, fields = unwrap(found[0]["stmt"])
        return query_of(kind, fields, text, location, scope, Reader(lambda _node: location, parameters))
    except (ParseError, RecursionError, UnicodeEncodeError):
        return None


def query_of(kind: str, fields: Node, text: str, location: Location, scope: Scope, reader: Reader) -> Query | None:
    """The query that a statement's tree is; None for a statement of another kind."""
    if kind not in KINDS:
        return None
    reading = Parts(reader, location)
    reading.add(kind, fields, "statement")
    parts = reading.all()
    first = parts[0]
    table = first.relations[0] if first.relations and first.relations[0].kind == "table" else None
    plain = len(first.relations) < 2 and first.operation is None and "withClause" not in fields and (table or not first.relations)
    predicates = tuple(own(predicate) for predicate in first.predicates if table is not None and is_plain(predicate, table))
    order = tuple(key for key in (order_key(key, first, table) for key in first.order_by) if key is not None)
    return Query(
        location=location,
        scope=scope,
        origin="sql",
        verb=verb_of(kind, fields),
        method=KINDS[kind],
        table=table.name if table is not None else None,
        predicates=predicates,
        order_by=order,
        limit=first.limit,
        offset=first.offset,
        distinct=tuple(column.column for column in first.distinct_on if table is not None and column.relation == table.alias),
        select=selected_columns(first, table),
        complete=reading.complete
        and bool(plain)
        and len(predicates) == len(first.predicates)
        and len(order) == len(first.order_by),
        text=text,
        parts=parts,
    )


def is_plain(predicate: Predicate, table: FromItem) -> bool:
    return predicate.relation == table.alias and predicate.around is None and predicate.other is None


def own(predicate: Predicate) -> Predicate:
    return replace(predicate, relation="")


def verb_of(kind: str, fields: Node) -> Verb:
    match kind:
        case "InsertStmt":
            return "upsert" if "onConflictClause" in fields else "create"
        case "UpdateStmt":
            return "update"
        case "DeleteStmt":
            return "delete"
        case "MergeStmt":
            return "upsert"
    if "groupClause" in fields:
        return "group by"
    calls = [target["ResTarget"].get("val", {}).get("FuncCall") for target in fields.get("targetList", [])]
    names = [string(call["funcname"][-1]) if call and "over" not in call else "" for call in calls]
    if names == ["count"]:
        return "count"
    return "aggregate" if names and all(name in AGGREGATES for name in names) else "find many"


def order_key(key: SortKey, part: Part, table: FromItem | None) -> OrderKey | None:
    """A key of ORDER BY as a column of the table; the number of a result is that result."""
    column = key.column
    if key.position is not None and 1 <= key.position <= len(part.outputs):
        column = part.outputs[key.position - 1].column
    if column is None or table is None or column.relation != table.alias:
        return None
    return OrderKey(column.column, key.location, descending=key.descending)


def selected_columns(part: Part, table: FromItem | None) -> tuple[str, ...]:
    """The columns in the result, where all of it are plain columns of the table."""
    columns = [None if output.star else output.column for output in part.outputs]
    if table is None or not all(column is not None and column.relation == table.alias for column in columns):
        return ()
    return tuple(column.column for column in columns if column is not None)
