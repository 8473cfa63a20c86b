"""A Prisma schema and its history as one schema."""

from __future__ import annotations

from msgspec.structs import replace

from advisor.model import (
    Check,
    Column,
    Definition,
    Enum,
    Expression,
    Index,
    IndexKey,
    Location,
    Name,
    PartitionKey,
    Schema,
    SequenceObject,
    SourceText,
    Table,
)
from advisor.sources.merging import merge_schemas
from advisor.sources.sql import read_sql

POSTS = Name("public", "posts")
DECLARED_AT = Location("schema.prisma", 1, 1, 1, 2)
BUILT_AT = Location("migration.sql", 1, 1, 1, 2)


def index(name: str, *columns: str, at: Location = BUILT_AT, predicate: str | None = None) -> Index:
    keys = tuple(IndexKey(column) for column in columns)
    return Index(name, POSTS, keys, at, predicate=Expression(predicate) if predicate else None)


def posts(*indexes: Index, at: Location = BUILT_AT, generated: Expression | None = None) -> Table:
    return Table(POSTS, (Column("title", "text", at, generated=generated),), at, indexes=indexes)


def test_indexes_that_only_the_history_makes_are_added_with_their_own_place() -> None:
    declared = Schema((posts(index("posts_title_idx", "title", at=DECLARED_AT), at=DECLARED_AT),))
    built = Schema((posts(index("posts_title_idx", "title"), index("posts_live", "title", predicate="live")),))
    (merged,) = merge_schemas(declared, built).tables
    assert [(each.name, each.location.path) for each in merged.indexes] == [
        ("posts_title_idx", "schema.prisma"),
        ("posts_live", "migration.sql"),
    ]


def test_an_index_of_the_same_shape_under_another_name_is_one_index() -> None:
    declared = Schema((posts(index("posts_title_idx", "title", at=DECLARED_AT)),))
    built = Schema((posts(index("idx_title", "title")),))
    assert len(merge_schemas(declared, built).tables[0].indexes) == 1


def test_tables_that_prisma_does_not_model_are_kept() -> None:
    other = Table(Name("public", "page_views"), (), BUILT_AT)
    assert [table.name for table in merge_schemas(Schema((posts(),)), Schema((posts(), other))).tables] == [POSTS, other.name]


def test_a_table_that_the_history_never_made_stays_as_declared() -> None:
    declared = Schema((posts(index("a", "title")),))
    assert merge_schemas(declared, Schema()) == declared


def test_a_generated_column_is_known_from_the_history_alone() -> None:
    expression = Expression("to_tsvector('english', title)")
    (merged,) = merge_schemas(Schema((posts(at=DECLARED_AT),)), Schema((posts(generated=expression),))).tables
    assert merged.columns[0].generated == expression


def test_a_second_index_of_the_same_shape_is_a_real_duplicate() -> None:
    declared = Schema((posts(index("posts_title_idx", "title", at=DECLARED_AT)),))
    built = Schema((posts(index("posts_title_idx", "title"), index("idx_title", "title")),))
    assert [each.name for each in merge_schemas(declared, built).tables[0].indexes] == ["posts_title_idx", "idx_title"]


def test_what_postgresql_knows_of_a_table_and_prisma_does_not_comes_from_the_history() -> None:
    check = Check("short", Expression("length(title) < 10"), BUILT_AT)
    key = PartitionKey("range", (IndexKey("title"),))
    built = replace(posts(), kind="partitioned table", partition_key=key, checks=(check,))
    (merged,) = merge_schemas(Schema((posts(at=DECLARED_AT),)), Schema((built,))).tables
    assert (merged.kind, merged.partition_key, merged.checks, merged.location) == ("partitioned table", key, (check,), DECLARED_AT)


def test_types_and_sequences_of_the_history_are_kept() -> None:
    enum = Enum(Name("public", "mood"), ("sad",), BUILT_AT)
    built = Schema(
        enums=(enum,),
        sequences=(SequenceObject(Name("public", "numbers")),),
        definitions=(Definition("type", Name("public", "email"), "CREATE DOMAIN email AS text"),),
    )
    merged = merge_schemas(Schema((posts(),)), built)
    assert (merged.enums, merged.sequences, merged.definitions) == (built.enums, built.sequences, built.definitions)


def test_what_only_the_history_makes_is_kept() -> None:
    built = read_sql(
        [
            SourceText(
                "history.sql",
                """
                CREATE TABLE posts (id bigint NOT NULL, title text);
                ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
                CREATE POLICY own ON posts USING (id > 1);
                CREATE STATISTICS related (dependencies) ON id, title FROM posts;
                CREATE SCHEMA app; CREATE DOMAIN positive AS integer CHECK (VALUE > 0); CREATE TYPE pair AS (a integer, b integer);
                CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
                CREATE TRIGGER touched BEFORE UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION touch();
                GRANT SELECT ON posts TO PUBLIC; COMMENT ON SCHEMA app IS 'jobs';
                """,
            )
        ]
    ).schema
    merged = merge_schemas(Schema((posts(),)), built)
    (table,) = merged.tables
    assert ([one.name for one in table.triggers], [one.name for one in table.policies]) == (["touched"], ["own"])
    assert (table.row_security, len(table.statistics), [one.column for one in table.not_nulls]) == (True, 1, ["id"])
    names = [one.name for one in merged.domains] + [one.name for one in merged.composites] + [one.name for one in merged.functions]
    assert [name.name for name in names] == ["positive", "pair", "touch"]
    assert (merged.schemas, len(merged.grants), len(merged.comments)) == (("app",), 1, 1)
