"""Policies of row level security."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from advisor.model.location import Location
from advisor.model.schema.names import Expression


class Policy(Struct, frozen=True):
    """Which rows a role may see (`using`) and write (`check`). `roles` are as written, `public` for everybody."""

    name: str
    location: Location
    permissive: bool = True
    command: Literal["all", "select", "insert", "update", "delete"] = "all"
    roles: tuple[str, ...] = ("public",)
    using: Expression | None = None
    check: Expression | None = None

    @property
    def commands(self) -> tuple[str, ...]:
        """What it speaks of, one by one: `select`, `insert`, `update`, `delete`."""
        return ("select", "insert", "update", "delete") if self.command == "all" else (self.command,)

    def concerns(self, role: str) -> bool:
        """Whether it is for a role, by that name or because it is for everybody. What roles belong to others is not known."""
        return role in self.roles or "public" in self.roles
