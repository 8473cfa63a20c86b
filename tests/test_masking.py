"""Passwords: what counts as one, and that no output shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from advisor.cli import main
from advisor.formats.excerpt import excerpt
from advisor.masking import masked, moved, secrets_in, without
from advisor.model import SourceText


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgres://user:secret@host/db", "postgres://user:***@host/db"),
        ("redis://:secret@cache:6379", "redis://:***@cache:6379"),
        ("'postgres://user:se@cret@host'", "'postgres://user:***@host'"),
        ("postgres://user:se/cret@host", "postgres://user:***@host"),
        ("jdbc:postgresql://host/db?user=u&password=secret&ssl=true", "jdbc:postgresql://host/db?user=u&password=***&ssl=true"),
        ("'host=db user=u password=secret dbname=d'", "'host=db user=u password=*** dbname=d'"),
        ("password=secret host=db", "password=*** host=db"),
        ("PGPASSWORD=secret pg_dump -h db", "PGPASSWORD=*** pg_dump -h db"),
        ('{ user: \'u\', password: "se\\"cret" }', "{ user: 'u', password: \"***\" }"),
        ("ALTER ROLE bob PASSWORD 'secret';", "ALTER ROLE bob PASSWORD '***';"),
        ("a://u:one@h and b://u:two@h", "a://u:***@h and b://u:***@h"),
    ],
)
def test_a_password_is_masked_and_nothing_else(text: str, expected: str) -> None:
    assert masked(text) == expected
    assert masked(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "postgres://host:5432/db",
        "http://localhost:3000/@vite/client",
        "`postgres://user:${password}@host`",
        'PGPASSWORD="$SECRET" pg_dump',
        "const password = request.body.password",
        "model User {\n  password String\n}",
        "CREATE TABLE users (password text NOT NULL);",
        "mail to someone@example.com: see https://example.com/a",
    ],
)
def test_what_holds_no_password_stays_as_it_is(text: str) -> None:
    assert masked(text) == text


@given(st.lists(st.sampled_from(["://u:", "pw", "@", "password='", "'", " ", "host=h ", "/", "x" * 20]), max_size=20))
def test_offsets_stay_in_order_and_inside_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    secrets = secrets_in(text)
    offsets = [moved(offset, secrets) for offset in range(len(text) + 1)]
    assert offsets == sorted(offsets)
    assert offsets[-1] == len(without(text, secrets))


def test_an_excerpt_that_is_cut_inside_a_connection_string_shows_nothing_of_it() -> None:
    text = f"connect('postgres://user:{'secret' * 10}@host/db', WRONG)"
    source = SourceText("app.ts", text)
    start = text.index("WRONG")
    for width in range(8, 90):
        [line] = excerpt(source, source.location(start, start + 5), width=width, most=1).lines
        assert "secret" not in line.text
        assert line.marked.startswith("WRON"[: width - 4])


FILES = {
    "src/db.ts": """\
import { Pool } from 'pg';
const pool = new Pool({ connectionString: 'postgres://user:SECRET@host/db', ssl: { rejectUnauthorized: false } });
const other = new Pool({ user: 'u', password: 'SECRET', ssl: { rejectUnauthorized: false } });
export const find = (id: string) => pool.query(`SELECT dblink('host=h password=SECRET', '${id}')`);
""",
    "schema.sql": """\
CREATE TABLE t (url text DEFAULT 'postgres://user:SECRET@host/db');
CREATE INDEX one ON t (url) WHERE url <> 'postgres://u:SECRET@h';
CREATE INDEX two ON t (url) WHERE url <> 'postgres://u:SECRET@h';
SELECT * FROM t WHERE url = 'postgres://user:SECRET@host' AND;
""",
    "backup.sh": "PGPASSWORD=SECRET pg_dump -h db > /backups/x.sql\n",
    "plan.txt": """\
EXPLAIN ANALYZE SELECT * FROM t WHERE url = 'postgres://u:SECRET@h/x';
Seq Scan on t  (cost=0.00..100000.00 rows=1 width=4) (actual time=0.1..100.0 rows=1 loops=1)
  Filter: (url = 'postgres://u:SECRET@h/x'::text)
  Rows Removed by Filter: 1000000
Execution Time: 100.0 ms
""",
}


@pytest.mark.parametrize(
    "arguments",
    [
        *(("check", ".", "--format", form) for form in ("text", "json", "sarif", "github")),
        ("report", ".", "--output", "report.html"),
        ("plan", "plan.txt"),
        ("plan", "plan.txt", "--format", "json"),
    ],
    ids=" ".join,
)
def test_no_output_shows_a_password(arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    result = CliRunner().invoke(main, list(arguments))
    written = (tmp_path / "report.html").read_text() if arguments[0] == "report" else result.output
    assert "SECRET" not in written
    assert "***" in written or arguments[:3] == ("check", ".", "--format")
