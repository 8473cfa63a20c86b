"""SQL text that code hands over: what it says, and what is pasted into it."""

from __future__ import annotations

import pytest

from tests.sources.typescript.reading import raw, read

POOL = "import { Pool } from 'pg'; const pool = new Pool();\n"


def safety(expression: str, before: str = "", parameters: str = "id: string") -> str:
    """What is thought of one value in a query."""
    found = raw(f"{POOL}{before}\nexport const f = ({parameters}) => pool.query(`SELECT * FROM t WHERE x = ${{{expression}}}`);")
    return found.interpolations[0].safety if found.interpolations else "written out"


@pytest.mark.parametrize(
    ("expression", "before", "parameters", "expected"),
    [
        ("id", "", "id: string", "unknown"),
        ("req.query.id", "", "req: Request", "unknown"),
        ("id", "", "id: number", "number"),
        ("Number(id)", "", "id: string", "number"),
        ("parseInt(id, 10)", "", "id: string", "number"),
        ("ids.length", "", "ids: string[]", "number"),
        ("(page - 1) * 20", "", "page", "number"),
        ("Date.now()", "", "", "number"),
        ("TABLE", "const TABLE = 'posts';", "", "written out"),
        ("Status.LIVE", "enum Status { LIVE = 'live' }", "", "constant"),
        ("TABLE_NAME", "import { TABLE_NAME } from './names';", "", "constant"),
        ("desc ? 'DESC' : 'ASC'", "", "desc: boolean", "constant"),
        ("COLUMNS[sort]", "const COLUMNS = { new: 'created_at', old: 'id' };", "sort: string", "constant"),
        ("order", "type Order = 'asc' | 'desc';", "order: Order", "constant"),
        ("order", "", "order: 'asc' | 'desc'", "constant"),
        ("ids.map((_, i) => `$${i + 1}`).join(', ')", "", "ids: string[]", "number"),
        ("ids.join(',')", "", "ids: string[]", "unknown"),
        ("ids.join(',')", "", "ids: number[]", "number"),
        ("limit", "", "{ limit }: { limit: number; sort: string }", "number"),
        ("sort", "", "{ limit, sort }: { limit: number; sort: string }", "unknown"),
        ("options.limit", "interface Options { limit: number; sort: string }", "options: Options", "number"),
        ("options.sort", "interface Options { limit: number; sort: string }", "options: Options", "unknown"),
        ("sort", "type Options = { sort: 'asc' | 'desc' };", "{ sort }: Options", "constant"),
        ("format.ident(id)", "", "id: string", "identifier"),
        ("pool.escapeIdentifier(id)", "", "id: string", "identifier"),
        ("ALLOWED.includes(id) ? id : 'x'", "", "id: string", "identifier"),
        ("`%${id}%`", "", "id: string", "unknown"),
        ("id.trim()", "", "id: string", "unknown"),
        ("process.env.SCHEMA", "", "", "constant"),
        ("Limits.rows", "class Limits { static rows = 100; }", "", "constant"),
    ],
)
def test_a_pasted_value_is_as_safe_as_where_it_comes_from(expression: str, before: str, parameters: str, expected: str) -> None:
    assert safety(expression, before, parameters) == expected


def test_a_value_checked_against_a_list_first_is_an_identifier() -> None:
    found = raw(
        POOL
        + """
        export function sorted(by: string) {
          if (!COLUMNS.includes(by)) throw new Error('no such column');
          return pool.query(`SELECT * FROM posts ORDER BY ${by}`);
        }
        """
    )
    assert found.interpolations[0].safety == "identifier"


@pytest.mark.parametrize("check", ["COLUMNS.includes(by as Column)", "Object.hasOwn(COLUMNS, by)", "(by in COLUMNS)"])
def test_a_look_into_a_list_is_known_in_its_spellings(check: str) -> None:
    text = f"{POOL} export const f = (by: string) => {{ if (!{check}) throw 0; return pool.query(`SELECT 1 ORDER BY ${{by}}`); }}"
    assert raw(text).interpolations[0].safety == "identifier"


def test_a_text_joined_from_a_list_in_a_variable_is_read() -> None:
    found = raw(
        f"{POOL} export const f = (q: string) => {{ const sql = ['SELECT 1', `WHERE a = '${{q}}'`].join(' '); pool.query(sql); }}"
    )
    assert found.text == "SELECT 1 WHERE a = '${q}'"


def test_raw_text_inside_a_query_is_one_finding_and_a_quoted_name_is_none() -> None:
    start = "import { sql } from 'drizzle-orm'; import { db } from './db'; export const f = (x: string) => "
    assert raw(start + "db.execute(sql.raw(`SELECT '${x}'`));").api == "db.execute"
    assert raw(start + "db.execute(sql`SELECT ${sql.identifier(x)}`);").interpolations == ()


def test_conditions_pushed_into_a_list_are_as_bad_as_the_worst() -> None:
    text = """
        export function search(q: string, ids: number[]) {
          const conditions = ['live'];
          conditions.push(`id = $${ids.length}`);
          %s
          return pool.query(`SELECT * FROM posts WHERE ${conditions.join(' AND ')}`);
        }
    """
    assert raw(POOL + text % "").interpolations[0].safety == "number"
    assert raw(POOL + text % "conditions.push(`title = '${q}'`);").interpolations[0].safety == "unknown"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("pool.query('SELECT 1')", "SELECT 1"),
        ("pool.query(`SELECT 1`)", "SELECT 1"),
        ("pool.query('SELECT * FROM t WHERE id = ' + id + ' LIMIT 1')", "SELECT * FROM t WHERE id = ${id} LIMIT 1"),
        ("pool.query({ text: 'SELECT $1', values: [id] })", "SELECT $1"),
        ("pool.query(TEXT, [id])", "SELECT 2"),
        ("pool.query(['SELECT *', `FROM ${id}`].join(' '))", "SELECT * FROM ${id}"),
        ("pool.query('SELECT \\'a\\' AS \\u0061')", "SELECT 'a' AS a"),
        ("this.dataSource.query('DELETE FROM t')", "DELETE FROM t"),
        ("db.execute(sql`SELECT * FROM t WHERE id = ${id}`)", "SELECT * FROM t WHERE id = $1"),
        ("sql`SELECT * FROM t WHERE id = ${id} AND b = ${2}`", "SELECT * FROM t WHERE id = $1 AND b = $2"),
        ("prisma.$queryRaw`SELECT * FROM t WHERE id = ${id}`", "SELECT * FROM t WHERE id = $1"),
        ("prisma.$queryRaw<{ id: string }[]>`SELECT * FROM t WHERE id = ${id}`", "SELECT * FROM t WHERE id = $1"),
        ("prisma.$queryRaw<Row>`SELECT * FROM t WHERE id = ${id}`", "SELECT * FROM t WHERE id = $1"),
        ("await prisma.$queryRaw<Row[]>`SELECT * FROM t WHERE id = ${id}`", "SELECT * FROM t WHERE id = $1"),
        ("(await prisma.$queryRaw<Row>`SELECT * FROM t WHERE id = ${id}`)[0]", "SELECT * FROM t WHERE id = $1"),
        ("prisma.$queryRaw(Prisma.sql`SELECT * FROM t WHERE id = ${id}`)", "SELECT * FROM t WHERE id = $1"),
        ("prisma.$queryRawUnsafe('SELECT * FROM t WHERE id = $1', id)", "SELECT * FROM t WHERE id = $1"),
        ("prisma.$executeRaw`UPDATE t SET a = ${1} ${Prisma.sql`WHERE id = ${id}`}`", "UPDATE t SET a = $1 WHERE id = $2"),
        ("prisma.$queryRaw`SELECT ${Prisma.raw('now()')}`", "SELECT now()"),
    ],
)
def test_the_text_of_a_query_is_put_together(call: str, expected: str) -> None:
    found = raw(
        f"import {{ Pool }} from 'pg'; const pool = new Pool(); const TEXT = 'SELECT 2';\nexport const f = async (id) => {call};"
    )
    assert found.text == expected
    assert len(found.interpolations) == expected.count("${")


def test_raw_parts_of_a_tagged_template_are_pasted() -> None:
    found = raw(
        "export const f = (by: string, id) => prisma.$queryRaw`SELECT * FROM t WHERE id = ${id} ORDER BY ${Prisma.raw(by)}`;"
    )
    assert found.text == "SELECT * FROM t WHERE id = $1 ORDER BY ${by}"
    assert [(one.text, one.safety) for one in found.interpolations] == [("by", "unknown")]


def test_a_text_that_grows_is_read_to_its_end() -> None:
    found = raw(
        POOL
        + """
        export function search(q?: string) {
          let text = 'SELECT * FROM posts';
          if (q) text += ` WHERE title = '${q}'`;
          text += ' LIMIT 10';
          return pool.query(text);
        }
        """
    )
    assert found.text == "SELECT * FROM posts WHERE title = '${q}' LIMIT 10"
    assert found.interpolations[0].text == "q"


@pytest.mark.parametrize(
    "call",
    [
        "cache.query('SELECT 1')",
        "clickhouse.query({ query: 'SELECT 1' })",
        "procedure.query(async () => 1)",
        "client.query({ query: GET_USERS })",
        "pool.query(text, values)",
        "document.execute('copy')",
        "gql`select ${x}`",
        "pool.query('hello world')",
    ],
)
def test_what_is_no_sql_is_left_alone(call: str) -> None:
    assert read(f"export const f = (text, values, x) => {call};").file.raw_sql == ()


def test_a_driver_of_another_database_is_left_alone() -> None:
    assert read("import mysql from 'mysql2'; const pool = mysql.createPool({}); pool.query('SELECT 1');").file.raw_sql == ()


def test_a_raw_query_knows_the_loop_whose_element_it_binds() -> None:
    found = raw(POOL + "for (const user of users) { await pool.query('SELECT * FROM t WHERE id = $1', [user.id]); }")
    assert found.uses_element_of is found.loops[0]
    assert found.awaited
    assert (found.api, found.client) == ("pool.query", "pool")


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("pool.query('SELECT $1, $2', [page * 20, user.id])", ("page * 20", "user.id")),
        ("pool.query({ text: 'SELECT $1', values: [page] })", ("page",)),
        ("pool.query('SELECT $1', values)", ()),
        ("prisma.$queryRawUnsafe('SELECT $1, $2', page, 20)", ("page", "20")),
        ("prisma.$queryRaw`SELECT ${page * 20}, ${user.id}`", ("page * 20", "user.id")),
    ],
)
def test_bound_values_are_kept_as_they_are_written(call: str, expected: tuple[str, ...]) -> None:
    assert raw(f"{POOL}export const f = (page, user, values) => {call};").parameters == expected
