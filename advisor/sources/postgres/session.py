"""Questions to the catalogs. In: a connection. Out: rows, in one read-only transaction whose snapshot does not change.

What cannot be read (a catalog that a role may not see, a question that takes too long) costs that part alone, and is said.
A question is understood with `pg_catalog` as the search path, so that no function or operator that somebody put into `public`
can stand for one of PostgreSQL's (CVE-2018-1058), and answered with `public`, so that types and expressions are printed as the
model spells them: a cursor's query is planned where it is declared, names are printed where its rows are fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from advisor.model import Location, Skipped

if TYPE_CHECKING:
    import psycopg

Row = dict[str, Any]
"""A row, by the names of its columns."""

SETTINGS = {
    "search_path": "pg_catalog",
    "cursor_tuple_fraction": "1",
    "standard_conforming_strings": "on",
    "quote_all_identifiers": "off",
    "extra_float_digits": "1",
    "IntervalStyle": "postgres",
    "DateStyle": "ISO, MDY",
    "bytea_output": "hex",
    "xmlbinary": "base64",
}
"""What changes how the catalogs' contents are printed; every row of a cursor is fetched, so it is planned for all."""

USER_SCHEMA = """n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND (%(schema)s::text IS NULL OR n.nspname = %(schema)s::text)"""


@dataclass
class Session:
    """One transaction on one server. `schema` is the only schema to read, None for all of the user's."""

    connection: psycopg.Connection[Any]
    shown: str
    schema: str | None = None
    timeout_seconds: float = 60.0
    problems: list[Skipped] = field(default_factory=list)

    @property
    def version(self) -> int:
        """The server's major version."""
        return self.connection.info.server_version // 10_000

    @property
    def location(self) -> Location:
        """Where everything stands that was read here."""
        return Location(self.shown, 1, 1, 1, 1)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """The transaction: read only, one snapshot, and never for longer than it may."""
        self.connection.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            limit = f"{round(self.timeout_seconds * 1000)}ms"
            limits = dict.fromkeys(("statement_timeout", "idle_in_transaction_session_timeout"), limit)
            # Shorter, so that it is said what was waited for.
            limits["lock_timeout"] = f"{round(self.timeout_seconds * 500)}ms"
            for name, value in {**SETTINGS, **limits}.items():
                self.connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", [name, value])
            yield
        finally:
            if not self.connection.closed:
                self.connection.execute("ROLLBACK")

    def rows(self, query: str, what: str) -> list[Row]:
        """The answer to a question about `what` (in the plural, for people).

        `{user_schema}` in it is the condition on `n`, a row of pg_namespace.
        """
        import psycopg
        from psycopg.rows import dict_row

        text = query.replace("{user_schema}", USER_SCHEMA)
        self.connection.execute("SAVEPOINT question")
        try:
            with self.connection.cursor("question_cursor", row_factory=dict_row) as cursor:
                cursor.execute(text.encode(), {"schema": self.schema})
                self.search("public")
                found: list[Row] = cursor.fetchall()
                self.search("pg_catalog")
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable) as error:
            self.connection.execute("ROLLBACK TO SAVEPOINT question")
            self.problems.append(Skipped(self.shown, f"{what} could not be read: {one_line(error)}", location=self.location))
            return []
        self.connection.execute("RELEASE SAVEPOINT question")
        return found

    def search(self, path: str) -> None:
        self.connection.execute("SELECT pg_catalog.set_config('search_path', %s, true)", [path])

    def since(self, version: int, text: str, otherwise: str = "NULL") -> str:
        """A part of a question that only newer servers understand."""
        return text if self.version >= version else otherwise


def one_line(error: psycopg.Error) -> str:
    return (error.diag.message_primary or str(error)).strip().partition("\n")[0]


def not_of_extension(catalog: str, oid: str) -> str:
    """The condition that an object is not a member of an extension."""
    template = (
        "NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.{catalog}'::regclass"
        " AND e.objid = {oid} AND e.deptype = 'e')"
    )
    return template.replace("{catalog}", catalog).replace("{oid}", oid)
