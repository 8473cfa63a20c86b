"""Two indexes or keys of one name.

## Why it matters
In PostgreSQL the indexes of a schema, those of primary and unique keys included, share one set of names, whatever table they are
on. Prisma gives each its default name, `Table_columns_idx`, `_key`, `_pkey`, cut to 63 bytes: (a_b) and (a, b) come to the same
one, and so do long names that differ behind the cut. Prisma refuses the schema; where one of the two is only in SQL, the
migration fails: "relation already exists".

## When it is fine
Never.

## What to do
Give one of them a name of its own with `map`. Two that are the same in all: duplicate-index says which to drop.

## Sources
- PostgreSQL documentation, CREATE INDEX: the name "must be distinct from the name of any other relation ... in that schema"
  https://www.postgresql.org/docs/current/sql-createindex.html
- Prisma documentation, "Custom index and constraint names": the default names
  https://www.prisma.io/docs/orm/prisma-schema/data-model/database-mapping#constraint-and-index-names
"""

from collections import defaultdict
from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import Index, PrismaSchema, Schema, Table
from advisor.remedies import EditPrisma
from advisor.remedies.prisma import attribute_of_index
from advisor.remedies.sql import with_suffix
from advisor.rule import Finding, Related, Severity, prisma, rule

BAD = [
    prisma("""
        model Post {
          id  Int @id
          a_b Int
          a   Int
          b   Int

          @@index([a_b])
          @@index([a, b])
        }
    """),
    prisma("""
        model Post {
          id    Int @id
          title String

          @@index([title], map: "by_title")
        }

        model Draft {
          id    Int @id
          title String

          @@index([title], map: "by_title")
        }
    """),
    prisma("""
        model Post {
          id    Int    @id
          slug  String
          title String @unique(map: "by_title")
        }

        model Draft {
          id    Int    @id
          title String @unique(map: "by_title")
        }
    """),
]
GOOD = [
    prisma("""
        model Post {
          id    Int @id
          title String
          slug  String @unique

          @@index([title])
          @@index([slug, title], map: "Post_slug_title")
        }
    """),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def index_name_collision(schema: PrismaSchema, tables: Schema) -> Iterator[Finding]:
    if not schema.speaks_postgresql:
        return
    named: dict[tuple[str, str], list[tuple[Table, Index]]] = defaultdict(list)
    for table in tables.tables:
        for index in table.indexes if table.model else ():
            if index.name and index.location.path in schema.paths:
                named[table.name.schema, index.name].append((table, index))
    for (_, name), found in named.items():
        (_, first), *others = found
        alike = [index for table, index in others if index.table == first.table and index.repeats(first)]
        if len(others) > len(alike):
            table, last = found[-1]
            yield Finding(
                at=last.location,
                subject=f"index name {name}",
                message=f"{name} is the name of {len(found)} indexes: PostgreSQL makes one of them alone",
                remedy=renamed(last, table),
                related=tuple(Related(index.location, f"{name} of {index.table}") for _, index in found[:-1]),
            )


def renamed(index: Index, table: Table) -> EditPrisma | None:
    """With a name that says what it is on, as far as one can."""
    name = with_suffix(f"{table.name.name}_{'_and_'.join(filter(None, index.columns))}", "_key" if index.unique else "_idx")
    line = attribute_of_index(replace(index, name=name, name_is_default=False), table)
    own_line = not any(column.location.line == index.location.line for column in table.columns)
    return EditPrisma(f"Call it {name}", index.location, line) if line and own_line else None
