"""What expressions and queries speak of gets another name. In: the catalog, how a node changes. Out: the catalog with it changed.

PostgreSQL keeps expressions and the queries of views as trees that know functions, types and collations, whatever they are called.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from advisor.model import Expression
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.objects.rewording import Change, reword
from advisor.sources.sql.spelling.expressions import IN_EXPRESSIONS, rewritten
from advisor.sources.sql.text.tree import walk
from advisor.sources.sql.types.constants import with_expressions
from advisor.sources.sql.views.following import parsed
from advisor.sources.sql.views.writing import print_query


def change_mentions(catalog: Catalog, word: str, change: Change) -> None:
    """Change the nodes of all expressions, queries and kept statements that have a word."""
    reword(catalog, word, change)

    def changed(given: Expression) -> Expression:
        if word not in given.text:
            return given
        return rewritten(given, lambda kind, fields: change(kind, fields, IN_EXPRESSIONS))

    change_expressions(catalog, changed)
    for view in catalog.tables():
        query = parsed(view) if view.view is not None and word in view.view.text else None
        if query is not None and view.view is not None:
            before = print_query(query)
            for kind, fields in list(walk(query)):
                change(kind, fields, view.view.search_path)
            if print_query(query) != before:
                catalog.put(replace(view, view=replace(view.view, text=print_query(query))))


def change_expressions(catalog: Catalog, change: Callable[[Expression], Expression]) -> None:
    """Those of tables, domains and the defaults of functions' arguments."""
    for table in catalog.tables():
        changed = with_expressions(table, change)
        if changed != table:
            catalog.put(changed)
    for domain in catalog.types.domains():
        checks = tuple(replace(check, expression=change(check.expression)) for check in domain.checks)
        catalog.types.put(replace(domain, checks=checks, default=change(domain.default) if domain.default else None))
    for function in catalog.objects.functions():
        arguments = tuple(replace(found, default=change(found.default) if found.default else None) for found in function.arguments)
        if arguments != function.arguments:
            catalog.objects.put_function(replace(function, arguments=arguments))
    catalog.changed()
