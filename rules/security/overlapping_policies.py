"""Several permissive policies of a table for one role and command, of which one makes the others void.

## Why it matters
Permissive policies are joined by OR: a row passes if any of them lets it through. A policy that is always true makes every
narrower one beside it a decoration, and who reads the narrow one believes that it restricts; of two with the same condition,
somebody will change one and wonder that nothing happens.

## When it is fine
Two policies that let different rows through are how PostgreSQL means it ("own posts", "posts of my team"), and so is a policy FOR
ALL for who owns a row beside one FOR SELECT for everybody. They cost no more than one with an OR: measured on a million rows, two
policies 81 ms, one policy with the same conditions 79 ms. So they are left alone; with `every_pair` all are told, as Supabase's
lint does.

## What to do
Drop the policy that adds nothing; or, if it was to restrict, make it one: `CREATE POLICY ... AS RESTRICTIVE`.

## Options
- `every_pair` (false): tell of every table with several permissive policies for one role and command.

## Sources
- PostgreSQL documentation, "CREATE POLICY": "All permissive policies which are applicable to a given query will be combined
  together using the Boolean OR operator" https://www.postgresql.org/docs/current/sql-createpolicy.html
- Supabase's lint: https://supabase.github.io/splinter/0006_multiple_permissive_policies/
- the measurement: benchmarks/policy_calls.py
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from advisor.habits import each_or_all
from advisor.model import Database, Policy, Table
from advisor.remedies import RunSql
from advisor.remedies.access import create_policy, drop_policy
from advisor.rule import Confidence, Finding, Options, Related, Severity, project, rule, sql

from ._access import guarded_tables

BAD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE POLICY everybody_reads ON posts FOR SELECT USING (true);
        CREATE POLICY authors_read ON posts FOR SELECT TO authenticated USING ((SELECT auth.uid()) = author_id);
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE POLICY authors_read ON posts FOR SELECT USING ((SELECT auth.uid()) = author_id);
        CREATE POLICY own ON posts FOR SELECT USING ((SELECT auth.uid()) = author_id);
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON posts USING ((SELECT auth.uid()) = author_id);
        CREATE POLICY own_updates ON posts FOR UPDATE TO authenticated USING ((SELECT auth.uid()) = author_id)
            WITH CHECK ((SELECT auth.uid()) = author_id);
    """),
    project(
        {
            "advisor.toml": "[rules.overlapping-policies]\nevery_pair = true",
            "schema.sql": """
                CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL, published boolean NOT NULL);
                ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
                CREATE POLICY own ON posts TO authenticated USING ((SELECT auth.uid()) = author_id);
                CREATE POLICY published ON posts FOR SELECT USING (published);
                CREATE TABLE tags (id bigint PRIMARY KEY, name text NOT NULL);
                ALTER TABLE tags ENABLE ROW LEVEL SECURITY;
                CREATE POLICY anon_reads ON tags FOR SELECT TO anon USING (name <> '');
                CREATE POLICY users_read ON tags FOR SELECT TO authenticated USING (name <> 'draft');
            """,
        }
    ),
    sql("""
        CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE TABLE c (id int); CREATE TABLE d (id int); CREATE TABLE e (id int);
        ALTER TABLE a ENABLE ROW LEVEL SECURITY; ALTER TABLE b ENABLE ROW LEVEL SECURITY; ALTER TABLE c ENABLE ROW LEVEL SECURITY;
        ALTER TABLE d ENABLE ROW LEVEL SECURITY; ALTER TABLE e ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON a USING (id > 1); CREATE POLICY q ON a USING (id > 1);
        CREATE POLICY p ON b USING (id > 1); CREATE POLICY q ON b USING (id > 1);
        CREATE POLICY p ON c USING (id > 1); CREATE POLICY q ON c USING (id > 1);
        CREATE POLICY p ON d USING (id > 1); CREATE POLICY q ON d USING (id > 1);
        CREATE POLICY p ON e USING (id > 1); CREATE POLICY q ON e USING (id > 1);
    """),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL, team_id bigint, published boolean NOT NULL);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON posts USING ((SELECT auth.uid()) = author_id);
        CREATE POLICY published ON posts FOR SELECT USING (published);
        CREATE POLICY teams ON posts FOR SELECT USING (team_id IN (SELECT team_id FROM my_teams));
    """),
    sql("""
        CREATE TABLE tags (id bigint PRIMARY KEY, author_id uuid NOT NULL, name text NOT NULL);
        ALTER TABLE tags ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON tags USING ((SELECT auth.uid()) = author_id);
        CREATE POLICY everybody_reads ON tags FOR SELECT USING (true);  -- all read, authors write
        CREATE POLICY anon_writes ON tags FOR INSERT TO anon WITH CHECK (name <> '');
        CREATE POLICY users_write ON tags FOR INSERT TO authenticated WITH CHECK (name <> '');  -- another role
        CREATE POLICY narrow ON tags AS RESTRICTIVE USING (name <> 'draft');
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE POLICY reads ON posts FOR SELECT USING ((SELECT auth.uid()) = author_id);
        CREATE POLICY updates ON posts FOR UPDATE USING ((SELECT auth.uid()) = author_id);
        CREATE POLICY keeps ON posts FOR UPDATE USING ((SELECT auth.uid()) = author_id) WITH CHECK (author_id IS NOT NULL);
    """),
]


@dataclass(frozen=True)
class OverlapOptions(Options):
    every_pair: bool = False


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def overlapping_policies(database: Database, options: OverlapOptions) -> Iterator[Finding]:
    tables = [table for table in guarded_tables(database) if len(table.policies) > 1]
    findings = [finding for table in tables if (finding := void_policy(table) or (options.every_pair and overlap(table)))]
    yield from each_or_all(
        findings,
        of=len(tables),
        subject="overlapping policies throughout",
        message=f"{len(findings)} tables have several permissive policies for one role and command: any of them lets a row through",
    )


def void_policy(table: Table) -> Finding | None:
    """The first policy that another one makes needless."""
    permissive = [policy for policy in table.policies if policy.permissive]
    pairs = ((wide, narrow) for one in combinations(permissive, 2) for wide, narrow in (one, one[::-1]) if covers(wide, narrow))
    wide, narrow = next(pairs, (None, None))
    if wide is None or narrow is None:
        return None
    same = texts(wide) == texts(narrow)
    why = f"{wide.name} lets the same rows through" if same else f"{wide.name} lets every row through"
    drop = RunSql(f"Drop policy {narrow.name} on {table.name}", drop_policy(narrow, table), create_policy(narrow, table))
    return Finding(
        at=narrow.location,
        subject=f"{table.subject()} policy {narrow.name}",
        message=f"policy {narrow.name} on {table.name} restricts nothing: beside it {why}",
        remedy=drop,
        confidence=Confidence.CERTAIN if same else Confidence.LIKELY,
        related=(Related(wide.location, f"policy {wide.name}"),),
    )


def covers(wide: Policy, narrow: Policy) -> bool:
    """Whether whatever the one lets through, for whom and for what, the other does too.

    Of policies for writing that are always true another rule speaks: there only equal conditions count.
    """
    reaches = set(narrow.commands) <= set(wide.commands) and ("public" in wide.roles or set(narrow.roles) <= set(wide.roles))
    lets_all_read = narrow.command == "select" and wide.using is not None and wide.using.is_true
    return reaches and (lets_all_read or (any(texts(narrow)) and texts(wide) == texts(narrow)))


def texts(policy: Policy) -> tuple[str, str]:
    """What it asks of old rows and of new ones."""
    check = policy.check or policy.using
    return (str(policy.using or "") if policy.command != "insert" else "", str(check or ""))


def overlap(table: Table) -> Finding | None:
    """Any two for one role and command."""
    permissive = [policy for policy in table.policies if policy.permissive]
    for first, second in combinations(permissive, 2):
        commands = [command for command in first.commands if command in second.commands]
        roles = [role for role in (*first.roles, *second.roles) if first.concerns(role) and second.concerns(role)]
        if commands and roles:
            return Finding(
                at=second.location,
                subject=table.subject(),
                message=f"{table.name} has {len(permissive)} permissive policies, of which {first.name} and {second.name} are both "
                f"for {commands[0]} by {roles[0]}: either of them lets a row through",
                related=(Related(first.location, f"policy {first.name}"),),
            )
    return None
