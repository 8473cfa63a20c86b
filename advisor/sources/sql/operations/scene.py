"""What an operation is made from: a statement, the relations that it names as they were before it, and the catalog after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from msgspec import Struct

from advisor.model import Location, Name, Operation, Table
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.catalog.relations import find_relation, qualified
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of, unwrap

Made = TypeVar("Made", bound=Operation)

LOOKS_AT_REFERRERS = frozenset({"AT_DropColumn", "AT_DropConstraint", "AT_AlterColumnType"})
RELATIONS_DROPPED = frozenset({"OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE", "OBJECT_INDEX"})


@dataclass(slots=True)
class Before:
    """The relations that a statement names, as they were before it."""

    names: list[Name] = field(default_factory=list)
    tables: dict[Name, Table] = field(default_factory=dict)
    heirs: dict[Name, tuple[Name, ...]] = field(default_factory=dict)
    """The partitions and inheriting tables of each, down to the last."""
    referrers: dict[Name, tuple[Name, ...]] = field(default_factory=dict)
    index_tables: dict[Name, Name] = field(default_factory=dict)

    def look_at(self, catalog: Catalog, name: Name, *, referrers: bool = False) -> None:
        self.names.append(name)
        table = catalog.table(name)
        if table is not None:
            self.tables[name] = table
            self.heirs[name] = heirs_of(catalog, name)
            if referrers:
                self.referrers[name] = tuple(other for other in catalog.referrers(name) if other != name)
        elif (owner := catalog.names.table_of_index(name)) is not None:
            self.index_tables[name] = owner
            if (indexed := catalog.table(owner)) is not None:
                self.tables[owner] = indexed
                self.heirs[owner] = heirs_of(catalog, owner)


class Scene(Struct, frozen=True):
    """A statement that has just been applied. `done` is what the catalog's own handlers made of it."""

    statement: Statement
    kind: str
    fields: Node
    before: Before
    catalog: Catalog
    done: Sequence[Operation]

    @property
    def location(self) -> Location:
        return self.statement.location

    @property
    def name(self) -> Name:
        """The relation that the statement is about."""
        return self.before.names[0]

    def made(self, kind: type[Made]) -> list[Made]:
        """The operations of one kind that the handlers made."""
        return [operation for operation in self.done if isinstance(operation, kind)]


def look_before(catalog: Catalog, kind: str, fields: Node) -> Before:
    """Keep what a statement is about to change. Tables are frozen values: keeping one costs nothing."""
    before = Before()
    if kind == "DropStmt":
        if fields["removeType"] in RELATIONS_DROPPED:
            for target in fields["objects"]:
                before.look_at(catalog, catalog.find(*qualified(fields_of(target)["items"])), referrers=True)
        return before
    if "relation" not in fields or "relname" not in fields["relation"]:
        return before
    subtypes = {fields_of(node).get("subtype") for node in fields.get("cmds", [])}
    before.look_at(catalog, find_relation(catalog, fields["relation"]), referrers=bool(subtypes & LOOKS_AT_REFERRERS))
    for node in fields.get("cmds", []):
        if (other := other_relation(fields_of(node))) is not None:
            before.look_at(catalog, find_relation(catalog, other))
    return before


def other_relation(command: Node) -> Node | None:
    """The partition or parent that a command of ALTER TABLE names."""
    if "def" not in command:
        return None
    kind, fields = unwrap(command["def"])
    if kind == "PartitionCmd":
        found: Node = fields["name"]
        return found
    return fields if kind == "RangeVar" else None


def heirs_of(catalog: Catalog, name: Name) -> tuple[Name, ...]:
    found: list[Name] = []
    for child in catalog.children(name):
        found += [child, *heirs_of(catalog, child)]
    return tuple(dict.fromkeys(found))


def default_partition_of(catalog: Catalog, parent: Name) -> Name | None:
    for child in catalog.partitions(parent):
        if catalog.known(child).partition_bound == "DEFAULT":
            return child
    return None
