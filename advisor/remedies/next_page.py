"""The page of a plan that reached it by OFFSET. In: the Limit, its table and order. Out: the query that goes on after a row."""

from __future__ import annotations

from advisor.model import IndexKey
from advisor.model.plan.access import Access
from advisor.model.plan.offsets import Skip
from advisor.remedies.keyset import after_in_sql, optional_in, order_in_sql
from advisor.remedies.rewrites import RewriteCode


def next_page(skip: Skip, scan: Access, order: tuple[IndexKey, ...]) -> RewriteCode:
    """The page after a known row, by the order's keys."""
    parameters = [f"${number}" for number in range(1, len(order) + 1)]
    columns = ", ".join(key.column or "" for key in order)
    notes = "" if scan.table else "-- end the order by a unique column, and compare it too\n"
    if scan.table and (optional := optional_in(order, scan.table)):
        notes = f"-- rows whose {' or '.join(optional)} is NULL are not reached: make it NOT NULL first\n"
    return RewriteCode(
        f"Page through {scan.name} by {columns}",
        skip.limit.location,
        f"-- {', '.join(parameters)}: {columns} of the last row of the page before; the first page has no such condition\n{notes}"
        f"WHERE {after_in_sql(order, parameters)}\nORDER BY {order_in_sql(order)}\nLIMIT {skip.returned:.0f}",
        "sql",
    )
