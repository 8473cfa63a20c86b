"""A view that shows protected tables with its owner's eyes.

## Why it matters
A view reads its tables with the rights of its owner, and under the policies that bind the owner. Where the owner of the view owns
the table too, which is how migrations make them, none does: whoever may read the view reads every row, row level security or not.
With `security_invoker` (PostgreSQL 15) the rights and policies of whoever asks count.

## When it is fine
The view is there to show a part of the table to those who may not read it: a public profile, a sum; or its own WHERE clause says
who sees what. Left alone are views in schemas that nobody else was let into, materialized views, which hold a copy under no policy
anyway, and tables that no policy opens: a view may be the way in.

## What to do
`ALTER VIEW ... SET (security_invoker = true)`. Then whoever reads the view needs SELECT on the tables below it as well. Where it
is meant, say so in a comment on the view; on Supabase, keep it out of the schemas of the API.

## Sources
- PostgreSQL documentation, "CREATE VIEW": "If any of the underlying base relations has row-level security enabled, then by
  default, the row-level security policies of the view owner are applied" https://www.postgresql.org/docs/current/sql-createview.html
- Supabase's lint: https://supabase.github.io/splinter/0010_security_definer_view/
"""

from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import Name, Schema, Table, Target
from advisor.remedies import RunSql
from advisor.remedies.sql import quote_name
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Severity, project, rule, sql

from ._access import EVERYBODY, PAST_POLICIES, is_on_the_web, own_tables

WITH_INVOKER = 15

BAD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL, title text);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON posts FOR SELECT TO authenticated USING ((SELECT auth.uid()) = author_id);
        CREATE VIEW titles AS SELECT id, title FROM posts;
    """),
    sql("""
        CREATE TABLE invoices (id bigint PRIMARY KEY, tenant text NOT NULL, total numeric);
        ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
        CREATE POLICY tenants ON invoices USING (tenant = current_user);
        CREATE POLICY audits ON invoices FOR SELECT TO worker USING (true);  -- one role of its own
        CREATE VIEW totals WITH (security_barrier) AS SELECT tenant, sum(total) AS total FROM invoices GROUP BY tenant;
        CREATE VIEW large_totals AS SELECT * FROM totals WHERE total > 1000;
        ALTER VIEW totals SET (security_invoker = true);  -- but then the owner of the view over it is who asks
        GRANT SELECT ON large_totals TO reporting;
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, title text);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON posts USING (id = 1);
        CREATE VIEW a AS SELECT id FROM posts; CREATE VIEW b AS SELECT id FROM posts; CREATE VIEW c AS SELECT id FROM posts;
        CREATE VIEW d AS SELECT id FROM posts; CREATE VIEW e AS SELECT title FROM posts;
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author text NOT NULL);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON posts USING (author = current_user);
        CREATE SCHEMA api;
        GRANT USAGE ON SCHEMA api TO reporting;
        CREATE VIEW api.numbers AS SELECT count(*) FROM posts;
    """),
    project(
        {
            "advisor.toml": "postgres_version = 14",  # where no view can be told to ask as its caller
            "schema.sql": """
                CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL, title text);
                ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
                CREATE POLICY own ON posts FOR SELECT TO authenticated USING ((SELECT auth.uid()) = author_id);
                CREATE VIEW titles AS SELECT id, title FROM posts;
            """,
        }
    ),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL, title text);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON posts FOR SELECT TO authenticated USING ((SELECT auth.uid()) = author_id);
        CREATE VIEW titles WITH (security_invoker = on) AS SELECT id, title FROM posts;
        CREATE MATERIALIZED VIEW counts AS SELECT count(*) FROM posts;
        CREATE SCHEMA private;
        GRANT USAGE ON SCHEMA private TO service_role;  -- whom no policy binds
        CREATE VIEW private.titles AS SELECT title FROM posts;
    """),
    sql("""
        CREATE TABLE tags (id bigint PRIMARY KEY, name text);
        CREATE TABLE posts (id bigint PRIMARY KEY, author text NOT NULL);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON posts USING (author = current_user);
        CREATE VIEW names AS SELECT name FROM tags;  -- a table without policies
        CREATE VIEW numbers AS SELECT count(*) FROM posts;
        COMMENT ON VIEW numbers IS 'All posts: only a number leaves it.';
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL);
        CREATE TABLE countries (id bigint PRIMARY KEY, name text);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        ALTER TABLE countries ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON posts FOR SELECT TO authenticated USING ((SELECT auth.uid()) = author_id);
        CREATE POLICY everybody_reads ON countries FOR SELECT USING (true);
        CREATE VIEW country_names AS SELECT name FROM countries;  -- it shows nothing that is not public
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def definer_view(schema: Schema, target: Target) -> Iterator[Finding]:
    guarded = {table.name for table in own_tables(schema) if is_guarded(table)}
    views = [table for table in schema.tables if table.kind == "view" and table.view]
    readers = readers_of(schema)
    shown = [(view, below) for view in views if is_reached(view, readers) and (below := protected_below(view, guarded, schema))]
    knows_invoker = target.postgres_version >= WITH_INVOKER
    yield from each_or_all(
        [finding(view, below, readers, knows_invoker=knows_invoker) for view, below in shown],
        of=len(views),
        subject="views without security_invoker throughout",
        message=f"{len(shown)} views show protected tables with their owner's rights: the policies of whoever asks do not count",
        remedy=let_asker_count("the views", [view for view, _ in shown]) if knows_invoker else None,
    )


def is_guarded(table: Table) -> bool:
    """Whether policies let people read some of its rows and not others."""
    reads = [policy for policy in table.policies if policy.permissive and "select" in policy.commands and policy.using]
    for_all = [policy for policy in reads if not EVERYBODY.isdisjoint(policy.roles)]
    return table.row_security and bool(reads) and not any(policy.using and policy.using.is_true for policy in for_all)


def readers_of(schema: Schema) -> dict[str, bool]:
    """The schemas and views that others than their owner were let into. On Supabase all of `public` is, and that is the API."""
    granted = {
        grant.object: True for grant in schema.grants if grant.kind in ("schema", "table") and grant.grantee not in PAST_POLICIES
    }
    return {"public": is_on_the_web(schema), **granted}


def is_reached(view: Table, readers: dict[str, bool]) -> bool:
    return view.name.schema in readers and view.view is not None and not view.view.security_invoker and not view.comment


def protected_below(view: Table, guarded: set[Name], schema: Schema) -> list[Name]:
    """The guarded tables that it reads, itself or through other views."""
    found: dict[Name, None] = {}
    pending = [view]
    while pending:
        relation = pending.pop()
        for name in relation.view.reads if relation.view else ():
            if name not in found:
                found[name] = None
                pending += [other for other in (schema.table(name),) if other and other.kind == "view"]
    return [name for name in found if name in guarded]


def finding(view: Table, below: list[Name], readers: dict[str, bool], *, knows_invoker: bool) -> Finding:
    return Finding(
        at=view.location,
        subject=view.subject(),
        message=f"view {view.name} shows {listed(below)} with its owner's rights: the policies of whoever asks do not count",
        remedy=let_asker_count(f"view {view.name}", [view]) if knows_invoker else None,
        confidence=Confidence.LIKELY if readers[view.name.schema] or view.name.qualified in readers else Confidence.POSSIBLE,
    )


def let_asker_count(what: str, views: list[Table]) -> RunSql:
    names = [quote_name(view.name) for view in views]
    return RunSql(
        f"Read {what} with the rights of whoever asks",
        "\n".join(f"ALTER VIEW {name} SET (security_invoker = true);" for name in names),
        "\n".join(f"ALTER VIEW {name} RESET (security_invoker);" for name in names),
    )
