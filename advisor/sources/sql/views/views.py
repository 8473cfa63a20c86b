"""Views, and tables made from a query. In: `ViewStmt`, `CreateTableAsStmt`, SELECT INTO, REFRESH. Out: tables with their columns.

A view's query is kept as it is written, except that `*` and NATURAL say what they meant when the view was made, as in PostgreSQL.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from msgspec.structs import replace

from advisor.model import Column, CreateTable, Location, Name, Operation, OtherStatement, Table, ViewQuery
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.relations import Kind, find_relation, name_location, new_relation
from advisor.sources.sql.catalog.temporary import TEMPORARY
from advisor.sources.sql.tables.properties import access_method_named, storage_parameters, tablespace_named, view_options
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, strings
from advisor.sources.sql.views.analysis import Analysis
from advisor.sources.sql.views.coercion import LITERAL
from advisor.sources.sql.views.queries import analyse
from advisor.sources.sql.views.writing import is_settled, print_query, settle

CHECK_OPTIONS: dict[str, Literal["local", "cascaded"]] = {"LOCAL_CHECK_OPTION": "local", "CASCADED_CHECK_OPTION": "cascaded"}

_MARK = re.compile(r"[()\[\]]|\bas\b", re.IGNORECASE)
_END = re.compile(r"\s+with\s+(?:(?:cascaded\s+|local\s+)?check\s+option|(?:no\s+)?data)\s*\Z", re.IGNORECASE)


def already_there(catalog: Catalog, statement: Statement, name: Name, fields: Node) -> bool:
    """Whether IF NOT EXISTS makes the statement do nothing; refused where it would make something a second time."""
    if not catalog.is_relation(name):
        return False
    if fields.get("if_not_exists"):
        return True
    raise RefusedError(f'relation "{name}" already exists', statement.location)


def create_view(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    name = new_relation(catalog, fields["view"])
    known = catalog.table(name)
    replaced = known if fields.get("replace") and known is not None and known.kind == "view" else None
    if replaced is None and already_there(catalog, statement, name, fields):
        return ()
    query, analysis = look_into(catalog, fields["query"])
    if any(relation.schema == TEMPORARY for relation in (*analysis.reads, *analysis.sequences)):
        name = Name(TEMPORARY, name.name)
    text = query_text(catalog, statement, fields["view"], query, analysis)
    view = ViewQuery(text, catalog.search_path, tuple(relation for relation in analysis.reads if relation != name))
    view = replace(view, **view_options(fields.get("options", [])))
    if fields.get("withCheckOption", "NO_CHECK_OPTION") in CHECK_OPTIONS:
        view = replace(view, check_option=CHECK_OPTIONS[fields["withCheckOption"]])
    columns = columns_of(catalog, analysis, strings(fields.get("aliases", [])), statement.location)
    if replaced is not None:
        return replace_view(catalog, statement, replaced, columns, view)
    table = Table(
        name, columns or (), statement.location, kind="view", view=view, name_location=name_location(statement, fields["view"])
    )
    put_made(catalog, table, complete=columns is not None)
    return [CreateTable(statement.location, name)]


def replace_view(
    catalog: Catalog, statement: Statement, known: Table, columns: tuple[Column, ...] | None, view: ViewQuery
) -> Sequence[Operation]:
    """CREATE OR REPLACE keeps what was said of the view and its columns: comments, defaults, triggers."""
    if columns is not None and known.columns and known.name not in catalog.incomplete:
        names = [column.name for column in columns[: len(known.columns)]]
        if names != [column.name for column in known.columns]:
            raise RefusedError(f'the columns of view "{known.name}" would change their names or go', statement.location)
    kept = tuple(
        replace(column, default=before.default, comment=before.comment) if (before := known.column(column.name)) else column
        for column in columns or ()
    )
    put_made(catalog, replace(known, columns=kept, view=view, location=statement.location), complete=columns is not None)
    return ()


def create_table_as(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """CREATE TABLE AS and CREATE MATERIALIZED VIEW."""
    into = fields["into"]
    name = new_relation(catalog, into["rel"])
    if already_there(catalog, statement, name, fields):
        return ()
    kind: Kind = "materialized view" if fields["objtype"] == "OBJECT_MATVIEW" else "table"
    return make_from_query(catalog, statement, into, fields["query"], kind)


def select_into(catalog: Catalog, statement: Statement, into: Node) -> Sequence[Operation]:
    """SELECT ... INTO TABLE."""
    name = new_relation(catalog, into["rel"])
    already_there(catalog, statement, name, {})
    return make_from_query(catalog, statement, into, {"SelectStmt": without_into(statement.fields)}, "table")


def into_clause(fields: Node) -> Node | None:
    """The INTO of a query: where several are joined by UNION, the first has it."""
    while "larg" in fields:
        fields = fields["larg"]
    found: Node | None = fields.get("intoClause")
    return found


def without_into(fields: Node) -> Node:
    if "larg" in fields:
        return {**fields, "larg": without_into(fields["larg"])}
    return {name: value for name, value in fields.items() if name != "intoClause"}


def make_from_query(catalog: Catalog, statement: Statement, into: Node, query: Node, kind: Kind) -> Sequence[Operation]:
    name = new_relation(catalog, into["rel"])
    view, columns = None, None
    if "SelectStmt" in query:
        settled, analysis = look_into(catalog, query)
        columns = columns_of(catalog, analysis, strings(into.get("colNames", [])), statement.location)
        if kind == "materialized view":
            text = query_text(catalog, statement, into["rel"], settled, analysis)
            view = ViewQuery(text, catalog.search_path, analysis.reads, populated=not into.get("skipData"))
    table = Table(
        name,
        columns or (),
        statement.location,
        kind=kind,
        unlogged=into["rel"].get("relpersistence") == "u",
        name_location=name_location(statement, into["rel"]),
        storage=storage_parameters(into.get("options", [])),
        access_method=access_method_named(into.get("accessMethod") or catalog.session.default_access_method),
        tablespace=tablespace_named(into.get("tableSpaceName") or catalog.session.default_tablespace),
        view=view,
    )
    put_made(catalog, table, complete=columns is not None)
    return [CreateTable(statement.location, name)]


def put_made(catalog: Catalog, table: Table, *, complete: bool) -> None:
    catalog.put(table)
    if complete:
        catalog.incomplete.discard(table.name)
    else:
        catalog.incomplete.add(table.name)


def look_into(catalog: Catalog, query: Node) -> tuple[Node, Analysis]:
    """A query with `*` and NATURAL spelled out where it has them, and what it gives."""
    analysis = analyse(catalog, query)
    if is_settled(analysis):
        return query, analysis
    settle(analysis)
    again = analyse(catalog, query)
    again.stars, again.natural = analysis.stars, analysis.natural
    return query, again


def columns_of(catalog: Catalog, analysis: Analysis, aliases: tuple[str, ...], location: Location) -> tuple[Column, ...] | None:
    """The columns of a relation made from a query; None where they are not known."""
    if analysis.columns is None:
        return None
    names = [*aliases, *(output.name for output in analysis.columns[len(aliases) :])]
    return tuple(
        Column(name, output.type or LITERAL, location, collation=output.collation, enum=enum_of(catalog, output.type))
        for name, output in zip(names, analysis.columns, strict=False)
    )


def enum_of(catalog: Catalog, type_name: str | None) -> Name | None:
    found = catalog.enum_called(type_name) if type_name is not None else None
    return found.name if found is not None else None


def query_text(catalog: Catalog, statement: Statement, relation: Node, query: Node, analysis: Analysis) -> str:
    """A view's query as it stands in the statement, comments left out; printed anew where it was changed."""
    changed = qualify_what_may_be_hidden(catalog, analysis) or analysis.stars or analysis.natural or is_made_up(query)
    # In CREATE SCHEMA more may follow than the query.
    as_written = statement.kind != "CreateSchemaStmt" and not changed
    written = written_query(statement, relation) if as_written else None
    return written if written is not None else print_query(query)


def qualify_what_may_be_hidden(catalog: Catalog, analysis: Analysis) -> bool:
    """Write the schemas of relations that are found further down the search path: one may come to stand before them."""
    hidden = [
        (source.node, source.relation.schema)
        for source in analysis.sources
        if source.node is not None
        and source.relation is not None
        and "schemaname" not in source.node
        and source.relation.schema in catalog.search_path[1:]
        and source.relation.schema != catalog.search_path[0]
    ]
    for node, schema in hidden:
        node["schemaname"] = schema
    return bool(hidden)


def is_made_up(query: Node) -> bool:
    """Whether the parser wrote it: CREATE RECURSIVE VIEW becomes a query with WITH RECURSIVE."""
    clause = query["SelectStmt"].get("withClause", {})
    return bool(clause.get("location", 0) == -1)


def written_query(statement: Statement, relation: Node) -> str | None:
    start, depth = (statement.offset(relation) or 0) + 1, 0
    for match in _MARK.finditer(statement.masked, start):
        if match.group() in "([":
            depth += 1
        elif match.group() in ")]":
            depth -= 1
        elif depth == 0:
            return bare(statement, match.end())
    return None


def bare(statement: Statement, start: int) -> str:
    """The text from here to the end, without comments, the semicolon and WITH CHECK OPTION or WITH DATA."""
    masked = statement.masked[start:].rstrip().removesuffix(";")
    masked = _END.sub("", masked).rstrip()
    position, parts = statement.piece.start + start, []
    end = position + len(masked)
    for opaque in statement.piece.opaque:
        if opaque.is_comment and position <= opaque.start < end:
            parts.append(statement.source.text[position : opaque.start])
            position = opaque.end
    parts.append(statement.source.text[position : max(position, end)])
    lines = [line.rstrip() for line in "".join(parts).strip().splitlines()]
    return "\n".join(line for line in lines if line)


def refresh(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """REFRESH MATERIALIZED VIEW: all that changes here is whether it holds rows."""
    table = catalog.table(find_relation(catalog, fields["relation"]))
    if table is not None and table.view is not None:
        catalog.put(replace(table, view=replace(table.view, populated=not fields.get("skipData"))))
    return [OtherStatement(statement.location, "RefreshMatViewStmt")]
