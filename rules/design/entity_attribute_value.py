"""A table whose rows are single values of other rows: entity, attribute, value.

## Why it matters
What would be a column is a row, and its name is data. Nothing says which attributes a thing has, which it must have and what type
each is of: every value is a text, or there is a column for each type of which all but one are empty. A question about two
attributes joins the table with itself. Measured with ten attributes of 100,000 products: who has two given values takes 1.3 ms
from such a table, 0.2 ms from jsonb with a GIN index as from columns; they take 71, 21 and 8 MiB with their indexes.

## When it is fine
Users make up the attributes, and each value has a life of its own: who set it and when, a translation, a history. Environment
variables, headers, labels and translations are pairs by nature and left alone, and so are settings of the whole application, which
belong to no row, and numbers measured over time.

A pair of a key and a value for each row of another table (`user_settings`) is only a possible finding, and none where the value is
a document (jsonb). A table that names attributes or properties, or keeps a column for each type of value, is a likely one.

## What to do
Columns for what is known when the schema is written. For what users add, one jsonb column in the table that the values belong to,
with a GIN index, as below.

## Sources
- Bill Karwin, "SQL Antipatterns", chapter "Entity-Attribute-Value"
- PostgreSQL documentation, "JSON Types", section "jsonb Indexing" https://www.postgresql.org/docs/current/datatype-json.html
- the measurement: benchmarks/table_design.py
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from advisor.habits import each_or_all
from advisor.model import Column, Schema, Table
from advisor.model.schema import words_of
from advisor.remedies.attributes import document_of_attributes
from advisor.rule import Confidence, Finding, Severity, prisma, rule, sql

from ._tables import own_tables

ATTRIBUTES = frozenset("attribute attributes attr attrs property properties prop props eav".split())
KEYS = frozenset("key name field k".split())
VALUES = frozenset("value val v".split())
PAIRS = frozenset(
    """translation translations i18n locale locales l10n header headers env environment variable variables var vars tag tags label
    labels cookie cookies parameter parameters param params option options choice choices enum metric metrics measurement
    measurements secret secrets annotation annotations lookup""".split()
)
"""Words of tables whose rows are pairs by nature, or choices, or what was measured."""
TEXTS = frozenset({"text", "character varying", "character", "citext"})
ANYTHING = TEXTS | {"json", "jsonb"}
MOST_COLUMNS = 10

BAD = [
    sql("""
        CREATE TABLE products (id bigint PRIMARY KEY, title text);
        CREATE TABLE product_attributes (
            product_id bigint REFERENCES products, attribute text, value text, PRIMARY KEY (product_id, attribute)
        );
    """),
    sql("""
        CREATE TABLE entity_values (
            id bigint PRIMARY KEY, entity_id bigint NOT NULL, field_name text NOT NULL,
            value_string text, value_integer bigint, value_date date
        );
    """),
    sql("""
        CREATE TABLE attributes (id int PRIMARY KEY, name text);
        CREATE TABLE items (id bigint PRIMARY KEY);
        CREATE TABLE item_values (item_id bigint REFERENCES items, attribute_id int REFERENCES attributes, value varchar(255));
    """),
    sql("""
        CREATE TABLE item_attributes (tenant_id uuid, item_uuid uuid, attr_name text, attr_value text, edited_by_id bigint);
    """),
    prisma("""
        model User {
          id       Int           @id
          metadata UserMetadata[]
        }
        model UserMetadata {
          userId Int
          key    String
          value  String
          user   User   @relation(fields: [userId], references: [id])

          @@id([userId, key])
        }
    """),
]
GOOD = [
    sql("""
        CREATE TABLE settings (key text PRIMARY KEY, value text);  -- of the application
        CREATE TABLE apps (id bigint PRIMARY KEY);
        CREATE TABLE app_variables (app_id bigint REFERENCES apps, name text, value text, PRIMARY KEY (app_id, name));
        CREATE TABLE choices (id bigint PRIMARY KEY, question_id bigint, name text, value text);
    """),
    sql("""
        CREATE TABLE devices (id bigint PRIMARY KEY);
        CREATE TABLE readings (device_id bigint REFERENCES devices, name text, value double precision, at timestamptz);
        CREATE TABLE attributes (id int PRIMARY KEY, product_id bigint, name text, "values" text[]);
    """),
    sql("""
        CREATE TABLE accounts (id bigint PRIMARY KEY);
        CREATE TABLE gifts (id bigint PRIMARY KEY, account_id bigint REFERENCES accounts, name text, value text);  -- many of a name
        CREATE TABLE flows (
            key text PRIMARY KEY, value jsonb NOT NULL, app_id text GENERATED ALWAYS AS (value ->> 'appId') STORED, user_id bigint
        );
        CREATE TABLE filters (
            id bigint PRIMARY KEY, account_id bigint REFERENCES accounts, name text, value text, kind text, position int,
            UNIQUE (account_id, name)
        );
        CREATE TABLE configs (account_id bigint REFERENCES accounts, key text, value jsonb, PRIMARY KEY (account_id, key));
    """),
]


@dataclass(frozen=True)
class Parts:
    """The columns of such a table."""

    entity: Column
    attribute: Column
    values: tuple[Column, ...]
    surely: bool


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def entity_attribute_value(schema: Schema) -> Iterator[Finding]:
    tables = list(own_tables(schema))
    findings = [finding(table, parts, schema) for table in tables if (parts := parts_of(table))]
    message = f"{len(findings)} tables hold single values of other rows: no type and no constraint guards an attribute"
    yield from each_or_all(findings, of=len(tables), subject="entity, attribute, value throughout", message=message)


def finding(table: Table, parts: Parts, schema: Schema) -> Finding:
    owner = next((key for key in table.foreign_keys if key.columns == (parts.entity.name,)), None)
    simple = owner is not None and len(parts.values) == 1 and parts.attribute.base_type in TEXTS
    values = ", ".join(column.name for column in parts.values)
    return Finding(
        at=table.name_location or table.location,
        subject=table.subject(),
        message=(
            f"{table.name} keeps attributes of {owner.referenced_table if owner else parts.entity.name} as rows"
            f" ({parts.attribute.name}, {values}): no type and no constraint guards one, and two of them take a join with itself"
        ),
        remedy=document_of_attributes(table, owner, parts.attribute.name, parts.values[0].name, schema)
        if simple and owner
        else None,
        confidence=Confidence.LIKELY if parts.surely else Confidence.POSSIBLE,
    )


def parts_of(table: Table) -> Parts | None:
    name = frozenset(words_of(table.name.name))
    values = tuple(column for column in table.columns if is_value(column))
    attribute = next((column for column in table.columns if is_attribute(column)), None)
    if not values or attribute is None or len(table.columns) > MOST_COLUMNS or name & PAIRS:
        return None
    entities = [column for column in table.columns if column is not attribute and is_entity(column, table)]
    if not entities or table.is_unique([attribute.name]):
        return None
    entity = max(entities, key=lambda column: nearness(column, attribute, table))
    typed = len({column.base_type for column in values}) > 1
    said = not ATTRIBUTES.isdisjoint(name | frozenset(attribute.words)) and values[0].base_type in ANYTHING
    one_each = table.is_unique([entity.name, attribute.name]) and values[0].base_type in TEXTS and not says_more(table, values)
    return Parts(entity, attribute, values, typed or said) if typed or said or one_each else None


def nearness(entity: Column, attribute: Column, table: Table) -> tuple[bool, bool, int]:
    """The column that rows belong to has one row for each attribute, refers to something, or stands right before it."""
    refers = any(key.columns == (entity.name,) for key in table.foreign_keys)
    place = table.columns.index(entity)
    return table.is_unique([entity.name, attribute.name]), refers, place if place < table.columns.index(attribute) else -place


def says_more(table: Table, values: Sequence[Column]) -> bool:
    """Whether its rows are more than pairs: columns beside the pair that are no keys and no times."""
    others = [column for column in table.columns if column not in values and not is_attribute(column)]
    return sum(not (is_key(column) or column.type.startswith("timestamp")) for column in others) > 1


def is_key(column: Column) -> bool:
    return column.words[-1:] in (("id",), ("uuid",))


def is_value(column: Column) -> bool:
    """`value`; `value_string` or `int_value` of a column for each type."""
    words = column.words
    return bool(words) and len(words) < 4 and (words[0] in VALUES or words[-1] in VALUES)


def is_attribute(column: Column) -> bool:
    """What names the attribute: `key`, `field_name`, `attribute_id`."""
    words = column.words
    named = column.base_type in TEXTS or column.enum is not None
    if not words or is_key(column):
        return len(words) > 1 and (words[-2] in ATTRIBUTES or words[-2] == "field")
    return named and len(words) < 3 and (words[-1] in KEYS or words[-1] in ATTRIBUTES)


def is_entity(column: Column, table: Table) -> bool:
    """What the attribute belongs to: another row, so it is no key by itself."""
    refers = any(key.columns == (column.name,) for key in table.foreign_keys)
    if column.generated:
        return False
    return (refers or (len(column.words) > 1 and is_key(column))) and not table.is_unique([column.name])
