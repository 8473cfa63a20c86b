"""Extended statistics. In: statistics objects of the model. Out: CREATE STATISTICS."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.model import Statistics
from advisor.remedies.sql import quote, quote_name

ALL_KINDS = frozenset({"ndistinct", "dependencies", "mcv"})


def statistics_sql(statistics: Statistics) -> Iterator[str]:
    """One object; its kinds are said where they are not all there are."""
    some = statistics.kinds and set(statistics.kinds) != ALL_KINDS
    kinds = f" ({', '.join(statistics.kinds)})" if some else ""
    keys = [quote(column) for column in statistics.columns] + [f"({expression})" for expression in statistics.expressions]
    name = quote_name(statistics.name)
    yield f"CREATE STATISTICS {name}{kinds} ON {', '.join(keys)} FROM {quote_name(statistics.table)};"
    if statistics.target is not None:
        yield f"ALTER STATISTICS {name} SET STATISTICS {statistics.target};"
