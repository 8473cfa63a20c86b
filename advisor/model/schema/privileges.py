"""Privileges, as GRANT and REVOKE leave them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ObjectKind = Literal[
    "table", "sequence", "schema", "function", "type", "database", "language", "foreign data wrapper", "foreign server",
    "tablespace", "parameter", "large object",
]  # fmt: skip
"""What has privileges. A view is a `table` here, a procedure a `function`, a domain a `type`, as in PostgreSQL's catalogs."""


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One privilege of one grantee on one object.

    `object` is the name in full: `public.posts`, `public.add(integer, integer)`, `reporting`. `grantee` is a role, or `public`.
    What an object's owner has is not listed.
    """

    kind: ObjectKind
    object: str
    privilege: str
    """In capitals: SELECT, EXECUTE, USAGE."""
    grantee: str
    column: str | None = None
    grantable: bool = False


@dataclass(frozen=True, slots=True, order=True)
class DefaultGrant:
    """ALTER DEFAULT PRIVILEGES: what a grantee gets on what `role` (None: who runs it) makes later in `schema` (None: any)."""

    kind: ObjectKind
    privilege: str
    grantee: str
    role: str | None = None
    schema: str | None = None
    grantable: bool = False
    revoked: bool = False
    """True for what everybody has by PostgreSQL's own default and shall not have."""
