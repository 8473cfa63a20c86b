"""Statements about who may do what: row level security, policies, functions. In: parts of the model. Out: SQL, and remedies."""

from __future__ import annotations

import re
from collections.abc import Iterable

from advisor.model import Expression, Function, Policy, Table
from advisor.remedies.rewrites import RunSql
from advisor.remedies.sql import quote, quote_name
from advisor.remedies.wording import listed

KEYWORD_ROLES = frozenset("current_role current_user public session_user".split())
QUOTED = r"""'(?:[^']|'')*'|"(?:[^"]|"")*\""""


def switch_row_security_on(table: Table) -> RunSql:
    """A table whose policies wait for it, or one that wants some. Said is which commands its policies forget: those are refused."""
    name = quote_name(table.name)
    open_for = {command for policy in table.policies if policy.permissive for command in policy.commands}
    closed = [command.upper() for command in ("select", "insert", "update", "delete") if command not in open_for]
    warning = f"-- No policy is for {listed(closed, len(closed))}: write one first, or roles that policies bind are shut out.\n"
    up = f"{warning if closed and table.policies else ''}ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;"
    return RunSql(f"Switch row level security on for {table.name}", up, f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY;")


def alter_policy(policy: Policy, table: Table, using: str) -> str:
    """The statement that gives a policy another condition for the rows that are there."""
    return f"ALTER POLICY {quote(policy.name)} ON {quote_name(table.name)}\n    USING ({using});"


def drop_policy(policy: Policy, table: Table) -> str:
    return f"DROP POLICY {quote(policy.name)} ON {quote_name(table.name)};"


def create_policy(policy: Policy, table: Table) -> str:
    words = [f"CREATE POLICY {quote(policy.name)} ON {quote_name(table.name)}"]
    words += [] if policy.permissive else ["AS RESTRICTIVE"]
    words += [f"FOR {policy.command.upper()}"] if policy.command != "all" else []
    words += [f"TO {', '.join(map(quote_role, policy.roles))}"] if policy.roles != ("public",) else []
    words += [f"USING ({policy.using})"] if policy.using else []
    words += [f"WITH CHECK ({policy.check})"] if policy.check else []
    return " ".join(words) + ";"


def quote_role(role: str) -> str:
    return role if role in KEYWORD_ROLES else quote(role)


def called_once(condition: Expression, calls: Iterable[str]) -> str:
    """A condition with calls wrapped in a subquery, `(SELECT auth.uid())`, which PostgreSQL runs once for a statement.

    Those that stand in a subquery by themselves already stay as they are.
    """
    text = condition.text
    for call in sorted(set(calls), key=len, reverse=True):
        text = wrapped(text, call)
    return text


def wrapped(text: str, call: str) -> str:
    """Words in strings and quoted names are no calls, nor is the end of a longer name."""
    there = re.escape(call)
    pattern = re.compile(rf"\(SELECT {there}(?: AS \w+)?\)|(?<![\w.$\"]){there}|{QUOTED}", re.IGNORECASE)
    return pattern.sub(lambda found: f"(SELECT {call})" if found[0].lower() == call.lower() else found[0], text)


def signature_of(function: Function) -> str:
    """A function as ALTER and REVOKE need it: `FUNCTION add(integer, integer)`."""
    word = "PROCEDURE" if function.kind == "procedure" else "FUNCTION"
    return f"{word} {quote_name(function.name)}({', '.join(function.input_types)})"
