"""The findings about indexes on Prisma schemas, counted twice: by the rules, and by a server's catalogs.

    python scripts/index_findings.py DIR/hoppscotch/schema.prisma DIR/umami/prisma/schema.prisma ...

Each schema is built in a throw-away database. Queries over pg_constraint and pg_index, which know nothing of the rules, then name
the foreign keys without an index that leads with their columns, the indexes that repeat another, and those that begin another.
Prints a table: the rules' number, the catalogs' number, and what only one of the two names.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import psycopg

from advisor.engine.review import review
from advisor.formats.schemas import render_schemas
from advisor.sandbox.server import find_binaries, running_postgres

UNINDEXED = """
SELECT c.conrelid::regclass || '(' || (
    SELECT string_agg(a.attname, ', ' ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY k(attnum, n)
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum) || ')'
FROM pg_constraint c
WHERE c.contype = 'f' AND NOT EXISTS (
    SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indpred IS NULL
    AND (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)
"""
SIGNATURE = (
    "(i.indkey::text, i.indclass::text, i.indcollation::text, i.indoption::text, coalesce(pg_get_expr(i.indpred, i.indrelid), ''))"
)
REPEATED = f"""
SELECT n.relname FROM pg_index i JOIN pg_class n ON n.oid = i.indexrelid
WHERE NOT i.indisprimary AND n.relnamespace::regnamespace::text NOT LIKE 'pg\\_%' AND EXISTS (
    SELECT FROM pg_index o WHERE o.indrelid = i.indrelid AND o.indexrelid <> i.indexrelid
    AND {SIGNATURE} = {SIGNATURE.replace("i.", "o.")}
    AND (SELECT relam FROM pg_class WHERE oid = o.indexrelid) = n.relam
    AND (o.indisunique, o.indexrelid < i.indexrelid) >= (i.indisunique, true)
    AND (o.indisunique OR NOT i.indisunique))
"""
BEGUN = """
SELECT n.relname FROM pg_index i JOIN pg_class n ON n.oid = i.indexrelid JOIN pg_am m ON m.oid = n.relam
WHERE m.amname = 'btree' AND NOT i.indisunique AND n.relnamespace::regnamespace::text NOT LIKE 'pg\\_%' AND EXISTS (
    SELECT FROM pg_index o JOIN pg_class p ON p.oid = o.indexrelid
    WHERE o.indrelid = i.indrelid AND p.relam = n.relam AND o.indnkeyatts > i.indnkeyatts
    AND (o.indkey::int2[])[0:i.indnkeyatts - 1] = (i.indkey::int2[])[0:i.indnkeyatts - 1]
    AND (o.indclass::oid[])[0:i.indnkeyatts - 1] = (i.indclass::oid[])[0:i.indnkeyatts - 1]
    AND ((o.indoption::int2[])[0:i.indnkeyatts - 1] = (i.indoption::int2[])[0:i.indnkeyatts - 1] OR i.indnkeyatts = 1)
    AND coalesce(pg_get_expr(o.indpred, o.indrelid), '') = coalesce(pg_get_expr(i.indpred, i.indrelid), ''))
"""
QUESTIONS = {
    "unindexed foreign keys": (("unindexed-foreign-key",), UNINDEXED),
    "repeated indexes": (("duplicate-index", "index-duplicates-constraint"), REPEATED),
    "redundant indexes": (("redundant-index",), BEGUN),
}


def main(paths: Sequence[str]) -> None:
    print("| schema | what | rules | catalogs | only one of them |\n| --- | --- | --- | --- | --- |")
    with running_postgres(find_binaries()) as server:
        for path in paths:
            compare(path, server)


def compare(path: str, server: str) -> None:
    found = review(path, select=[rule for rules, _ in QUESTIONS.values() for rule in rules])
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS counted")
        admin.execute("CREATE DATABASE counted")
    with psycopg.connect(server, dbname="counted", autocommit=True) as connection:
        connection.execute(render_schemas(found.project, "sql").encode())
        for what, (rules, query) in QUESTIONS.items():
            mine = {one.subject.rpartition(".")[2] if what != "unindexed foreign keys" else key_of(one.subject)
                    for one in found.findings if one.rule in rules}  # fmt: skip
            theirs = {str(row[0]).replace('"', "") for row in connection.execute(query.encode())}
            theirs = {key_of(each) for each in theirs} if what == "unindexed foreign keys" else theirs
            print(f"| {path} | {what} | {len(mine)} | {len(theirs)} | {', '.join(sorted(mine ^ theirs)) or '-'} |")


def key_of(subject: str) -> str:
    """`Post(authorId)`, of `public.Post.authorId` and of `public.Post(a, b)`."""
    text = subject.removeprefix("public.").replace('"', "")
    table, _, column = text.partition(".") if "(" not in text else ("", "", "")
    return f"{table}({column})" if table else text


if __name__ == "__main__":
    main(sys.argv[1:])
