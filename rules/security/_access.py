"""Who gets at what on the hosts that put a database on the web: Supabase's and PostgREST's roles, and the schemas of the host.

Sources: Supabase documentation, "Postgres Roles" (`anon`, `authenticated`, `service_role`); the schemas that its own linter leaves
out, https://github.com/supabase/splinter.
"""

from __future__ import annotations

from collections.abc import Iterator

from advisor.model import CreatePolicy, Database, DropPolicy, Expression, Function, Name, Policy, Schema, Table
from advisor.model.schema.tools_own import PLATFORM, platform_schemas

WEB_ROLES = ("anon", "authenticated")
"""What Supabase's API turns into: whoever has the project's URL, and whoever has signed up."""

EVERYBODY = frozenset({"public", *WEB_ROLES})
"""Roles that anyone has, or may get by himself. A role of any other name is trusted with what it was given."""

PAST_POLICIES = frozenset("dashboard_user postgres service_role supabase_admin supabase_auth_admin supabase_storage_admin".split())
"""Roles of Supabase's that policies do not bind, or that serve its own services."""

CALLERS = ("uid", "jwt")
"""`auth.uid()` and `auth.jwt()`: who asks, on Supabase."""

OPEN_TO_POLICIES = frozenset({"realtime", "storage"})
"""Schemas of the host for whose tables (`storage.objects`, `realtime.messages`) Supabase's users write policies."""


def is_on_the_web(schema: Schema) -> bool:
    """Whether Supabase's roles, functions or schemas are there: then `public` is an API, and `service_role` passes by policies."""
    roles = {grant.grantee for grant in schema.grants} | {grant.grantee for grant in schema.default_grants}
    policies = [policy for table in schema.tables for policy in table.policies]
    roles.update(role for policy in policies for role in policy.roles)
    calls = {name for policy in policies for condition in conditions(policy) for name in condition.functions}
    spoken_of = bool(roles & {*WEB_ROLES, "service_role"}) or bool(calls.intersection(CALLERS))
    return spoken_of or bool(platform_schemas(schema.schemas))


def conditions(policy: Policy) -> list[Expression]:
    return [condition for condition in (policy.using, policy.check) if condition is not None]


def hosts_schemas(schema: Schema) -> frozenset[str]:
    """On Supabase those of the host, none elsewhere: an application may call a schema `auth` or `storage` itself."""
    return PLATFORM if is_on_the_web(schema) else frozenset()


def own_tables(schema: Schema) -> Iterator[Table]:
    """The tables that the application made, without those of tools, and on Supabase without those of the host."""
    of_host = hosts_schemas(schema)
    for table in schema.tables:
        kept = table.kind in ("table", "partitioned table", "partition") and not table.of_tool
        if kept and table.name.schema not in of_host:
            yield table


def guarded_tables(database: Database) -> Iterator[Table]:
    """The tables with row level security of the application, and those of the host that wait for the application's policies."""
    schema = database.schema
    yield from (table for table in own_tables(schema) if table.row_security)
    if is_on_the_web(schema):
        yield from (
            table for table in schema.tables if table.name.schema in OPEN_TO_POLICIES and table.row_security and table.policies
        )
    for name, policies in policies_on_unseen_tables(database).items():
        if policies and name.schema in OPEN_TO_POLICIES:  # the host has switched it on there
            yield Table(name, (), policies[0].location, complete=False, row_security=True, policies=policies)


def policies_on_unseen_tables(database: Database) -> dict[Name, tuple[Policy, ...]]:
    """Those that the migrations leave on tables which the input never creates. One that is altered is not known any more."""
    found: dict[Name, dict[str, Policy]] = {}
    for migration in database.migrations:
        for step in migration.operations:
            match step:
                case CreatePolicy(table=table, name=name, policy=Policy() as policy):
                    found.setdefault(table, {})[name] = policy
                case CreatePolicy(table=table, name=name) | DropPolicy(table=table, name=name):
                    found.get(table, {}).pop(name, None)
    return {table: tuple(policies.values()) for table, policies in found.items()}


def switches_itself_on(schema: Schema) -> bool:
    """Whether an event trigger gives new tables row level security, as Supabase offers it for a project (`rls_auto_enable`)."""
    triggers = (function for function in schema.functions if function.returns == "event_trigger")
    return any("row level security" in " ".join(function.body.lower().split()) for function in triggers)


def own_functions(schema: Schema) -> Iterator[Function]:
    """The functions that the application made, on Supabase without those of the host."""
    of_host = hosts_schemas(schema)
    return (function for function in schema.functions if function.name.schema not in of_host)
