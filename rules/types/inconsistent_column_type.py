"""A column whose type differs from that of the columns with the same name in other tables.

## Why it matters
One name means one thing, and a thing has one type. `user_id` that is a bigint here and a text there is compared by way of a cast,
for which no index serves, and joined by mistake with what it never matches. Where one is an integer and the others are bigint, it
is the one that overflows: the others go on past 2,147,483,647.

## When it is fine
The same word means different things: ids of another system, a `reference_id` that refers to whatever. Such names, and names of one
word (`value`, `type`, `status`), are left alone, and so are columns whose foreign keys refer to different tables.

Lengths are not compared, nor text with varchar, json with jsonb, timestamp with timestamptz: other rules speak of these. A foreign
key with another type than what it refers to is another rule's as well.

## What to do
Make the odd one like the others. Of integers only a narrower one among wider ones is told: the reverse harms nobody. Where foreign
keys of that name show which type is right, the finding is likely, otherwise only possible.

## Sources
- PostgreSQL documentation, "Type Conversion", "Operators" https://www.postgresql.org/docs/current/typeconv-oper.html
- PostgreSQL documentation, "Numeric Types" https://www.postgresql.org/docs/current/datatype-numeric.html
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from advisor.habits import each_or_all
from advisor.model import Column, Database, Name, Schema, Table
from advisor.model.schema import words_of
from advisor.remedies import ChangeColumnType
from advisor.remedies.sql import quote
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma, project, rule, sql

Place = tuple[Table, Column]

INTEGERS = ("smallint", "integer", "bigint")
MOMENTS = {"date", "timestamp with time zone"}
ALIKE = {
    "character varying": "text",
    "character": "text",
    "citext": "text",
    "json": "jsonb",
    "timestamp without time zone": "timestamp with time zone",
    "real": "double precision",
    "time without time zone": "time with time zone",
}
"""Types that are one here."""
ANYTHING = frozenset(
    """external remote foreign provider client parent source target reference ref resource object entity subject related linked
    original previous owner item record content message request session transaction trace span correlation device tracking stripe
    document node group min max default old new total last first""".split()
)
"""Words of what is another thing in each table."""

BAD = [
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY);
        CREATE TABLE posts (id bigint PRIMARY KEY, user_id bigint REFERENCES users);
        CREATE TABLE visits (id bigint PRIMARY KEY, user_id integer NOT NULL);
    """),
    sql("""
        CREATE TABLE accounts (id uuid PRIMARY KEY);
        CREATE TABLE plans (id bigint PRIMARY KEY, account_id uuid REFERENCES accounts);
        CREATE TABLE usage (id bigint PRIMARY KEY, account_id varchar(36) NOT NULL);
    """),
    sql("""
        CREATE TABLE a (id bigint PRIMARY KEY, postal_code text);
        CREATE TABLE b (id bigint PRIMARY KEY, postal_code varchar(10));
        CREATE TABLE c (id bigint PRIMARY KEY, postal_code text);
        CREATE TABLE d (id bigint PRIMARY KEY, postal_code integer);
    """),
    sql("""
        CREATE TABLE a (id bigint PRIMARY KEY, sent_on date); CREATE TABLE b (id bigint PRIMARY KEY, sent_on timestamptz);
        CREATE TABLE c (id bigint PRIMARY KEY, sent_on date); CREATE TABLE d (id bigint PRIMARY KEY, sent_on date);
        CREATE TABLE e (id bigint PRIMARY KEY, sent_on date);
    """),
    prisma("""
        model User {
          id    String @id @db.Uuid
          posts Post[]
        }
        model Post {
          id     Int    @id
          userId String @db.Uuid
          user   User   @relation(fields: [userId], references: [id])
        }
        model Visit {
          id     Int    @id
          userId String
        }
    """),
    project(
        {
            "migrations/001.sql": """
                CREATE TABLE orders (id bigint PRIMARY KEY);
                CREATE TABLE lines (id bigint PRIMARY KEY, order_id bigint REFERENCES orders);
            """,
            "migrations/002.sql": "ALTER TABLE refunds ADD COLUMN order_id integer;",
        }
    ),
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY);
        CREATE TABLE a (user_id bigint REFERENCES users);
        CREATE TABLE b (user_id bigint REFERENCES users);
        CREATE TABLE c (user_id text); CREATE TABLE d (user_id text); CREATE TABLE e (user_id uuid);
        CREATE TABLE f (user_id text); CREATE TABLE g (user_id text); CREATE TABLE h (user_id uuid);
    """),
]
GOOD = [
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, postal_code text, created_at timestamptz, price numeric(10, 2), value text);
        CREATE TABLE posts (id uuid PRIMARY KEY, postal_code varchar(9), created_at timestamp, price numeric(9, 4), value int);
        CREATE TABLE likes (id text PRIMARY KEY, external_id text, user_id bigint REFERENCES users, value jsonb);
        CREATE TABLE views (id bigint PRIMARY KEY, external_id bigint, user_id bigint);
    """),
    sql("""
        CREATE TABLE staff (id uuid PRIMARY KEY);
        CREATE TABLE members (id bigint PRIMARY KEY);
        CREATE TABLE rooms (id bigint PRIMARY KEY, keeper_id uuid REFERENCES staff);
        CREATE TABLE keys (id bigint PRIMARY KEY, keeper_id bigint REFERENCES members);
    """),
    sql("""
        CREATE TABLE orders (id bigint PRIMARY KEY, shipped_on date);
        CREATE TABLE parcels (id bigint PRIMARY KEY, shipped_on text);  -- one of each: which is the odd one
        CREATE TABLE users (id integer PRIMARY KEY);
        CREATE TABLE posts (id bigint PRIMARY KEY, user_id integer REFERENCES users);
        CREATE TABLE likes (id bigint PRIMARY KEY, user_id bigint);  -- takes more than it must
        CREATE TABLE models (id integer PRIMARY KEY, model_id text);  -- what others call it
        CREATE TABLE runs (id bigint PRIMARY KEY, model_id integer REFERENCES models);
        CREATE VIEW shown AS SELECT id::text AS order_id FROM orders;
    """),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def inconsistent_column_type(database: Database) -> Iterator[Finding]:
    named: dict[str, list[Place]] = defaultdict(list)
    for table, column in database.columns():
        if column.type != "unknown" and not names_itself(table, column):
            named[column.name].append((table, column))
    several = {name: places for name, places in named.items() if len({kind(column) for _, column in places}) > 1}
    findings = [found for places in several.values() if (found := judged(places, database.schema))]
    message = f"{len(findings)} columns have another type than those of the same name in other tables: comparing them takes a cast"
    yield from each_or_all(findings, of=2 * len(findings), subject="inconsistent types throughout", message=message)


def judged(places: Sequence[Place], schema: Schema) -> Finding | None:
    """The odd ones among the columns of one name, if it can be told which these are."""
    words = places[0][1].words
    if len(words) < 2 or not ANYTHING.isdisjoint(words):
        return None
    keys = {id(column): target for table, column in places if (target := refers_to(table, column))}
    by_kind: dict[str, list[Place]] = defaultdict(list)
    for table, column in places:
        by_kind[kind(column)].append((table, column))
    if keys:
        right = {kind(column) for _, column in places if id(column) in keys}
        if len(set(keys.values())) > 1 or len(right) > 1:
            return None
        usual = right.pop()
    else:
        usual = max(by_kind, key=lambda each: len(by_kind[each]))
        if len(by_kind[usual]) < 3 or 2 * len(by_kind[usual]) < len(places) + 2:
            return None
    odd = [place for each, found in by_kind.items() if each != usual and not wider(each, usual) for place in found]
    if not odd or says_yes_or_no(by_kind) or all(words[-1] != "id" and column.enum for _, column in odd):
        return None
    return finding(odd, by_kind[usual], schema, Confidence.LIKELY if keys else Confidence.POSSIBLE)


def finding(odd: Sequence[Place], usual: Sequence[Place], schema: Schema, confidence: Confidence) -> Finding:
    table, column = odd[0]
    others = listed((other.name for other, _ in usual), 2)
    both = {kind(column), kind(usual[0][1])}
    cost = "the narrower ends first" if both <= set(INTEGERS) else "comparing them takes a cast, for which no index serves"
    if both <= MOMENTS:
        cost = "a date stands for its midnight"
    return Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=f"{table.name}.{column.name} is {column.type}, in {others} it is {usual[0][1].type}: {cost}",
        remedy=change(table, column, usual[0][1].type, schema),
        confidence=confidence,
        related=tuple(
            Related(other.location, f"{where.name}.{other.name} is {other.type}") for where, other in (*odd[1:3], usual[0])
        ),
    )


def change(table: Table, column: Column, new: str, schema: Schema) -> ChangeColumnType | None:
    """To the others' type, where every value that belongs there fits: never to a narrower one."""
    old = kind(column)
    if column.default or not (new in (*INTEGERS, "uuid") and (old in INTEGERS or old == "text")):
        return None
    how = ChangeColumnType.of(table, column, new, schema)
    if how is None or old in INTEGERS:
        return how if new in INTEGERS else None
    name = quote(column.name)
    return replace(how, using=f"{name}::{new}", back_using=f"{name}::{column.type}")


def names_itself(table: Table, column: Column) -> bool:
    """Whether it is the table's own key or name in another system: `models.model_id`."""
    return "_".join(words_of(table.name.name)).removesuffix("s") == "_".join(column.words[:-1])


def wider(one: str, other: str) -> bool:
    """Whether both are integers, and the first takes all that the second takes: that harms nobody."""
    return one in INTEGERS and other in INTEGERS and INTEGERS.index(one) > INTEGERS.index(other)


def refers_to(table: Table, column: Column) -> Name | None:
    return next((key.referenced_table for key in table.foreign_keys if key.columns == (column.name,)), None)


def kind(column: Column) -> str:
    plain = ALIKE.get(column.base_type, column.base_type)
    return f"{plain}[]" if column.is_array else plain


def says_yes_or_no(kinds: dict[str, list[Place]]) -> bool:
    """Whether some are boolean and the others numbers, which another rule tells."""
    return "boolean" in kinds and kinds.keys() <= {"boolean", *INTEGERS}
