"""SQL in code: the statement joined with the loops and the bound values of the call."""

from __future__ import annotations

from advisor.model import CodeFile, Location, Loop, Query, RawSql, Scope
from advisor.sources.raw_queries import queries_of_code

HERE = Location("src/app.ts", 3, 1, 3, 40)
LOOP = Loop("for of", HERE, ("customer",), "customers", binding="customer")


def query(text: str, *parameters: str, loop: Loop | None = None) -> Query:
    raw = RawSql(HERE, Scope("application"), "pool.query", text, client="pool", parameters=parameters)
    if loop:
        raw = RawSql(
            HERE,
            Scope("application"),
            "pool.query",
            text,
            client="pool",
            loops=(loop,),
            uses_element_of=loop,
            parameters=parameters,
        )
    (found,) = queries_of_code(CodeFile("src/app.ts", "application", raw_sql=(raw,)))
    return found


def test_a_value_of_the_loops_element_ties_the_statement_to_it() -> None:
    found = query("SELECT * FROM orders WHERE customer_id = $1 AND open = $2", "customer.id", "true", loop=LOOP)
    assert found.uses_element_of is LOOP
    assert [(predicate.column, predicate.value, predicate.value_text) for predicate in found.predicates] == [
        ("customer_id", "element", "customer.id"),
        ("open", "variable", "true"),
    ]


def test_an_offset_bound_to_a_product_grows_with_the_page() -> None:
    found = query("SELECT id FROM posts ORDER BY id LIMIT $1 OFFSET $2", "20", "page * 20")
    assert found.offset is not None
    assert found.offset.grows_with_page
    assert found.limit is not None
    assert found.limit.constant == 20


def test_a_value_that_is_not_written_out_stays_its_placeholder() -> None:
    found = query("SELECT id FROM posts WHERE id = $1")
    assert [predicate.value_text for predicate in found.predicates] == ["$1"]


def test_a_text_that_is_no_query_is_none() -> None:
    raw = RawSql(HERE, Scope("application"), "pool.query", "BEGIN", client="pool")
    assert list(queries_of_code(CodeFile("src/app.ts", "application", raw_sql=(raw,)))) == []
