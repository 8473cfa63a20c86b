"""Names that TypeORM gives to constraints and indexes: a prefix and a hash of the table and its columns.

Source: TypeORM, `naming-strategy/DefaultNamingStrategy`.
"""

from __future__ import annotations

from hashlib import sha1

PRIMARY, FOREIGN, UNIQUE, INDEX, CHECK, EXCLUSION = "PK_", "FK_", "UQ_", "IDX_", "CHK_", "XCL_"
MAX_LENGTH = 30
"""Oracle's limit, kept for all databases."""


def default_name(prefix: str, table: str, parts: list[str], where: str = "") -> str:
    """The name of a constraint on columns (in any order), or on an expression."""
    key = f"{table.rpartition('.')[2]}_{'_'.join(sorted(parts))}" + (f"_{where}" if where else "")
    return prefix + sha1(key.encode(), usedforsecurity=False).hexdigest()[: MAX_LENGTH - len(prefix)]
