"""Bad lines cost lines, bad blocks cost blocks, and each is told with its place."""

from __future__ import annotations

import pytest

from advisor.model import SourceText
from advisor.sources.prisma import read_prisma
from tests.sources.prisma.helpers import read, reasons, table, text_at


def test_a_bad_line_costs_that_line() -> None:
    text = "model A {\n  id Int @id\n  b String @default(\n  c Int\n}\n"
    reading = read(text)
    assert [column.name for column in table(reading, "A").columns] == ["id", "c"]
    (problem,) = reading.problems
    assert problem.kind == "failed"
    assert problem.reason == "not a line of a model block: the line ends too early"
    assert text_at(text, problem.location) == "b String @default("


def test_an_attribute_over_several_lines_is_one_problem() -> None:
    """Prisma takes one declaration a line, too."""
    text = 'model A {\n  id Int @id\n  @@index(\n    [id],\n    map: "x"\n  )\n  b Int\n}\n'
    reading = read(text)
    assert [column.name for column in table(reading, "A").columns] == ["id", "b"]
    (problem,) = reading.problems
    assert problem.reason.endswith("the line ends too early (and 3 more lines)")
    assert text_at(text, problem.location) == '@@index(\n    [id],\n    map: "x"\n  )'


def test_a_block_that_never_closes_costs_that_block() -> None:
    text = "model A {\n  id Int @id\n\nmodel B {\n  id Int @id\n  a  A\n}\n"
    reading = read(text)
    assert [found.name.name for found in reading.schema.tables] == ["B"]
    assert reasons(reading) == ["model A is left out: its `}` is missing"]
    # Where the next block opens is where the brace is missing; Prisma names that line, too.
    assert text_at(text, reading.problems[0].location) == "model B {"


def test_a_file_that_is_cut_off_keeps_its_whole_blocks() -> None:
    reading = read("model A {\n  id Int @id\n}\n\nmodel B {\n  id Int @id\n  name Str")
    assert [found.name.name for found in reading.schema.tables] == ["A"]
    assert reasons(reading) == ["model B is left out: its `}` is missing"]


def test_text_outside_blocks_is_one_problem() -> None:
    text = "<<<<<<< HEAD\nsome words\nmore { words\n\nmodel A {\n  id Int @id\n}\n=======\n"
    reading = read(text)
    assert [found.name.name for found in reading.schema.tables] == ["A"]
    assert [text_at(text, problem.location) for problem in reading.problems] == [
        "<<<<<<< HEAD\nsome words\nmore { words",
        "=======",
    ]
    assert reasons(reading)[0].endswith("(and 2 more lines)")


def test_an_unknown_kind_of_block_is_one_problem() -> None:
    text = "table {\n  id Int @id\n}\nmodel A {\n  id Int @id\n}\n"
    reading = read(text)
    assert [found.name.name for found in reading.schema.tables] == ["A"]
    (problem,) = reading.problems
    assert problem.reason.startswith("`table` is no kind of block")
    assert text_at(text, problem.location).startswith("table {\n  id Int @id\n")


def test_braces_in_strings_and_comments_are_not_braces() -> None:
    reading = read('model A {\n  id Int @id // }\n  /* }\n} */\n  b String @default("}")\n} model B {\n  id Int @id\n}\n')
    assert not reading.problems
    assert [found.name.name for found in reading.schema.tables] == ["A", "B"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("b: String", "no `:` stands between `b` and its type"),
        ("b String!", "a field is required as it is: `String`, not `String!`"),
        ("b [String]", "a list is written `Type[]`, not `[Type]`"),
        ("b String[]?", "a list cannot be optional: `Type[]` or `Type?`"),
        ("b", "expected a type at the end of the line"),
        ("b String, c Int", "expected the end of the line before `,`"),
        ('b String @default("\\q")', '"\\q" holds an escape that is not known'),
        ('b String @default("\\ud800")', '"\\ud800" holds an escape that is not known'),
        ("b Float @default(1e5)", "`1e5` is no value"),
        ('b String @default("a',  "`\"a` is no value"),
        ("@@index([id]) @@index([id])", "expected the end of the line before `@@`"),
        ("b Int @", "expected the name of an attribute at the end of the line"),
        ("b Unsupported(tsvector)", 'expected a string: `Unsupported("...")`'),
    ],
)  # fmt: skip
def test_the_reason_says_what_is_wrong_with_a_line(line: str, reason: str) -> None:
    reading = read(f"model A {{\n  id Int @id\n  {line}\n}}\n")
    assert reasons(reading) == [f"not a line of a model block: {reason}"]
    assert [column.name for column in table(reading, "A").columns] == ["id"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("@@index([id],)", "no comma stands before the closing bracket"),
        ("@@index([id], map:)", "the argument `map` has no value"),
    ],
)
def test_an_argument_too_few_does_not_cost_its_line(line: str, reason: str) -> None:
    reading = read(f"model A {{\n  id Int @id\n  {line}\n}}\n")
    assert reasons(reading) == [reason]
    assert [index.name for index in table(reading, "A").indexes] == ["A_pkey", "A_id_idx"]


@pytest.mark.parametrize("bracket", ["[", "(", "{", "f(", "a: ["])
def test_nesting_without_end_is_a_problem_and_not_a_crash(bracket: str) -> None:
    reading = read(f"model A {{\n  id Int @id\n  @@index({bracket * 20_000}\n}}\n")
    assert len(reading.problems) == 1
    assert table(reading, "A").columns


def test_a_file_full_of_mistakes_lists_the_first_and_counts_the_rest() -> None:
    reading = read("model A {\n  id Int @id\n" + "  a Int\n  b b b\n" * 400 + "}\n")
    assert len(reading.problems) == 201
    assert reading.problems[-1].reason == "599 further problems are not listed"


def test_problems_come_in_the_order_of_files_and_lines() -> None:
    first = SourceText("z.prisma", "model A {\n  id Int @id\n  b Nothing\n  c c c\n}\n")
    second = SourceText("a.prisma", "junk\n")
    places = [str(problem.location) for problem in read_prisma([first, second]).problems]
    assert places == ["z.prisma:3:5", "z.prisma:4:3", "a.prisma:1:1"]


def test_line_ends_of_every_kind_are_line_ends() -> None:
    for end in ("\n", "\r\n", "\r"):
        reading = read_prisma([SourceText("a", f"model A {{{end}  id Int @id // x{end}  b String{end}}}{end}")])
        assert not reading.problems
        assert [column.name for column in table(reading, "A").columns] == ["id", "b"]


def test_an_empty_schema_is_an_empty_schema() -> None:
    for sources in ([], [SourceText("a", "")], [SourceText("a", "// nothing\n \t")]):
        reading = read_prisma(sources)
        assert not reading.schema.tables
        assert not reading.problems
