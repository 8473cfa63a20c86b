"""A text that holds a list.

## Why it matters
`tag_ids = '3,17,204'`: no foreign key can say that the ids exist, and nothing takes them out when what they name is deleted. Who
has 17 is `LIKE '%17%'`, which finds 117 too and reads every row; adding one entry rewrites the whole text, and of two writers at
once one loses.

## When it is fine
The list is only written and read back whole, and nobody ever asks who has an entry: a snapshot, a log, a text that a user typed.
OAuth scopes, which the protocol hands around in one text, are left alone. Ids of a table that is not here (another system's, it
may be) and lists that a plural name alone tells are only possible findings.

## What to do
Ids: a table with a row for each pair, whose foreign keys guard both. Values: an array (`text[]`) with a GIN index. JSON lists:
`jsonb`.

## Sources
- Bill Karwin, "SQL Antipatterns", chapter "Jaywalking"
- PostgreSQL documentation, "Arrays" https://www.postgresql.org/docs/current/arrays.html; GIN for arrays:
  https://www.postgresql.org/docs/current/gin.html#GIN-BUILTIN-OPCLASSES
"""

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.habits import each_or_all
from advisor.model import Column, Database, Schema, Table
from advisor.model.schema import words_of
from advisor.remedies import ChangeColumnType, Remedy
from advisor.remedies.child_tables import pairs_for_list
from advisor.remedies.sql import quote
from advisor.rule import Confidence, Finding, Severity, prisma, project, rule, sql

TEXTS = frozenset({"text", "character varying", "character", "citext"})
PLURALS = frozenset("tags emails roles permissions languages recipients categories keywords labels members csv".split())
COPIES = frozenset("cached cache raw original previous old display formatted".split())
"""Words of what is only a copy, or typed so."""
SHORTEST = 10
"""A text of fewer characters holds no list."""
COMMAS = "Values are taken for separated by commas."

BAD = [
    sql("""
        CREATE TABLE tags (id bigint PRIMARY KEY, name text);
        CREATE TABLE posts (id bigint PRIMARY KEY, tag_ids text NOT NULL);
    """),
    prisma("""
        model Team {
          id      Int    @id
          userIds String @default("")
        }
    """),
    sql("CREATE TABLE webhooks (id bigint PRIMARY KEY, events varchar(500) NOT NULL DEFAULT '[]', emails text);"),
    project(
        {
            "migrations/007.sql": "CREATE TABLE categories (id bigint PRIMARY KEY);",
            "migrations/008.sql": "ALTER TABLE posts ADD COLUMN category_ids varchar(255);",
        }
    ),
    sql("""
        CREATE TABLE boxes (id uuid PRIMARY KEY);
        CREATE TABLE orders (id bigint PRIMARY KEY, packed_box_ids text, partner_ids text);  -- a partner's own ids, it may be
    """),
    sql(
        "CREATE TABLE tags (id bigint PRIMARY KEY);\n"
        + "\n".join(f"CREATE TABLE posts{letter} (id bigint PRIMARY KEY, tag_ids text);" for letter in "abcdefghijk")
    ),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, tags text[], tag_ids bigint[], labels jsonb, guid text, kids int, bids numeric);
        CREATE TABLE grants (
            id bigint PRIMARY KEY, scopes text, cached_tag_ids text, has_roles varchar(5), ids_seen_at date, address_list_id text
        );
    """),
    prisma("""
        model Team {
          id      Int      @id
          userIds String[]
          notes   String
        }
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def list_in_column(database: Database) -> Iterator[Finding]:
    texts = [(table, column) for table, column in database.columns() if column.base_type in TEXTS and not column.is_array]
    sure: list[Finding] = []
    perhaps: list[Finding] = []
    for table, column in texts:
        what = kind_of_list(column)
        if what is not None:
            told = finding(table, column, what, database.schema)
            (sure if told.confidence is Confidence.LIKELY else perhaps).append(told)
    for findings in (sure, perhaps):
        message = f"{len(findings)} texts hold lists: no key guards what they name, and finding an entry reads every row"
        yield from each_or_all(findings, of=len(texts), subject="lists in texts throughout", message=message)


def kind_of_list(column: Column) -> str | None:
    """`ids`, `json` or `values`; None where it holds no list for all that its name and default tell."""
    too_short = column.modifiers and column.modifiers[0] < SHORTEST
    if not column.words or too_short or not COPIES.isdisjoint(column.words):
        return None
    if column.words[-1] == "ids":
        return "ids"
    if column.default and column.default.text.startswith("'[]'"):
        return "json"
    return "values" if column.words[-1] in PLURALS else None


def finding(table: Table, column: Column, what: str, schema: Schema) -> Finding:
    target = target_of(column, schema) if what == "ids" else None
    guarded = f"ids of {target.name}" if target else what if what == "ids" else "a JSON list" if what == "json" else "a list"
    cost = "no foreign key guards them" if target else "it is rewritten whole for each change"
    return Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=f"{table.name}.{column.name} keeps {guarded} in one text: {cost}, and finding an entry reads every row",
        remedy=(pairs_for_list(table, column, target) if target else None) or in_one_column(table, column, what, schema),
        confidence=Confidence.LIKELY if target or what == "json" else Confidence.POSSIBLE,
    )


def target_of(column: Column, schema: Schema) -> Table | None:
    """The table whose ids `tag_ids` or `blocked_tag_ids` holds, by its name: `tags` or `tag`."""
    tables = [table for table in schema.tables if table.kind in ("table", "partitioned table")]
    for start in range(len(column.words) - 1):
        named = "".join(column.words[start:-1])
        plurals = (named, named + "s", named + "es", named.removesuffix("y") + "ies")
        found = [table for table in tables if "".join(words_of(table.name.name)) in plurals]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def in_one_column(table: Table, column: Column, what: str, schema: Schema) -> Remedy | None:
    new, empty = ("jsonb", "'[]'") if what == "json" else ("text[]", "'{}'")
    how = ChangeColumnType.of(table, column, new, schema)
    if how is None:
        return None
    name = quote(column.name)
    there = f"{name}::jsonb" if what == "json" else f"string_to_array({name}, ',')"
    back = f"{name}::text" if what == "json" else f"array_to_string({name}, ',')"
    defaults = (empty, column.default.text) if column.default else (None, None)
    return replace(
        how, using=there, back_using=back, default=defaults[0], back_default=defaults[1], native_type=None,
        note=None if what == "json" else COMMAS,
    )  # fmt: skip
