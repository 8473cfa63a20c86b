"""What to say of an index that a plan asks for, and how to make it. In: scans, their conditions, a schema. Out: words, a remedy."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from advisor.model import Expression, Index, IndexKey, Name, Schema, Table
from advisor.model.plan.access import Access, is_date_as_text
from advisor.model.plan.conditions import Condition, parts_of
from advisor.model.plan.immutable import is_of_time, led_by, unindexable
from advisor.model.plan.wanted import MATCHES, SETTLED, Wanted, own_words, serving, wanted_indexes
from advisor.remedies.indexes import CreateIndex
from advisor.remedies.partitions import columns_of, free_name, partitions_for
from advisor.remedies.remedy import Remedy
from advisor.remedies.rewrites import RunSql
from advisor.remedies.scanned import index_for_scans
from advisor.remedies.sql import key_sql, quote, with_suffix


class CreateSpecialIndex(CreateIndex, frozen=True):
    """An index with a predicate, with columns that it only carries (INCLUDE), or of an extension's operator class."""

    predicate: str | None = None
    include: tuple[str, ...] = ()
    extension: str | None = None

    @classmethod
    def on_table(
        cls, table: Table, columns: tuple[str | IndexKey, ...], schema: Schema | None, *, include: tuple[str, ...] = ()
    ) -> CreateSpecialIndex:
        """For a table that is known: as partitions need it, and under a name that none of the table's indexes has."""
        return cls(table.name, columns, include=include).fitted(table, schema)

    def fitted(self, table: Table | None, schema: Schema | None) -> CreateSpecialIndex:
        if table is None or schema is None:
            return self
        return replace(self, name=free_name(table, columns_of(self.index)), partitions=partitions_for(self.index, table, schema))

    @property
    def index(self) -> Index:
        predicate = Expression(self.predicate) if self.predicate else None
        return replace(super().index, predicate=predicate, include=self.include)

    def title(self) -> str:
        method = f" using {self.method}" if self.method != "btree" else ""
        carried = f" including {', '.join(self.include)}" if self.include else ""
        where = f" where {self.predicate}" if self.predicate else ""
        return f"Index {self.table}{method} ({listed(self.index)}){carried}{where}"

    def up(self) -> str:
        needed = f"CREATE EXTENSION IF NOT EXISTS {quote(self.extension)};\n" if self.extension else ""
        return needed + super().up()

    def family(self) -> Hashable:
        """A plain index on the same columns is another thing: it does not say what this one leaves out or carries."""
        return (*CreateIndex.family(self), self.predicate, self.include)  # type: ignore[misc]


class IndexAdvice(Struct, frozen=True):
    """`words` go on after a semicolon. `existing` is an index that is there and could serve; then there is no remedy."""

    words: str
    remedy: Remedy | None = None
    existing: Index | None = None
    is_index: bool = False
    """Whether some index serves, be it there or not."""
    is_sure: bool = True
    """Whether it searches by all that is compared: what it leaves over may be what keeps the rows few."""


def advise(
    scans: Sequence[Access],
    found: Sequence[Condition],
    order: Sequence[IndexKey],
    schema: Schema | None,
    what: str = "",
    *,
    wanted: Sequence[Wanted] = (),
) -> IndexAdvice:
    """The index that leads to the rows of these conditions; the first scan stands for all of them (partitions of one table).

    `what` an index would do, where "no index leads to them" does not fit; `wanted` where the caller knows which one is.
    """
    access = scans[0]
    wanted = wanted or wanted_indexes(access, found, order)
    there = [serving(access.table, each.index, found) for each in wanted]
    missing = [each for each, index in zip(wanted, there, strict=True) if index is None]
    if not wanted:
        return IndexAdvice(why_none(access, found))
    if not missing:
        named = tuple(dict.fromkeys(str(index) for index in there))
        one = len(named) == 1
        words = f"{'index' if one else 'indexes'} {' and '.join(named)} could serve it and {'was' if one else 'were'} not used, "
        return IndexAdvice(f"{words}or {'is' if one else 'are'} newer than this plan", existing=there[0], is_index=True)
    names = [scan.name for scan in scans]
    remedy = remedy_for(names, missing, access.table, schema, names_in(scans))
    words = words_for(access.table, wanted, missing, what)
    return IndexAdvice(words, remedy, is_index=True, is_sure=is_whole(access, wanted, found))


def is_whole(access: Access, wanted: Sequence[Wanted], found: Sequence[Condition]) -> bool:
    """Whether the indexes search by every condition, but for what most rows fulfil, and whether a cast is known to mean nothing."""
    if len(wanted) > 1 or wanted[0].why:
        return True
    names = {key.column for key in wanted[0].index.keys}
    over = [each for each in found if each.column not in names and each.operator not in SETTLED]
    unknown_cast = access.table is None and any(each.cast == "text" and each.is_equality for each in found)
    by_expression = any(key.expression is not None for key in wanted[0].index.keys)
    return (not over or by_expression) and not unknown_cast


def names_in(scans: Sequence[Access]) -> frozenset[str]:
    """Names of indexes that the plan tells, and that another index cannot have."""
    found = (each.text("Index Name") for scan in scans for each in scan.node.walk())
    return frozenset(name for name in found if name is not None)


def words_for(table: Table | None, wanted: Sequence[Wanted], missing: Sequence[Wanted], what: str) -> str:
    if len(wanted) > 1:
        return f"an index for each side of its OR would serve it: {' and '.join(f'({listed(each.index)})' for each in missing)}"
    [one] = missing
    columns = listed(one.index)
    if one.index.predicate is not None:
        return f"a partial index would {what or 'serve it'}: ({columns}) WHERE {one.index.predicate}"
    if one.extension:
        what = columns.removesuffix(" gin_trgm_ops")
        return f"{one.why} (GIN with gin_trgm_ops, of the extension pg_trgm) on ({what}) would serve it"
    if one.why:
        return f"{one.why} on ({columns}) would serve it"
    if any((key.opclass or "").endswith("_pattern_ops") for key in one.index.keys):
        return f"an index on ({columns}) would serve this pattern"
    if table is not None and not what:
        return f"no index leads to them by {columns}"
    return f"an index on ({columns}) would {what or 'lead to them'}"


def listed(index: Index) -> str:
    return ", ".join(key_sql(key) for key in index.keys)


def why_none(scan: Access, found: Sequence[Condition]) -> str:
    """Why no index serves, and what would have to change."""
    if any(each.operator == "or" for each in found):
        return "no index serves all sides of its OR: a UNION of two statements may"
    pattern = next((each for each in found if (each.comparison or each.operator) in MATCHES and not is_date_as_text(each)), None)
    if pattern is not None and pattern.expression and not pattern.column:
        return why_not_computed(scan, pattern)
    if pattern is not None:
        return f"no index serves the pattern {pattern.value}: trigrams want three characters in a row"
    cast = next((each for each in found if each.cast and each.column), None)
    if cast is not None:
        name = cast.column
        return f"the cast of {name} to {cast.cast} keeps an index on it out: cast the value, or ask for a range of {name}"
    element = next((each for each in found if each.operator == "has element"), None)
    if element is not None:
        contains = f"{element.column} @> ARRAY[{element.value}]"
        return f"no index serves {element.text}: a GIN index on {element.column} serves {contains}"
    computed = next((each for each in found if each.expression and not each.column), None)
    return why_not_computed(scan, computed) if computed is not None else "no index serves its filter"


def why_not_computed(scan: Access, condition: Condition) -> str:
    """Why no index on what is computed is asked for, and what to ask for instead."""
    expression = own_words(scan, condition.expression or "")
    parts = parts_of(expression)
    column = ", ".join(parts.columns) or "the column"
    if is_of_time(parts) and not any(operator.startswith("->") for operator in parts.operators):
        index = led_by(scan, parts)
        served = f", which index {index} serves" if index else ""
        return f"no index serves {expression}: ask for a range of {column} itself{served}"
    reason = unindexable(scan, expression, parts) or ""
    if reason.startswith("can be"):
        return f"no index serves {expression}: compute it on the other side and compare {column} itself"
    if reason.startswith("calls"):
        name = reason.removeprefix("calls ")
        return f"no index serves {expression}: an index holds {name} only where it is IMMUTABLE and its other values never change"
    return f"no index serves {expression}, which depends on the session: keep what it stands for in a column of its own"


def remedy_for(
    names: Sequence[Name], wanted: Sequence[Wanted], table: Table | None, schema: Schema | None, taken: frozenset[str] = frozenset()
) -> Remedy:
    """One index as it is; several (of an OR, or of partitions whose parent no schema tells) as one piece of SQL."""
    each_name = [table.name] if table else list(dict.fromkeys(names))
    made = [renamed(made_index(name, each, table, schema), taken) for each in wanted for name in each_name]
    if len(made) == 1:
        return made[0]
    if len(wanted) == 1 and is_plain(wanted[0]):
        return index_for_scans(names, columns_for(wanted[0].index), table, schema)
    columns = " and ".join(f"({listed(each.index)})" for each in wanted)
    return RunSql(
        f"Index {', '.join(map(str, dict.fromkeys(each.table for each in made)))} {columns}",
        "\n".join(each.up() for each in made),
        back="\n".join(each.down() for each in made),
    )


def renamed(index: CreateIndex, taken: frozenset[str]) -> CreateIndex:
    """With a number after its name where a plan shows an index of that name, which no schema told of."""
    name = str(index.index.name)
    return replace(index, name=with_suffix(name.removesuffix("_idx"), "_idx1")) if name in taken else index


def is_plain(wanted: Wanted) -> bool:
    return wanted.index.method == "btree" and wanted.index.predicate is None and not wanted.index.include and not wanted.extension


def columns_for(index: Index) -> tuple[str | IndexKey, ...]:
    return tuple(key.column if key.column is not None and key == IndexKey(key.column) else key for key in index.keys)


def made_index(name: Name, wanted: Wanted, table: Table | None, schema: Schema | None) -> CreateIndex:
    """The index of one table, under a name that none of the table's indexes has."""
    index, columns = wanted.index, columns_for(wanted.index)
    if is_plain(wanted):
        return CreateIndex.on(table, columns, schema) if table and schema else CreateIndex(name, columns)
    predicate = str(index.predicate) if index.predicate else None
    made = CreateSpecialIndex(
        name, columns, method=index.method, predicate=predicate, include=index.include, extension=wanted.extension
    )
    return made.fitted(table, schema)
