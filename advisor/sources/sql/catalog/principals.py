"""Roles as statements name them. In: `RoleSpec` nodes. Out: a role's name, `public` for everybody, `current_user` and its like."""

from __future__ import annotations

from advisor.sources.sql.text.tree import Node

WORDS = {
    "ROLESPEC_CURRENT_ROLE": "current_role",
    "ROLESPEC_CURRENT_USER": "current_user",
    "ROLESPEC_PUBLIC": "public",
    "ROLESPEC_SESSION_USER": "session_user",
}

SESSION_WORDS = frozenset({"current_role", "current_user", "session_user"})


def role_of_spec(fields: Node) -> str:
    return WORDS.get(fields["roletype"]) or str(fields.get("rolename", ""))


def maker(fields: Node | None) -> str | None:
    """A role; None where it is the one that runs the script."""
    role = role_of_spec(fields) if fields is not None else None
    return None if role in SESSION_WORDS else role
