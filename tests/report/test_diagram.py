"""Diagrams of schemas: what is shown, what is drawn, what is only named."""

from __future__ import annotations

from msgspec.structs import replace

from advisor.model import Column, ForeignKey, Index, IndexKey, Location, Name, Relation, Schema, Table
from advisor.report.diagram import Diagram, Flag, diagram_of
from tests.report import example

HERE = Location("schema.sql", 1, 1, 1, 2)


def table(name: str, *parents: str, columns: int = 0, loose: bool = False) -> Table:
    own = Name("public", name)
    names = ["id", *(f"{parent}_id" for parent in parents), *(f"c{number}" for number in range(columns))]
    keys = [ForeignKey(None, own, (f"{parent}_id",), Name("public", parent), ("id",), HERE) for parent in parents]
    relations = [Relation(parent, Name("public", parent), False, HERE, (f"{parent}_id",), ("id",)) for parent in parents]
    primary = Index(None, own, (IndexKey("id"),), HERE, unique=True, constraint="primary key")
    return Table(
        own,
        tuple(Column(column, "bigint", HERE, nullable=column != "id") for column in names),
        HERE,
        (primary,),
        () if loose else tuple(keys),
        relations=tuple(relations),
    )


def drawn(*tables: Table, flags: dict[Name, Flag] | None = None) -> Diagram:
    return diagram_of(Schema(tables), flags or {}, {each.name: f"table-{each.name}" for each in tables})


def test_a_small_schema_shows_every_column_and_draws_every_key() -> None:
    diagram = drawn(example.users(), example.posts(), example.comments())
    [picture] = diagram.parts
    assert [[row.name for row in box.rows] for box in picture.boxes][1] == ["id", "title", "body", "author_id", "created_at"]
    assert [row.mark for row in picture.boxes[1].rows] == ["PK", "", "", "FK", ""]
    assert [edge.label for edge in picture.edges] == [
        "posts.author_id refers to users, on delete cascade",
        "comments.post_id refers to posts, on delete no action",
        "comments.author_id refers to users, on delete set null",
    ]


def test_a_large_schema_shows_keys_and_flagged_columns_and_counts_the_rest() -> None:
    tables = [table(f"t{number}", columns=5) for number in range(13)]
    diagram = drawn(*tables, flags={tables[0].name: Flag(2, "error", ("c3",))})
    first = diagram.singles[0].boxes[0]
    assert [(row.name, row.flagged) for row in first.rows] == [("id", False), ("c3", True), ("+ 4 columns", False)]
    assert first.label == "t0: 6 columns, 2 findings"
    assert len(diagram.singles) == 13


def test_no_line_leads_to_a_table_that_very_many_refer_to() -> None:
    children = [table(f"child{number:02}", "hub") for number in range(20)]
    diagram = drawn(table("hub"), *children)
    assert not diagram.parts
    by_title = {picture.boxes[0].title: picture.boxes[0] for picture in diagram.singles}
    assert by_title["hub"].rows[-1].name == "← 20 tables"
    assert (by_title["child03"].rows[1].target, by_title["child03"].rows[1].target_anchor) == ("→ hub", "table-hub")


def test_connected_tables_become_pictures_of_their_own_the_largest_first() -> None:
    diagram = drawn(table("a"), table("b", "a"), table("x"), table("y", "x"), table("z", "y"), table("alone"))
    assert [len(picture.boxes) for picture in diagram.parts] == [3, 2]
    assert [picture.boxes[0].title for picture in diagram.singles] == ["alone"]


def test_a_reference_to_oneself_or_to_an_unknown_table_is_named_in_its_row() -> None:
    diagram = drawn(table("node", "node", "gone"))
    assert [(row.target, row.target_anchor) for row in diagram.singles[0].boxes[0].rows] == [
        (None, None),
        ("→ node", "table-node"),
        ("→ gone", None),
    ]


def test_relations_that_no_foreign_key_enforces_are_drawn_apart() -> None:
    diagram = drawn(table("a"), table("b", "a", loose=True))
    [picture] = diagram.parts
    [edge] = picture.edges
    assert not edge.enforced
    assert diagram.unenforced
    assert picture.boxes[1].rows[1].mark == "rel"
    assert edge.label == "b.a_id refers to a, not enforced by a foreign key"


def test_a_key_that_may_be_null_and_one_that_is_unique_have_other_signs() -> None:
    parent, child = table("a"), table("b", "a")
    required = replace(child, columns=tuple(replace(column, nullable=False) for column in child.columns))
    unique = Index(None, child.name, (IndexKey("a_id"),), HERE, unique=True)
    signs = [
        drawn(parent, each).parts[0].edges[0].ends for each in (child, required, replace(child, indexes=(*child.indexes, unique)))
    ]
    assert len(set(signs)) == 3


def test_partitions_are_left_to_their_parent() -> None:
    partition = replace(table("part"), kind="partition", partition_of=Name("public", "whole"))
    assert drawn(table("whole"), partition).tables == 1
