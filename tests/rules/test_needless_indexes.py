"""The rules that call an index needless: one of them speaks of an index, and dropping what they name loses nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from advisor.engine.registry import all_rules
from advisor.finding import Finding
from advisor.model import Column, Expression, Index, IndexKey, Location, Name, Schema, Table
from advisor.remedies import DropIndex

HERE = Location("schema.sql", 1, 1, 1, 2)
POSTS = Name("public", "posts")
NEEDLESS = ("duplicate-index", "index-duplicates-constraint", "redundant-index", "hash-index-misuse")
RULES = {rule.name: rule for rule in all_rules() if rule.name in NEEDLESS}

keys = st.builds(IndexKey, st.sampled_from("abc"), descending=st.booleans(), nulls_first=st.sampled_from((None, None, True, False)))
indexes = st.builds(
    Index,
    name=st.none(),
    table=st.just(POSTS),
    keys=st.lists(keys, min_size=1, max_size=3, unique_by=lambda key: key.column).map(tuple),
    location=st.just(HERE),
    unique=st.booleans(),
    predicate=st.sampled_from((None, None, Expression("a > 0", ("a",)))),
    include=st.sampled_from(((), (), ("c",))),
    constraint=st.sampled_from((None, None, None, "unique")),
    nulls_not_distinct=st.booleans(),
)


def as_postgres_allows(index: Index, number: int) -> Index:
    """A name of its own; a constraint is unique, whole and in default order; NULLS NOT DISTINCT is a unique index's."""
    named = replace(index, name=f"i{number}", nulls_not_distinct=index.nulls_not_distinct and index.unique)
    if index.constraint is None:
        return named
    return replace(named, unique=True, predicate=None, keys=tuple(IndexKey(key.column) for key in index.keys))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    drawn = draw(st.lists(indexes, max_size=6))
    made = [as_postgres_allows(index, number) for number, index in enumerate(drawn)]
    hashed = [Index("hash", POSTS, (IndexKey("a"),), HERE, method="hash")] if draw(st.booleans()) else []
    primary = (
        [Index("primary", POSTS, (IndexKey("a"),), HERE, unique=True, constraint="primary key")] if draw(st.booleans()) else []
    )
    columns = tuple(Column(name, "text", HERE, nullable=name != "a") for name in "abc")
    return Table(POSTS, columns, HERE, tuple(draw(st.permutations([*made, *hashed, *primary]))))


def findings(table: Table) -> list[Finding]:
    schema = Schema((table,))
    context = {"hash-index-misuse": (None,)}
    return [finding for name, rule in RULES.items() for finding in rule(table, schema, *context.get(name, ()))]


def test_the_four_rules_are_there() -> None:
    assert sorted(RULES) == sorted(NEEDLESS)


@given(tables())
def test_no_index_is_spoken_of_twice(table: Table) -> None:
    subjects = [finding.subject for finding in findings(table)]
    assert len(subjects) == len(set(subjects))


@given(tables())
def test_dropping_what_they_name_leaves_every_query_served_and_every_rule_enforced(table: Table) -> None:
    dropped = [finding.remedy.index for finding in findings(table) if isinstance(finding.remedy, DropIndex)]
    kept = [index for index in table.indexes if index not in dropped]
    for index in dropped:
        assert index.constraint != "primary key"
        equal = [other for other in kept if index.repeats(other) and other.enforces_all_of(index)]
        longer = [other for other in kept if index.begins(other) and not index.unique]
        lookup = [other for other in kept if index.method == "hash" and other.method == "btree" and other.columns[0] == "a"]
        assert equal or longer or lookup


@given(tables())
def test_nothing_is_left_to_say_once_they_are_dropped(table: Table) -> None:
    dropped = [finding.remedy.index for finding in findings(table) if isinstance(finding.remedy, DropIndex)]
    mended = replace(table, indexes=tuple(index for index in table.indexes if index not in dropped))
    assert not [finding for finding in findings(mended) if isinstance(finding.remedy, DropIndex)]
