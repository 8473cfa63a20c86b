"""Figures and conditions of a plan in words. In: numbers, nodes. Out: short texts that every form of a plan shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from advisor.formats.excerpt import one_line
from advisor.formats.text import cells
from advisor.model import Plan, PlanNode
from advisor.model.plan.estimates import misestimates
from advisor.model.plan.times import exclusive_counts
from advisor.model.plan.titles import parts_of_title

CONDITIONS = (
    "Index Cond",
    "TID Cond",
    "Order By",
    "Hash Cond",
    "Merge Cond",
    "Join Filter",
    "One-Time Filter",
    "Filter",
    "Run Condition",
    "Conflict Filter",
    "Cache Key",
)
REMOVED = {
    "Index Cond": "Rows Removed by Index Recheck",
    "Join Filter": "Rows Removed by Join Filter",
    "Filter": "Rows Removed by Filter",
    "Conflict Filter": "Rows Removed by Conflict Filter",
}
BLOCKS = ("Shared Hit Blocks", "Shared Read Blocks", "Local Hit Blocks", "Local Read Blocks", "Temp Read Blocks")
READ_BLOCKS = ("Shared Read Blocks", "Local Read Blocks")
TEMPORARY = ("Temp Read Blocks",)


class Detail(Struct, frozen=True):
    """A line about a node. `trouble`: something went to disk, was not launched, or should not have been needed."""

    text: str
    trouble: bool = False


class Counts(Struct, frozen=True, eq=False):
    """Blocks of 8 kB that each node of a plan touched itself, those from outside shared buffers, those of temporary files."""

    blocks: Mapping[PlanNode, float]
    read: Mapping[PlanNode, float]
    temporary: Mapping[PlanNode, float]


def counts_of(plan: Plan) -> Counts:
    return Counts(exclusive_counts(plan, *BLOCKS), exclusive_counts(plan, *READ_BLOCKS), exclusive_counts(plan, *TEMPORARY))


def name_of(node: PlanNode) -> str:
    """`CTE top: `, `InitPlan 1: `, `SubPlan 2: ` before a node's title; empty for most nodes."""
    name = node.text("Subplan Name")
    return one_line(f"{name.partition(' (')[0]}: ") + " " if name else ""


def full_title(node: PlanNode) -> str:
    return one_line(name_of(node) + " ".join(parts_of_title(node)))


def off_words(plan: Plan, node: PlanNode) -> str:
    """`×625` for 625 times as many rows as expected, `÷40` for 40 times as few; empty where the estimate was about right."""
    ratio = misestimates(plan).get(node)
    if ratio is None:
        return ""
    return f"×{compact(ratio)}" if ratio > 1 else f"÷{compact(1 / ratio)}"


def details(node: PlanNode, counts: Counts) -> Iterator[Detail]:
    """What a node compares and throws away, how it sorts and groups, with how many workers, and what went wrong."""
    for name in CONDITIONS:
        if (value := node.text(name)) is not None:
            removed = node.number(REMOVED.get(name, ""))
            yield Detail(f"{name}: {value}" + (f", removes {compact(removed)}" if removed else ""))
    if node.type == "Bitmap Heap Scan" and (removed := node.number("Rows Removed by Index Recheck")):
        yield Detail(f"Recheck removes {compact(removed)}")
    for name, more in (("Sort Key", sort_method(node)), ("Group Key", "")):
        if isinstance(value := node.fields.get(name), list):
            yield Detail(f"{name}: {', '.join(map(str, value))}" + (f" · {more}" if more else ""))
    yield from workers(node)
    yield from (Detail(text, trouble=True) for text in troubles(node, counts))


def sort_method(node: PlanNode) -> str:
    method, used, kind = node.text("Sort Method"), node.number("Sort Space Used"), node.text("Sort Space Type")
    if method is None:
        return ""
    return f"{method}, {kilobytes(used)} {'on disk' if kind == 'Disk' else 'in memory'}" if used else method


def workers(node: PlanNode) -> Iterator[Detail]:
    """`2 of 2 workers`, of a plan that was run; `2 workers` where it was not."""
    planned = node.number("Workers Planned")
    if not planned:
        return
    if "Workers Launched" not in node.fields:
        yield Detail(f"{planned:,.0f} worker{'s' * (planned != 1)} planned")
        return
    launched = node.number("Workers Launched")
    yield Detail(f"{launched:,.0f} of {planned:,.0f} worker{'s' * (planned != 1)}", trouble=launched < planned)


def troubles(node: PlanNode, counts: Counts) -> Iterator[str]:
    """What was written to disk, read from disk, or switched off."""
    if node.number("Hash Batches") > 1:
        yield f"{node.number('Hash Batches'):,.0f} batches: the hash table did not fit into memory"
    if node.number("HashAgg Batches") > 1:
        yield f"{node.number('HashAgg Batches'):,.0f} batches, {kilobytes(node.number('Disk Usage'))} on disk"
    if read := counts.read.get(node):
        yield f"{compact(read)} blocks came from outside shared buffers"
    if temporary := counts.temporary.get(node):
        yield f"{compact(temporary)} blocks read from temporary files"
    if lossy := node.number("Lossy Heap Blocks"):
        yield f"{compact(lossy)} lossy blocks: the bitmap did not fit into work_mem"
    if fetches := node.number("Heap Fetches"):
        yield f"{compact(fetches)} heap fetches: the visibility map is out of date"
    if removed := node.number("Subplans Removed"):
        yield f"{removed:,.0f} partitions pruned at run time"
    if node.fields.get("Disabled") is True:
        yield "used although it is switched off: there was no other way"


def amount(own: float, measure: str) -> str:
    """Milliseconds or cost, as `measure` says."""
    return milliseconds(own) if measure == "time" else f"{own:,.0f}"


def percent(share: float) -> str:
    """`98 %`, `0.4 %`, `<0.1 %`; empty for nothing."""
    if share <= 0:
        return ""
    if share < 0.001:
        return "<0.1 %"
    return f"{share * 100:.1f} %" if share < 0.095 else f"{share * 100:.0f} %"


def compact(number: float) -> str:
    """Five characters at most up to a billion: `0.21`, `9,999`, `12.3k`, `3.60M`."""
    if number < 10:
        return f"{number:.2f}".rstrip("0").rstrip(".")
    if number < 10_000:
        return f"{number:,.0f}"
    for unit, size in (("k", 1e3), ("M", 1e6), ("G", 1e9)):
        if number < size * 999.5:
            scaled = number / size
            return f"{scaled:.{0 if scaled >= 99.95 else 1}f}{unit}"
    return f"{number:.1e}"


def milliseconds(time: Any) -> str:
    """`0.02 ms`, `15.9 ms`, `1,204 ms`, `83.1 s`."""
    if time >= 10_000:
        return f"{time / 1000:,.1f} s"
    return f"{time:,.0f} ms" if time >= 100 else f"{time:.1f} ms" if time >= 0.95 else f"{time:.2f} ms"


def kilobytes(size: float) -> str:
    return f"{size / 1024:,.1f} MB" if size >= 1024 else f"{size:,.0f} kB"


def cut(text: str, room: int) -> str:
    """The text in at most so many columns of a terminal, wide characters counting two."""
    if len(text) <= room and cells(text) <= room:
        return text
    kept, used = [], 1
    for character in text:
        used += cells(character)
        if used > room:
            break
        kept.append(character)
    return "".join(kept) + "…"
