"""Who gets at what on the hosts that put a database on the web: Supabase's and PostgREST's roles, and the schemas of the host.

Sources: Supabase documentation, "Postgres Roles" (`anon`, `authenticated`, `service_role`); the schemas that its own linter leaves
out, https://github.com/supabase/splinter.
"""

from __future__ import annotations

from collections.abc import Iterator

from advisor.model import Expression, Function, Policy, Schema, Table
from advisor.model.schema.tools_own import HOSTS_OWN

WEB_ROLES = ("anon", "authenticated")
"""What Supabase's API turns into: whoever has the project's URL, and whoever has signed up."""

PAST_POLICIES = frozenset("dashboard_user postgres service_role supabase_admin supabase_auth_admin supabase_storage_admin".split())
"""Roles of Supabase's that policies do not bind, or that serve its own services."""

CALLERS = ("uid", "jwt")
"""`auth.uid()` and `auth.jwt()`: who asks, on Supabase."""

PLATFORM_SCHEMAS = HOSTS_OWN | frozenset(
    """_analytics _realtime _supavisor graphql_public hdb_catalog information_schema pg_catalog pgbouncer pgmq pgsodium_masks pgtle
    repack supabase_functions supabase_migrations tiger topology""".split()
)

OPEN_TO_POLICIES = frozenset({"realtime", "storage"})
"""Schemas of the host for whose tables (`storage.objects`, `realtime.messages`) Supabase's users write policies."""


def is_on_the_web(schema: Schema) -> bool:
    """Whether Supabase's roles or functions are spoken of: then `public` is an API, and `service_role` passes by policies."""
    roles = {grant.grantee for grant in schema.grants} | {grant.grantee for grant in schema.default_grants}
    policies = [policy for table in schema.tables for policy in table.policies]
    roles.update(role for policy in policies for role in policy.roles)
    calls = {name for policy in policies for condition in conditions(policy) for name in condition.functions}
    return bool(roles & {*WEB_ROLES, "service_role"}) or bool(calls.intersection(CALLERS))


def conditions(policy: Policy) -> list[Expression]:
    return [condition for condition in (policy.using, policy.check) if condition is not None]


def own_tables(schema: Schema) -> Iterator[Table]:
    """The tables that the application made, without those of tools, and on Supabase without those of the host."""
    web = is_on_the_web(schema)
    for table in schema.tables:
        of_host = web and table.name.schema in PLATFORM_SCHEMAS
        if table.kind in ("table", "partitioned table", "partition") and not table.of_tool and not of_host:
            yield table


def guarded_tables(schema: Schema) -> Iterator[Table]:
    """The tables with row level security of the application, and those of the host that wait for the application's policies."""
    yield from (table for table in own_tables(schema) if table.row_security)
    if is_on_the_web(schema):
        yield from (
            table for table in schema.tables if table.name.schema in OPEN_TO_POLICIES and table.row_security and table.policies
        )


def own_functions(schema: Schema) -> Iterator[Function]:
    """The functions that the application made, on Supabase without those of the host."""
    web = is_on_the_web(schema)
    return (function for function in schema.functions if not (web and function.name.schema in PLATFORM_SCHEMAS))
