"""What people paste: one plan in every wrapping that is known. The table `KINDS` is the list of them.

Each kind is made of the plain plan by a small function. What is read must be the plain plan, value for value, and each node's place
must point at that node in the text that was pasted.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.engine.review import review_plans
from advisor.model import Plan, SourceText
from advisor.sources.explain import looks_like_plan, read_plans, to_json
from advisor.sources.files import decode
from tests.sources.explain.plans import RECORDED, ROOT, TIMED, only_plan, reading, tree

PLAIN = """\
Limit  (cost=711.06..711.09 rows=10 width=12) (actual time=6.858..6.860 rows=10 loops=1)
  ->  Sort  (cost=711.06..711.57 rows=200 width=12) (actual time=6.857..6.858 rows=10 loops=1)
        Sort Key: (count(*)) DESC, o.status
        Sort Method: top-N heapsort  Memory: 25kB
        ->  HashAggregate  (cost=701.04..703.04 rows=200 width=12) (actual time=6.831..6.832 rows=190 loops=1)
              Group Key: o.status
              Batches: 1  Memory Usage: 32kB
              ->  Hash Join  (cost=149.50..611.04 rows=18000 width=4) (actual time=0.827..4.896 rows=17996 loops=1)
                    Hash Cond: (i.order_id = o.id)
                    ->  Seq Scan on "Order Items" i  (cost=0.00..409.00 rows=20000 width=4) \
(actual time=0.008..1.757 rows=19996 loops=1)
                          Filter: ((name <> '| a |'::text) AND ((name || ' +'::text) <> 'it''s "x", -> <y> & \\z'::text))
                          Rows Removed by Filter: 4
                    ->  Hash  (cost=87.00..87.00 rows=5000 width=8) (actual time=0.781..0.782 rows=5000 loops=1)
                          Buckets: 8192  Batches: 1  Memory Usage: 260kB
                          ->  Index Scan using orders_status_idx on orders o  (cost=0.29..87.00 rows=5000 width=8) \
(actual time=0.007..0.324 rows=5000 loops=1)
                                Index Cond: (status = ANY ('{new,paid}'::text[]))
Planning Time: 0.459 ms
Execution Time: 6.928 ms
"""
LINES = PLAIN.splitlines()
WIDTH = max(map(len, LINES))
PLAN = only_plan(PLAIN)
AS_JSON = json.dumps([to_json(PLAN)], indent=2)
STATEMENT = "SELECT o.status, count(*)\nFROM orders o JOIN items i ON i.order_id = o.id\nGROUP BY o.status"
NARROW = 80

Wrap = Callable[[str], str]


class Kind(NamedTuple):
    """One kind of paste: how it comes about, and what makes it of a plan."""

    name: str
    how: str
    wrap: Wrap
    text: str = PLAIN


def each(wrap: Callable[[str], str]) -> Wrap:
    """A wrapping of each line."""
    return lambda text: "".join(wrap(line) + "\n" for line in text.splitlines())


def numbered(form: str) -> Wrap:
    return lambda text: "".join(form.format(number) + line + "\n" for number, line in enumerate(text.splitlines(), 1))


def width_of(text: str) -> int:
    return max(map(len, text.splitlines()))


def psql(text: str, dash: str = "-", footer: str = "rows", mark: str = "") -> str:
    """psql's own layout; with a mark the text is one cell of many lines."""
    lines, width = text.splitlines(), width_of(text)
    rows = [f" {line.ljust(width)}{mark}" if mark else f" {line}" for line in lines[:-1]] + [f" {lines[-1]}"]
    count = 1 if mark else len(lines)
    header = "QUERY PLAN".center(width + 2)
    return "\n".join([header, dash * (width + 2), *rows, f"({count} {footer})", "", ""])


def bordered(text: str, drawn: str = "+-+|", mark: str = "") -> str:
    """psql's border 2. `drawn` is the left corner, the line, the right corner and the side."""
    left, dash, right, side = tuple(drawn)
    width = width_of(text)
    rule = left + dash * (width + 2) + right
    lines = text.splitlines()
    rows = [f"{side} {line.ljust(width)}{mark or ' '}{side}" for line in lines[:-1]] + [f"{side} {lines[-1].ljust(width)} {side}"]
    return "\n".join([rule, f"{side} {'QUERY PLAN'.center(width)} {side}", rule, *rows, rule, f"({len(lines)} rows)", ""])


def wrapped_column(text: str, mark: str) -> str:
    r"""`\pset format wrapped`: a row too wide goes on below, with a mark at both ends of the break."""
    width, rows = NARROW - 2, []
    for line in text.splitlines():
        parts = [line[start : start + width] for start in range(0, len(line), width)]
        for number, part in enumerate(parts):
            before = mark if number else " "
            rows.append(f"{before}{part}{mark if number < len(parts) - 1 else ''}")
    return "\n".join(["QUERY PLAN".center(NARROW), "-" * NARROW, *rows, f"({len(text.splitlines())} rows)", ""])


def expanded(text: str, side: str = "|", dash: str = "-") -> str:
    return "".join(
        f"{dash}[ RECORD {number} ]{dash * 20}\nQUERY PLAN {side} {line}\n" for number, line in enumerate(text.splitlines(), 1)
    )


def expanded_cell(text: str) -> str:
    lines, width = text.splitlines(), width_of(text)
    rows = [f"{'QUERY PLAN' if not number else '':10} | {line.ljust(width)}+" for number, line in enumerate(lines[:-1])]
    return "\n".join([f"-[ RECORD 1 ]{'-' * width}", *rows, f"{'':10} | {lines[-1]}", ""])


def doubled(text: str, quote: str = '"') -> str:
    return quote + text.replace(quote, quote * 2) + quote


def csv(text: str) -> str:
    return "QUERY PLAN\n" + each(lambda line: doubled(line) if "," in line or '"' in line else line)(text)


def as_rows(text: str) -> list[dict[str, str]]:
    return [{"QUERY PLAN": line} for line in text.splitlines()]


def javascript(value: str) -> str:
    """A string as Node.js prints it."""
    quote = "'" if "'" not in value else '"' if '"' not in value else "`"
    return quote + value.replace("\\", "\\\\").replace(quote, "\\" + quote).replace("\n", "\\n") + quote


def inspected(value: object) -> str:
    """An object as Node.js prints it: bare keys where they are names."""
    if isinstance(value, dict):
        return (
            "{ "
            + ", ".join(f"{key if key.isidentifier() else javascript(key)}: {inspected(item)}" for key, item in value.items())
            + " }"
        )
    if isinstance(value, list):
        return "[ " + ", ".join(map(inspected, value)) + " ]" if value else "[]"
    return javascript(value) if isinstance(value, str) else json.dumps(value)


def node_postgres(text: str) -> str:
    rows = ",\n".join(f"    {{ 'QUERY PLAN': {javascript(line)} }}" for line in text.splitlines())
    return f"""\
Result {{
  command: 'EXPLAIN',
  rowCount: null,
  oid: null,
  rows: [
{rows}
  ],
  fields: [
    Field {{
      name: 'QUERY PLAN',
      tableID: 0,
      columnID: 0,
      dataTypeID: 25,
      format: 'text'
    }}
  ],
  _types: TypeOverrides {{ text: {{}}, binary: {{}} }},
  RowCtor: null
}}
"""


def string_literal(text: str) -> str:
    return json.dumps(text.rstrip("\n"))


def html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def html_table(text: str) -> str:
    def cell(line: str) -> str:
        indent = len(line) - len(line.lstrip())
        return f'  <tr valign="top">\n    <td align="left">{"&nbsp;" * indent}{html(line.lstrip())}</td>\n  </tr>'

    head = '<table border="1">\n  <tr>\n    <th align="center">QUERY PLAN</th>\n  </tr>\n'
    return head + each(cell)(text) + "</table>\n<p>(18 rows)<br />\n</p>\n"


def at_words(text: str, width: int = 100) -> str:
    """An e-mail: broken before the first word that does not fit."""
    return each(
        lambda line: (
            "\n".join(textwrap.wrap(line, width, drop_whitespace=True, break_on_hyphens=False) or [""])
            if len(line) > width
            else line
        )
    )(text)


def at_words_indented(text: str) -> str:
    """As e-mail does, with the indentation of a line's first part kept."""
    rows = []
    for line in text.splitlines():
        words, row = line[len(line) - len(line.lstrip()) :].split(" "), line[: len(line) - len(line.lstrip())]
        row += words[0]
        for word in words[1:]:
            if word and len(row) + 1 + len(word) > NARROW:
                rows.append(row.rstrip())
                row = word
            else:
                row += f" {word}"
        rows.append(row)
    return "\n".join(rows) + "\n"


def at_edge(text: str) -> str:
    """A terminal: broken at its last column, whatever stands there."""
    return each(lambda line: "\n".join(line[start : start + NARROW] for start in range(0, len(line), NARROW)))(text)


def unexpanded(width: int) -> Wrap:
    def tabbed(line: str) -> str:
        indent = len(line) - len(line.lstrip())
        return "\t" * (indent // width) + " " * (indent % width) + line.lstrip()

    return each(tabbed)


def coloured(line: str) -> str:
    return "\x1b[1m" + line.replace("cost=", "\x1b[33mcost=\x1b[0m") + "\x1b[0m"


def prompted(text: str) -> str:
    first, *rest = STATEMENT.splitlines()
    return (
        "\n".join([f"shop=> EXPLAIN (ANALYZE) {first}", *(f"shop-> {line}" for line in rest)])
        + ";\n"
        + psql(text)
        + "\nTime: 8.991 ms\nshop=> \n"
    )


INDENTED = textwrap.indent
FOOTERS = ("Zeilen", "lignes", "filas", "строк", "行", "linhas", "righe", "wierszy", "satır", "řádků", "行记录", "개 행")

KINDS = [
    Kind("plain", "psql -XqAt, or a file that a program wrote", str),
    Kind("psql", "copied from psql", psql),
    *(Kind(f"psql ({word})", "psql in another language", partial(psql, footer=word)) for word in FOOTERS),
    Kind("psql border 0", r"\pset border 0", lambda text: f"QUERY PLAN\n{'-' * WIDTH}\n{text}(18 rows)\n"),
    Kind("psql border 2", r"\pset border 2", bordered),
    Kind("psql unicode", r"\pset linestyle unicode", lambda text: psql(text, "─")),
    Kind("psql unicode border 2", r"\pset linestyle unicode, border 2", lambda text: bordered(text, "├─┤│")),
    Kind("psql double border 2", r"\pset unicode_border_linestyle double", lambda text: bordered(text, "╠═╣║")),
    Kind("psql wrapped", r"\pset format wrapped, a narrow terminal", lambda text: wrapped_column(text, ".")),
    Kind("psql wrapped unicode", r"the same with linestyle unicode", lambda text: wrapped_column(text, "…")),
    Kind("psql expanded", r"\x", expanded),
    Kind("psql expanded unicode", r"\x with linestyle unicode", lambda text: expanded(text, "│", "─")),
    Kind("psql HTML", r"\pset format html", html_table),
    Kind(
        "psql AsciiDoc",
        r"\pset format asciidoc",
        lambda text: '[cols="<l"]\n|====\n^l|QUERY PLAN\n' + each(lambda line: "|" + line.replace("|", "\\|"))(text) + "|====\n",
    ),
    Kind("JSON", "FORMAT JSON", str, AS_JSON),
    Kind("JSON on one line", "FORMAT JSON, written by a program", lambda text: json.dumps(json.loads(text)), AS_JSON),
    Kind("JSON in psql", "FORMAT JSON in psql: a cell of many lines", lambda text: psql(text, mark="+", footer="row"), AS_JSON),
    Kind("JSON in psql, unicode", "the same with linestyle unicode", lambda text: psql(text, "─", "row", "↵"), AS_JSON),
    Kind("JSON in psql border 2", r"FORMAT JSON with \pset border 2", lambda text: bordered(text, mark="+"), AS_JSON),
    Kind("JSON in psql border 2, unicode", "the same with linestyle unicode", lambda text: bordered(text, "├─┤│", "↵"), AS_JSON),
    Kind("JSON expanded", r"FORMAT JSON with \x", expanded_cell, AS_JSON),
    Kind(
        "JSON at the edge of a terminal",
        "a long line of JSON copied from a narrow window",
        lambda text: at_edge(json.dumps(json.loads(text))),
        AS_JSON,
    ),
    Kind("prompt", "the whole session, statement and timing", prompted),
    Kind("statement before", "the statement, then the plan", lambda text: f"EXPLAIN ANALYZE {STATEMENT};\n\n{text}"),
    Kind("statement after", "the plan, then the statement", lambda text: f"{text}\n{STATEMENT};\n"),
    Kind("tag", "the command's tag above the result", lambda text: f"EXPLAIN\n{psql(text)}"),
    Kind(
        "Rails",
        "ActiveRecord's explain",
        lambda text: f'=> EXPLAIN SELECT "orders".* FROM "orders" WHERE "orders"."id" = $1 [["id", 1]]\n{psql(text)}',
    ),
    Kind("Rails before 7.1", "ActiveRecord's explain", lambda text: f"EXPLAIN for: SELECT 1\n{psql(text)}"),
    Kind("Django", "QuerySet.explain() in a shell", lambda text: f">>> Order.objects.explain()\n{text.rstrip()!r}\n"),
    Kind("pgAdmin", "rows copied: each line between quotes", lambda text: '"QUERY PLAN"\n' + each(doubled)(text)),
    Kind("pgAdmin's JSON", "a cell copied", doubled, AS_JSON),
    Kind("DataGrip", "a column copied without header", each(doubled)),
    Kind("quotes with backslashes", "lines as literals of a language", each(json.dumps)),
    Kind("backticks", "each line as inline code", each(lambda line: f"`{line}`")),
    Kind(
        "INSERT statements",
        "DataGrip: SQL inserts",
        each(lambda line: f'INSERT INTO MY_TABLE ("QUERY PLAN") VALUES ({doubled(line, chr(39))});'),
    ),
    Kind(
        "one INSERT",
        "DBeaver: SQL",
        lambda text: (
            'INSERT INTO "SELECT o" ("QUERY PLAN") VALUES\n'
            + ",\n".join(f"\t ({doubled(line, chr(39))})" for line in text.splitlines())
            + ";\n"
        ),
    ),
    Kind("CSV", r"\copy, psql --csv, DBeaver: quotes where they must be", csv),
    Kind("JSON in CSV", "psql --csv with FORMAT JSON", lambda text: "QUERY PLAN\n" + doubled(text) + "\n", AS_JSON),
    Kind("TSV", "a result saved with tabs, one column", lambda text: f"QUERY PLAN\n{text}"),
    Kind(
        "Markdown table",
        "DBeaver: Markdown",
        lambda text: "|QUERY PLAN|\n|----------|\n" + each(lambda line: "|" + line.replace("|", "\\|") + "|")(text),
    ),
    Kind(
        "line at the right",
        "DBeaver: text",
        lambda text: f"{'QUERY PLAN'.ljust(WIDTH)}|\n{'-' * WIDTH}+\n" + each(lambda line: line.ljust(WIDTH) + "|")(text),
    ),
    Kind("rows as JSON", "a driver's rows, JSON.stringify", lambda text: json.dumps(as_rows(text), indent=2)),
    Kind(
        "rows as JSON on one line",
        "the same from an HTTP response",
        lambda text: json.dumps({"command": "EXPLAIN", "rows": as_rows(text)}),
    ),
    Kind(
        "rows as JavaScript",
        "console.log(rows), Prisma's $queryRaw",
        lambda text: "[\n" + "".join(f"  {{ 'QUERY PLAN': {javascript(line)} }},\n" for line in text.splitlines()) + "]\n",
    ),
    Kind("result of node-postgres", "console.log(result)", node_postgres),
    Kind(
        "rows as tuples", "psycopg2, psycopg, SQLAlchemy: fetchall()", lambda text: f"{[(line,) for line in text.splitlines()]!r}\n"
    ),
    Kind("rows as dicts", "psycopg's dict_row", lambda text: f"{as_rows(text)!r}\n"),
    Kind(
        "rows as RealDictRow",
        "psycopg2's RealDictCursor",
        lambda text: "[" + ", ".join(f"RealDictRow([('QUERY PLAN', {line!r})])" for line in text.splitlines()) + "]",
    ),
    Kind(
        "rows as Record",
        "asyncpg's fetch",
        lambda text: "[" + ", ".join(f"<Record QUERY PLAN={line!r}>" for line in text.splitlines()) + "]",
    ),
    Kind(
        "rows as Row",
        "psycopg's namedtuple_row, SQLAlchemy's Row",
        lambda text: "[" + ", ".join(f"Row({line!r})" for line in text.splitlines()) + "]",
    ),
    Kind(
        "rows by pprint",
        "pprint.pprint(rows)",
        lambda text: "[" + ",\n ".join(f"({line!r},)" for line in text.splitlines()) + "]\n",
    ),
    Kind(
        "rows as Ruby",
        "the pg gem's to_a",
        lambda text: "[" + ", ".join(f'{{"QUERY PLAN"=>{json.dumps(line)}}}' for line in text.splitlines()) + "]",
    ),
    Kind("a list of lines", "rows.map(row => row['QUERY PLAN'])", lambda text: json.dumps(text.splitlines(), indent=2)),
    Kind("a string", "JSON.stringify(plan)", string_literal),
    Kind(
        "a field",
        "a plan in a field of another document",
        lambda text: json.dumps({"query": "SELECT 1", "explain": text}, indent=2),
    ),
    Kind("Python's repr of JSON", "print(cursor.fetchone()[0])", lambda text: f"{json.loads(text)!r}\n", AS_JSON),
    Kind("Python's rows of JSON", "print(cursor.fetchall())", lambda text: f"[({json.loads(text)!r},)]\n", AS_JSON),
    Kind(
        "RealDictRow of JSON",
        "psycopg2's RealDictCursor",
        lambda text: f"[RealDictRow([('QUERY PLAN', {json.loads(text)!r})])]\n",
        AS_JSON,
    ),
    Kind("Record of JSON", "asyncpg, which gives JSON as text", lambda text: f"<Record QUERY PLAN={text!r}>\n", AS_JSON),
    Kind(
        "JavaScript's print of JSON",
        "console.dir(rows, { depth: null })",
        lambda text: f"[ {{ 'QUERY PLAN': {inspected(json.loads(text))} }} ]\n",
        AS_JSON,
    ),
    Kind(
        "driver's row of JSON",
        "Prisma's $queryRaw with FORMAT JSON",
        lambda text: json.dumps([{"QUERY PLAN": json.loads(text)}]),
        AS_JSON,
    ),
    Kind("JSON in a string", "JSON encoded twice", json.dumps, AS_JSON),
    Kind("JSON in a row's string", "a driver that gives JSON as text", lambda text: json.dumps([{"QUERY PLAN": text}]), AS_JSON),
    Kind(
        "JSON in a field",
        "a plan in a field of another document",
        lambda text: json.dumps({"query": "SELECT 1", "plan": json.loads(text)}, indent=2),
        AS_JSON,
    ),
    Kind("Markdown fence", "an issue on GitHub", lambda text: f"It is slow:\n\n```sql\n{text}```\n\nWhy?\n"),
    Kind("Markdown fence of tildes", "the same", lambda text: f"~~~\n{text}~~~\n"),
    Kind("fence on the same line", "a message in Slack", lambda text: f"```{text.rstrip()}```\n"),
    Kind("Markdown by indentation", "Stack Overflow", lambda text: f"It is slow:\n\n{INDENTED(text, '    ')}\nWhy?\n"),
    Kind("quotation", "an answer to an e-mail", each(lambda line: f"> {line}")),
    Kind("quotation of a quotation", "an answer to an answer", each(lambda line: f"> > {line}")),
    Kind("quoted fence", "Markdown's quotation of code", lambda text: each(lambda line: f"> {line}")(f"```\n{text}```\n")),
    Kind("Jira", "a ticket", lambda text: f"{{noformat}}\n{text}{{noformat}}\n"),
    Kind("Jira's code", "a ticket", lambda text: f"{{code:sql}}\n{text}{{code}}\n"),
    Kind("HTML", "the source of a page", lambda text: f"<pre><code>{html(text)}</code></pre>\n"),
    Kind("HTML's entities", "copied from a page's source", html),
    Kind("HTML's blanks", "a page that keeps blanks by entities", each(lambda line: html(line).replace("  ", "&nbsp; ") + "<br>")),
    Kind("bullets", "a list of lines", each(lambda line: f"- {line}")),
    Kind("comment", "a file of SQL", each(lambda line: f"-- {line}")),
    Kind("comment of slashes", "a file of code", each(lambda line: f"// {line}")),
    Kind("numbers", "a page that numbers lines", numbered("{} ")),
    Kind("numbers, right-aligned", "cat -n, an editor", numbered("{:6d}\t")),
    Kind("numbers in a column", "an editor", numbered("{:<4d}")),
    Kind("numbers with a dot", "a list", numbered("{}. ")),
    Kind("numbers with a colon", "grep -n", numbered("{}: ")),
    Kind("numbers with a line", "a page that numbers lines", numbered("{:>4d} | ")),
    Kind("non-breaking blanks", "copied from a browser", lambda text: text.replace("  ", "\u00a0 ")),
    Kind("only non-breaking blanks", "copied from a browser", lambda text: text.replace(" ", "\u00a0")),
    Kind("narrow and figure blanks", "copied from a word processor", each(lambda line: line.replace("  ", "\u202f\u2007"))),
    Kind("tabs of 8", "an editor that makes tabs", unexpanded(8)),
    Kind("tabs of 4", "an editor that makes tabs", unexpanded(4)),
    Kind("tabs of 2", "an editor that makes tabs", unexpanded(2)),
    Kind("a tab before each line", "a log, a heredoc", each(lambda line: f"\t{line}")),
    Kind("zero-width characters", "copied from a chat", each(lambda line: f"\u200b{line}\u200b")),
    Kind("byte order mark", "a file of Windows, joined to another", lambda text: f"\ufeff{text}"),
    Kind("CRLF", "a file of Windows", lambda text: text.replace("\n", "\r\n")),
    Kind("CR", "an old file of a Mac", lambda text: text.replace("\n", "\r")),
    Kind("CRLF in psql", "psql on Windows", lambda text: psql(text).replace("\n", "\r\n")),
    Kind("form feed", "a printed page", lambda text: f"\f{text}"),
    Kind("colours", "a terminal's output saved", each(coloured)),
    Kind("arrows", "a word processor", each(lambda line: line.replace("->  ", "→  ", 1))),
    Kind("dash and bracket", "a word processor", each(lambda line: line.replace("->  ", "–>  ", 1))),
    Kind("terminal of 80 columns", "copied from a narrow window", at_edge),
    Kind("e-mail", "broken between words", at_words_indented),
    Kind("container's log", "docker logs -t", each(lambda line: f"2024-05-01T10:00:00.123456789Z {line}")),
    Kind("service's log", "docker compose logs", each(lambda line: f"db-1  | {line}")),
    Kind("application's log", "a time and a level before each line", each(lambda line: f"2024-05-01 10:00:00,123 [main] {line}")),
    Kind("log of JSON", "a log of one object a line", each(lambda line: json.dumps({"time": "2024-05-01", "message": line}))),
]
"""More is in `test_logs.py` (auto_explain) and below (several plans, smart quotes, UTF-16)."""


def only_reading(text: str) -> Plan:
    found = read_plans(SourceText("paste.txt", text))
    assert [f"{problem.location}: {problem.reason}" for problem in found.problems] == []
    [plan] = found.plans
    return plan


def words_at_nodes(plan: Plan, text: str) -> list[str]:
    """What stands in a text at the places of a plan's nodes."""
    source = SourceText("paste.txt", text)
    starts = (source.offset(node.location.line, node.location.column) for node in plan.walk())
    return [text[start : start + 30] for start in starts]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_of_paste_is_read_as_the_plain_plan(kind: Kind) -> None:
    pasted = kind.wrap(kind.text)
    assert tree(only_reading(pasted)) == tree(PLAN)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_node_is_found_in_the_pasted_text(kind: Kind) -> None:
    pasted = kind.wrap(kind.text)
    plan = only_reading(pasted)
    firsts = [line.lstrip().removeprefix("->  ").split(" ")[0] for line in LINES if "(cost=" in line]
    found = words_at_nodes(plan, pasted)
    if kind.text == PLAIN:
        assert [word[: len(first)] for word, first in zip(found, firsts, strict=True)] == firsts
    else:
        assert all("Node Type" in word or word.startswith("Node") for word in found)
    assert len({(node.location.line, node.location.column) for node in plan.walk()}) == len(firsts)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_of_paste_is_recognised(kind: Kind) -> None:
    assert looks_like_plan(kind.wrap(kind.text))


def test_there_are_many_kinds() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 45


SIMPLE = """\
Index Scan using posts_pkey on posts  (cost=0.29..8.30 rows=1 width=4) (actual time=0.02..0.03 rows=1 loops=1)
  Index Cond: (slug = 'a b'::text)
"""


def test_typographic_quotes_are_straightened_where_a_plan_has_no_others() -> None:
    plan = only_reading(SIMPLE.replace("'a b'", "‘a b’"))
    assert tree(plan) == tree(only_plan(SIMPLE))
    kept = only_reading(SIMPLE.replace("a b", "l’été “2”"))
    assert kept.root.fields["Index Cond"] == "(slug = 'l’été “2”'::text)"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-32"])
def test_a_file_of_windows_is_read(encoding: str) -> None:
    data = PLAIN.encode(encoding)
    assert [problem.reason for problem in review_plans({"plan.txt": data}).skipped] == []
    decoded = decode(data, "plan.txt").source
    assert decoded is not None
    assert tree(only_reading(decoded.text)) == tree(PLAN)


def test_several_plans_with_text_between_are_each_read() -> None:
    text = f"""\
Before:

{psql(PLAIN)}
Then I made an index. It isn't much better, is it?

> ```
{textwrap.indent(SIMPLE, "> ")}> ```

And as JSON:

{bordered(AS_JSON, mark="+")}
With "quotes":
{each(doubled)(SIMPLE)}
Thanks!
"""
    found = read_plans(SourceText("paste.txt", text))
    assert [problem.reason for problem in found.problems] == []
    assert [tree(plan) for plan in found.plans] == [tree(PLAN), tree(only_plan(SIMPLE)), tree(PLAN), tree(only_plan(SIMPLE))]


@pytest.mark.parametrize(
    ("kind", "statement"), [("prompt", STATEMENT), ("statement before", STATEMENT), ("Rails before 7.1", "SELECT 1")]
)
def test_the_statement_beside_a_plan_is_known(kind: str, statement: str) -> None:
    [wrap] = [found.wrap for found in KINDS if found.name == kind]
    assert only_reading(wrap(PLAIN)).statement == statement


def test_values_that_rails_writes_are_no_part_of_the_statement() -> None:
    [wrap] = [found.wrap for found in KINDS if found.name == "Rails"]
    assert only_reading(wrap(PLAIN)).statement == 'SELECT "orders".* FROM "orders" WHERE "orders"."id" = $1'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[ { 'QUERY PLAN': [ { Plan: [Object], 'Planning Time': 0.1 } ] } ]", "so many levels only"),
        (
            (
                "[\n  { 'QUERY PLAN': 'Limit  (cost=0.27..8.29 rows=1 width=4)' },\n"
                "  { 'QUERY PLAN': '  ->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)' },\n  ... 12 more items\n]"
            ),
            "12 more rows",
        ),
        (
            "{ Plan: { 'Node Type': 'Hash', 'Parallel Aware': false, Plans: [ [Object] ] }, 'Planning Time': 0.1 }",
            "so many levels only",
        ),
    ],
)
def test_what_a_print_out_left_out_is_told(text: str, reason: str) -> None:
    problems = read_plans(SourceText("paste.txt", text)).problems
    assert any(reason in problem.reason for problem in problems)


def test_a_plan_with_one_blank_before_its_costs_is_read() -> None:
    assert tree(only_reading(PLAIN.replace("  (cost=", " (cost="))) == tree(PLAN)


def test_a_plan_whose_indentation_was_lost_says_so() -> None:
    text = "\n".join(" ".join(line.split()) for line in LINES)
    assert looks_like_plan(text)
    assert "indentation" in read_plans(SourceText("paste.txt", text)).problems[0].reason


LITERALS = [
    "| a |",
    "a +",
    "> b",
    "-> c",
    "12 | d",
    "1. e",
    "\u00a0f\u00a0\u200bg",
    "&gt; &amp; &nbsp;",
    "<br><pre>",
    "```",
    "-[ RECORD 1 ]-",
    "QUERY PLAN",
    '{"message": "x", "Plan": {"Node Type": "Hash"}}',
    "[(''Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)'',)]",
    "Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)",
    '"quoted"',
    "duration: 5.000 ms  plan:",
    "2024-05-01 10:00:00 UTC LOG:  x",
    "‘smart’ “quotes”",
    "→ – —>",
    "\\n \\t \\u0041 \\",
    "\ta\tb",
    "\x1b",
    "…",
    "a  b   c",
    "-- comment",
    "(5 rows)",
    "a\\nb",
    "duration: 1.0 ms  plan:\\n",
    "<explain xmlns=",
    "[(",
    "`",
]
"""What looks like a decoration, and belongs to a value of the plan."""


@pytest.mark.parametrize("literal", LITERALS)
def test_a_literal_that_looks_like_a_decoration_survives(literal: str) -> None:
    text = f"Seq Scan on posts  (cost=0.00..1.00 rows=1 width=4)\n  Filter: (note = '{literal}'::text)\n"
    ways: list[Wrap] = [str, csv, node_postgres, string_literal, *TOGETHER.values()]
    for pasted in (way(text) for way in ways):
        assert only_reading(pasted).root.fields["Filter"] == f"(note = '{literal}'::text)", pasted


def test_lines_between_quotes_that_write_their_own_quotes_as_they_are() -> None:
    """pgAdmin III."""
    text = PLAIN.replace("it''s", "its")
    assert tree(only_reading(each(lambda line: f"'{line}'")(text))) == tree(only_reading(text))


def test_lines_that_have_lost_the_quote_at_their_beginning() -> None:
    text = "Limit  (cost=0.00..1.00 rows=1 width=4)\n  ->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n"
    assert tree(only_reading(each(lambda line: f'{line}"')(text))) == tree(only_reading(text))


@pytest.mark.parametrize("place", ["(co", "(cost=711.06..7", "width=12) (actu", "rows=10 ", " AND", " ", "o.s"])
def test_a_line_that_is_broken_in_one_place_is_put_together(place: str) -> None:
    """In brackets, that is: elsewhere nothing shows that the line goes on."""
    broken = PLAIN.replace(place, f"{place}\n", 1)
    if place in (" ", "o.s"):
        assert reading(broken).problems
    else:
        assert tree(only_reading(broken)) == tree(PLAN)


@pytest.mark.parametrize(
    "below",
    [
        *(
            "DROP TABLE t;",
            "RESET enable_seqscan;",
            "END;",
            "PREPARE p AS SELECT 1;",
            "*/",
            "DELETE FROM t;",
            "UPDATE t SET a = 1;",
        ),
        *("INSERT INTO t VALUES (1);", "WITH x AS (SELECT 1) SELECT 2;", r"\timing off", "ALTER TABLE t ADD b int;"),
    ],
)
def test_a_statement_right_below_a_plan_is_none_of_its_lines(below: str) -> None:
    without_times = "".join(line for line in PLAIN.splitlines(keepends=True) if " Time: " not in line).replace(
        "actual time=", "actual time="
    )
    for text in (PLAIN, without_times):
        assert tree(reading(f"{text}{below}\n").plans[0]) == tree(reading(text).plans[0])
        assert [problem.reason for problem in reading(f"{text}{below}\n").problems] == [
            problem.reason for problem in reading(text).problems
        ]


def test_nothing_belongs_to_a_plan_below_its_last_line() -> None:
    assert tree(only_reading(f"{PLAIN}So it is the sort that is slow.\n> Why?\n")) == tree(PLAN)


@pytest.mark.parametrize("name", ['"QUERY PLAN"', '"| a |"', '"-> b"', '"a "" b"', '"> c"', '"(cost=1)"', '"1 d"', '"&gt;"'])
def test_a_table_whose_name_looks_like_a_decoration_keeps_it(name: str) -> None:
    text = f"Limit  (cost=0.00..1.00 rows=1 width=4)\n  ->  Seq Scan on {name}  (cost=0.00..1.00 rows=1 width=4)\n"
    for pasted in (text, psql(text), bordered(text), csv(text), each(doubled)(text), json.dumps(as_rows(text))):
        [scan] = only_reading(pasted).root.children
        assert scan.relation == name[1:-1].replace('""', '"')


def test_a_literal_over_several_lines_keeps_them_as_they_are() -> None:
    lines = ["| a |", "> b", "  12 | c", '"d"', "", "e  +", "\tf", "-> g"]
    text = "Seq Scan on posts  (cost=0.00..1.00 rows=1 width=4)\n  Filter: (note = 'x\n{}'::text)\n".format("\n".join(lines))
    plan = only_reading(text)
    assert plan.root.fields["Filter"] == "(note = 'x\n{}'::text)".format("\n".join(lines))


PREFIXES = [
    "NOTICE:  ",
    "[web-1] INFO ",
    "QUERY PLAN|",
    "QUERY PLAN,",
    "+",
    "1234| ",
    "2024-05-01 10:00:00,123 INFO  app.db - ",
    "Row 7: ",
]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_whatever_stands_before_every_line_is_taken_off(prefix: str) -> None:
    pasted = each(lambda line: f"{prefix}{line}")(PLAIN)
    assert tree(only_reading(pasted)) == tree(PLAN)


def test_expanded_output_without_its_header_is_read() -> None:
    """`psql -A -x` puts a blank line between rows, `psql -t -x` a rule."""
    for between in ("\n\n", "\n-----------+----------\n"):
        pasted = between.join(f"QUERY PLAN | {line}" for line in PLAIN.splitlines())
        assert tree(only_reading(f"{pasted}\n")) == tree(PLAN)


def test_a_sentence_before_a_plan_on_its_line_is_taken_off() -> None:
    assert tree(only_reading(f"Here is my plan: {PLAIN}")) == tree(PLAN)


@pytest.mark.parametrize("name", ["a -> Seq Scan on t", "Sort (cost=1", "QUERY PLAN Sort"])
def test_what_is_no_name_of_a_node_is_told(name: str) -> None:
    found = reading(f"{name}  (cost=0.00..1.00 rows=1 width=4)\n")
    assert found.problems or not found.plans


@pytest.mark.parametrize("name", ["Filter", "Output", "Sort Method", "Rows Removed by Filter", "Hash Cond", "Buckets"])
def test_a_line_that_only_nodes_have_is_none_of_the_whole_plan(name: str) -> None:
    [problem] = reading(f"Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n{name}: 5\n").problems
    assert problem.reason == "this line belongs to a node: the indentation of the plan is lost"


def test_a_plan_with_a_blank_line_below_each_line_is_read() -> None:
    text = (
        "Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n  Filter: (a = 1)\n  Rows Removed by Filter: 4\nPlanning Time: 0.1 ms\n"
    )
    assert tree(only_reading(text.replace("\n", "\n\n"))) == tree(only_reading(text))


def test_tabs_before_lines_of_a_node_alone_are_blanks() -> None:
    assert tree(only_reading(PLAIN.replace("        Sort Key", "\tSort Key").replace("        Sort Meth", "\tSort Meth"))) == tree(
        PLAN
    )


def test_a_result_as_node_postgres_gives_it_is_read_from_its_rows() -> None:
    result = {"command": "EXPLAIN", "rows": as_rows(PLAIN), "fields": [{"name": "QUERY PLAN", "tableID": 0}]}
    assert tree(only_reading(json.dumps(result, indent=2))) == tree(PLAN)
    assert tree(only_reading(json.dumps([{"query_plan": line} for line in PLAIN.splitlines()]))) == tree(PLAN)


def test_an_old_mac_s_line_ends_are_line_ends() -> None:
    assert tree(only_reading(PLAIN.replace("\n", "\r"))) == tree(PLAN)


def test_a_list_of_lines_that_does_not_end_is_told() -> None:
    rows = json.dumps(as_rows(PLAIN), indent=2)
    cut = rows[: rows.rindex("Planning Time") - 25].rstrip()
    assert "the list of its lines does not end" in reading(cut).problems[-1].reason


def test_what_sqlalchemy_leaves_out_of_a_print_is_told() -> None:
    text = f"[({json.loads(AS_JSON)!r},)]"
    cut = f"{text[:300]} ... (2818 characters truncated) ... {text[-200:]}"
    assert any("leaves out 2818 characters" in problem.reason for problem in reading(cut).problems)


def test_a_name_in_yaml_that_looks_like_a_node_is_a_name() -> None:
    text = '- Plan: \n    Node Type: "Seq Scan"\n    Relation Name: "t (cost=0.00..1.00 rows=1 width=4)"\n    Alias: "t"\n'
    assert only_reading(text).root.relation == "t (cost=0.00..1.00 rows=1 width=4)"


def test_settings_that_are_empty_are_empty_in_xml() -> None:
    text = """\
<explain xmlns="http://www.postgresql.org/2009/explain">
  <Query>
    <Plan>
      <Node-Type>Result</Node-Type>
      <Startup-Cost>0.00</Startup-Cost>
    </Plan>
    <Settings>
    </Settings>
  </Query>
</explain>
"""
    assert only_reading(text).fields["Settings"] == {}


def test_steps_of_citus_are_nodes_without_figures() -> None:
    text = """\
Custom Scan (Citus Adaptive)  (cost=0.00..0.00 rows=0 width=0)
  ->  Distributed Subplan 5_1
        ->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)
  Task Count: 1
  Tasks Shown: All
  ->  Task
        Node: host=localhost port=5432 dbname=x
        ->  Seq Scan on t_102008 t  (cost=0.00..1.00 rows=1 width=4)
"""
    assert [node.type for node in only_reading(text).walk()] == [
        "Custom Scan",
        "Distributed Subplan 5_1",
        "Seq Scan",
        "Task",
        "Seq Scan",
    ]


def test_an_old_plan_has_two_blanks_behind_sort_method() -> None:
    text = PLAIN.replace("Sort Method: ", "Sort Method:  ")
    assert tree(only_reading(text)) == tree(PLAN)


def test_names_of_subplans_before_8_4_have_no_number_and_stand_for_each_node_below() -> None:
    text = """\
Result  (cost=2.16..2.18 rows=1 width=0)
  InitPlan
    ->  Seq Scan on markets  (cost=0.00..2.15 rows=1 width=32)
    ->  Result  (cost=0.00..0.01 rows=1 width=0)
"""
    assert [node.text("Subplan Name") for node in only_reading(text).root.children] == ["InitPlan", "InitPlan"]


TEXTS = sorted([*RECORDED.glob("*.txt"), *TIMED.glob("*.txt"), *(ROOT / ".." / "shared" / "plans").glob("pg*/*.txt")])
TOGETHER: dict[str, Wrap] = {
    "quotation": each(lambda line: f"> {line}"),
    "numbers": numbered("{:>5d} | "),
    "psql": psql,
    "border": bordered,
    "unicode": lambda text: bordered(text, "├─┤│"),
    "fence": lambda text: f"```\n{text}```\n",
    "indentation": lambda text: textwrap.indent(text, "    ", lambda line: True),
    "service": each(lambda line: f"db-1  | {line}"),
    "time": each(lambda line: f"2024-05-01T10:00:00.123Z {line}"),
    "colours": each(lambda line: f"\x1b[32m{line}\x1b[0m"),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "string": string_literal,
    "rows": lambda text: json.dumps(as_rows(text)),
    "tuples": lambda text: repr([(line,) for line in text.splitlines()]),
    "quotes": each(doubled),
    "HTML": lambda text: f"<pre>\n{html(text)}</pre>\n",
    "log": each(lambda line: json.dumps({"message": line})),
}
"""Wrappings that go around whatever text."""
INNER = frozenset(("psql", "border", "unicode", "rows", "tuples", "quotes", "string"))
"""Of these only one, the innermost: each is a result of a database, or the text of one."""


@given(
    st.sampled_from(TEXTS),
    st.sampled_from(sorted(INNER)),
    st.lists(st.sampled_from(sorted(set(TOGETHER) - INNER)), max_size=2, unique=True),
)
@settings(max_examples=150, deadline=None)
def test_wrappings_go_together(path: Path, inner: str, outer: list[str]) -> None:
    plain = path.read_text(encoding="utf-8")
    text = plain
    for name in (inner, *outer):
        text = TOGETHER[name](text)
    expected, found = reading(plain), reading(text)
    assert [problem.reason for problem in found.problems] == [problem.reason for problem in expected.problems], text
    assert [tree(plan) for plan in found.plans] == [tree(plan) for plan in expected.plans], text
    assert looks_like_plan(text)
