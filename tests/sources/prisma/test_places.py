"""Places: what a finding underlines, and where a remedy writes."""

from __future__ import annotations

from advisor.model import SourceText
from advisor.sources.prisma import read_prisma
from tests.sources.prisma.helpers import table, text_at

TEXT = """\
// a comment
model Post {
  id       Int      @id  // the key
  title    String   @unique(map: "t") @db.VarChar(20) /* end */
  authorId Int
  author   User     @relation(fields: [authorId], references: [id]) // who
  tags     Tag[]

  @@index([title, authorId]) // both
  @@map("posts")
}

enum Kind {
  X
}

model User {
  id    Int    @id
  posts Post[]
} // end

model Tag {
  id    Int    @id
  posts Post[]
}
"""
READING = read_prisma([SourceText("schema.prisma", TEXT)])
POST = table(READING, "posts")


def test_a_table_spans_its_block_and_its_name_stands_apart() -> None:
    assert text_at(TEXT, POST.location).startswith("model Post {\n")
    assert text_at(TEXT, POST.location).endswith('@@map("posts")\n}')
    assert POST.location.end_line == 11
    assert text_at(TEXT, POST.name_location) == "Post"


def test_a_column_spans_its_field_without_the_comment() -> None:
    texts = {column.name: text_at(TEXT, column.location) for column in POST.columns}
    assert texts == {
        "id": "id       Int      @id",
        "title": 'title    String   @unique(map: "t") @db.VarChar(20)',
        "authorId": "authorId Int",
    }


def test_an_index_spans_its_attribute() -> None:
    assert [text_at(TEXT, index.location) for index in POST.indexes] == ["@id", '@unique(map: "t")', "@@index([title, authorId])"]


def test_a_foreign_key_spans_its_attribute_and_a_relation_its_field() -> None:
    (key,) = POST.foreign_keys
    assert text_at(TEXT, key.location) == "@relation(fields: [authorId], references: [id])"
    assert [text_at(TEXT, relation.location) for relation in POST.relations] == [
        "author   User     @relation(fields: [authorId], references: [id])",
        "tags     Tag[]",
    ]


def test_a_join_table_stands_at_a_field_of_its_relation() -> None:
    between = table(READING, "_PostToTag")
    places = {
        between.location,
        *(column.location for column in between.columns),
        *(index.location for index in between.indexes),
        *(key.location for key in between.foreign_keys),
    }
    assert [text_at(TEXT, place) for place in places] == ["tags     Tag[]"]


def test_an_enum_spans_its_block() -> None:
    (enum,) = READING.schema.enums
    assert text_at(TEXT, enum.location) == "enum Kind {\n  X\n}"


def test_each_file_has_its_own_places() -> None:
    sources = [
        SourceText("a.prisma", "model A {\n  id Int @id\n  b B[]\n}\n"),
        SourceText("b.prisma", "model B {\n  id Int @id\n  a A[]\n}\n"),
    ]
    reading = read_prisma(sources)
    assert [(found.name.name, found.location.path) for found in reading.schema.tables] == [
        ("A", "a.prisma"),
        ("B", "b.prisma"),
        ("_AToB", "a.prisma"),
    ]
