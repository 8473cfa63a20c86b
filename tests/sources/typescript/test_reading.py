"""Whole files: grammars, what is not understood, what is hostile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from advisor.model import Location, SourceText
from advisor.sources.typescript import CodeReading, mentions_data_access, read_code
from tests.sources.typescript.reading import CLIENT, read

SAMPLE = """\
import { PrismaClient, Prisma } from '@prisma/client';
import Redis from 'ioredis';
import { Pool } from 'pg';
import { exec } from 'child_process';
const prisma = new PrismaClient(), redis = new Redis(), pool = new Pool({ ssl: { rejectUnauthorized: false } });
export async function load(ids: string[], page: number, größe = 'ü😀') {
  const where: Prisma.PostWhereInput = { OR: [{ title: { contains: größe } }, { author: { is: { name: 'x' } } }] };
  for (const id of ids) {
    const { name } = await prisma.user.findUniqueOrThrow({ where: { id }, include: { posts: { take: 5 } } });
    await redis.multi().set(`user:${id}`, JSON.stringify(name)).expire(`user:${id}`, 60).exec();
    await pool.query(`SELECT * FROM posts WHERE author = '${id}' ORDER BY ${name} LIMIT ${page * 10}`, [id]);
  }
  await prisma.$transaction(ids.map((id) => prisma.post.update({ where: { id }, data: { ...rest } })));
  await Promise.all(ids.map(async (id) => prisma.$queryRaw`SELECT ${id}, ${Prisma.raw(id)}`));
  exec(`pg_dump ${process.env.DATABASE_URL} | gzip > ${größe}`);
  return prisma.post.findMany({ where, skip: page * 10, orderBy: [{ id: 'desc' }], cursor: page ? { id: 'x' } : undefined });
}
"""


@pytest.mark.parametrize("extension", ["ts", "mts", "cts", "tsx", "jsx", "js", "mjs", "cjs"])
def test_every_extension_has_its_grammar(extension: str) -> None:
    found = read("const { prisma } = require('./prisma');\nprisma.user.findMany();", f"src/app.{extension}")
    assert len(found.queries) == 1
    assert found.problems == ()


def test_jsx_is_read_where_it_is_allowed() -> None:
    text = (
        CLIENT
        + "export const Page = async () => <ul>{(await prisma.post.findMany()).map((p) => <li key={p.id}>{p.title}</li>)}</ul>;"
    )
    assert len(read(text, "src/page.tsx").queries) == 1


def test_a_type_assertion_in_angle_brackets_is_typescript() -> None:
    assert read(CLIENT + "const a = <any>prisma.post.findMany();").problems == ()


def test_declaration_files_hold_nothing() -> None:
    assert read("prisma.user.findMany(", "src/client.d.ts") == read("", "src/client.d.ts")


def test_a_syntax_error_costs_its_place_and_not_the_file() -> None:
    found = read(CLIENT + "const a = prisma.user.findMany();\nexport type * from ;;; ' ((\nconst b = prisma.post.findMany();\n")
    assert [one.model for one in found.queries] == ["user", "post"]
    (problem,) = found.problems
    assert problem.reason.startswith("syntax not understood, ")
    assert problem.kind == "failed"
    assert problem.location is not None
    assert problem.location.line == 4


@pytest.mark.parametrize("text", ["prisma." + "(" * 100_000, "{[(" * 50_000 + "prisma", "prisma`${" * 20_000])
def test_noise_is_one_problem(text: str) -> None:
    found = read(text)
    assert found.queries == ()
    assert len(found.problems) == 1


def test_calls_nested_without_end_are_reported() -> None:
    found = read(CLIENT + "prisma.user.create(" * 20_000 + ")" * 20_000)
    assert found.queries
    assert [problem.reason for problem in found.problems] == ["calls nested deeper than 400 levels were not read"]


@pytest.mark.parametrize(
    "text",
    [
        CLIENT + "prisma.user.findMany({ where: " + "{ AND: " * 5_000 + "{}" + " }" * 5_000 + " });",
        CLIENT + "const a = b; const b = a; prisma.user.findMany(a); prisma.user.findMany({ where: { ...a, id: b } });",
        CLIENT + "const a = { ...a, id: a }; prisma.user.findMany({ where: a, take: a + 1, skip: a });",
        CLIENT + "".join(f"const v{i} = {{ ...v{i + 1}, ...v{i + 1} }};" for i in range(60)) + "prisma.user.findMany(v0);",
        "pool.query(" + "'SELECT ' + x + " * 5_000 + "'');",
        CLIENT + "let q = q + q; q += q; prisma.$queryRawUnsafe('SELECT ' + q);",
        "redis" + ".multi()" * 3_000 + ".get('x');",
    ],
)
def test_values_without_end_do_not_stop_the_reader(text: str) -> None:
    assert isinstance(read(text), CodeReading)


def test_crlf_and_characters_of_several_bytes_keep_places_right() -> None:
    found = read(CLIENT.replace("\n", "\r\n") + "const größe = '😀'; prisma.user.findMany();\r\nprisma.post.count();\r\n")
    assert [(one.location.line, one.location.column) for one in found.queries] == [(3, 20), (4, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "prisma.user",
        "import redis",
        "new Redis()",
        "db.user.create(",
        "from 'pg'",
        "tx.post.update({",
        "require('child_process')",
        "$queryRaw`",
    ],
)
def test_files_that_access_data_are_noticed(text: str) -> None:
    assert mentions_data_access(text)
    assert mentions_data_access(text.encode())


@pytest.mark.parametrize("text", ["", "export const add = (a, b) => a + b;", "document.create('x'); api.get('/users')"])
def test_files_that_do_not_are_passed_over(text: str) -> None:
    assert not mentions_data_access(text)


def places(reading: CodeReading) -> Iterator[Location]:
    """Every location in what was read, however deep."""
    waiting: list[Any] = [reading]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Location):
            yield value
        elif isinstance(value, tuple):
            waiting.extend(value)
        elif isinstance(value, Struct):
            waiting.extend(getattr(value, name) for name in value.__struct_fields__)


def assert_places_are_inside(text: str) -> None:
    source = SourceText("src/app.ts", text)
    for place in places(read_code(source, "application")):
        assert (1, 1) <= (place.line, place.column) <= (place.end_line, place.end_column)
        start, end = source.offset(place.line, place.column), source.offset(place.end_line, place.end_column)
        assert source.position(start) == (place.line, place.column)
        assert source.position(end) == (place.end_line, place.end_column)


def test_the_sample_has_every_kind_of_fact() -> None:
    found = read_code(SourceText("src/app.ts", SAMPLE), "application")
    file = found.file
    assert found.problems == ()
    assert [len(part) for part in (found.queries, file.raw_sql, file.clients, file.redis_commands, file.shell_commands)] == [
        3,
        2,
        3,
        2,
        1,
    ]
    assert_places_are_inside(SAMPLE)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_code_is_read_without_an_exception_and_places_stay_inside(data: st.DataObject) -> None:
    text = SAMPLE
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 60)))
        text = (
            text[:start]
            + data.draw(st.text(max_size=6) | st.sampled_from(["{", "}", "(", ")", "`", "${", "'", "...", "=>", "\r\n", "/*"]))
            + text[end:]
        )
    assert_places_are_inside(text)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(SAMPLE.split()), max_size=60).map(" ".join))
def test_shuffled_words_are_read_without_an_exception(text: str) -> None:
    assert_places_are_inside(text)


def test_type_arguments_of_a_tagged_template_are_no_syntax_error() -> None:
    text = (
        "import { prisma } from './db';\n"
        "export const f = (id: number) => prisma.$queryRaw<Hit[]>`SELECT * FROM hits WHERE id = ${id}`;\n"
    )
    reading = read_code(SourceText("a.ts", text), "application")
    assert reading.problems == ()
    assert [raw.text for raw in reading.file.raw_sql] == ["SELECT * FROM hits WHERE id = $1"]
