"""Row level security. In: tables of the model. Out: ALTER TABLE ... ROW LEVEL SECURITY, CREATE POLICY."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.formats.ddl.words import role_sql
from advisor.model import Policy, Table
from advisor.remedies.sql import quote, quote_name


def row_security_sql(table: Table) -> Iterator[str]:
    name = quote_name(table.name)
    if table.row_security:
        yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;"
    if table.row_security_forced:
        yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY;"
    for policy in table.policies:
        yield policy_sql(policy, table)


def policy_sql(policy: Policy, table: Table) -> str:
    words = [f"CREATE POLICY {quote(policy.name)} ON {quote_name(table.name)}"]
    words[0] += "" if policy.permissive else " AS RESTRICTIVE"
    words[0] += f" FOR {policy.command.upper()}" if policy.command != "all" else ""
    words[0] += f" TO {', '.join(map(role_sql, policy.roles))}" if policy.roles != ("public",) else ""
    if policy.using:
        words.append(f"USING ({policy.using})")
    if policy.check:
        words.append(f"WITH CHECK ({policy.check})")
    return "\n    ".join(words) + ";"
