"""The bytes of a file in, a cheap guess out: may it access data at all? Files that do not are never parsed."""

from __future__ import annotations

import re

WORDS = (
    b"risma",
    b"edis",
    b".findMany",
    b".findUnique",
    b".findFirst",
    b"child_process",
    b"$queryRaw",
    b"$executeRaw",
    b"execa",
    b"'zx",
    b'"zx',
    b"'pg",
    b'"pg',
    b"postgres",
    b"rejectUnauthorized",
    b"NODE_TLS_REJECT_UNAUTHORIZED",
    b"sslmode=no-verify",
    b"equelize",
    b"knex",
    b"typeorm",
    b"drizzle",
    b"kysely",
    b"slonik",
)
CALLS = re.compile(rb"\b(?:db|tx|trx|database|pool|client)\.(?:query\(|\w+\.(?:create|update|delete|count|aggregate|upsert)\w*\()")


def mentions_data_access(data: bytes | str) -> bool:
    """Whether a file's text mentions a database, a cache or a child process."""
    text = data.encode("utf-8", errors="surrogatepass") if isinstance(data, str) else data
    return any(word in text for word in WORDS) or CALLS.search(text) is not None
