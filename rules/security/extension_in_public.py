"""An extension in `public`, where its functions are a part of the API.

## Why it matters
Without SCHEMA, CREATE EXTENSION puts its functions, types and tables where other new things go. On Supabase and PostgREST `public`
is the API: every function of the extension can be called from the web, `dblink` and `http` too, and its views are read from there.

## When it is fine
Nobody but the application reaches the database: then `public` is the usual place, and nothing is said. Told are schemas whose
grants and policies speak of Supabase's roles, and those that have a schema called `extensions` for the others already.

Left alone are extensions that bring a schema of their own, and on Supabase those that it has installed before the first migration
runs, where `CREATE EXTENSION IF NOT EXISTS` does nothing.

## What to do
`CREATE EXTENSION ... WITH SCHEMA extensions`. One that is there moves with ALTER EXTENSION if it is relocatable, as those of
PostgreSQL and pgvector are; columns and indexes keep their types. Names without a schema are then found only where the search path
has `extensions`: Supabase's roles have it, functions that set their own path have not. PostGIS and others cannot be moved; they
have to be made anew in the right place.

## Sources
- PostgreSQL documentation, "CREATE EXTENSION" https://www.postgresql.org/docs/current/sql-createextension.html; which ones can be
  moved: `SELECT name, relocatable FROM pg_available_extension_versions`
- Supabase's lint: https://supabase.github.io/splinter/0014_extension_in_public/
"""

from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import CreateExtension, Database, Location
from advisor.remedies import RunSql
from advisor.remedies.sql import quote
from advisor.rule import Confidence, Finding, Severity, project, rule, sql

from ._access import is_on_the_web

KEPT_APART = "extensions"
ELSEWHERE = frozenset(
    """pg_cron pg_graphql pg_tle pgaudit pgjwt pgmq pgsodium plcoffee plls plperl plperlu plpgsql plpython3u pltcl plv8
    postgis_tiger_geocoder postgis_topology supabase_vault timescaledb wrappers""".split()
)
"""They have schemas of their own, or are in none; timescaledb and wrappers insist on where they were."""
BY_HOST = frozenset("pg_graphql pg_net pg_stat_statements pgcrypto pgjwt pgsodium supabase_vault uuid-ossp".split())
"""What a new project of Supabase's has."""
RELOCATABLE = frozenset(
    """amcheck autoinc bloom btree_gin btree_gist citext cube dblink dict_int dict_xsyn earthdistance file_fdw fuzzystrmatch hstore
    insert_username intagg intarray isn lo ltree moddatetime pageinspect pg_buffercache pg_freespacemap pg_prewarm
    pg_stat_statements pg_surgery pg_trgm pg_visibility pg_walinspect pgcrypto pgrowlocks pgstattuple postgres_fdw refint seg
    tablefunc tcn tsm_system_rows tsm_system_time unaccent uuid-ossp vector""".split()
)

BAD = [
    sql("""
        CREATE EXTENSION IF NOT EXISTS vector;
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL, embedding vector(3));
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON posts TO authenticated USING ((SELECT auth.uid()) = author_id);
    """),
    project(
        {
            "migrations/001.sql": "CREATE SCHEMA extensions;\nCREATE EXTENSION citext SCHEMA extensions;",
            "migrations/002.sql": 'CREATE EXTENSION "uuid-ossp";',
        }
    ),
    sql("""
        CREATE EXTENSION citext; CREATE EXTENSION cube; CREATE EXTENSION hstore; CREATE EXTENSION ltree; CREATE EXTENSION unaccent;
        CREATE TABLE posts (id bigint PRIMARY KEY);
        GRANT SELECT ON posts TO anon;
    """),
    sql("""
        CREATE EXTENSION citext; CREATE EXTENSION cube; CREATE EXTENSION hstore; CREATE EXTENSION ltree; CREATE EXTENSION unaccent;
        CREATE EXTENSION pg_trgm SCHEMA extensions;
    """),
]
GOOD = [
    sql("""
        CREATE EXTENSION IF NOT EXISTS citext;
        CREATE TABLE users (id bigint PRIMARY KEY, name citext);
    """),
    sql("""
        CREATE EXTENSION IF NOT EXISTS "uuid-ossp";
        CREATE EXTENSION IF NOT EXISTS pg_cron;
        CREATE EXTENSION hstore;
        ALTER EXTENSION hstore SET SCHEMA extensions;
        CREATE TABLE posts (id uuid PRIMARY KEY DEFAULT extensions.uuid_generate_v4());
        GRANT SELECT ON posts TO anon;
    """),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def extension_in_public(database: Database) -> Iterator[Finding]:
    schema = database.schema
    elsewhere = dict(schema.extension_schemas)
    web = is_on_the_web(schema)
    if not web and KEPT_APART not in elsewhere.values():
        return
    left_out = ELSEWHERE | BY_HOST if web else ELSEWHERE
    places = {
        step.name: step.location
        for migration in database.migrations
        for step in migration.operations
        if isinstance(step, CreateExtension)
    }
    names = [name for name in schema.extensions if name not in elsewhere and name not in left_out and name in places]
    yield from each_or_all(
        [finding(name, places[name], web=web) for name in names],
        of=len(schema.extensions),
        subject="extensions in public throughout",
        message=f"{len(names)} extensions are in public, {why(web=web)}",
    )


def why(*, web: bool) -> str:
    return "where functions are called from the web" if web else f"while others are in {KEPT_APART}"


def finding(name: str, place: Location, *, web: bool) -> Finding:
    move = f"ALTER EXTENSION {quote(name)} SET SCHEMA"
    up = f"CREATE SCHEMA IF NOT EXISTS {KEPT_APART};\n{move} {KEPT_APART};"
    return Finding(
        at=place,
        subject=f"extension {name}",
        message=f"extension {name} is in public, {why(web=web)}",
        remedy=RunSql(f"Move {name} to {KEPT_APART}", up, f"{move} public;") if name in RELOCATABLE else None,
        confidence=Confidence.LIKELY,
    )
