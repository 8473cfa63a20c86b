"""What is well written and makes no sense: each mistake costs the field or attribute that it is in, and nothing else."""

from __future__ import annotations

import pytest

from tests.sources.prisma.helpers import read, reasons, table, text_at

OTHER = "model Other {\n  id Int @id\n  as A[]\n}\n"


@pytest.mark.parametrize(
    ("line", "place", "reason"),
    [
        ("b Nothing", "Nothing", "no type, model or enum is called `Nothing`: the field is left out"),
        ("id String", "id", "A already has a field `id`"),
        ('b Int @map("id")', 'b Int @map("id")', "A already has a column `id`"),
        ("b Int @uniqe", "@uniqe", "no attribute of a field is called `@uniqe`"),
        ("b String @db.Txt", "@db.Txt", "`@db.Txt` is no type of PostgreSQL that Prisma has"),
        ("@@idnex([id])", "@@idnex([id])", "no attribute of a model on PostgreSQL is called `@@idnex`"),
        ("@@index([id, nope])", "nope", "A has no field `nope`"),
        ("@@index([id, others])", "others", "`others` is a relation field and has no column; name the fields of its key"),
        ("@@index([])", "@@index([])", "`@@index` names no fields"),
        ("@@index([id], type: Bree)", "Bree", "no index type is called `Bree` (BTree, Hash, Gist, Gin, SpGist, Brin)"),
        ("@@index([id(sort: Down)])", "Down", "`sort` is either `Asc` or `Desc`"),
        ("@@index([id(ops: int4_ops)])", "int4_ops", '`ops` is one of Prisma\'s operator classes, or `raw("...")`'),
        ("@@index([id], where: {})", "{}", '`where` is an object such as `{ active: true }`, or `raw("...")`'),
        ("@@index([id], where: { nope: 1 })", "1", "A has no field `nope` with a column"),
        (
            '@@index([id], where: raw("id >"))',
            'raw("id >")',
            "`where` is not SQL that PostgreSQL can read: syntax error at end of input",
        ),
        ("b Other @relation(fields: [x], references: [id])", "x", "A has no field `x` with a column"),
        ("b Other @relation(fields: [id], references: [x])", "x", "Other has no field `x` with a column"),
        (
            "b Other @relation(fields: [id], references: [id], onDelete: Drop)",
            "Drop",
            "`onDelete` is one of Cascade, NoAction, Restrict, SetDefault, SetNull",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_costs_itself(line: str, place: str, reason: str) -> None:
    text = f"model A {{\n  id Int @id\n  others Other[]\n  {line}\n}}\n" + OTHER
    reading = read(text)
    assert reasons(reading) == [reason]
    assert text_at(text, reading.problems[0].location) == place
    found = table(reading, "A")
    assert found.primary_key is not None
    assert len(found.indexes) == 1
    assert not found.foreign_keys
    assert table(reading, "Other").columns


def test_of_two_models_with_one_name_the_first_stays() -> None:
    reading = read("model A {\n  id Int @id\n}\nmodel A {\n  x Int @id\n}\nenum A {\n  X\n}\n")
    assert reasons(reading) == ["`A` is already the name of a model"] * 2
    assert [column.name for column in table(reading, "A").columns] == ["id"]


def test_of_two_models_with_one_table_the_first_stays() -> None:
    text = 'model A {\n  id Int @id\n}\nmodel B {\n  id Int @id\n  @@map("A")\n}\n'
    reading = read(text)
    told = [(text_at(text, problem.location), problem.reason) for problem in reading.problems]
    assert ('@@map("A")', "the table `A` already belongs to A") in told
    assert len(reading.schema.tables) == 1


def test_a_type_that_is_missing_is_told_once() -> None:
    reading = read("model A {\n  id Int @id\n  a Lost\n  b Lost[]\n}\nmodel B {\n  id Int @id\n  a Lost?\n}\n")
    assert reasons(reading) == ["no type, model or enum is called `Lost`: the field is left out (2 more of this type)"]


def test_a_name_of_prismas_own_types_is_refused() -> None:
    assert reasons(read("model Int {\n  id String @id\n}\n")) == ["`Int` is a type of Prisma's own"]


def test_a_composite_type_is_no_column() -> None:
    reading = read("type Point {\n  x Int\n}\nmodel A {\n  id Int @id\n  at Point\n}\n")
    assert reasons(reading) == [
        "PostgreSQL's connector has no composite types: they are MongoDB's",
        "`Point` is a composite type, which only MongoDB has",
    ]
    assert [found.name.name for found in reading.schema.tables] == ["A"]


def test_a_default_that_the_enum_does_not_have_is_no_default() -> None:
    reading = read("enum E {\n  X\n}\nmodel A {\n  id Int @id\n  e E @default(Y)\n}\n")
    assert reasons(reading) == ["`Y` is no value of E"]
    assert table(reading, "A").columns[1].default is None


def test_an_implicit_relation_needs_a_key_of_one_field() -> None:
    reading = read("model A {\n  x Int\n  y Int\n  bs B[]\n  @@id([x, y])\n}\nmodel B {\n  id Int @id\n  as A[]\n}\n")
    assert reasons(reading) == ["A has no `@id` of one field, so it cannot be a side of an implicit many-to-many relation"]
    assert [found.name.name for found in reading.schema.tables] == ["A", "B"]


def test_a_side_of_a_relation_that_prisma_misses_is_told_and_costs_nothing() -> None:
    """Prisma asks for both sides; the foreign key is plain without the other."""
    reading = read(
        "model A {\n  id Int @id\n  bId Int\n  b B @relation(fields: [bId], references: [id])\n}\nmodel B {\n  id Int @id\n}\n"
    )
    assert reasons(reading) == ["`A.b` has no opposite: B has no relation field that leads back"]
    assert len(table(reading, "A").foreign_keys) == 1
