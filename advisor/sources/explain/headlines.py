"""The first line of a node in TEXT, without its arrow, in; PostgreSQL's JSON fields for it out.

TEXT folds several fields into one phrase: `Finalize GroupAggregate` is an Aggregate with Strategy and Partial Mode,
`Hash Right Join` a Hash Join with its Join Type, `Insert on t` a ModifyTable with its Operation. The names are those of
`ExplainNode` in PostgreSQL's `src/backend/commands/explain.c`, 9.6 to 18.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from advisor.sources.explain.lexis import number, unquote

COSTS = r"  \(cost=(?P<startup>\d+\.\d+)\.\.(?P<total>\d+\.\d+) rows=(?P<plan_rows>\d+) width=(?P<width>\d+)\)"
ACTUAL = r"(?:actual (?:time=(?P<first>\d+\.\d+)\.\.(?P<last>\d+\.\d+) )?rows=(?P<rows>\d+(?:\.\d+)?) loops=(?P<loops>\d+))"
NEVER = r"never executed"
FIGURES = re.compile(rf"(?:{COSTS})?(?: \((?:{ACTUAL}|(?P<never>{NEVER}))\))?$")
USUAL_FIGURES = re.compile(
    r"  \(cost=(\d+\.\d+)\.\.(\d+\.\d+) rows=(\d+) width=(\d+)\)"
    r" \(actual time=(\d+\.\d+)\.\.(\d+\.\d+) rows=(\d+(?:\.\d+)?) loops=(\d+)\)$"
)
"""Those of EXPLAIN ANALYZE, which most plans have: a plain pattern is quicker than one with parts that may be missing."""
SHORT_FIGURES = 200
NO_COSTS = (None, None, None, None)
WORKER_FIGURES = re.compile(rf"{ACTUAL}$")

IDENTIFIER = r'(?:"(?:[^"]|"")*"|[^\s".()]+)'
TARGET = re.compile(rf"(?:(?P<schema>{IDENTIFIER})\.)?(?P<one>{IDENTIFIER})(?: (?P<two>{IDENTIFIER}))?$")

JOIN = re.compile(r"(Nested Loop|Merge|Hash)(?: (Left|Full|Right Semi|Right Anti|Right|Semi|Anti))? Join$")
AGGREGATE = re.compile(r"(?:(Partial|Finalize) )?(Aggregate|GroupAggregate|HashAggregate|MixedAggregate)$")
SET_OPERATION = re.compile(r"(SetOp|HashSetOp) ((?:Intersect|Except)(?: All)?)$")
INDEX_SCAN = re.compile(rf"(Index Scan|Index Only Scan)( Backward)? using ({IDENTIFIER}) on (.+)$", re.DOTALL)
MODIFY = re.compile(r"(Foreign )?(Insert|Update|Delete|Merge) on (.+)$", re.DOTALL)
CUSTOM = re.compile(r"Custom Scan(?: \((?P<provider>[^)]*)\))?(?: on (?P<target>.+))?$", re.DOTALL)
CITUS_STEP = re.compile(r"Task|MapMergeJob|Distributed Subplan \S+")
OTHER_SCAN = re.compile(r"(?P<type>[A-Z][A-Za-z ]*?)(?: using (?P<index>" + IDENTIFIER + r"))? on (?P<target>.+)$", re.DOTALL)

PLAIN_SCANS = frozenset(("Seq Scan", "Bitmap Heap Scan", "Subquery Scan", "CTE Scan", "Function Scan", "WorkTable Scan"))
"""Scans of which nothing but the target is told in the phrase."""
BEFORE_RELATIONSHIP = ("Node Type", "Strategy", "Partial Mode", "Operation")
"""The fields that PostgreSQL prints before `Parent Relationship`."""
PLACES = {"Parent Relationship": None, "Subplan Name": None}
STRATEGIES = {"Aggregate": "Plain", "GroupAggregate": "Sorted", "HashAggregate": "Hashed", "MixedAggregate": "Mixed"}
PLAIN_NODES = frozenset(
    (
        "Result",
        "ProjectSet",
        "Append",
        "Merge Append",
        "Recursive Union",
        "BitmapAnd",
        "BitmapOr",
        "Gather",
        "Gather Merge",
        "Materialize",
        "Memoize",
        "Sort",
        "Incremental Sort",
        "Group",
        "WindowAgg",
        "Unique",
        "LockRows",
        "Limit",
        "Hash",
        "Foreign Scan",
        "Custom Scan",
    )
)
"""Nodes whose name stands alone."""
NAME_OF_TARGET = {
    "Function Scan": "Function Name",
    "Table Function Scan": "Table Function Name",
    "CTE Scan": "CTE Name",
    "WorkTable Scan": "CTE Name",
    "Named Tuplestore Scan": "Tuplestore Name",
    "Values Scan": None,
    "Subquery Scan": None,
}
"""What the name after ` on ` is, for scans of something other than a table; None where only an alias is printed."""
NODE_TYPES = PLAIN_NODES | {
    *NAME_OF_TARGET,
    "ModifyTable",
    "Nested Loop",
    "Merge Join",
    "Hash Join",
    "Aggregate",
    "SetOp",
    "Seq Scan",
    "Sample Scan",
    "Index Scan",
    "Index Only Scan",
    "Bitmap Index Scan",
    "Bitmap Heap Scan",
    "Tid Scan",
    "Tid Range Scan",
}
"""Every value of `Node Type` that PostgreSQL 9.6 to 18 prints."""


def split_figures(line: str) -> tuple[str, re.Match[str] | None]:
    """The phrase and the match of `  (cost=...) (actual ...)` behind it; None where the line carries no figures."""
    if not line.endswith(")"):
        return line, None
    start = line.rfind("  (cost=")
    if start > 0 and (match := USUAL_FIGURES.match(line, start)):
        return line[:start], match
    # Costs come first where there are any; a pattern that is tried at one place is far quicker than one that is searched for.
    match = (FIGURES.match(line, start) if start >= 0 else None) or FIGURES.search(line)
    if match is None or match.start() == len(line):
        return line, None
    return line[: match.start()], match


def figures(match: re.Match[str] | None) -> dict[str, Any]:
    """The costs and actual figures of a node or of a worker's line."""
    if match is None:
        return {}
    found: tuple[Any, ...] = match.groups()
    if match.re is USUAL_FIGURES:
        found = (*found, None)
    elif match.re is WORKER_FIGURES:
        found = (*NO_COSTS, *found, None)
    startup, total, plan_rows, width, first, last, rows, loops, never = found
    # The pattern leaves nothing but digits and a point: only a number too long to be one needs a second look.
    real, whole = (float, int) if match.end() - match.start() < SHORT_FIGURES else (number, number)
    fields: dict[str, Any] = {}
    if startup is not None:
        fields["Startup Cost"], fields["Total Cost"] = real(startup), real(total)
        fields["Plan Rows"], fields["Plan Width"] = whole(plan_rows), whole(width)
    if first is not None:
        fields["Actual Startup Time"], fields["Actual Total Time"] = real(first), real(last)
    if rows is not None:
        fields["Actual Rows"], fields["Actual Loops"] = real(rows) if "." in rows else whole(rows), whole(loops)
    elif never is not None:
        fields["Actual Rows"] = fields["Actual Loops"] = 0
    return fields


def is_known_phrase(phrase: str) -> bool:
    """Whether a phrase without figures (COSTS OFF) names a node of PostgreSQL's own."""
    return parse_phrase(phrase)["Node Type"] in NODE_TYPES


def is_step_elsewhere(phrase: str) -> bool:
    """Whether a phrase names what Citus prints among the nodes without figures: work that other servers do."""
    return CITUS_STEP.fullmatch(phrase) is not None


def parse_phrase(phrase: str) -> dict[str, Any]:
    """The fields that a node's phrase stands for. A node of a kind that is not known keeps its phrase as `Node Type`."""
    return {name: value for name, value in _with_places(phrase).items() if name not in PLACES}


def with_places(phrase: str) -> dict[str, Any]:
    """The same with room for what only the tree tells, where PostgreSQL prints it; for the caller to fill or remove."""
    return _with_places(phrase).copy()


@lru_cache(maxsize=1024)
def _with_places(phrase: str) -> dict[str, Any]:
    """Kept: a large plan has the same phrases again and again. Nobody changes what it returns."""
    aware = phrase.startswith("Parallel ")
    phrase = phrase.removeprefix("Parallel ")
    capable = phrase.startswith("Async ")
    fields = _identity(phrase.removeprefix("Async "))
    found = {name: fields.pop(name) for name in BEFORE_RELATIONSHIP if name in fields} | PLACES
    if "Custom Plan Provider" in fields:
        found["Custom Plan Provider"] = fields.pop("Custom Plan Provider")
    found["Parallel Aware"] = aware
    if capable:
        found["Async Capable"] = True
    return found | fields


def _identity(phrase: str) -> dict[str, Any]:
    if phrase in PLAIN_NODES:
        return {"Node Type": phrase, **({"Operation": "Select"} if phrase == "Foreign Scan" else {})}
    if phrase == "Nested Loop":
        return {"Node Type": phrase, "Join Type": "Inner"}
    if " on " in phrase:
        return _scan(phrase)
    if match := JOIN.match(phrase):
        base = match[1] if match[1] == "Nested Loop" else f"{match[1]} Join"
        return {"Node Type": base, "Join Type": match[2] or "Inner"}
    if match := AGGREGATE.match(phrase):
        return {"Node Type": "Aggregate", "Strategy": STRATEGIES[match[2]], "Partial Mode": match[1] or "Simple"}
    if match := SET_OPERATION.match(phrase):
        return {"Node Type": "SetOp", "Strategy": "Hashed" if match[1] == "HashSetOp" else "Sorted", "Command": match[2]}
    return _scan(phrase)


def _scan(phrase: str) -> dict[str, Any]:
    if phrase.startswith("Index ") and (match := INDEX_SCAN.match(phrase)):
        direction = "Backward" if match[2] else "Forward"
        return {"Node Type": match[1], "Scan Direction": direction, "Index Name": unquote(match[3]), **parse_target(match[4])}
    if match := MODIFY.match(phrase):
        return {"Node Type": "Foreign Scan" if match[1] else "ModifyTable", "Operation": match[2], **parse_target(match[3])}
    if phrase.startswith("Custom ") and (match := CUSTOM.match(phrase)):
        provider = {"Custom Plan Provider": match["provider"]} if match["provider"] else {}
        return {"Node Type": "Custom Scan", **provider, **(parse_target(match["target"]) if match["target"] else {})}
    kind, _, place = phrase.partition(" on ")
    if kind in PLAIN_SCANS and (target := parse_target(place, kind)):
        return {"Node Type": kind, **target}
    match = OTHER_SCAN.match(phrase)
    if match is None:
        return {"Node Type": phrase}
    if match["type"] == "Bitmap Index Scan":
        return {"Node Type": match["type"], "Index Name": unquote(match["target"])}
    target = parse_target(match["target"], match["type"])
    if not target:
        return {"Node Type": phrase}
    operation = {"Operation": "Select"} if match["type"] == "Foreign Scan" else {}
    index = {"Index Name": unquote(match["index"])} if match["index"] else {}
    return {"Node Type": match["type"], **operation, **index, **target}


def parse_target(text: str, node_type: str = "Seq Scan") -> dict[str, Any]:
    """`shop.orders o` as Relation Name, Schema and Alias (the name, where none is printed); empty where it is no target."""
    match = TARGET.match(text)
    if match is None:
        return {}
    schema, name, alias = match.groups()
    name = unquote(name)
    key = NAME_OF_TARGET.get(node_type, "Relation Name")
    fields = {key: name} if key else {}
    if schema:
        fields["Schema"] = unquote(schema)
    fields["Alias"] = unquote(alias) if alias else name
    return fields
