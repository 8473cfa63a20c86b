"""The lines below a node's first one in TEXT, one at a time, in; PostgreSQL's JSON fields out.

Most are `Name: value` and keep their name. Some lines hold several fields in a shorthand of their own (`Buffers: shared hit=3`);
they are unfolded here, with the zeros that the shorthand leaves out. A line of a name that is not known is kept as it is.
The shorthands are those of PostgreSQL's `explain.c`, 9.6 to 18.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from advisor.sources.explain.lexis import beginning, number, split_list

LINE = re.compile(r"(?P<name>[A-Z][^:'\"()]*+): ?(?P<value>.*)$", re.DOTALL)
COUNT = re.compile(r"-?\d+$")
MEASURE = re.compile(r"-?\d+\.\d+$")

LISTS = frozenset(("Output", "Sort Key", "Presorted Key", "Group Key", "Conflict Arbiter Indexes"))
TRUTHS = frozenset(("Inner Unique", "Disabled", "Single Copy"))
RAW = frozenset(("Settings", "Conflict Arbiter Indexes", "Sort Method", "Query Text", "Query Parameters"))
"""Values in which a quote means nothing: names and settings are printed as they are."""
TEXTS = frozenset(
    (
        "Filter",
        "Index Cond",
        "Recheck Cond",
        "TID Cond",
        "Order By",
        "Join Filter",
        "Hash Cond",
        "Merge Cond",
        "One-Time Filter",
        "Run Condition",
        "Conflict Filter",
        "Cache Key",
        "Function Call",
        "Table Function Call",
        "Remote SQL",
        "Window",
    )
)
"""Values that are expressions, even where they look like a number."""
EXPRESSIONS = TEXTS | {"Output", "Sort Key", "Presorted Key", "Group Key", "Hash Key"}
"""Values whose quotes and brackets must close; one that does not was cut off, or goes on in the next line."""

DETAILS = EXPRESSIONS | frozenset(
    """
    Rows Removed by Filter|Rows Removed by Join Filter|Rows Removed by Index Recheck|Sort Method|Heap Blocks|Heap Fetches|Buckets
    Index Searches|Workers Planned|Workers Launched|Batches|Recheck Cond|Cache Mode|Hits|Subplans Removed|Conflict Resolution
    """.strip()
    .replace("\n    ", "|")
    .split("|")
)
"""Lines that stand below a node, and never below the whole plan."""

BLOCKS = {"hit": "Hit", "read": "Read", "dirtied": "Dirtied", "written": "Written"}
BUFFER_FIELDS = (
    *(f"{kind} {word} Blocks" for kind in ("Shared", "Local") for word in BLOCKS.values()),
    "Temp Read Blocks",
    "Temp Written Blocks",
)
WAL_FIELDS = {"records": "WAL Records", "fpi": "WAL FPI", "bytes": "WAL Bytes", "buffers full": "WAL Buffers Full"}
TUPLE_FIELDS = ("inserted", "updated", "deleted", "skipped")

HASH = re.compile(
    r"Buckets: (\d+)(?: \(originally (\d+)\))?  Batches: (\d+)(?: \(originally (\d+)\))?  (?:Peak )?Memory Usage: (\d+) ?kB$"
)
HASH_AGGREGATE = re.compile(
    r"(?:Planned Partitions: (\d+))?(?: {0,2}Batches: (\d+)  (?:Peak )?Memory Usage: (\d+) ?kB(?:  Disk Usage: (\d+) ?kB)?)?$"
)
MEMOIZE = re.compile(r"Hits: (\d+)  Misses: (\d+)  Evictions: (\d+)  Overflows: (\d+)  Memory Usage: (\d+) ?kB$")
SORT = re.compile(r"Sort Method:  ?(\S.*?)  (Memory|Disk): (\d+) ?kB$")
SORT_GROUPS = re.compile(
    r"(Full-sort|Pre-sorted|Presorted) Groups: (\d+)  Sort Methods?: (.+?)"
    r"(?:  Average Memory: (\d+) ?kB  Peak Memory: (\d+) ?kB)?(?:  Average Disk: (\d+) ?kB  Peak Disk: (\d+) ?kB)?$"
)
STORAGE = re.compile(r"Storage: (\w+)  Maximum Storage: (\d+) ?kB$")
SAMPLING = re.compile(r"Sampling: (\S+) \((.*?)\)(?: REPEATABLE \((.*)\))?$", re.DOTALL)
PAIR = re.compile(r"([a-z][a-z ]*)=([\d.]+)")
TIMING_SECTION = re.compile(r"(shared/local|shared|local|temp)?((?: ?(?:read|write)=[\d.]+)+)")


MAX_SHORTHAND = 2000
"""Longer than any such line can be; bounds the work on text that only looks like one."""


class NotUnderstoodError(ValueError):
    """A line that no grammar here fits. `str(error)` says why, for a person."""


def parse_detail(line: str, match: re.Match[str] | None = None) -> dict[str, Any]:
    """The fields of one detail line (`Hash Key` excepted, which the caller groups). Raises NotUnderstoodError.

    `match` is that of LINE, where the caller has it.
    """
    match = match or LINE.match(line)
    if match is None:
        raise NotUnderstoodError("this line is not understood")
    name, value = match[1], match[2]
    shorthand = SHORTHANDS.get(name)
    if shorthand is not None and len(line) > MAX_SHORTHAND:
        raise NotUnderstoodError(f"the value of {name} is not understood: it is too long")
    try:
        if shorthand is not None:
            return shorthand(line)
        return {name: _plain(name, value)}
    except ValueError as error:
        raise NotUnderstoodError(f"the value of {name} is not understood: {error}") from error


def _plain(name: str, value: str) -> Any:
    """One value in the type that JSON gives it."""
    if name in LISTS:
        return value.split(", ") if name in RAW else split_list(value)
    if name in TRUTHS and value in ("true", "false"):
        return value == "true"
    if name not in TEXTS and (COUNT.match(value) or MEASURE.match(value)):
        return number(value)
    return value


def _matched(pattern: re.Pattern[str], line: str) -> re.Match[str]:
    match = pattern.match(line)
    if match is None:
        raise ValueError(beginning(line))
    return match


def _hash(line: str) -> dict[str, Any]:
    found = _matched(HASH, line)
    buckets, batches = number(found[1]), number(found[3])
    return {
        "Hash Buckets": buckets,
        "Original Hash Buckets": number(found[2]) if found[2] else buckets,
        "Hash Batches": batches,
        "Original Hash Batches": number(found[4]) if found[4] else batches,
        "Peak Memory Usage": number(found[5]),
    }


def _hash_aggregate(line: str) -> dict[str, Any]:
    found = _matched(HASH_AGGREGATE, line)
    fields: dict[str, Any] = {"Planned Partitions": number(found[1])} if found[1] else {}
    if found[2]:
        # TEXT leaves the disk usage out where there was one batch, that is, where it is zero.
        fields |= {
            "HashAgg Batches": number(found[2]),
            "Peak Memory Usage": number(found[3]),
            "Disk Usage": number(found[4] or "0"),
        }
    return fields


def _memoize(line: str) -> dict[str, Any]:
    names = ("Cache Hits", "Cache Misses", "Cache Evictions", "Cache Overflows", "Peak Memory Usage")
    return {name: number(value) for name, value in zip(names, _matched(MEMOIZE, line).groups(), strict=True)}


def _sort(line: str) -> dict[str, Any]:
    found = SORT.match(line)
    if found is None:  # before 9.3, and where the space is not known
        return {"Sort Method": line.partition(": ")[2]}
    return {"Sort Method": found[1], "Sort Space Used": number(found[3]), "Sort Space Type": found[2]}


def _sort_groups(line: str) -> dict[str, Any]:
    found = _matched(SORT_GROUPS, line)
    group: dict[str, Any] = {"Group Count": number(found[2]), "Sort Methods Used": found[3].split(", ")}
    for kind, average, peak in (("Memory", found[4], found[5]), ("Disk", found[6], found[7])):
        if average:
            group[f"Sort Space {kind}"] = {"Average Sort Space Used": number(average), "Peak Sort Space Used": number(peak)}
    return {("Full-sort Groups" if found[1] == "Full-sort" else "Pre-sorted Groups"): group}


def _storage(line: str) -> dict[str, Any]:
    found = _matched(STORAGE, line)
    return {"Storage": found[1], "Maximum Storage": number(found[2])}


def _sampling(line: str) -> dict[str, Any]:
    found = _matched(SAMPLING, line)
    seed = {"Repeatable Seed": found[3]} if found[3] is not None else {}
    return {"Sampling Method": found[1], "Sampling Parameters": split_list(found[2]) if found[2] else [], **seed}


def _pairs(text: str, allowed: Mapping[str, str]) -> dict[str, int | float]:
    """`hit=3 read=1` under the names that JSON gives them; anything else in the text is an error."""
    rest = PAIR.sub("", text).strip(" ,")
    found = {name.strip(): value for name, value in PAIR.findall(text)}
    if rest or not found.keys() <= allowed.keys():
        raise ValueError(beginning(text))
    return {allowed[name]: number(value) for name, value in found.items()}


def _buffers(line: str) -> dict[str, Any]:
    fields: dict[str, Any] = dict.fromkeys(BUFFER_FIELDS, 0)
    for section in line.removeprefix("Buffers:").split(","):
        kind, _, counts = section.strip().partition(" ")
        if kind not in ("shared", "local", "temp"):
            raise ValueError(beginning(section))
        fields |= _pairs(counts, {word: f"{kind.capitalize()} {name} Blocks" for word, name in BLOCKS.items()})
    return fields


def _io_timings(line: str) -> dict[str, Any]:
    """Version 17 tells shared from local, 15 and 16 print them as one beside temp, and before there was one pair without a name."""
    fields: dict[str, Any] = {}
    for section in line.removeprefix("I/O Timings:").split(","):
        found = TIMING_SECTION.fullmatch(section.strip())
        if found is None:
            raise ValueError(beginning(section))
        prefix = "" if found[1] in (None, "shared/local") else f"{found[1].capitalize()} "
        names = {"read": f"{prefix}I/O Read Time", "write": f"{prefix}I/O Write Time"}
        fields |= dict.fromkeys(names.values(), 0.0) | _pairs(found[2].strip(), names)
    return fields


def _wal(line: str) -> dict[str, Any]:
    return {"WAL Records": 0, "WAL FPI": 0, "WAL Bytes": 0} | _pairs(line.removeprefix("WAL:").strip(), WAL_FIELDS)


def _heap_blocks(line: str) -> dict[str, Any]:
    names = {"exact": "Exact Heap Blocks", "lossy": "Lossy Heap Blocks"}
    return dict.fromkeys(names.values(), 0) | _pairs(line.removeprefix("Heap Blocks:").strip(), names)


def _tuples(line: str) -> dict[str, Any]:
    names = {word: f"Tuples {word.capitalize()}" for word in TUPLE_FIELDS}
    return dict.fromkeys(names.values(), 0) | _pairs(line.removeprefix("Tuples:").strip(), names)


SHORTHANDS: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "Buckets": _hash,
    "Planned Partitions": _hash_aggregate,
    "Batches": _hash_aggregate,
    "Hits": _memoize,
    "Sort Method": _sort,
    "Full-sort Groups": _sort_groups,
    "Pre-sorted Groups": _sort_groups,
    "Presorted Groups": _sort_groups,
    "Storage": _storage,
    "Sampling": _sampling,
    "Buffers": _buffers,
    "I/O Timings": _io_timings,
    "WAL": _wal,
    "Heap Blocks": _heap_blocks,
    "Tuples": _tuples,
}
"""Names of lines that hold several fields."""
