"""The server that a project is meant for, and what its configuration assumes about the data."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from advisor.model.schema import Name


class Target(Struct, frozen=True):
    """`rows` are by table, as the configuration's `[assumptions.rows]` names them: `posts`, or `billing.invoices`."""

    postgres_version: int = 18
    rows: Mapping[str, int] = field(default_factory=dict)

    def rows_of(self, table: Name) -> int | None:
        """The assumed number of rows; None where nothing is assumed."""
        return self.rows.get(table.qualified, self.rows.get(str(table)))
