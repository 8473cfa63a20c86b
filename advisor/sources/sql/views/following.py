"""Views when what they read changes. In: the catalog, and a change to come. Out: the views after it, or those that go with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from json import loads

from msgspec.structs import replace
from pglast.parser import ParseError, parse_sql_json

from advisor.model import Name, Table
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.dependents import drop_what_reads_table
from advisor.sources.sql.spelling.expressions import is_call_of
from advisor.sources.sql.text.tree import Node, walk
from advisor.sources.sql.views.analysis import Analysis
from advisor.sources.sql.views.queries import analyse
from advisor.sources.sql.views.writing import print_query, rename_column, rename_relation


def parsed(view: Table) -> Node | None:
    """The query of a view; None where it cannot be read."""
    if view.view is None:
        return None
    try:
        query: Node = loads(parse_sql_json(view.view.text))["stmts"][0]["stmt"]
    except (ParseError, IndexError):
        return None
    return query


@contextmanager
def looked_up_like(catalog: Catalog, view: Table) -> Iterator[None]:
    """Names are found as when the view was made."""
    around = catalog.search_path
    catalog.search_path = view.view.search_path if view.view is not None else around
    try:
        yield
    finally:
        catalog.search_path = around


def analysis_of(catalog: Catalog, view: Table) -> tuple[Node, Analysis] | None:
    query = parsed(view)
    if query is None:
        return None
    with looked_up_like(catalog, view):
        return query, analyse(catalog, query)


def rewritten(catalog: Catalog, name: Name, change: Callable[[Analysis], None]) -> list[Table]:
    """The views that read a relation, with their queries changed."""
    found = []
    for view in catalog.views_reading(name):
        known = analysis_of(catalog, view)
        if known is not None and view.view is not None:
            query, analysis = known
            change(analysis)
            found.append(replace(view, view=replace(view.view, text=print_query(query))))
    return found


def views_after_rename(catalog: Catalog, old: Name, new: Name) -> list[Table]:
    """The views that read a relation, as they are once it has another name. To be asked before it has."""
    views = rewritten(catalog, old, lambda analysis: rename_relation(analysis, old, new))
    return [with_reads(view, old, new) for view in views]


def with_reads(view: Table, old: Name, new: Name) -> Table:
    query = view.view
    if query is None:
        return view
    return replace(view, view=replace(query, reads=tuple(new if name == old else name for name in query.reads)))


def views_after_column_rename(catalog: Catalog, table: Table, old: str, new: str) -> list[Table]:
    return rewritten(catalog, table.name, lambda analysis: rename_column(analysis, table, old, new))


def views_needing_column(catalog: Catalog, table: Name, column: str) -> list[Name]:
    """The views whose queries read a column."""
    found = []
    for view in catalog.views_reading(table):
        known = analysis_of(catalog, view)
        if known is not None and (table, column) in set(known[1].columns_read()):
            found.append(view.name)
    return found


def views_calling(catalog: Catalog, function: Name) -> list[Name]:
    """The views whose queries call a function."""
    return [
        table.name
        for table in catalog.tables()
        if table.view is not None
        and function.name in table.view.text
        and (query := parsed(table)) is not None
        and any(kind == "FuncCall" and is_call_of(fields, function, table.view.search_path) for kind, fields in walk(query))
    ]


def views_of_sequence(catalog: Catalog, sequence: Name) -> list[Name]:
    """The views whose queries read a sequence as a relation."""
    return [
        table.name
        for table in catalog.tables()
        if table.view is not None
        and sequence.name in table.view.text
        and (known := analysis_of(catalog, table)) is not None
        and sequence in known[1].sequences
    ]


def views_of_type(catalog: Catalog, spelling: str) -> list[Name]:
    """The views whose queries cast to a type."""
    return [
        table.name
        for table in catalog.tables()
        if table.view is not None and (known := analysis_of(catalog, table)) is not None and spelling in known[1].types
    ]


def drop_views(catalog: Catalog, names: Iterable[Name]) -> None:
    """Take views away, and what reads them."""
    for name in names:
        if catalog.table(name) is not None:
            drop_views(catalog, [view.name for view in catalog.views_reading(name)])
            drop_what_reads_table(catalog, name)
            catalog.remove(name)
