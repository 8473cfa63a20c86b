"""Policies of row level security. In: pg_policy. Out: the model's policies, by the oid of their table."""

from __future__ import annotations

from typing import Literal

from advisor.model import Policy
from advisor.sources.postgres.expressions import read_optional
from advisor.sources.postgres.session import Session

POLICIES = """
    SELECT p.polrelid AS relation, p.polname::text AS name, p.polpermissive AS permissive, p.polcmd::text AS command,
           ARRAY(SELECT CASE WHEN r.role = 0 THEN 'public' ELSE pg_get_userbyid(r.role)::text END
                 FROM unnest(p.polroles) WITH ORDINALITY AS r (role, place) ORDER BY r.place) AS roles,
           pg_get_expr(p.polqual, p.polrelid) AS condition, pg_get_expr(p.polwithcheck, p.polrelid) AS check_condition
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {user_schema}
    ORDER BY p.oid
"""

COMMANDS: dict[str, Literal["all", "select", "insert", "update", "delete"]] = {
    "*": "all",
    "r": "select",
    "a": "insert",
    "w": "update",
    "d": "delete",
}


def read_policies(session: Session) -> dict[int, list[Policy]]:
    found: dict[int, list[Policy]] = {}
    for row in session.rows(POLICIES, "policies"):
        policy = Policy(
            name=row["name"],
            location=session.location,
            permissive=row["permissive"],
            command=COMMANDS[row["command"]],
            roles=tuple(row["roles"]),
            using=read_optional(row["condition"]),
            check=read_optional(row["check_condition"]),
        )
        found.setdefault(row["relation"], []).append(policy)
    return found
