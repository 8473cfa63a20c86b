"""Small plans and the findings of one rule on them, for the tests of the rules on plans."""

from __future__ import annotations

from typing import Any, get_type_hints

from advisor.engine.registry import find_rule
from advisor.finding import Finding
from advisor.model import Index, IndexKey, Location, Name, Schema, Table, Target
from advisor.model.schema import Column
from advisor.rule import Options
from tests.sources.explain.plans import only_plan

HERE = Location("schema.sql", 1, 1, 1, 1)
POSTS = Name("public", "posts")
TYPES = {"id": "integer", "author_id": "integer", "title": "text", "views": "integer", "at": "timestamp with time zone"}


def posts(*indexes: Index, **more: Any) -> Schema:
    columns = tuple(Column(name, type_, HERE) for name, type_ in TYPES.items())
    primary = Index("posts_pkey", POSTS, (IndexKey("id"),), HERE, unique=True, constraint="primary key")
    return Schema((Table(POSTS, columns, HERE, indexes=(primary, *indexes), **more),))


def index(name: str, *columns: str, **more: Any) -> Index:
    return Index(name, POSTS, tuple(IndexKey(each) for each in columns), HERE, **more)


def found(rule: str, text: str, schema: Schema | None = None, **options: Any) -> list[Finding]:
    """The findings of a rule on a plan, with options in place of the defaults."""
    function = find_rule(rule).function
    hints = get_type_hints(function)
    kinds = {name: kind for name, kind in hints.items() if isinstance(kind, type) and issubclass(kind, Options)}
    facts: dict[str, Any] = {name: kind(**options) for name, kind in kinds.items()}
    if "schema" in hints:
        facts["schema"] = schema
    if "target" in hints:
        facts["target"] = Target()
    return list(function(only_plan(text), **facts))


def plan(*lines: str, took: float | None = 50.0) -> str:
    """Nodes from the root down, each line one deeper where it begins with `->`, with the time of the whole."""
    ending = f"Execution Time: {float(took)} ms\n" if took is not None else ""
    return "\n".join(lines) + "\n" + ending


def node(
    kind: str,
    *details: str,
    rows: float = 5,
    loops: int = 1,
    time: float = 40.0,
    depth: int = 0,
    estimated: float = 5,
    width: int = 8,
) -> str:
    """One timed node. `time` is that of one loop, as EXPLAIN has it."""
    lead = " " * (6 * depth - 4) + "->  " if depth else ""
    actual = f"(actual time=0.010..{time:.3f} rows={rows:.0f} loops={loops})"
    first = f"{lead}{kind}  (cost=0.00..9000.00 rows={estimated:.0f} width={width}) {actual}"
    return "\n".join([first, *(" " * (6 * depth + 2) + each for each in details)])
