"""Privileges, as GRANT and REVOKE leave them."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

ObjectKind = Literal[
    "table", "sequence", "schema", "function", "type", "database", "language", "foreign data wrapper", "foreign server",
    "tablespace", "parameter", "large object",
]  # fmt: skip
"""What has privileges. A view is a `table` here, a procedure a `function`, a domain a `type`, as in PostgreSQL's catalogs."""


class Grant(Struct, frozen=True, order=True):
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


class DefaultGrant(Struct, frozen=True, order=True):
    """ALTER DEFAULT PRIVILEGES: what a grantee gets on what `role` (None: who runs it) makes later in `schema` (None: any)."""

    kind: ObjectKind
    privilege: str
    grantee: str
    role: str | None = None
    schema: str | None = None
    grantable: bool = False
    revoked: bool = False
    """True for what everybody has by PostgreSQL's own default and shall not have."""
