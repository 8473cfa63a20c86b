"""What the model keeps as the statement that makes it."""

from __future__ import annotations

from msgspec import Struct

from advisor.model.schema.names import Name


class Definition(Struct, frozen=True):
    """An object that no rule looks into, by the statement that makes it: an aggregate, an operator, a cast, a rule, ...

    `kind` is SQL's own word in lower case (`aggregate`, `event trigger`). `search_path` is where the statement's unqualified names
    were looked up; `table` is the relation that it belongs to, if it goes with one (a rewrite rule).
    """

    kind: str
    name: Name
    sql: str
    search_path: tuple[str, ...] = ("public",)
    table: Name | None = None
