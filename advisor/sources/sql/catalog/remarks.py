"""Comments on what is neither a table nor a column, while statements are applied. In: changes. Out: the model's `Comment`s."""

from __future__ import annotations

from advisor.model import Comment, Name, Table
from advisor.sources.sql.catalog.addresses import in_full, on_relation

Key = tuple[str, str]
"""The kind and the address of an object."""

OF_DOMAIN = "domain "


class Remarks:
    """Comments by the address of what they are on, and which of them are on parts of a relation."""

    def __init__(self) -> None:
        self._comments: dict[Key, Comment] = {}
        self._parts: dict[Name, dict[Key, str]] = {}
        """For each relation, the comments on its constraints, triggers, policies, rules and indexes, with the part's name."""

    def put(self, kind: str, address: str, text: str | None) -> None:
        """Say or unsay something."""
        if text:
            self._comments[(kind, address)] = Comment(kind, address, text)
        else:
            self._comments.pop((kind, address), None)

    def put_on_part(self, kind: str, part: str, relation: Name, text: str | None) -> None:
        """Say something on what goes with a relation."""
        key = (kind, part_address(kind, part, relation))
        self.put(*key, text)
        if text:
            self._parts.setdefault(relation, {})[key] = part
        else:
            self._parts.get(relation, {}).pop(key, None)

    def rename(self, kind: str, old: str, new: str) -> None:
        if (kind, old) in self._comments:
            self.put(kind, new, self._comments.pop((kind, old)).text)

    def rename_part(self, kind: str, old: str, new: str, relation: Name) -> None:
        comment = self._comments.get((kind, part_address(kind, old, relation)))
        if comment is not None:
            self.put_on_part(kind, old, relation, None)
            self.put_on_part(kind, new, relation, comment.text)

    def copy(self, kind: str, old: str, new: str) -> None:
        """Say of one object what is said of another."""
        comment = self._comments.get((kind, old))
        self.put(kind, new, comment.text if comment is not None else None)

    def copy_part(self, kind: str, old: tuple[str, Name], new: tuple[str, Name]) -> None:
        """The same for parts, each with its relation."""
        comment = self._comments.get((kind, part_address(kind, *old)))
        if comment is not None:
            self.put_on_part(kind, *new, comment.text)

    def rename_relation(self, old: Name, new: Name) -> None:
        """The comments on the parts of a relation go with it."""
        for (kind, address), part in self._parts.pop(old, {}).items():
            comment = self._comments.pop((kind, address), None)
            self.put_on_part(kind, part, new, comment.text if comment is not None else None)

    def forget(self, kind: str, address: str) -> None:
        self._comments.pop((kind, address), None)

    def forget_relation(self, relation: Name) -> None:
        for key in self._parts.pop(relation, {}):
            self._comments.pop(key, None)

    def keep_to(self, table: Table) -> None:
        """Forget the comments on parts that a table no longer has."""
        if table.name not in self._parts:
            return
        there = parts_of(table)
        for (kind, address), part in list(self._parts[table.name].items()):
            if kind in there and part not in there[kind]:
                self._comments.pop((kind, address), None)
                del self._parts[table.name][(kind, address)]

    def all(self) -> tuple[Comment, ...]:
        return tuple(self._comments.values())


def domain_place(name: Name) -> Name:
    """Where comments on a domain's constraints are kept, apart from those of a table of that name."""
    return Name(OF_DOMAIN + name.schema, name.name)


def part_address(kind: str, part: str, relation: Name) -> str:
    """An index has its name in the schema; other parts have theirs on the relation or domain."""
    if kind == "index":
        return in_full(Name(relation.schema, part))
    if relation.schema.startswith(OF_DOMAIN):
        return on_relation(part, Name(relation.schema.removeprefix(OF_DOMAIN), relation.name)).replace(" ON ", " ON DOMAIN ", 1)
    return on_relation(part, relation)


def parts_of(table: Table) -> dict[str, set[str | None]]:
    """The names of a table's parts by kind; rules are not among them, which are no values of the table's."""
    constraints = {index.name for index in table.indexes if index.constraint}
    constraints |= {key.name for key in table.foreign_keys} | {check.name for check in table.checks}
    return {
        "constraint": constraints | {found.name for found in table.not_nulls},
        "index": {index.name for index in table.indexes},
        "trigger": {trigger.name for trigger in table.triggers},
        "policy": {policy.name for policy in table.policies},
    }
