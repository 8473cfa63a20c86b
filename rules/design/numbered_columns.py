"""Columns that are numbered: phone1, phone2, phone3.

## Why it matters
They are one list, cut into columns. A fourth entry needs a migration; finding who has a number needs a condition and an index for
each column; nothing keeps the same entry from standing in two of them, or the first from being empty and the second not.

## When it is fine
The number belongs to the thing and cannot grow: months, hours, lines of an address, levels, quantiles, coordinates. Names that say
so are left alone, and so are two columns, and generated ones. Staging tables that mirror a file. Slots for what users add (text1,
text2, int1, int2; custom_field1, metadata1), which are only possible findings.

## What to do
A table of their own with a row for each entry, as below; an array where entries are only read and written together. The option
`at_least` says from how many columns on (default 3).

## Sources
- E. F. Codd, "A Relational Model of Data for Large Shared Data Banks" (1970), section 1.4, on repeating groups
- Bill Karwin, "SQL Antipatterns", chapter "Multicolumn Attributes"
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from advisor.habits import each_or_all
from advisor.model import Column, Schema, Table
from advisor.model.schema import words_of
from advisor.remedies.child_tables import rows_for_columns
from advisor.rule import Confidence, Finding, Options, Severity, prisma, project, rule, sql

NUMBER = re.compile(r"\d+")
FIXED = frozenset(
    """address addr street line adm admin level lvl tier day week month quarter year hour minute decade percentile quantile quartile
    decile bucket bin md sha utf iso ipv v version x y z lat lon lng p q h m d w byte octet word pad reserved dummy
    part phase stage round""".split()
)
"""Words of things whose number is fixed, or belongs to their name."""
TYPES = frozenset("text string keyword int integer long number num double float decimal bool boolean date datetime time".split())
SLOTS = frozenset(
    "custom metadata meta attribute attr field param parameter property prop column col slot extra udf generic stratum".split()
)
"""Words of columns whose sense users, or the rows, give them."""

BAD = [
    sql("CREATE TABLE contacts (id bigint PRIMARY KEY, name text, phone1 text, phone2 text, phone3 text);"),
    sql("CREATE TABLE contacts (id bigint PRIMARY KEY, email text NOT NULL, email_2 text, email_3 text, email_4 text);"),
    prisma("""
        model Product {
          id       Int     @id
          imageUrl1 String?
          imageUrl2 String?
          imageUrl3 String?
        }
    """),
    sql("""
        CREATE TABLE orders (
            id bigint PRIMARY KEY, item1_sku text, item1_count int, item2_sku text, item2_count int, item3_sku text, item3_count int
        );
    """),
    project(
        {"db/schema.sql": "CREATE TABLE polls (id bigint PRIMARY KEY, option_a text, answer1 text, answer2 text, answer3 text);"}
    ),
    sql("""
        CREATE TABLE calls (
            at date, phone1 text, phone2 text, phone3 text, fax0 text, fax1 text, fax2 text
        ) PARTITION BY RANGE (at);
    """),
    sql("CREATE TABLE sessions (id bigint PRIMARY KEY, metadata_1 text, metadata_2 text, metadata_3 text);"),
    sql(
        "\n".join(
            f"CREATE TABLE posts{letter} (id bigint PRIMARY KEY, phone1 text, phone2 text, phone3 text);"
            for letter in "abcdefghijk"
        )
    ),
]
GOOD = [
    sql("""
        CREATE TABLE places (
            id bigint PRIMARY KEY, address_line_1 text, address_line_2 text, address_line_3 text, adm1 text, adm2 text, adm3 text,
            x1 int, x2 int, x3 int, phone1 text, phone2 text
        );
        CREATE TABLE timings (id bigint PRIMARY KEY, p50 real, p90 real, p99 real, hour1 int, hour2 int, hour3 int);
        CREATE TABLE files (id bigint PRIMARY KEY, md5 text, sha1 text, sha256 text, last_7_days int, score_10 int);
    """),
    sql("""
        CREATE TABLE answers (id bigint PRIMARY KEY, answer1 text, answer2 int, answer3 jsonb);  -- three different things
        CREATE TABLE pages (
            id bigint PRIMARY KEY, document jsonb,
            link1 text GENERATED ALWAYS AS (document ->> 'link1') STORED,
            link2 text GENERATED ALWAYS AS (document ->> 'link2') STORED,
            link3 text GENERATED ALWAYS AS (document ->> 'link3') STORED
        );
        CREATE VIEW contacts AS SELECT 1 AS phone1, 2 AS phone2, 3 AS phone3;
    """),
]


@dataclass(frozen=True)
class Thresholds(Options):
    at_least: int = 3


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def numbered_columns(schema: Schema, options: Thresholds) -> Iterator[Finding]:
    tables = [table for table in schema.tables if table.kind in ("table", "partitioned table") and not table.of_tool]
    own = [table for table in tables if not schema.parents_of(table)]
    findings = [finding(table, lists) for table in own if (lists := lists_in(table, options.at_least))]
    message = f"{len(findings)} of {len(own)} tables keep lists in numbered columns: one more entry needs a migration"
    yield from each_or_all(findings, of=len(own), subject="numbered columns throughout", message=message)


def finding(table: Table, lists: Mapping[str, Sequence[Sequence[Column]]]) -> Finding:
    """One for a table. Slots by type (text1, text2, int1, int2) are a way to let users add columns of their own."""
    columns = [column for groups in lists.values() for group in groups for column in group]
    stem, groups = next(iter(lists.items()))
    return Finding(
        at=columns[0].location,
        subject=table.subject(*(column.name for column in columns)),
        message=(
            f"{table.name} keeps {'a list' if len(lists) == 1 else f'{len(lists)} lists'} in numbered columns ("
            f"{', '.join(named(found[0]) for found in lists.values())}): one more entry needs a migration"
        ),
        remedy=rows_for_columns(table, stem, groups[0]) if len(lists) == len(groups) == 1 else None,
        confidence=Confidence.POSSIBLE if are_slots(list(lists)) else Confidence.LIKELY,
    )


def are_slots(stems: Sequence[str]) -> bool:
    by_type = len(stems) > 1 and not TYPES.isdisjoint(stem.lower() for stem in stems)
    return by_type or all(not SLOTS.isdisjoint(words_of(stem)) for stem in stems)


def lists_in(table: Table, at_least: int) -> dict[str, list[list[Column]]]:
    """The groups of columns that differ by a number alone, by what stands before the number."""
    alike: dict[str, dict[int, Column]] = defaultdict(dict)
    for column in table.columns:
        numbers = NUMBER.findall(column.name)
        if len(numbers) == 1 and len(numbers[0]) < 4 and column.generated is None:
            alike[NUMBER.sub("#", column.name)][int(numbers[0])] = column
    found: dict[str, list[list[Column]]] = defaultdict(list)
    for pattern, numbered in alike.items():
        before, _, behind = pattern.partition("#")
        stem = before.rstrip("_")
        first = table.column(stem) if not behind and 1 not in numbered and 0 not in numbered else None
        members = dict(sorted(({1: first, **numbered} if first else numbered).items()))
        if is_list(members, at_least) and FIXED.isdisjoint(words_of(stem)) and len(stem) > 1:
            found[stem].append(list(members.values()))
    return found


def is_list(members: Mapping[int, Column], at_least: int) -> bool:
    """Whether they are counted through from 0 or 1, and of one type."""
    numbers = list(members)
    counted = numbers[0] in (0, 1) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return counted and len(numbers) >= at_least and len({column.type for column in members.values()}) == 1


def named(columns: Sequence[Column]) -> str:
    return f"{columns[0].name} to {columns[-1].name}"
