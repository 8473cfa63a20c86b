"""Views. In: views and materialized views of the model. Out: CREATE VIEW."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.formats.ddl.columns import column_settings
from advisor.formats.ddl.indexes import index_statements, is_elsewhere, left_out
from advisor.formats.ddl.pieces import Statement
from advisor.formats.ddl.statistics import statistics_sql
from advisor.formats.ddl.tables import table_settings
from advisor.formats.ddl.view_columns import names_given_by
from advisor.formats.ddl.words import columns_sql, full_name
from advisor.model import Table, ViewQuery
from advisor.remedies.sql import quote, quote_name


def view_statement(table: Table, query: ViewQuery, *, again: bool = False) -> Statement:
    """Unqualified names of its query are looked up where they were when it was made. `again`: in place of its placeholder."""
    elsewhere = query.search_path not in ((), ("public",))
    name = full_name(table.name) if elsewhere else quote_name(table.name)
    kind = "MATERIALIZED VIEW" if table.kind == "materialized view" else "VIEW"
    start = f"CREATE{' OR REPLACE' if again else ''} {kind} {name}{column_list(table, query)}{''.join(options(table, query))}"
    return Statement(f"{start} AS\n{query.text.strip()}{ending(table, query)};", query.search_path if elsewhere else None)


def placeholder_statement(table: Table) -> Statement:
    """A view with the same columns and nothing in them."""
    columns = ",\n    ".join(f"NULL::{column.type} AS {quote(column.name)}" for column in table.columns)
    return Statement(f"CREATE VIEW {quote_name(table.name)} AS\nSELECT\n    {columns};")


def column_list(table: Table, query: ViewQuery) -> str:
    """The columns' names, where they are known and the query does not give them the same."""
    names = tuple(column.name for column in table.columns)
    return f" ({columns_sql(names)})" if names and names != names_given_by(query.text) else ""


def options(table: Table, query: ViewQuery) -> Iterator[str]:
    if table.access_method:
        yield f" USING {quote(table.access_method)}"
    settings = [*table.storage]
    settings += ["security_barrier=true"] if query.security_barrier else []
    settings += ["security_invoker=true"] if query.security_invoker else []
    if settings:
        yield f" WITH ({', '.join(settings)})"


def ending(table: Table, query: ViewQuery) -> str:
    if query.check_option is not None:
        return f"\nWITH {query.check_option.upper()} CHECK OPTION"
    return "\nWITH NO DATA" if table.kind == "materialized view" and not query.populated else ""


def beside_view(table: Table) -> Iterator[str]:
    """What stands beside the view: settings of its columns, a materialized view's indexes."""
    if is_elsewhere(table.tablespace):
        yield left_out(f"tablespace {table.tablespace} of {table.name.qualified}")
    yield from column_settings(table)
    yield from index_statements(table, ())
    yield from table_settings(table)
    for statistics in table.statistics:
        yield from statistics_sql(statistics)
