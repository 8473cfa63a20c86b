"""A sort that did not fit into work_mem and went through temporary files.

## Why it matters
What does not fit is written out in runs, read again and merged. Measured on 300,000 posts at the default work_mem of 4 MB:
43 MB written and read. On an idle machine they stay in the page cache and cost little (174 ms with them, 186 ms sorted in
memory); on a busy one they are disk reads and writes that everyone waits for, and they count against temp_file_limit.

## When it is fine
A report or a maintenance job that runs alone at night, on a machine with memory to spare. A sort that spills a few
megabytes is not reported.

## What to do
First ask whether the sort is needed: an index gives the order without one, a LIMIT turns it into a top-N heap, and fewer
columns make the rows smaller. Then give this statement more work_mem, not the whole server: the setting counts for every
sort and hash of every connection, and parallel workers take it each. In memory a sort needs more than its runs took on
disk: up to 37 bytes a row (61 before version 17) for the array of sort entries and the allocator, measured on nine shapes of rows.
A sort in memory need not be quicker where the files stay in the page cache: it is the disk that is spared.

## Sources
- PostgreSQL documentation, "Resource Consumption", `work_mem`; "Using EXPLAIN" (Sort Method)
- the measurement: PostgreSQL 15 and 18, 60,000 to 300,000 rows, Disk against the least work_mem of the same sort; the entry is
  `SortTuple` in `src/include/utils/tuplesort.h` (24 bytes)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from advisor.model import Plan, PlanNode, Target
from advisor.model.plan.memory import bytes_of_sort, megabytes_for_sort
from advisor.model.plan.times import exclusive_times
from advisor.model.plan.tree import number_in
from advisor.remedies import RunSql
from advisor.rule import Finding, PlanOptions, Severity, plan, rule, saving

BAD = [
    plan("""
        Sort  (cost=58062.39..58811.60 rows=299681 width=133) (actual time=124.155..156.982 rows=300000.00 loops=1)
          Sort Key: views
          Sort Method: external merge  Disk: 42944kB
          Buffers: shared hit=7316, temp read=5368 written=5380
          ->  Seq Scan on posts  (cost=0.00..10312.81 rows=299681 width=133) (actual time=0.014..24.426 rows=300000.00 loops=1)
                Buffers: shared hit=7316
        Planning Time: 0.064 ms
        Execution Time: 174.210 ms
    """),
]
GOOD = [
    plan("""
        Sort  (cost=37607.90..38357.90 rows=300000 width=133) (actual time=116.490..180.679 rows=300000.00 loops=1)
          Sort Key: views
          Sort Method: quicksort  Memory: 53468kB
          Buffers: shared hit=7316
          ->  Seq Scan on posts  (cost=0.00..10316.00 rows=300000 width=133) (actual time=0.014..25.623 rows=300000.00 loops=1)
                Buffers: shared hit=7316
        Planning Time: 0.072 ms
        Execution Time: 206.266 ms
    """),
]
KIB = 1024
KIB_OF_A_BLOCK = 8


@dataclass(frozen=True)
class SpillOptions(PlanOptions):
    """When a sort on disk is worth a word."""

    min_disk: int = 4096
    """kB that one process wrote."""
    max_work_mem: int = 1024
    """MB: the most work_mem that is suggested for one statement."""


class Spill(Struct, frozen=True):
    """kB on disk: of the largest sort, and of all that a process sorted."""

    largest: float
    total: float


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def sort_spills_to_disk(plan: Plan, target: Target, options: SpillOptions) -> Iterator[Finding]:
    if plan.elapsed is not None and options.skips(plan):
        return
    for node in plan.walk():
        if node.type not in ("Sort", "Incremental Sort") or not (found := sorts_on_disk(node)):
            continue
        largest = max(spill.largest for spill in found)
        if largest >= options.min_disk and options.weighs(plan, exclusive_times(plan).get(node, plan.elapsed or 0.0)):
            # Processes and groups differ in size: the rows are shared out as the disk space is.
            rows = rows_sorted(node) * largest / max(sum(spill.total for spill in found), largest)
            size = bytes_of_sort(rows, largest * KIB, target.postgres_version, single=is_of_one_value(node))
            yield describe(plan, node, found, megabytes_for_sort(size), options)


def sorts_on_disk(node: PlanNode) -> list[Spill]:
    """What the leader wrote, and each worker."""
    workers = node.fields.get("Workers")
    processes = [node.fields, *(workers if isinstance(workers, list) else [])]
    return [spill for fields in processes if isinstance(fields, Mapping) for spill in spills(fields) if spill.total > 0]


def spills(fields: Mapping[str, Any]) -> Iterator[Spill]:
    """A sort's disk space, or that of an incremental one's groups, which are sorted one after the other."""
    if fields.get("Sort Space Type") == "Disk":
        used = number_in(fields, "Sort Space Used") or 0.0
        yield Spill(used, used)
    for name in ("Full-sort Groups", "Pre-sorted Groups"):
        group = fields.get(name)
        disk = group.get("Sort Space Disk") if isinstance(group, Mapping) else None
        if isinstance(group, Mapping) and isinstance(disk, Mapping):
            total = (number_in(group, "Group Count") or 0.0) * (number_in(disk, "Average Sort Space Used") or 0.0)
            yield Spill((number_in(disk, "Peak Sort Space Used") or 0.0), total)


def rows_sorted(node: PlanNode) -> float:
    """Rows that went into the sorts of all processes, each sort's last time: what came out may have been cut short by a LIMIT."""
    given = [child.total_rows for child in node.children if child.text("Parent Relationship") not in ("InitPlan", "SubPlan")]
    times = 1.0 if "Workers" in node.fields else max(node.loops, 1.0)
    return (sum(given) if given else node.total_rows) / times


def is_of_one_value(node: PlanNode) -> bool:
    """Whether it sorts bare values of a fixed length, as an integer's: eight bytes at most, all of them the key."""
    keys = node.fields.get("Sort Key")
    return node.number("Plan Width") in (1, 2, 4, 8) and isinstance(keys, list) and len(keys) == 1


def describe(plan: Plan, node: PlanNode, found: Sequence[Spill], megabytes: int, options: SpillOptions) -> Finding:
    keys = node.fields.get("Sort Key")
    by = ", ".join(map(str, keys)) if isinstance(keys, list) else "its key"
    affordable = megabytes <= options.max_work_mem
    written, processes = sum(spill.total for spill in found), len(found) if "Workers" in node.fields else 1
    times = f" in {processes} processes" if processes > 1 else f", {node.loops:,.0f} times" if node.loops > 1 else ""
    advice = f"work_mem = '{megabytes}MB' would have held it" if affordable else "sort fewer rows, or let an index give the order"
    return Finding(
        at=node.location,
        subject=f"{node.type} on {by}",
        message=f"{node.type.lower()} by {by} wrote {written / KIB:,.0f} MB to disk for {rows_sorted(node):,.0f} rows{times}; "
        f"{advice}",
        remedy=RunSql(
            f"Give the sort by {by} {megabytes} MB of work_mem",
            f"-- in the transaction of this statement only\nSET LOCAL work_mem = '{megabytes}MB';",
            back="RESET work_mem;",
        )
        if affordable
        else None,
        # Every block is written once, and read once more.
        saving=saving(plan, blocks=2 * written / KIB_OF_A_BLOCK),
    )
