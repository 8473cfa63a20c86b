"""TypeORM entities: what is read of the code, and that it is what the schema builder makes.

`expected.sql` beside the fixture is what TypeORM's schema builder logged on a PostgreSQL (see `scripts/record_orm_ddl.py`).
"""

from __future__ import annotations

from advisor.model import Name, Schema, Skipped, SourceText
from advisor.sources.orm.typeorm import read_typeorm
from advisor.sources.orm.typeorm.naming import Naming, hashed, snake_case
from advisor.sources.sql import read_sql
from tests.sources.orm.reading import FIXTURES, facts, files_below, modules_of

IMPORT = "import { Entity, Column, PrimaryColumn, ManyToOne, JoinColumn, Index } from 'typeorm';\n"


def typeorm(**files: str) -> tuple[Schema, list[Skipped]]:
    texts = {f"{name}.ts": text for name, text in files.items()}
    return read_typeorm(*modules_of(texts, list(texts)))


def test_the_fixture_is_what_the_schema_builder_makes() -> None:
    files = files_below(FIXTURES / "typeorm")
    schema, problems = read_typeorm(*modules_of(files, list(files)))
    built = read_sql([SourceText("expected.sql", (FIXTURES / "typeorm" / "expected.sql").read_text())])
    assert problems == []
    assert list(built.problems) == []
    assert facts(schema) == facts(built.schema)
    assert {(enum.name, enum.values) for enum in schema.enums} == {(enum.name, enum.values) for enum in built.schema.enums}


def test_names_are_hashed_as_typeorm_does_it() -> None:
    assert hashed("PK", "people", ["id"]) == "PK_aa866e71353ee94c6cc51059c5b"
    assert hashed("CHK", "articles", ['"rating" >= 0']) == "CHK_72e991df05c19e7bba4545f488"
    assert snake_case("HTTPServerLog2Entry") == "http_server_log2_entry"


def test_the_snake_naming_strategy_is_taken_from_the_connection() -> None:
    schema, _ = typeorm(
        db="import { DataSource } from 'typeorm';\n"
        "new DataSource({ type: 'postgres', namingStrategy: new SnakeNamingStrategy() });",
        a=IMPORT + "@Entity()\nexport class BlogPost {\n  @PrimaryColumn()\n  postId!: number;\n}\n",
    )
    table = schema.table(Name("public", "blog_post"))
    assert table is not None
    assert [(column.name, column.field, column.type, column.location.line) for column in table.columns] == [
        ("post_id", "postId", "integer", 4)
    ]
    assert (table.model, Naming(snake=True).join_column("blogPost", "postId")) == ("BlogPost", "blog_post_post_id")


def test_a_relation_makes_a_column_a_key_and_a_relation() -> None:
    schema, problems = typeorm(
        a=IMPORT
        + "@Entity() export class A { @PrimaryColumn('uuid') id!: string }\n"
        + "@Entity() export class B { @PrimaryColumn('uuid') id!: string;\n"
        + "  @ManyToOne(() => A, { onDelete: 'CASCADE' })\n  owner!: A }\n"
    )
    assert problems == []
    table = schema.tables[1]
    assert [(key.columns, key.referenced_columns, key.on_delete, key.location.line) for key in table.foreign_keys] == [
        (("ownerId",), ("id",), "CASCADE", 4)
    ]
    assert [(one.field, one.target.name, one.many, one.columns) for one in table.relations] == [("owner", "a", False, ("ownerId",))]


def test_a_type_that_typescript_does_not_tell_is_said() -> None:
    schema, problems = typeorm(a=IMPORT + "@Entity()\nexport class A { @PrimaryColumn() id!: string; @Column() b!: Elsewhere }")
    assert [column.name for column in schema.tables[0].columns] == ["id"]
    assert [problem.reason for problem in problems] == ["the type of a.b is not known"]


def test_entities_of_another_database_are_left_alone() -> None:
    schema, problems = typeorm(
        db="import { DataSource } from 'typeorm';\nnew DataSource({ type: 'mysql' });",
        a=IMPORT + "@Entity() export class A { @PrimaryColumn() id!: string }",
    )
    assert schema.tables == ()
    assert {(problem.path, problem.kind) for problem in problems} == {("db.ts", "left alone"), ("a.ts", "left alone")}
