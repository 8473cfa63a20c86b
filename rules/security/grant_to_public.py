"""A privilege to create or to write that everybody has.

## Why it matters
PUBLIC is every role, those that are made later too: a reporting account, another service's, on Supabase `anon`. Who may CREATE in
a schema of the search path puts a function or a table of his own before those that others mean (CVE-2018-1058); since
PostgreSQL 15 nobody may in `public` by default, and such a GRANT brings it back. Who may write to a table does, TRUNCATE included
where it says ALL.

## When it is fine
Reading is mostly meant (SELECT, USAGE, EXECUTE), and is left alone. So is a table with row level security, whose policies decide,
unless TRUNCATE is granted, which no policy stops; and the `public` schema that an old dump grants anew, as PostgreSQL before
version 15 did by itself, is only possible.

## What to do
`REVOKE ... FROM PUBLIC`, and grant to a role that stands for a task: `GRANT INSERT ON orders TO shop`.

## Sources
- PostgreSQL documentation, "Privileges" https://www.postgresql.org/docs/current/ddl-priv.html and "Schemas", section "Usage
  Patterns" https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATTERNS
- PostgreSQL 15, release notes: "Remove PUBLIC creation permission on the public schema"
  https://www.postgresql.org/docs/release/15.0/
- row security does not stop TRUNCATE: https://www.postgresql.org/docs/current/ddl-rowsecurity.html
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from advisor.habits import each_or_all
from advisor.model import ChangePrivileges, Database, Location, OtherStatement
from advisor.remedies import RunSql
from advisor.remedies.sql import quote, quote_dotted
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Severity, project, rule, sql

WRITES = ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER")
HARMFUL: Mapping[str, tuple[str, ...]] = {
    "table": WRITES,
    "schema": ("CREATE",),
    "database": ("CREATE",),
    "tablespace": ("CREATE",),
    "foreign server": ("USAGE",),
    "parameter": ("SET", "ALTER SYSTEM"),
}
"""By kind of object, what everybody should not have. The password of a foreign server goes with USAGE of it."""

UNSTOPPED = ("TRUNCATE", "TRIGGER")
"""What no policy of row level security stops."""

BAD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY);
        GRANT ALL ON posts TO PUBLIC;
    """),
    project({"migrations/001.sql": "CREATE SCHEMA shop;\nGRANT USAGE, CREATE ON SCHEMA shop TO PUBLIC;"}),
    sql("""
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO PUBLIC;
        GRANT CREATE ON DATABASE shop TO PUBLIC;
    """),
    sql("ALTER DEFAULT PRIVILEGES FOR ROLE keeper GRANT INSERT ON TABLES TO PUBLIC;"),
    sql("""
        CREATE SCHEMA shop;
        CREATE TABLE shop."Order" (id bigint PRIMARY KEY, owner text);
        ALTER TABLE shop."Order" ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON shop."Order" USING (owner = current_user);
        GRANT ALL ON ALL TABLES IN SCHEMA shop TO PUBLIC;  -- with TRUNCATE, which asks no policy
    """),
    sql("""
        CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE TABLE c (id int); CREATE TABLE d (id int); CREATE TABLE e (id int);
        GRANT INSERT ON a, b, c, d, e TO PUBLIC;
    """),
    sql("""
        CREATE EXTENSION postgres_fdw;
        CREATE SERVER warehouse FOREIGN DATA WRAPPER postgres_fdw;
        GRANT USAGE ON FOREIGN SERVER warehouse TO PUBLIC;
        GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO PUBLIC;  -- to make servers with it, whose password is one's own
        GRANT SET ON PARAMETER log_min_messages TO PUBLIC;
    """),
    sql("""
        GRANT CREATE ON TABLESPACE fast TO PUBLIC;
    """),
    sql("""
        --
        -- PostgreSQL database dump
        --
        CREATE TABLE public.posts (id bigint NOT NULL);
        GRANT ALL ON SCHEMA public TO PUBLIC;  -- as version 14 has it by itself
    """),
]
GOOD = [
    sql("""
        CREATE TABLE countries (code text PRIMARY KEY, name text);
        CREATE FUNCTION one() RETURNS integer LANGUAGE sql RETURN 1;
        GRANT SELECT ON countries TO PUBLIC;
        GRANT UPDATE (name) ON countries TO PUBLIC;  -- one column, on purpose
        GRANT EXECUTE ON FUNCTION one TO PUBLIC;
        GRANT USAGE ON SCHEMA public TO PUBLIC;
        GRANT ALL ON countries TO keeper;
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, owner text);
        GRANT ALL ON posts TO PUBLIC;
        REVOKE ALL ON posts FROM PUBLIC;
        CREATE TABLE notes (id bigint PRIMARY KEY, owner text);
        ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON notes USING (owner = current_user);
        GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO PUBLIC;
        ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def grant_to_public(database: Database) -> Iterator[Finding]:
    tables = {table.name.qualified: table for table in database.schema.tables}
    granted: dict[tuple[str, str], list[str]] = {}
    for grant in database.schema.grants:
        table = tables.get(grant.object) if grant.kind == "table" else None
        harmful = UNSTOPPED if table and table.row_security else HARMFUL.get(grant.kind, ())
        if grant.grantee == "public" and grant.column is None and grant.privilege in harmful:
            granted.setdefault((grant.kind, grant.object), []).append(grant.privilege)
    places = places_of_grants(database)
    findings = []
    for (kind, name), rights in granted.items():
        place = places.get((kind, name)) or places.get((f"all {kind}s in schema", name.partition(".")[0]))
        if place is None and kind == "table" and name in tables:  # a live server says where nothing was written
            place = Place(tables[name].location)
        if place is not None:
            findings.append(finding(kind, name, rights, place))
    yield from each_or_all(
        findings,
        of=len(tables),
        subject="privileges of everybody throughout",
        message=f"PUBLIC, which is every role, may write to or create in {len(findings)} objects",
        remedy=RunSql("Take from PUBLIC what it should not have", *(joined(findings, way) for way in ("up", "down"))),
    )
    yield from on_what_comes(database)


class Place(NamedTuple):
    """Where a privilege was granted, and whether a dump only says that it was."""

    location: Location
    told_by_dump: bool = False


def places_of_grants(database: Database) -> dict[tuple[str, str], Place]:
    """The last GRANT to PUBLIC that names an object, or all of a kind in a schema."""
    return {
        (step.kind, name): Place(step.location, told_by_dump=migration.tool == "dump")
        for migration in database.migrations
        for step in migration.operations
        if isinstance(step, ChangePrivileges) and not step.revokes and "public" in step.roles
        for name in step.on
    }


def finding(kind: str, name: str, rights: list[str], place: Place) -> Finding:
    shown = name.removeprefix("public.")
    spelled = quote_dotted(shown)
    on = spelled if kind == "table" else f"{kind.upper()} {spelled}"
    own = kind == "schema" and name == "public" and place.told_by_dump
    return Finding(
        at=place.location,
        subject=f"{kind} {name}",
        message=f"PUBLIC, which is every role, has {listed(rights, len(rights))} on {'' if kind == 'table' else kind + ' '}{shown}",
        remedy=RunSql(
            f"Take {listed(rights, len(rights))} on {shown} from PUBLIC",
            f"REVOKE {', '.join(rights)} ON {on} FROM PUBLIC;",
            f"GRANT {', '.join(rights)} ON {on} TO PUBLIC;",
        ),
        confidence=Confidence.POSSIBLE if own else Confidence.CERTAIN,
    )


def joined(findings: list[Finding], way: str) -> str:
    return "\n".join(str(getattr(found.remedy, way)()) for found in findings)


def on_what_comes(database: Database) -> Iterator[Finding]:
    """ALTER DEFAULT PRIVILEGES, which speaks of tables that are not there yet."""
    later: dict[tuple[str | None, str | None], list[str]] = {}
    for grant in database.schema.default_grants:
        if grant.kind == "table" and grant.grantee == "public" and not grant.revoked and grant.privilege in WRITES:
            later.setdefault((grant.role, grant.schema), []).append(grant.privilege)
    steps = [step for migration in database.migrations for step in migration.operations if isinstance(step, OtherStatement)]
    places = [step.location for step in steps if step.kind == "AlterDefaultPrivilegesStmt"]
    for (role, schema), rights in later.items():
        whose = (f" FOR ROLE {quote(role)}" if role else "") + (f" IN SCHEMA {quote(schema)}" if schema else "")
        place = f"in schema {schema}" if schema else "anywhere"
        for location in places[:1]:
            yield Finding(
                at=location,
                subject=f"default privileges {place}{' of ' + role if role else ''}",
                message=f"PUBLIC, which is every role, gets {listed(rights, len(rights))} on every table that is made {place}",
                remedy=RunSql(
                    f"Give PUBLIC nothing but reading on tables made {place}",
                    f"ALTER DEFAULT PRIVILEGES{whose} REVOKE {', '.join(rights)} ON TABLES FROM PUBLIC;",
                    f"ALTER DEFAULT PRIVILEGES{whose} GRANT {', '.join(rights)} ON TABLES TO PUBLIC;",
                ),
            )
