"""The parts of a statement: its SELECTs, common tables, subqueries and branches, each with its relations.

In: a statement's tree. Out: `Part`s, outer before inner. Nothing is looked up in a schema: a bare column of a part with several
relations keeps no relation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec.structs import replace

from advisor.model import Alternatives, FromItem, Location, Membership, Part, PartRole, QualifiedColumn, SetOperation
from advisor.sources.sql.queries import results
from advisor.sources.sql.queries.bounds import read_bound
from advisor.sources.sql.queries.conditions import Conditions, conjuncts, walk_here
from advisor.sources.sql.queries.reader import Reader
from advisor.sources.sql.queries.relations import Relations
from advisor.sources.sql.queries.values import is_always_true
from advisor.sources.sql.text.tree import Node, constant, fields_of, string, unwrap

KINDS: Mapping[str, Literal["select", "insert", "update", "delete", "merge"]] = {
    "SelectStmt": "select",
    "InsertStmt": "insert",
    "UpdateStmt": "update",
    "DeleteStmt": "delete",
    "MergeStmt": "merge",
}
OPERATIONS: Mapping[str, SetOperation] = {"SETOP_UNION": "union", "SETOP_INTERSECT": "intersect", "SETOP_EXCEPT": "except"}
SUBQUERIES: Mapping[str, PartRole] = {
    "EXISTS_SUBLINK": "exists",
    "ANY_SUBLINK": "in",
    "ALL_SUBLINK": "in",
    "EXPR_SUBLINK": "scalar",
    "ARRAY_SUBLINK": "array",
}
READ_APART = frozenset("withClause larg rarg fromClause usingClause selectStmt relation sourceRelation valuesLists".split())
"""What of a part is no expression of its own."""


class Parts:
    """Collects the parts of one statement."""

    def __init__(self, reader: Reader, location: Location) -> None:
        self.reader = reader
        self.location = location
        self.found: list[Part | None] = []
        self.complete = True
        """Whether the conditions of the first part are all told."""

    def add(
        self, kind: str, fields: Node, role: PartRole, around: int | None = None, tables: Mapping[str, int] | None = None
    ) -> int:
        """Read a part and all in it; `tables` are the common tables that it may name. Its number."""
        number = len(self.found)
        self.found.append(None)
        one = OnePart(self, number, role, around, dict(tables or {}))
        self.found[number] = one.read(kind, fields)
        if number == 0:
            self.complete = one.conditions.complete
        return number

    def all(self) -> tuple[Part, ...]:
        return with_single_rows([part for part in self.found if part is not None])


class OnePart:
    """One part while it is read."""

    def __init__(self, parts: Parts, number: int, role: PartRole, around: int | None, tables: dict[str, int]) -> None:
        self.parts, self.number, self.role, self.around, self.tables = parts, number, role, around, tables
        self.relations = Relations(parts.reader, tables, lambda query: self.inner(query, "subquery"))
        self.conditions = Conditions(parts.reader, self.qualify)

    def qualify(self, column: QualifiedColumn) -> QualifiedColumn:
        """A column of the only relation is that relation's, unless it says otherwise."""
        relations = self.relations.found
        return QualifiedColumn(column.column, relations[0].alias) if len(relations) == 1 and not column.relation else column

    def inner(self, query: Node, role: PartRole) -> int:
        kind, fields = unwrap(query)
        return self.parts.add(kind, fields, role, self.number, self.tables)

    def read(self, kind: str, fields: Node) -> Part:
        self.read_common_tables(fields)
        self.read_branches(fields)
        self.read_relations(kind, fields)
        given = [fields[name] for name in ("whereClause", "joinCondition") if name in fields]
        wanted = [*self.relations.conditions, *(one for node in given for one in conjuncts(node))]
        body = {name: value for name, value in fields.items() if name not in READ_APART}
        nodes = [*walk_here(body), *(found for node in self.relations.conditions for found in walk_here(node))]
        joining = [replace(found, joins=True) for node in self.relations.conditions for found in self.conditions.read(node)]
        predicates = (*joining, *(found for node in given for one in conjuncts(node) for found in self.conditions.read(one)))
        memberships = tuple(self.read_subqueries(nodes))
        operation = OPERATIONS.get(fields.get("op", ""))
        return Part(
            role=self.role,
            kind="values" if "valuesLists" in fields else KINDS[kind],
            location=self.parts.location if self.number == 0 else self.place(fields),
            around=self.around,
            relations=tuple(self.relations.found),
            predicates=predicates,
            alternatives=tuple(found for node in wanted if (found := self.alternatives(node)) is not None),
            links=tuple(columns for node in wanted if len(columns := self.columns_in(node)) > 1),
            outputs=tuple(results.outputs(fields, self.conditions)) if kind == "SelectStmt" else (),
            order_by=tuple(results.sort_key(node, self.conditions) for node in fields.get("sortClause", [])),
            group_positions=tuple(self.place(fields_of(node)) for node in fields.get("groupClause", []) if is_position(node)),
            limit=read_bound(fields["limitCount"], self.parts.reader) if "limitCount" in fields else None,
            offset=read_bound(fields["limitOffset"], self.parts.reader) if "limitOffset" in fields else None,
            distinct=fields.get("distinctClause") == [{}],
            distinct_on=tuple(self.distinct_on(fields)),
            grouped="groupClause" in fields,
            conditioned=any(not is_always_true(node) for node in given),
            operation="union all" if operation == "union" and fields.get("all") else operation,
            operation_at=self.place(fields["rarg"]) if operation is not None else None,
            lock=results.lock(fields, self.conditions),
            concatenations=tuple(results.concatenations(body, self.conditions)),
            null_comparisons=tuple(results.null_comparisons(nodes, self.conditions)),
            memberships=memberships,
            written=written(kind, fields),
            unlisted=kind == "InsertStmt" and "selectStmt" in fields and "cols" not in fields,
            functions=frozenset(string(call["funcname"][-1]) for name, call in nodes if name == "FuncCall"),
        )

    def read_common_tables(self, fields: Node) -> None:
        clause: Node = fields.get("withClause", {})
        for node in clause.get("ctes", []):
            cte = fields_of(node)
            if clause.get("recursive"):
                self.tables[cte["ctename"]] = len(self.parts.found)
            if unwrap(cte["ctequery"])[0] in KINDS:
                self.tables[cte["ctename"]] = self.inner(cte["ctequery"], "common table")

    def read_branches(self, fields: Node) -> None:
        if fields.get("op", "SETOP_NONE") != "SETOP_NONE":
            self.inner({"SelectStmt": fields["larg"]}, "branch")
            self.inner({"SelectStmt": fields["rarg"]}, "branch")
        if "selectStmt" in fields and "valuesLists" not in fields_of(fields["selectStmt"]):
            self.inner(fields["selectStmt"], "source")

    def read_relations(self, kind: str, fields: Node) -> None:
        if kind != "SelectStmt":
            self.relations.add_target(fields["relation"])
        for node in (*fields.get("fromClause", []), *fields.get("usingClause", [])):
            self.relations.add(node)
        if kind == "MergeStmt":
            self.relations.add(fields["sourceRelation"], "inner")

    def read_subqueries(self, nodes: list[tuple[str, Node]]) -> Iterator[Membership]:
        """Read the subqueries of expressions; of those of IN, say what is compared with them."""
        refused = {id(inner) for kind, fields in nodes if kind == "BoolExpr" for inner in denied(fields)}
        for kind, fields in nodes:
            if kind != "SubLink" or unwrap(fields["subselect"])[0] not in KINDS:
                continue
            role = SUBQUERIES.get(fields["subLinkType"], "scalar")
            number = self.inner(fields["subselect"], role)
            if role == "in" and is_equality(fields):
                column = self.conditions.side(fields["testexpr"]).column if "testexpr" in fields else None
                turned = id(fields) in refused or fields["subLinkType"] == "ALL_SUBLINK"
                yield Membership(self.place(fields), column, number, negated=turned)

    # What the parts of a condition mean together

    def alternatives(self, node: Node) -> Alternatives | None:
        kind, fields = unwrap(node)
        if kind != "BoolExpr" or fields["boolop"] != "OR_EXPR":
            return None
        reading = Conditions(self.parts.reader, self.qualify)
        branches = tuple(tuple(reading.read(argument)) for argument in fields["args"])
        return Alternatives(self.place(fields), branches, complete=reading.complete)

    def columns_in(self, node: Node) -> tuple[QualifiedColumn, ...]:
        """The columns that a condition ties to each other, those in its subqueries included."""
        found: dict[QualifiedColumn, None] = {}
        pending: list[object] = [node]
        while pending:
            for kind, fields in walk_here(pending.pop()):
                if kind == "ColumnRef" and (column := self.conditions.column(fields)) is not None:
                    found[column] = None
                elif kind == "SubLink":
                    pending.append(qualified_only(fields["subselect"]))
        return tuple(found)

    def distinct_on(self, fields: Node) -> Iterator[QualifiedColumn]:
        for node in fields.get("distinctClause", []):
            column = self.conditions.side(node) if node else None
            if column is not None and column.column is not None and column.around is None:
                yield column.column

    def place(self, fields: Node) -> Location:
        """Where a node stands; of a SELECT, its first result."""
        first = fields.get("targetList")
        return self.parts.reader.locate(fields_of(first[0]) if first and "location" not in fields else fields)


def qualified_only(query: Node) -> list[Node]:
    """The columns in a subquery that say whose they are: some may be of the query around."""
    found: list[Node] = []
    pending: list[object] = [fields_of(query)]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, dict):
            reference = value.get("ColumnRef")
            if isinstance(reference, dict) and len(reference["fields"]) > 1:
                found.append({"ColumnRef": reference})
            pending.extend(child for child in value.values() if isinstance(child, (dict, list)))
    return found


def denied(fields: Node) -> Iterator[Node]:
    """What a NOT is about, where that is a subquery: NOT IN."""
    if fields["boolop"] == "NOT_EXPR":
        yield from (fields_of(argument) for argument in fields["args"] if "SubLink" in argument)


def is_equality(fields: Node) -> bool:
    """Whether a SubLink is IN, NOT IN or `<> ALL`: IN names no operator."""
    names = [string(node) for node in fields.get("operName", [])]
    return not names or names[-1:] == ["=" if fields["subLinkType"] == "ANY_SUBLINK" else "<>"]


def is_position(node: Node) -> bool:
    value = constant(node)
    return isinstance(value, int) and not isinstance(value, bool)


def written(kind: str, fields: Node) -> tuple[str, ...]:
    nodes = fields.get("cols" if kind == "InsertStmt" else "targetList", []) if kind in ("InsertStmt", "UpdateStmt") else []
    return tuple(fields_of(node).get("name", "") for node in nodes)


def with_single_rows(parts: list[Part]) -> tuple[Part, ...]:
    """The parts, their relations marked that never give more than one row."""

    def marked(relation: FromItem) -> FromItem:
        given = parts[relation.part] if relation.part is not None else None
        if given is None or relation.one_row:
            return relation
        first = given.limit is not None and given.limit.constant == 1
        return replace(
            relation, one_row=first or given.aggregates or (given.kind == "select" and not given.relations and not given.operation)
        )

    return tuple(replace(part, relations=tuple(marked(relation) for relation in part.relations)) for part in parts)
