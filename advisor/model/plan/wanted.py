"""The index that a scan's conditions ask for: an access and its conditions in, indexes out, and those that are there already.

An index is wanted for what the conditions compare: equalities first, then the order that a LIMIT asks for or one range; where no
btree serves them, what does: GIN for containment and text search, trigrams for a LIKE that begins with a wild card, a partial index
for a condition that is always the same.
Sources: PostgreSQL documentation, "Multicolumn Indexes", "Indexes on Expressions", "Partial Indexes", "Operator Classes and
Operator Families" (`text_pattern_ops`), "GIN Indexes" (built-in operator classes), "pg_trgm".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from advisor.model.location import Location
from advisor.model.plan.access import Access, indexable, is_date_as_text, truths
from advisor.model.plan.conditions import EQUALITIES, RANGES, Condition, alternatives, columns_in, parts_of
from advisor.model.plan.immutable import unindexable
from advisor.model.schema import Expression, Index, IndexKey, Table

NOWHERE = Location("", 1, 1, 1, 1)
CONTAINS_ARRAY = frozenset(("@>", "<@", "&&"))
CONTAINS_JSON = frozenset(("@>", "?", "?|", "?&", "@?", "@@"))
MATCHES = frozenset(("~~", "~~*", "~", "~*", "%", "<%", "<<%"))
"""LIKE, regular expressions and likeness, which trigrams serve."""
PREFIX = re.compile(r"'(?:[^%_\\']|\\.|'')")
"""The beginning of a LIKE pattern that begins with plain text."""
ANCHORED = re.compile(r"'\^\w")
"""The same of a regular expression."""
TRIGRAM = re.compile(r"\w{3}")
GIVEN_TYPE = re.compile(r"'::(?P<type>[\w. ]+?(?:\[\])?)\)?$")
CHANGING = re.compile(r"\$\d|CURRENT_|LOCALTIME|\w\(|Plan \d")
"""What keeps a condition out of an index's predicate: it must be the same for every execution."""
SETTLED = frozenset(("is true", "is false", "is null", "is not null", "<>", "<> all", "!~~"))
"""Conditions that a program asks for in the same words each time, as a rule; the value of another changes."""
TRUTHS = frozenset(("is true", "is false", "is null"))
ROW = re.compile(r'ROW\([\w$."]+(?:, [\w$."]+)*\)')
MAX_RANGES = 2
"""Ranges in one index. Measured on 600,000 rows, two ranges that keep 6,960: 49.9 ms by a scan, 19.1 ms by an index on the first,
2.5 ms by one on both (PostgreSQL 18)."""
TEXTS = ("text", "character", "citext", "name", "varchar")


class Wanted(Struct, frozen=True):
    """An index that would lead to the rows. `why` is what it is for where that is no plain comparison; `extension` is one that its
    operator class comes from."""

    index: Index
    why: str = ""
    extension: str | None = None


def wanted_indexes(access: Access, found: Sequence[Condition], order: Sequence[IndexKey] = ()) -> tuple[Wanted, ...]:
    """The index for these conditions; for an OR one for each of its sides; nothing where no index serves them.

    `order` is the one that a LIMIT asks for (`wanted_order`): an index that ends with it need not be sorted.
    """
    equal = _equalities(access, found)
    then = _order_or_range(access, found, equal, order)
    special = next((each for one in found if (each := _containment(access, one) or _pattern(access, one)) is not None), None)
    if special is not None and not then:
        # A few values of a column, or the few rows that contain something: the second narrows more, as a rule.
        return (special,)
    if equal or then:
        return (_wanted(access, (*equal, *then), predicate="" if equal else settled(access, found)),)
    if special is not None:
        return (special,)
    return _for_sides(access, found) or _partial(access, found, order)


def _wanted(access: Access, keys: Iterable[IndexKey], *, why: str = "", predicate: str = "", method: str = "btree") -> Wanted:
    condition = Expression(predicate, columns_in(predicate)) if predicate else None
    extension = "pg_trgm" if any(key.opclass == "gin_trgm_ops" for key in keys) else None
    return Wanted(Index(None, access.name, tuple(keys), NOWHERE, method, predicate=condition), why, extension)


def _equalities(access: Access, found: Sequence[Condition]) -> tuple[IndexKey, ...]:
    """One value before a list: behind a list the rows come in no order."""
    plain = [(each.operator == "in", IndexKey(each.column)) for each in indexable(access, found) if each.is_equality]
    computed = [
        (each.comparison == "in", IndexKey(expression=one))
        for each in found
        if each.comparison in EQUALITIES and (one := _expression(access, each))
    ]
    return tuple(dict.fromkeys(key for _, key in sorted((*plain, *computed), key=lambda pair: pair[0])))


def _order_or_range(
    access: Access, found: Sequence[Condition], equal: Sequence[IndexKey], order: Sequence[IndexKey]
) -> tuple[IndexKey, ...]:
    """The order, where the index can give it; or the ranges, of which the second spares visits to the table, not entries."""
    ranges = [IndexKey(each.column) for each in indexable(access, found) if each.is_range]
    ranges += [IndexKey(expression=one) for each in found if each.comparison in RANGES and (one := _expression(access, each))]
    ranges = [key for key in dict.fromkeys(ranges) if key not in equal]
    taken = {key.column for key in equal}
    rest = () if has_list(found) else tuple(key for key in order if key.column not in taken)
    rows = [columns_in(own_words(access, each.expression or "")) for each in found if each.comparison in RANGES and is_row(each)]
    if rows and not ranges:
        return tuple(IndexKey(name) for name in rows[0] if name not in taken and _is_own(access, name))
    if rest and (equal or ranges) and (not ranges or ranges[0].column == rest[0].column):
        return rest
    prefixes = [key for each in found if not ranges and (key := _prefix(access, each)) is not None]
    return tuple(ranges[:MAX_RANGES] or prefixes[:1])


def has_list(found: Sequence[Condition]) -> bool:
    return any("in" in (each.operator, each.comparison) for each in found)


def is_row(condition: Condition) -> bool:
    """`ROW(created_at, id) < ROW(...)` of plain columns, which an index on them serves in this order."""
    return ROW.fullmatch(condition.expression or "") is not None


def _expression(access: Access, condition: Condition) -> Expression | None:
    """What is computed from the table's columns alone, and is the same whenever it is computed: an index may hold it.

    A cast of a column to another type is none: the value that it is compared with wants a cast, not the column.
    """
    text = own_words(access, condition.expression or "")
    if not text or condition.column is not None or text.startswith("ROW("):
        return None
    parts = parts_of(text)
    columns = parts.columns
    if not columns or (access.table is not None and any(access.table.column(name) is None for name in columns)):
        return None
    if not (parts.functions or parts.operators) or unindexable(access, text, parts):
        return None
    bare = text[1:-1] if text.startswith("(") and _closes_at_end(text) else text
    return Expression(bare, columns)


def _closes_at_end(text: str) -> bool:
    """Whether the bracket that a text begins with is closed by its last one."""
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return place == len(text) - 1
    return False


def own_words(access: Access, text: str) -> str:
    """An expression without the alias that the plan puts before its columns."""
    alias = access.node.text("Alias") or ""
    return re.sub(rf"(?<![\w\"'.]){re.escape(alias)}\.(?=[\w\"])", "", text) if alias else text


def _subject(access: Access, condition: Condition) -> IndexKey | None:
    """What a condition compares, as a key: the column where it is one (a cast from one text type to another is nothing)."""
    is_text = condition.column is not None and _is_text(access, condition.column) and not is_date_as_text(condition)
    if condition.column is not None and (condition.cast is None or is_text):
        return IndexKey(condition.column) if _is_own(access, condition.column) else None
    expression = _expression(access, condition)
    return IndexKey(expression=expression) if expression else None


def _is_own(access: Access, column: str) -> bool:
    return access.table is None or access.table.column(column) is not None


def _is_text(access: Access, name: str) -> bool:
    column = access.table.column(name) if access.table else None
    return access.table is None or (column is not None and column.type.startswith(TEXTS))


def _operator(condition: Condition) -> str:
    return condition.comparison or condition.operator


def _containment(access: Access, condition: Condition) -> Wanted | None:
    """GIN for arrays, jsonb and text search, GiST for ranges; by the type of what the column is compared with."""
    key, operator = _subject(access, condition), _operator(condition)
    given = match["type"].strip() if (match := GIVEN_TYPE.search(condition.value)) else ""
    column = access.table.column(condition.column) if access.table and condition.column else None
    type_ = column.type if column is not None else given
    if key is None or operator not in CONTAINS_ARRAY | CONTAINS_JSON:
        return None
    if type_.endswith("range"):
        return _wanted(access, [key], why="a GiST index", method="gist") if operator in CONTAINS_ARRAY else None
    serves = CONTAINS_JSON if type_ == "jsonb" else CONTAINS_ARRAY if type_.endswith("[]") else CONTAINS_JSON & {operator}
    return _wanted(access, [key], why="a GIN index", method="gin") if operator in serves else None


def _prefix(access: Access, condition: Condition) -> IndexKey | None:
    """A LIKE that begins with plain text is a range of a btree in the order of characters."""
    begins = {"~~": PREFIX, "~": ANCHORED}.get(_operator(condition))
    key = _subject(access, condition) if begins is not None and begins.match(condition.value) else None
    if key is None or key.column is None:
        return IndexKey(expression=key.expression, opclass="text_pattern_ops") if key else None
    column = access.table.column(key.column) if access.table else None
    if column is not None and column.type == "citext":
        return None
    if (
        column is not None
        and column.collation is not None
        and column.collation.strip('"').split(".")[-1].strip('"') in ("C", "POSIX")
    ):
        return key
    padded = column is not None and column.type.startswith("character(")
    return IndexKey(key.column, opclass="bpchar_pattern_ops" if padded else "text_pattern_ops")


def _pattern(access: Access, condition: Condition) -> Wanted | None:
    """Trigrams for a pattern that has three characters in a row; a shorter one finds nothing by them."""
    key = _subject(access, condition) if _operator(condition) in MATCHES else None
    is_short = condition.value.startswith("'") and not TRIGRAM.search(condition.value.rpartition("'")[0])
    if key is None or is_short:
        return None
    return _wanted(access, [IndexKey(key.column, key.expression, "gin_trgm_ops")], why="a trigram index", method="gin")


def _for_sides(access: Access, found: Sequence[Condition]) -> tuple[Wanted, ...]:
    """An index for each side of an OR, since it is served only where all of its sides are."""
    for condition in found:
        sides = [wanted_indexes(access, side) for side in alternatives(condition, access.node.text("Alias"))]
        if sides and all(sides) and not any(each.index.predicate for side in sides for each in side):
            return tuple(dict.fromkeys(each for side in sides for each in side))
    return ()


def settled(access: Access, found: Sequence[Condition]) -> str:
    """The condition on a truth, as a predicate: rows for which it is not so would be read in vain, in the order of the index."""
    truths_ = [each for each in found if each.operator in TRUTHS and each.cast is None]
    said = [each for each in truths_ if each.column and _is_own(access, each.column)]
    return " AND ".join(own_words(access, each.text) if len(said) == 1 else _bracketed(access, each) for each in said)


def partial_index(access: Access, keys: Sequence[IndexKey], found: Sequence[Condition]) -> tuple[Wanted, ...]:
    """An index on these keys for the rows of conditions that say the same each time; nothing where one of them changes."""
    constant = [each for each in found if each.operator in SETTLED and each.cast is None and not CHANGING.search(each.text)]
    known = access.table is None or all(access.table.column(name) for each in constant for name in columns_in(each.text))
    if not constant or len(constant) < len(found) or not known:
        return ()
    words = " AND ".join(own_words(access, each.text) if len(constant) == 1 else _bracketed(access, each) for each in constant)
    return (_wanted(access, keys, why="a partial index", predicate=words),)


def _partial(access: Access, found: Sequence[Condition], order: Sequence[IndexKey]) -> tuple[Wanted, ...]:
    """With the order that is asked for as its key, or the primary key, or the first column that it is about."""
    if not found:
        return ()
    primary = access.table.primary_key if access.table else None
    named = (*truths(found), *columns_in(own_words(access, found[0].text)))[:1]
    keys = tuple(order) or (primary.keys if primary else tuple(map(IndexKey, named)))
    return partial_index(access, keys, found)


def _bracketed(access: Access, condition: Condition) -> str:
    text = own_words(access, condition.text)
    return text if condition.is_truth and condition.column else f"({text})"


def serving(table: Table | None, wanted: Index, found: Sequence[Condition]) -> Index | None:
    """An index of the table that already serves what another is wanted for; None without one.

    A unique one whose columns are all compared by equality finds the one row there is, whatever else is asked of it.
    """
    if table is None:
        return None
    equal = {each.column for each in found if each.is_equality and each.column}
    served = next((index for index in table.indexes if _serves(index, wanted, found, equal)), None)
    said = tuple(IndexKey(each.column) for each in found if each.operator in ("is true", "is false") and each.column)
    if served is not None or wanted.predicate is None or not said:
        return served
    # A truth as the first column of an index, where a predicate is wanted.
    other, known = replace(wanted, keys=(*said, *wanted.keys), predicate=None), {*equal, *(key.column for key in said)}
    return next((index for index in table.indexes if _serves(index, other, found, {name for name in known if name})), None)


def _serves(index: Index, wanted: Index, found: Sequence[Condition], equal: set[str]) -> bool:
    if not index.valid or index.method != wanted.method or not _is_implied(index.predicate, wanted, found):
        return False
    if index.method == "btree" and index.proves_unique(equal):
        return True
    if len(index.keys) < len(wanted.keys) or any(key.collation for key in index.keys[: len(wanted.keys)]):
        return False
    asked = [key for key in wanted.keys if key.column not in equal and not _is_equal_expression(key, found)]
    leading = index.keys[: len(wanted.keys) - len(asked)]
    rest = index.keys[len(leading) : len(wanted.keys)]
    fixed = {_what(key) for key in wanted.keys if key not in asked}
    if {_what(key) for key in leading} != fixed:
        return False
    return _run_alike(rest, asked) if index.method == "btree" else {*map(_with_class, rest)} == {*map(_with_class, asked)}


def _is_equal_expression(key: IndexKey, found: Sequence[Condition]) -> bool:
    return key.expression is not None and any(
        each.comparison in EQUALITIES and each.expression and _normal(each.expression) == _normal(str(key.expression))
        for each in found
    )


def _run_alike(mine: Sequence[IndexKey], asked: Sequence[IndexKey]) -> bool:
    """Whether keys are the same in one order, read forwards or backwards."""
    pairs = list(zip(mine, asked, strict=True))
    if any(_with_class(one) != _with_class(other) for one, other in pairs):
        return False
    flips = {(one.descending != other.descending, one.puts_nulls_first != other.puts_nulls_first) for one, other in pairs}
    return flips <= {(False, False)} or flips <= {(True, True)}


def _what(key: IndexKey) -> str:
    return key.column if key.column is not None else _normal(str(key.expression))


def _with_class(key: IndexKey) -> tuple[str, str | None]:
    return _what(key), "text_pattern_ops" if (key.opclass or "").endswith("_pattern_ops") else key.opclass


def _is_implied(predicate: Expression | None, wanted: Index, found: Sequence[Condition]) -> bool:
    """Whether every row that is looked for is in an index of this predicate, as far as equal words and NOT NULL tell."""
    if predicate is None:
        return wanted.predicate is None
    if wanted.predicate is not None and _normal(str(predicate)) == _normal(str(wanted.predicate)):
        return True
    if predicate.implied_not_null:
        return set(predicate.implied_not_null) <= {each.column for each in found if each.operator not in ("is null", "")}
    return _normal(str(predicate)) in {_normal(each.text) for each in found}


def _normal(text: str) -> str:
    """Words that compare equal however they are bracketed and spaced, and whichever text type they are cast to."""
    return re.sub(r"::(?:text|character varying|regconfig)|[\s()]", "", text).lower()
