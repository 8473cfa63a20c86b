"""A key whose table is named by a column beside it: commentable_type and commentable_id.

## Why it matters
A foreign key refers to one table. Nothing keeps such a key from naming a row that never was or is gone: comments stay when their
post is deleted, and appear again below the next row that gets the number, and a type that is misspelt is taken. No ON DELETE
clears up behind a row, no planner knows how many rows match, and a join needs one query for each type, or UNION.

## When it is fine
Logs, audits, versions and outgoing messages, which must outlive what they speak of: only possible findings. So are pairs
for whose sense their names alone speak (owner_type, owner_id, without an index over both), or an index alone (vendor_type,
vendor_id): the type may say more of a row that the key by itself names.

## What to do
One column for each table, each with a foreign key, and a CHECK that a row uses one of them: `num_nonnulls(post_id, photo_id) = 1`.
Or a table of what can be commented, which posts and photos refer to. Where an enum names the tables, the SQL is below. The types
`"Post"` of Rails and Django are names of classes: renaming one means rewriting rows.

## Sources
- Bill Karwin, "SQL Antipatterns", chapter "Polymorphic Associations"
- GitLab, "Polymorphic Associations", which forbids them for these reasons
  https://docs.gitlab.com/development/database/polymorphic_associations/
- Rails: https://guides.rubyonrails.org/association_basics.html#polymorphic-associations
- PostgreSQL documentation, "Comparison Functions", `num_nonnulls` https://www.postgresql.org/docs/current/functions-comparison.html
"""

from collections.abc import Iterator, Mapping

from advisor.habits import each_or_all
from advisor.model import Schema, Table
from advisor.model.schema import TypedReference, typed_references, words_of
from advisor.remedies.references import a_key_for_each
from advisor.rule import Confidence, Finding, Severity, prisma, project, rule, sql

from ._tables import own_tables

RECORDS = frozenset(
    """audit audits log logs version versions event events activity activities history histories outbox webhook webhooks changelog
    journal journals archive archives trash analytics""".split()
)
"""Words of tables whose rows outlive what they speak of."""
MADE_BY_RAILS = ("active_storage_", "action_text_")

BAD = [
    sql(
        "CREATE TABLE comments (id bigint PRIMARY KEY, body text, commentable_type text NOT NULL, commentable_id bigint NOT NULL);"
    ),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY);
        CREATE TABLE photos (id bigint PRIMARY KEY);
        CREATE TYPE subject AS ENUM ('post', 'photo');
        CREATE TABLE likes (id bigint PRIMARY KEY, subject_type subject NOT NULL, subject_id bigint NOT NULL);
        CREATE INDEX ON likes (subject_type, subject_id);
    """),
    sql("""
        CREATE TABLE django_content_type (id integer PRIMARY KEY, model varchar(100));
        CREATE TABLE tagged (id bigint PRIMARY KEY, content_type_id integer REFERENCES django_content_type, object_id integer);
    """),
    prisma("""
        model Attachment {
          id        Int    @id
          ownerType String
          ownerId   String

          @@index([ownerId, ownerType])
        }
    """),
    project(
        {"db/structure.sql": "CREATE TABLE audits (id bigint PRIMARY KEY, auditable_id integer, auditable_type character varying);"}
    ),
    sql("""
        CREATE TABLE tasks (id bigint PRIMARY KEY, vendor_id integer, vendor_type varchar(16));  -- ours, or the vendor's number?
        CREATE INDEX ON tasks (vendor_type, vendor_id);
    """),
    sql(
        "\n".join(
            f"CREATE TABLE posts{letter} (id bigint PRIMARY KEY, subject_type text, subject_id bigint);" for letter in "abcdefghijk"
        )
    ),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY);
        CREATE TABLE photos (id bigint PRIMARY KEY);
        CREATE TABLE comments (
            id bigint PRIMARY KEY, post_id bigint REFERENCES posts, photo_id bigint REFERENCES photos,
            CHECK (num_nonnulls(post_id, photo_id) = 1)
        );
    """),
    sql("""
        CREATE TABLE owners (id bigint PRIMARY KEY);
        CREATE TABLE houses (id bigint PRIMARY KEY, owner_id bigint REFERENCES owners, owner_type text);  -- of the one owner
        CREATE TABLE events (event_id bigint PRIMARY KEY, event_type text, device_id text, device_type text);
        CREATE TABLE people (id bigint PRIMARY KEY, tax_id text, tax_id_type text, document_type text, document_id text);
    """),
    sql("""
        CREATE TABLE items (id bigint PRIMARY KEY, title text);
        CREATE TABLE views (id bigint PRIMARY KEY, item_id bigint, item_type text);  -- there is a table of items
        CREATE INDEX ON views (item_type, item_id);
        CREATE TABLE active_storage_attachments (id bigint PRIMARY KEY, record_type varchar NOT NULL, record_id bigint NOT NULL);
        CREATE UNIQUE INDEX ON active_storage_attachments (record_type, record_id);
        CREATE TABLE action_text_rich_texts (id bigint PRIMARY KEY, record_type varchar NOT NULL, record_id bigint NOT NULL);
    """),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def polymorphic_association(schema: Schema) -> Iterator[Finding]:
    named = {without_plural("".join(words_of(table.name.name))): table for table in schema.tables}
    pairs = [
        (table, pair)
        for table in own_tables(schema)
        for pair in typed_references(table)
        if not (stem(pair) in named and pair.by != "name") and not table.name.name.startswith(MADE_BY_RAILS)
    ]
    findings = [finding(table, pair, schema, named) for table, pair in pairs]
    message = (
        f"{len(findings)} keys are of whatever table the column beside them names: no foreign key can guard them, and rows stay"
        " behind when theirs are deleted"
    )
    yield from each_or_all(findings, of=len(findings), subject="polymorphic associations throughout", message=message)


def finding(table: Table, pair: TypedReference, schema: Schema, named: Mapping[str, Table]) -> Finding:
    targets = targets_of(pair, schema, named)
    unsure = pair.by == "guess" or not RECORDS.isdisjoint(words_of(table.name.name))
    return Finding(
        at=pair.key.location,
        subject=table.subject(pair.type.name, pair.key.name),
        message=(
            f"{table.name}.{pair.key.name} is the key of whatever table {pair.type.name} names: no foreign key can guard it, and"
            " rows stay behind when theirs are deleted"
        ),
        remedy=a_key_for_each(table, pair, targets) if targets else None,
        confidence=Confidence.POSSIBLE if unsure else Confidence.LIKELY,
    )


def stem(pair: TypedReference) -> str:
    return "".join(pair.key.words[:-1])


def without_plural(name: str) -> str:
    return name.removesuffix("s")


def targets_of(pair: TypedReference, schema: Schema, named: Mapping[str, Table]) -> dict[str, Table]:
    """The tables that the values of an enum name; none where one of them names none."""
    enum = schema.enum(pair.type.enum) if pair.type.enum else None
    found = {value: named.get(without_plural("".join(words_of(value)))) for value in enum.values} if enum else {}
    return {value: target for value, target in found.items() if target} if all(found.values()) else {}
