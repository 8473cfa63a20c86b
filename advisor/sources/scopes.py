"""The columns of statements' parts looked up in a schema: whose a bare column is, and what PostgreSQL makes of it in a comparison.

In: the parts of a statement. Out: the same, with relations where the text named none, and `cast_to` where a comparison turns the
column into another type.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from advisor.model import Alternatives, Column, FromItem, Name, Part, Predicate, QualifiedColumn, Schema, Table
from advisor.sources.operand_types import cast_of_column

MAX_DEPTH = 12
"""Subqueries in subqueries whose results are looked through."""


class Scopes:
    """The parts of one statement, with what the schema knows of their relations."""

    def __init__(self, parts: tuple[Part, ...], schema: Schema) -> None:
        self.parts = parts
        self.schema = schema
        self._columns: dict[tuple[int, str], Mapping[str, Column | None] | None] = {}

    def resolved(self) -> tuple[Part, ...]:
        return tuple(self._resolved(number, part) for number, part in enumerate(self.parts))

    def _resolved(self, number: int, part: Part) -> Part:
        def of(column: QualifiedColumn) -> QualifiedColumn:
            return self.owned(number, column)

        def optional(column: QualifiedColumn | None) -> QualifiedColumn | None:
            return of(column) if column is not None and column.column else column

        def compared(predicate: Predicate) -> Predicate:
            return self.compared(number, predicate)

        def branches(found: Alternatives) -> Alternatives:
            return replace(found, branches=tuple(tuple(map(compared, branch)) for branch in found.branches))

        return replace(
            part,
            predicates=tuple(map(compared, part.predicates)),
            alternatives=tuple(map(branches, part.alternatives)),
            links=tuple(tuple(map(of, columns)) for columns in part.links),
            outputs=tuple(replace(output, column=optional(output.column)) for output in part.outputs),
            order_by=tuple(replace(key, column=optional(key.column)) for key in part.order_by),
            distinct_on=tuple(map(of, part.distinct_on)),
            concatenations=tuple(replace(one, columns=tuple(map(of, one.columns))) for one in part.concatenations),
            memberships=tuple(replace(one, column=optional(one.column)) for one in part.memberships),
        )

    def owned(self, number: int, column: QualifiedColumn) -> QualifiedColumn:
        """A column with its relation: of the part itself, or of the nearest part around it that has such a one."""
        wanted = self._freed(number, column)
        at: int | None = number
        while at is not None:
            alias = self._owner(at, wanted)
            if alias is not None:
                return QualifiedColumn(column.column, alias, at if at != number else None)
            if not wanted.relation and any(self.columns(at, one) is None for one in self.parts[at].relations):
                return wanted
            at = self.parts[at].around
        return column

    def _freed(self, number: int, column: QualifiedColumn) -> QualifiedColumn:
        """A column without the relation that it was given for being the subquery's only one, and that has no such column."""
        part = self.parts[number]
        if part.around is None or len(part.relations) != 1 or part.relations[0].alias != column.relation:
            return column
        known = self.columns(number, part.relations[0])
        return column if known is None or column.column in known else QualifiedColumn(column.column)

    def _owner(self, number: int, column: QualifiedColumn) -> str | None:
        """The alias of the relation of one part that has a column; None where none has, or several may."""
        relations = self.parts[number].relations
        if column.relation:
            return column.relation if self.parts[number].relation(column.relation) is not None else None
        known_in = [(one.alias, self.columns(number, one)) for one in relations]
        having = [alias for alias, columns in known_in if columns is not None and column.column in columns]
        if having:
            return having[0] if len(having) == 1 or any(column.column in one.using for one in relations) else None
        return relations[0].alias if len(relations) == 1 and known_in[0][1] is None else None

    def columns(self, number: int, relation: FromItem, depth: int = MAX_DEPTH) -> Mapping[str, Column | None] | None:
        """The columns of a relation by name, of tables as the schema has them; None where they are not known."""
        key = (number, relation.alias)
        if key not in self._columns:
            self._columns[key] = None  # what a common table made of itself finds
            self._columns[key] = self._read_columns(relation, depth) if depth > 0 and not relation.renamed else None
        return self._columns[key]

    def _read_columns(self, relation: FromItem, depth: int) -> Mapping[str, Column | None] | None:
        if relation.kind == "table" and relation.name is not None:
            table = table_called(relation.name, self.schema)
            return {column.name: column for column in table.columns} if table is not None and table.complete else None
        if relation.part is None:
            return None
        return self._results(relation.part, depth - 1)

    def _results(self, number: int, depth: int) -> Mapping[str, Column | None] | None:
        """What a part gives, by name; a set operation gives what its first branch does."""
        part = self.parts[number]
        if part.operation is not None:
            first = next((at for at, one in enumerate(self.parts) if one.around == number and one.role == "branch"), None)
            return self._results(first, depth) if first is not None and depth > 0 else None
        if part.kind != "select":
            return None
        found: dict[str, Column | None] = {}
        for output in part.outputs:
            if not output.star:
                found[output.name or "?column?"] = self._column(number, output.column)
                continue
            shown = [one for one in part.relations if output.column is None or one.alias == output.column.relation]
            for relation in shown:
                columns = self.columns(number, relation, depth)
                if columns is None:
                    return None
                found.update(columns)
        return found

    def _column(self, number: int, column: QualifiedColumn | None) -> Column | None:
        owned = self.owned(number, column) if column is not None and column.column else None
        at = number if owned is None or owned.part is None else owned.part
        relation = self.parts[at].relation(owned.relation) if owned is not None and owned.relation else None
        columns = self.columns(at, relation) if relation is not None else None
        return columns.get(owned.column) if columns is not None and owned is not None else None

    def compared(self, number: int, predicate: Predicate) -> Predicate:
        """A comparison with its relation, and with the type that its column is turned into."""
        column = self.owned(number, QualifiedColumn(predicate.column, predicate.relation))
        other = self.owned(number, predicate.other) if predicate.other is not None else None
        found = replace(predicate, relation=column.relation if column.part is None else "", other=other)
        if predicate.around is not None or column.part is not None:
            return found
        own = self._column(number, column)
        theirs = self._column(number, other) if other is not None else None
        value_type = theirs.type if theirs is not None else predicate.value_type
        if own is None or value_type is None:
            return found
        return replace(found, cast_to=cast_of_column(own.type, predicate.operator, value_type, self.schema))


def table_called(name: Name, schema: Schema) -> Table | None:
    return schema.table(name) or schema.table_named(name.name)
