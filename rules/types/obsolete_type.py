"""A type that has had its day: xml, hstore, bytea for files.

## Why it matters
`hstore` holds texts by key, one level deep; `jsonb` does the same with numbers, lists and nesting, in every server without an
extension, and clients know it. `xml` has no operators: no equality, no index, no DISTINCT, and XPath 1.0 parses every value anew. A
`bytea` is read and sent whole, is in every backup and every replica, and ends at 1 GB; the server cuts what is long into pieces and
keeps them apart, which costs time and vacuum for something that no query looks into.

## When it is fine
xml that must be kept as it was signed or sent. Short binary values: hashes, keys, salts, tokens, which are left alone by their
names. Files that must change in one transaction with their rows, and are small. A bytea column does not say how long its values
are: only possible findings.

## What to do
hstore: `jsonb`, by a cast. xml: `jsonb` or columns for what is asked for, `text` for what is only kept. Files: an object store,
with its key in the table.

## Sources
- PostgreSQL documentation, "hstore" https://www.postgresql.org/docs/current/hstore.html; "XML Type": xml "does
  not provide any comparison operators" https://www.postgresql.org/docs/current/datatype-xml.html
- PostgreSQL wiki, "BinaryFilesInDB" https://wiki.postgresql.org/wiki/BinaryFilesInDB
- PostgreSQL documentation, "TOAST" https://www.postgresql.org/docs/current/storage-toast.html
"""

from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import Column, Database, Schema, Table
from advisor.remedies import RunSql
from advisor.remedies.columns import REWRITES
from advisor.remedies.sql import quote, quote_name
from advisor.rule import Confidence, Finding, Severity, prisma, project, rule, sql

COSTS = {
    "hstore": "texts only, one level deep, and clients take it for a text",
    "xml": "it can neither be compared nor indexed",
    "bytea": "long values are read whole, and are in every backup and replica",
}
SHORT = frozenset(
    """hash digest checksum sha sha1 sha256 sha512 md5 salt key keys token secret signature sig nonce iv tag mac hmac password
    address addr id uuid guid fingerprint cursor bitmap bloom seed code pubkey hashed encrypted cipher tx txid root proof""".split()
)
"""Words of binary values that are short."""

BAD = [
    sql("CREATE EXTENSION hstore; CREATE TABLE products (id bigint PRIMARY KEY, features hstore NOT NULL);"),
    sql("CREATE TABLE letters (id bigint PRIMARY KEY, scan bytea, body xml);"),
    prisma("""
        model Letter {
          id   Int   @id
          scan Bytes
        }
    """),
    project({"migrations/003.sql": "ALTER TABLE letters ADD COLUMN envelope xml;"}),
    sql("CREATE TABLE forms (id bigint PRIMARY KEY, a xml, b xml, c xml[], d xml, e xml, f bytea, hash bytea);"),
]
GOOD = [
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, password_hash bytea, public_key bytea, settings jsonb, xml text);
        CREATE VIEW shown AS SELECT NULL::xml AS x;
    """),
    prisma("""
        model User {
          id   Int   @id
          salt Bytes
        }
    """),
]


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def obsolete_type(database: Database) -> Iterator[Finding]:
    for kind, cost in COSTS.items():
        columns = [(table, column) for table, column in database.columns() if bare_type(column) == kind]
        found = [(table, column) for table, column in columns if kind != "bytea" or SHORT.isdisjoint(column.words)]
        findings = [finding(table, column, kind, database.schema) for table, column in found]
        message = f"{len(found)} columns are {kind}: {cost}"
        yield from each_or_all(findings, of=len(columns), subject=f"{kind} throughout", message=message)


def bare_type(column: Column) -> str:
    """Its type without the schema that an extension is in."""
    return column.base_type.rpartition(".")[2]


def finding(table: Table, column: Column, kind: str, schema: Schema) -> Finding:
    return Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=f"{table.name}.{column.name} is {column.type}: {COSTS[kind]}",
        remedy=change(table, column, schema) if kind == "hstore" else None,
        confidence=Confidence.POSSIBLE if kind == "bytea" else Confidence.LIKELY,
    )


def change(table: Table, column: Column, schema: Schema) -> RunSql | None:
    """No cast leads back from jsonb: a function for the time of the session does."""
    if column.is_array or column.default or table.makes_use_of(column.name) or schema.views_of(table.name):
        return None
    place, name = f"ALTER TABLE {quote_name(table.name)} ALTER COLUMN {quote(column.name)} TYPE", quote(column.name)
    pairs = "coalesce(hstore(array_agg(key), array_agg(value)), '')"
    function = (
        f"CREATE FUNCTION pg_temp.hstore_of(document jsonb) RETURNS {column.type} IMMUTABLE",
        f"  RETURN (SELECT {pairs}",
        "          FROM jsonb_each_text(document));",
        f"{place} {column.type} USING pg_temp.hstore_of({name});",
    )
    return RunSql(f"Make {table.name}.{column.name} jsonb", f"{REWRITES}{place} jsonb USING {name}::jsonb;", "\n".join(function))
