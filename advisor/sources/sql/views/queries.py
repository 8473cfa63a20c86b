"""Queries looked into. In: a `SelectStmt` node and the catalog. Out: an `Analysis`: the columns that it gives, and what it reads.

Names of columns are those that PostgreSQL gives (`FigureColname`, src/backend/parser/parse_target.c); `*` stands for the columns
that there are now.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from advisor.model import Name
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.catalog.relations import find_relation
from advisor.sources.sql.spelling.names import expression_name
from advisor.sources.sql.tables.columns import read_type
from advisor.sources.sql.text.quoting import quote_name
from advisor.sources.sql.text.tree import Node, fields_of, string, strings, unwrap
from advisor.sources.sql.views.analysis import Analysis, Output, Scope, Source, Star
from advisor.sources.sql.views.builtins import Candidate, built_in_relation, plain
from advisor.sources.sql.views.coercion import LITERAL, common_type
from advisor.sources.sql.views.expressions import collated, combined_collation, type_of, walk_once
from advisor.sources.sql.views.functions import candidates_of, outputs_of_call

NAMELESS = "?column?"

SEQUENCE_COLUMNS = (("last_value", "bigint"), ("log_cnt", "bigint"), ("is_called", "boolean"))
"""`SEQ_COL_LASTVAL` and the others of src/include/commands/sequence.h."""


def analyse(catalog: Catalog, query: Node) -> Analysis:
    """What a query gives and reads; names are found along the catalog's search path."""
    reader = Reader(catalog)
    reader.analysis.columns = settled(reader.read(query, Scope()))
    return reader.analysis


def settled(columns: list[Output] | None) -> list[Output] | None:
    """Columns as a relation has them: a constant that nothing gave a type is text."""
    return (
        [replace(column, type="text") if column.type == LITERAL else column for column in columns] if columns is not None else None
    )


class Reader:
    """A query while it is read: the catalog that its names are found in, and what was seen."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.analysis = Analysis()

    # What choosing functions asks of the schema (`coercion.Types`)

    def base_of(self, type_name: str) -> str:
        domain = self.catalog.types.domain_called(type_name)
        return self.base_of(plain(domain.type)) if domain is not None else type_name

    def category_of(self, type_name: str) -> str | None:
        return self.catalog.types.category(self.catalog, type_name)

    def subtype_of(self, type_name: str) -> str | None:
        return self.catalog.types.subtype_of(type_name)

    def read_type(self, type_name: Node) -> str:
        return read_type(self.catalog, type_name)[0]

    def functions_called(self, schema: str | None, name: str) -> list[Candidate]:
        return candidates_of(self.catalog, schema, name)

    def attribute_type(self, type_name: str | None, attribute: str) -> str | None:
        """The type of a field of a composite type or of a table's rows."""
        found = self.catalog.types.composite_called(type_name) if type_name else None
        columns: Iterable[Any] = found.attributes if found is not None else ()
        if found is None and type_name:
            columns = next((table.columns for table in self.catalog.tables() if quote_name(table.name) == type_name), ())
        return next((column.type for column in columns if column.name == attribute), None)

    # Queries

    def read(self, query: Node, scope: Scope) -> list[Output] | None:
        """A query's columns. `scope` is its own; what is around it is in there."""
        kind, fields = unwrap(query)
        if kind != "SelectStmt":
            return None
        self.read_with(fields, scope)
        if fields.get("op", "SETOP_NONE") != "SETOP_NONE":
            return self.read_set_operation(fields, scope)
        if "valuesLists" in fields:
            return self.read_values(fields, scope)
        for item in fields.get("fromClause", []):
            self.read_from(item, scope)
        columns = self.read_targets(fields.get("targetList", []), scope)
        self.read_rest(fields, scope, {column.name for column in columns or []})
        return columns

    def read_rest(self, fields: Node, scope: Scope, outputs: set[str]) -> None:
        """WHERE, GROUP BY, ORDER BY, ...: only what they read matters."""
        for part in ("whereClause", "groupClause", "havingClause", "windowClause", "limitCount", "limitOffset"):
            if part in fields:
                for kind, inner in walk_once({part: fields[part]}):
                    type_of(self, scope, {kind: inner})
        for part in ("sortClause", "distinctClause"):
            for node in fields.get(part, []):
                expression: Node = fields_of(node).get("node", node) if node else {}
                # A bare name in ORDER BY is first one of the results'.
                if expression and not ("ColumnRef" in expression and self.names_result(expression["ColumnRef"], outputs)):
                    type_of(self, scope, expression)

    def names_result(self, fields: Node, outputs: set[str]) -> bool:
        return len(fields["fields"]) == 1 and string(fields["fields"][0]) in outputs

    def read_with(self, fields: Node, scope: Scope) -> None:
        clause: Node = fields.get("withClause", {})
        for node in clause.get("ctes", []):
            cte = fields_of(node)
            name, aliases = cte["ctename"], strings(cte.get("aliascolnames", []))
            inner = Scope(scope)
            query = unwrap(cte["ctequery"])[1]
            if clause.get("recursive") and query.get("op", "SETOP_NONE") != "SETOP_NONE":
                first = Reader(self.catalog).read({"SelectStmt": query["larg"]}, Scope(scope))
                inner.ctes[name] = renamed(settled(first), aliases)
            scope.ctes[name] = renamed(settled(self.read(cte["ctequery"], inner)), aliases)

    def read_set_operation(self, fields: Node, scope: Scope) -> list[Output] | None:
        left = self.read({"SelectStmt": fields["larg"]}, Scope(scope))
        right = self.read({"SelectStmt": fields["rarg"]}, Scope(scope))
        if left is None or right is None:
            return None
        return [
            replace(one, type=common_type(self, [one.type, other.type]), collation=combined_collation([one, other]))
            for one, other in zip(left, right, strict=False)
        ]

    def read_values(self, fields: Node, scope: Scope) -> list[Output]:
        rows = [[type_of(self, scope, node) for node in row["List"]["items"]] for row in fields["valuesLists"]]
        columns = zip(*rows, strict=False)
        return [
            replace(collated(common_type(self, [cell.type for cell in column]), column), name=f"column{number}")
            for number, column in enumerate(columns, 1)
        ]

    def read_targets(self, targets: list[Node], scope: Scope) -> list[Output] | None:
        columns: list[Output] = []
        complete = True
        for node in targets:
            target = node["ResTarget"]
            value = target.get("val", {})
            if "ColumnRef" in value and "A_Star" in value["ColumnRef"]["fields"][-1]:
                found = self.read_star(targets, node, scope)
                complete = complete and found is not None
                columns += found or []
            else:
                output = type_of(self, scope, value, target)
                columns.append(replace(output, name=target.get("name") or expression_name(value) or NAMELESS))
        return columns if complete else None

    def read_star(self, targets: list[Node], node: Node, scope: Scope) -> list[Output] | None:
        qualifiers = strings(node["ResTarget"]["val"]["ColumnRef"]["fields"][:-1])
        if qualifiers:
            source = scope.source_called(qualifiers[-1])
            if source is None or source.columns is None:
                return None
            shown: list[tuple[Source | None, Output]] = [(source, column) for column in source.columns]
        elif not scope.complete:
            return None
        else:
            shown = scope.shown
        self.analysis.stars.append(
            Star(targets, node, tuple((found.alias if found else None, column.name) for found, column in shown))
        )
        for source, column in shown:
            for one in [source] if source is not None else scope.merged.get(column.name, []):
                self.analysis.joined.append((one, column.name))
        return [column for _, column in shown]

    # FROM

    def read_from(self, node: Node, scope: Scope) -> None:
        kind, fields = unwrap(node)
        if kind == "JoinExpr":
            self.read_join(fields, scope)
            return
        if kind == "RangeTableSample":
            self.read_from(fields["relation"], scope)
            return
        read_source = {
            "RangeVar": self.source_of_relation,
            "RangeSubselect": self.source_of_subquery,
            "RangeFunction": self.source_of_function,
        }.get(kind, self.source_of_table_function)
        self.add_source(read_source(fields, scope), scope)

    def add_source(self, source: Source, scope: Scope) -> None:
        scope.sources.append(source)
        scope.shown += [(source, column) for column in source.columns or []]
        scope.complete = scope.complete and source.columns is not None

    def source_of_relation(self, fields: Node, scope: Scope) -> Source:
        alias = fields.get("alias", {}).get("aliasname", fields["relname"])
        aliases = strings(fields.get("alias", {}).get("colnames", []))
        is_cte, columns = scope.cte(fields["relname"]) if "schemaname" not in fields else (False, None)
        if is_cte:
            return Source(alias, renamed(columns, aliases))
        name = find_relation(self.catalog, fields)
        table = self.catalog.table(name)
        system = built_in_relation(fields.get("schemaname", "pg_catalog"), fields["relname"]) if table is None else None
        if system is not None:
            return Source(alias, renamed([Output(column, type_name) for column, type_name in system], aliases))
        if table is None and name in self.catalog.sequences.options:
            return self.source_of_sequence(alias, name, aliases)
        known = table is not None and name not in self.catalog.incomplete
        outputs = [Output(column.name, known_type(column.type), column.collation) for column in table.columns] if table else []
        source = Source(alias, renamed(outputs, aliases) if known else None, name, fields, quote_name(name))
        self.analysis.sources.append(source)
        return source

    def source_of_sequence(self, alias: str, name: Name, aliases: tuple[str, ...]) -> Source:
        """A sequence is a relation of one row; who reads it depends on it, but the model lists relations only."""
        self.analysis.sequences.append(name)
        return Source(alias, renamed([Output(column, type_name) for column, type_name in SEQUENCE_COLUMNS], aliases))

    def source_of_subquery(self, fields: Node, scope: Scope) -> Source:
        columns = self.read(fields["subquery"], Scope(scope))
        alias = fields.get("alias", {})
        return Source(alias.get("aliasname", ""), renamed(settled(columns), strings(alias.get("colnames", []))))

    def source_of_function(self, fields: Node, scope: Scope) -> Source:
        """Functions in FROM: the columns that their OUT arguments, their composite type or AS (...) say."""
        alias = fields.get("alias", {})
        calls = [node["List"]["items"] for node in fields["functions"]]
        columns: list[Output] | None = []
        for items in calls:
            written = fields.get("coldeflist") or (items[1].get("List", {}).get("items") if len(items) > 1 and items[1] else None)
            found = outputs_of_call(self, scope, items[0], written, alias.get("aliasname") if len(calls) == 1 else None)
            columns = None if columns is None or found is None else [*columns, *found]
        if columns is not None and fields.get("ordinality"):
            columns.append(Output("ordinality", "bigint"))
        name = alias.get("aliasname") or expression_name(calls[0][0]) or ""
        return Source(name, renamed(columns, strings(alias.get("colnames", []))))

    def source_of_table_function(self, fields: Node, scope: Scope) -> Source:
        """XMLTABLE and JSON_TABLE say their columns; anything else is not known."""
        for kind, inner in walk_once({name: value for name, value in fields.items() if name not in ("columns", "alias")}):
            type_of(self, scope, {kind: inner})
        described = [fields_of(node) for node in fields.get("columns", [])]
        known = bool(described) and not any("columns" in column for column in described)
        columns = [table_function_column(self, column) for column in described] if known else None
        alias = fields.get("alias", {})
        return Source(alias.get("aliasname", ""), renamed(columns, strings(alias.get("colnames", []))))

    def read_join(self, fields: Node, scope: Scope) -> None:
        sides: list[Scope] = []
        for part in ("larg", "rarg"):
            side = Scope(lateral_scope(scope, sides), scope.ctes)
            self.read_from(fields[part], side)
            sides.append(side)
        left, right = sides
        using = strings(fields.get("usingClause", []))
        if fields.get("isNatural"):
            others = {column.name for _, column in right.shown}
            using = tuple(column.name for _, column in left.shown if column.name in others)
            if left.complete and right.complete:
                self.analysis.natural.append((fields, using))
        joined = Scope(scope.around, scope.ctes)
        joined.sources = [*left.sources, *right.sources]
        joined.merged = {**left.merged, **right.merged}
        joined.complete = left.complete and right.complete
        joined.shown = [*self.merge(using, sides, joined), *rest_of(left, using), *rest_of(right, using)]
        self.show_join(fields, scope, joined)
        if "quals" in fields:
            inner = Scope(scope)
            inner.sources, inner.shown, inner.merged, inner.complete = joined.sources, joined.shown, joined.merged, joined.complete
            type_of(self, inner, fields["quals"])

    def merge(self, using: Iterable[str], sides: list[Scope], joined: Scope) -> list[tuple[Source | None, Output]]:
        """The columns that both sides share: once, of the type that both have in common."""
        merged: list[tuple[Source | None, Output]] = []
        for name in using:
            found = [next(((one, column) for one, column in side.shown if column.name == name), None) for side in sides]
            owners: list[Source] = []
            for side, pair in zip(sides, found, strict=True):
                owners += [] if pair is None else [pair[0]] if pair[0] is not None else side.merged.get(name, [])
            joined.merged[name] = owners
            self.analysis.joined += [(owner, name) for owner in owners]
            outputs = [pair[1] for pair in found if pair is not None]
            type_name = common_type(self, [output.type for output in outputs]) if len(outputs) == len(sides) else None
            merged.append((None, Output(name, type_name, combined_collation(outputs))))
        return merged

    def show_join(self, fields: Node, scope: Scope, joined: Scope) -> None:
        """What a join adds to the query's scope: its sources, or itself where it has a name."""
        alias = fields.get("alias")
        if alias is not None:
            columns = [column for _, column in joined.shown] if joined.complete else None
            self.add_source(Source(alias["aliasname"], renamed(columns, strings(alias.get("colnames", [])))), scope)
            return
        scope.sources += joined.sources
        scope.shown += joined.shown
        scope.merged.update(joined.merged)
        scope.complete = scope.complete and joined.complete


def lateral_scope(scope: Scope, sides: list[Scope]) -> Scope:
    """What the next item of a join may use: what stands before it, then what is around the query."""
    around = Scope(scope)
    for side in sides:
        around.sources += side.sources
        around.shown += side.shown
        around.merged.update(side.merged)
        around.complete = around.complete and side.complete
    return around


def rest_of(side: Scope, using: Iterable[str]) -> list[tuple[Source | None, Output]]:
    merged = set(using)
    return [(source, column) for source, column in side.shown if column.name not in merged]


def known_type(type_name: str) -> str | None:
    return None if type_name == LITERAL else type_name


def renamed(columns: list[Output] | None, aliases: tuple[str, ...]) -> list[Output] | None:
    """Columns with the names that an alias gives to the first of them."""
    if columns is None:
        return None
    return [replace(column, name=aliases[number]) if number < len(aliases) else column for number, column in enumerate(columns)]


def table_function_column(reader: Reader, fields: Node) -> Output:
    name = fields.get("colname") or fields.get("name") or ""
    ordinal = fields.get("for_ordinality") or fields.get("coltype") == "JTC_FOR_ORDINALITY"
    if ordinal:
        return Output(name, "integer")
    if fields.get("coltype") == "JTC_EXISTS" and "typeName" not in fields:
        return Output(name, "boolean")
    return Output(name, reader.read_type(fields["typeName"]) if "typeName" in fields else None)
