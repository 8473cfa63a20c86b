"""Two tables of one name. In: tables. Out: what their columns, keys, indexes and checks do not share, in SQL's words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from json import dumps
from typing import TypeVar

from advisor.model import Check, Column, Difference, ForeignKey, Index, Location, Orm, Policy, Table, Trigger
from advisor.model.difference import Side
from advisor.sources.comparing.expressions import comparable

Sides = tuple[Side, Side]
Part = TypeVar("Part", Index, ForeignKey, Check)

NOW = frozenset({"current_timestamp", "now()", "transaction_timestamp()"})
MAKES_UUID = re.compile(r"(?:\w+\.)?(?:gen_random_uuid|uuid_generate_v\d)\(\)")
DRAWN = re.compile(r"nextval\(", re.IGNORECASE)
SPELLINGS = {"bpchar": "character", "character(1)": "character"}
MOST_PRECISE = re.compile(r"(?<=time|tamp|rval)\(6\)")
"""Microseconds, which a type of time without a precision has too."""
ELEMENT = r"'(?:[^']|'')*'|-?[\d.]+"
ARRAY = re.compile(rf"ARRAY\[((?:{ELEMENT})(?:, (?:{ELEMENT}))*)\]")


def table_parts(
    left: Table, right: Table, sides: Sides, *, lenient: bool, orm: Orm | None = None, with_foreign_keys: bool = True
) -> Iterator[Difference]:
    """`lenient` leaves out what the schema of an ORM, or of this one, cannot say."""
    if left.complete and right.complete:
        yield from column_differences(left, right, sides, lenient=lenient, orm=orm)
    yield from index_differences(left, right, sides, lenient=lenient, orm=orm)
    if with_foreign_keys:
        yield from foreign_key_differences(left, right, sides)
    if not lenient:
        yield from unpaired("check", left, right, sides, left.checks, right.checks, check_shape)
        yield from missing_by_name("trigger", left, left.triggers, right.triggers, sides)
        yield from missing_by_name("policy", left, left.policies, right.policies, sides)
        if left.row_security and not right.row_security:
            yield Difference(
                "table", left.name.qualified, "row level security", "enabled", "disabled", left.location, right.location, sides
            )


def column_differences(left: Table, right: Table, sides: Sides, *, lenient: bool, orm: Orm | None = None) -> Iterator[Difference]:
    names = dict.fromkeys([column.name for column in (*left.columns, *right.columns)])
    for name in names:
        mine, theirs = left.column(name), right.column(name)
        subject = left.subject(name)
        if mine is None or theirs is None:
            places = (mine.location if mine else left.location, theirs.location if theirs else right.location)
            yield Difference("column", subject, None, column_text(mine), column_text(theirs), *places, sides)
            continue
        for attribute, one, other in attributes_that_differ(mine, theirs, lenient=lenient, orm=orm):
            yield Difference("column", subject, attribute, one, other, mine.location, theirs.location, sides)


def attributes_that_differ(
    left: Column, right: Column, *, lenient: bool, orm: Orm | None = None
) -> Iterator[tuple[str, str | None, str | None]]:
    if plain_type(left.type) != plain_type(right.type):
        yield "type", left.type, right.type
    # To Prisma a list is a list, whether its column takes NULL or not.
    if left.nullable != right.nullable and not (lenient and left.type.endswith("[]")):
        yield "nullable", null_text(left), null_text(right)
    # Whether it is generated, an ORM does not always say: a column that the server fills by itself has no default to compare.
    if left.generated is None and right.generated is None and not same_default(left, right, orm):
        yield "default", default_text(left), default_text(right)


def plain_type(name: str) -> str:
    return SPELLINGS.get(name) or MOST_PRECISE.sub("", name)


def same_default(left: Column, right: Column, orm: Orm | None) -> bool:
    """Texts are taken apart only where they differ. To TypeORM any function that makes a UUID is `generated: "uuid"` (`loadTables`
    of its PostgresQueryRunner), whichever of them a migration wrote."""
    if default_text(left) == default_text(right):
        return True
    kinds = (default_kind(left), default_kind(right))
    return kinds[0] == kinds[1] or (
        orm == "typeorm" and left.type == "uuid" and all(kind and MAKES_UUID.match(kind) for kind in kinds)
    )


def null_text(column: Column) -> str:
    return "NULL" if column.nullable else "NOT NULL"


def default_text(column: Column) -> str | None:
    if column.identity:
        return f"GENERATED {column.identity.upper()} AS IDENTITY"
    return column.default.text if column.default else None


def default_kind(column: Column) -> str | None:
    """A default as it is compared: an identity, a serial's sequence and whatever its name are all `counts up`."""
    if column.identity:
        return "counts up"
    text = comparable(column.default.text) if column.default else None
    if text is None:
        return None
    if DRAWN.match(text):
        return "counts up"
    plain = text.lower()
    # An array is written ARRAY[...] or '{...}', and with any element type.
    if (array := ARRAY.fullmatch(text)) is not None:
        elements = [element.strip("'").replace("''", "'") for element in re.findall(ELEMENT, array[1])]
        plain = "'" + dumps(elements).replace("'", "''").lower() + "'"
    return "now()" if plain in NOW else "'{}'" if plain == "array[]" else plain


def column_text(column: Column | None) -> str | None:
    return f"{column.type} {null_text(column)}" if column else None


def index_differences(left: Table, right: Table, sides: Sides, *, lenient: bool, orm: Orm | None = None) -> Iterator[Difference]:
    shape = join_table_shape if left.implicit else declared_shape if lenient else index_shape
    mine, theirs = left.indexes, right.indexes
    if lenient:
        mine, theirs = tuple(filter(can_be_declared, mine)), tuple(filter(can_be_declared, theirs))
    only_mine, only_theirs = without_counterpart(mine, theirs, shape)
    if lenient:
        # What the ORM cannot say in full (a partial index) may stand for what it says in part.
        partial = [index for index in right.indexes if not can_be_declared(index)]
        only_mine = [
            index for index in only_mine if not any(covers(other, index) for other in partial) and not is_implied(index, right)
        ]
        # A second index like one that is declared is a duplicate, not drift: nor is it to Prisma.
        declared = {shape(index) for index in left.indexes}
        only_theirs = [index for index in only_theirs if shape(index) not in declared and is_expected(orm, index, left)]
    yield from unpaired("index", left, right, sides, only_mine, only_theirs, shape)


def can_be_declared(index: Index) -> bool:
    return index.predicate is None and None not in index.columns and index.constraint != "exclusion" and not index.without_overlaps


def is_expected(orm: Orm | None, index: Index, declared: Table) -> bool:
    """Whether an index that only a history has should be declared.

    TypeORM knows neither methods (but gist) nor directions, and leaves what is marked `synchronize: false` to hand-written
    migrations. drizzle-kit compares with what it wrote last, and does not see what was added to that by hand: methods and operator
    classes are.
    """
    if orm == "typeorm":
        plain = index.method in ("btree", "gist") and not any(key.descending or key.opclass for key in index.keys)
        return plain and index.name not in declared.left_to_hand
    return orm != "drizzle" or index.method == "btree"


def is_implied(index: Index, built: Table) -> bool:
    """Whether a declared unique key holds by itself: the table's primary key has no other columns."""
    key = built.primary_key
    return index.unique and index.constraint != "primary key" and key is not None and set(key.columns) == set(index.columns)


def covers(partial: Index, declared: Index) -> bool:
    return partial.name == declared.name and declared.name is not None


def declared_shape(index: Index) -> tuple[object, ...]:
    """What all ORMs can say of an index; a unique constraint and a unique index are one."""
    kind = "primary key" if index.constraint == "primary key" else "unique" if index.unique else "index"
    return (tuple((key.column, key.descending) for key in index.keys), index.method, kind)


def join_table_shape(index: Index) -> tuple[object, ...]:
    """Prisma's own join tables have a primary key from version 6 on, before that a unique index: either will do."""
    return (index.columns, index.unique)


def index_shape(index: Index) -> tuple[object, ...]:
    keys = tuple(
        (key.column, comparable(key.expression.text) if key.expression else None, key.opclass, key.collation, key.descending,
         key.puts_nulls_first)
        for key in index.keys
    )  # fmt: skip
    predicate = comparable(index.predicate.text) if index.predicate else None
    return (keys, index.method, index.unique, index.constraint, predicate, index.include, index.nulls_not_distinct)


def foreign_key_differences(left: Table, right: Table, sides: Sides) -> Iterator[Difference]:
    """Keys that one side lacks; of those that lead from and to the same columns, what they do when a row goes or changes."""
    mine, theirs = without_counterpart(left.foreign_keys, right.foreign_keys, foreign_key_shape)
    alone = []
    for key in mine:
        other = next((one for one in theirs if way_of(one) == way_of(key)), None)
        if other is None:
            alone.append(key)
            continue
        theirs.remove(other)
        subject = f"{left.name.qualified}.{key.name or part_text(key)}"
        for attribute, one, two in (("ON DELETE", key.on_delete, other.on_delete), ("ON UPDATE", key.on_update, other.on_update)):
            if one != two:
                yield Difference("foreign key", subject, attribute, one, two, key.location, other.location, sides)
    yield from unpaired("foreign key", left, right, sides, alone, theirs, foreign_key_shape)


def foreign_key_shape(key: ForeignKey) -> tuple[object, ...]:
    return (*way_of(key), key.on_delete, key.on_update)


def way_of(key: ForeignKey) -> tuple[object, ...]:
    """From where to where a foreign key leads."""
    return (key.columns, key.referenced_table, key.referenced_columns)


def check_shape(check: Check) -> tuple[object, ...]:
    return (comparable(check.expression.text),)


def unpaired(
    kind: str,
    left: Table,
    right: Table,
    sides: Sides,
    mine: Iterable[Part],
    theirs: Iterable[Part],
    shape: Callable[[Part], tuple[object, ...]],
) -> Iterator[Difference]:
    """What has no counterpart of its shape on the other side, one for one; what has one of its name is told as one difference."""
    only_mine, only_theirs = without_counterpart(list(mine), list(theirs), shape)
    by_name = {part.name: part for part in only_theirs if part.name}
    for part in only_mine:
        other = by_name.pop(part.name, None) if part.name else None
        if other is not None:
            only_theirs.remove(other)
        yield Difference(
            kind, f"{left.name.qualified}.{part.name or part_text(part)}", "definition" if other else None, part_text(part),
            part_text(other) if other else None, part.location, other.location if other else right.location, sides,
        )  # fmt: skip
    for part in only_theirs:
        subject = f"{left.name.qualified}.{part.name or part_text(part)}"
        yield Difference(kind, subject, None, None, part_text(part), left.location, part.location, sides)


def without_counterpart(
    mine: Sequence[Part], theirs: Sequence[Part], shape: Callable[[Part], tuple[object, ...]]
) -> tuple[list[Part], list[Part]]:
    shared = Counter(map(shape, mine)) & Counter(map(shape, theirs))
    return remaining(mine, shape, Counter(shared)), remaining(theirs, shape, Counter(shared))


def remaining(
    parts: Sequence[Part], shape: Callable[[Part], tuple[object, ...]], shared: Counter[tuple[object, ...]]
) -> list[Part]:
    found = []
    for part in parts:
        if shared[shape(part)]:
            shared[shape(part)] -= 1
        else:
            found.append(part)
    return found


def part_text(part: Index | ForeignKey | Check) -> str:
    match part:
        case Index():
            kind = {"primary key": "PRIMARY KEY", "unique": "UNIQUE", "exclusion": "EXCLUDE"}.get(part.constraint or "")
            words = kind or ("UNIQUE INDEX" if part.unique else "INDEX")
            method = "" if part.method == "btree" else f" USING {part.method}"
            where = f" WHERE {part.predicate}" if part.predicate else ""
            return f"{words}{method} ({', '.join(map(str, part.keys))}){where}"
        case ForeignKey():
            text = (
                f"FOREIGN KEY ({', '.join(part.columns)}) REFERENCES {part.referenced_table} ({', '.join(part.referenced_columns)})"
            )
            actions = (("DELETE", part.on_delete), ("UPDATE", part.on_update))
            return text + "".join(f" ON {event} {action}" for event, action in actions if action != "NO ACTION")
        case Check():
            return f"CHECK ({part.expression})"


def missing_by_name(
    kind: str, table: Table, mine: Iterable[Trigger | Policy], theirs: Iterable[Trigger | Policy], sides: Sides
) -> Iterator[Difference]:
    """What the history makes and the server lacks."""
    there = {part.name for part in theirs}
    for part in mine:
        if part.name not in there:
            place: Location = part.location
            yield Difference(kind, f"{table.name.qualified}.{part.name}", None, "there", None, place, table.location, sides)
