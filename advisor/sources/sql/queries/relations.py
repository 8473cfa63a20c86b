"""What a part may name. In: the items of FROM and USING. Out: its relations, and the conditions that join them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from advisor.model import FromItem, JoinKind, Name
from advisor.sources.sql.queries.conditions import conjuncts
from advisor.sources.sql.queries.reader import Reader
from advisor.sources.sql.queries.values import is_always_true
from advisor.sources.sql.text.tree import Node, fields_of, strings, unwrap

JOINS: Mapping[str, JoinKind] = {"JOIN_LEFT": "left", "JOIN_RIGHT": "right", "JOIN_FULL": "full"}


@dataclass
class Relations:
    """The relations of one part. `read_query` reads a subquery and gives the number of its part."""

    reader: Reader
    tables: Mapping[str, int]
    """The common tables in scope, with the parts that make them."""
    read_query: Callable[[Node], int]
    found: list[FromItem] = field(default_factory=list)
    conditions: list[Node] = field(default_factory=list)
    """What joins ask of all rows."""

    def add_target(self, relation: Node) -> None:
        """The table that a statement writes to."""
        self.found.append(replace(self._named(relation), target=True))

    def add(self, node: Node, join: JoinKind = "from") -> None:
        """What an item of FROM stands for; of a join its left side, then its right."""
        kind, fields = unwrap(node)
        if kind == "JoinExpr":
            self._add_join(fields, join)
        elif kind == "RangeTableSample":
            self.add(fields["relation"], join)
            self.found[-1] = replace(self.found[-1], sampled=True)
        elif kind == "RangeVar":
            self.found.append(replace(self._named(fields), join=join))
        else:
            self.found.append(replace(self._derived(kind, fields), join=join))

    def _add_join(self, fields: Node, join: JoinKind) -> None:
        self.add(fields["larg"], join)
        quals: Node | None = fields.get("quals")
        using = strings(fields.get("usingClause", []))
        tied = bool(using) or bool(fields.get("isNatural")) or (quals is not None and not is_always_true(quals))
        first = len(self.found)
        self.add(fields["rarg"], JOINS.get(fields.get("jointype", ""), "inner" if tied else "cross"))
        self.found[first] = replace(self.found[first], using=using, conditioned=tied, natural=bool(fields.get("isNatural")))
        if quals is not None:
            self.conditions.extend(conjuncts(quals))

    def _named(self, fields: Node) -> FromItem:
        schema: str | None = fields.get("schemaname")
        name: str = fields["relname"]
        alias: Node = fields.get("alias", {})
        shown = FromItem(
            alias.get("aliasname", name),
            "table",
            self.reader.locate(fields),
            Name(schema or "public", name),
            renamed="colnames" in alias,
        )
        if schema is None and name in self.tables:
            return replace(shown, kind="common table", name=None, part=self.tables[name])
        return shown

    def _derived(self, kind: str, fields: Node) -> FromItem:
        alias: Node = fields.get("alias", {})
        shown = FromItem(
            alias.get("aliasname", ""),
            "function",
            self.reader.locate(fields),
            lateral=bool(fields.get("lateral")),
            renamed="colnames" in alias,
        )
        if kind != "RangeSubselect":
            return shown
        query = fields["subquery"]
        rows = fields_of(query).get("valuesLists")
        return replace(
            shown, kind="values" if rows else "subquery", part=self.read_query(query), one_row=rows is not None and len(rows) == 1
        )
