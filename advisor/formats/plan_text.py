"""A plan for a terminal. In: a Plan, or a review of some. Out: the tree with where the time goes, what was expected and what came.

The tree stands on the left and the figures on the right; the conditions stand below each node over the whole width.
Columns that would be empty are left out. Layout and colours are those of `advisor.formats.text`: lines of styled segments.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from msgspec import Struct

from advisor.finding import Finding
from advisor.formats.digest import answers, severity_word
from advisor.formats.excerpt import cut_end, one_line
from advisor.formats.text import Layout, Line, cells, coloured, of_failures, of_finding, of_summary, plain, wants_colour
from advisor.model import Plan, PlanNode
from advisor.model.plan_times import exclusive_costs, exclusive_times
from advisor.model.plan_titles import parts_of_title

if TYPE_CHECKING:
    from advisor.engine.review import Review

DEFAULT_WIDTH = 80
MIN_WIDTH = 60
WIDE = 100
BAR, SHORT_BAR = 8, 5
"""Characters of a whole bar, on a wide screen and on a narrow one."""
EIGHTHS = " ▏▎▍▌▋▊▉█"
HOT, WARM = 0.5, 0.2
"""Shares of the whole from which a node's bar is red, and yellow."""
OFF, FAR_OFF = 10.0, 100.0
"""Factors between rows and estimate from which they are told, and told in red."""
DEEPEST_GUIDES = 24
"""Columns of lines that lead to a node; below that, a tree is drawn no deeper."""
LEAST_TITLE = 20
FLAG = "▶ "
"""Stands before a node that a finding is about."""
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


class Column(Struct, frozen=True):
    """A column of figures: its heading, and what it shows of a node with the style to show it in."""

    heading: str
    show: Callable[[PlanNode], tuple[str, str]]


class Row(Struct, frozen=True):
    """A node in the tree: the lines that lead to it, and those that lead on below it."""

    node: PlanNode
    guides: str
    below: str


def to_stream(review: Review, stream: TextIO, environment: Mapping[str, str] = os.environ) -> str:
    """Every plan of a review with the findings about it, then what could not be read; in colour where the stream is a terminal."""
    width = max(shutil.get_terminal_size().columns, MIN_WIDTH) if stream.isatty() else None
    lines = lay_out_review(review, width)
    return coloured(lines, "auto" if stream.isatty() else "standard") if wants_colour(stream, environment) else plain(lines)


def render_plan(plan: Plan, width: int = DEFAULT_WIDTH, *, colour: bool = False) -> str:
    """One plan's tree as text."""
    lines = list(lay_out_plan(plan, width))
    return coloured(lines, "standard") if colour else plain(lines)


def lay_out_review(review: Review, width: int | None) -> Iterator[Line]:
    layout = Layout(review, width, answers(review))
    for plan in review.project.plans:
        yield from lay_out_plan(plan, width or DEFAULT_WIDTH, review.findings)
        yield []
    for finding in review.findings:
        yield from of_finding(finding, layout)
        yield []
    lines = list(of_failures(layout))
    yield from [*lines, []] if lines else []
    yield from of_summary(review)


def lay_out_plan(plan: Plan, width: int, findings: Sequence[Finding] = ()) -> Iterator[Line]:
    """Heading, column headings, then each node with what it did; nodes that findings are about are marked."""
    yield from of_heading(plan, width)
    columns = columns_of(plan, BAR if width >= WIDE else SHORT_BAR)
    figures = [[column.show(node) for column in columns] for node in plan.walk()]
    widths = [max(cells(column.heading), *(cells(row[number][0]) for row in figures)) for number, column in enumerate(columns)]
    marks: dict[object, str] = {finding.at: severity_word(finding) for finding in reversed(findings)}
    room = max(width - sum(widths) - 2 * len(widths), LEAST_TITLE)
    headings = [("dim", f"  {column.heading:>{size}}") for column, size in zip(columns, widths, strict=True)]
    yield [("", " " * room), *headings]
    for row, shown in zip(tree(plan), figures, strict=True):
        yield of_node(row, room, [(text, style, size) for (text, style), size in zip(shown, widths, strict=True)], marks)
        yield from of_details(row, room, width)


def of_heading(plan: Plan, width: int) -> Iterator[Line]:
    """Where the plan stands, what it took, and the statement's beginning."""
    facts = [("Planning Time", "planned in"), ("Execution Time", "executed in"), ("Total Runtime", "executed in")]
    times = [f"{words} {milliseconds(plan.fields[name])}" for name, words in facts if is_number(plan.fields.get(name))]
    times = times or (["executed, without timing"] if plan.root.analyzed else ["not executed: estimates only"])
    yield [("place", one_line(f"{plan.location.path}:{plan.location.line}")), ("", "  " + ", ".join(times))]
    if plan.statement:
        yield [("dim", cut_end(one_line(plan.statement), width))]


def columns_of(plan: Plan, bar_length: int) -> list[Column]:
    """The columns that have something to show in this plan."""
    times = exclusive_times(plan)
    own = times or exclusive_costs(plan)
    total = max(sum(own.values()), 0.001)
    nodes = list(plan.walk())
    columns = []
    if own:
        columns.append(Column("own time" if times else "own cost", lambda node: amount(own[node], total, is_time=bool(times))))
        columns.append(Column("", lambda node: bar(own[node] / total, bar_length)))
    if plan.root.analyzed:
        columns.append(Column("rows", actual_rows))
    if any("Plan Rows" in node.fields for node in nodes):
        columns.append(Column("expected", lambda node: (compact(node.estimated_rows), "dim")))
    if any(factor_word(node) for node in nodes):
        columns.append(Column("off by", factor))
    if any(node.loops > 1 for node in nodes):
        columns.append(Column("loops", lambda node: (compact(node.loops) if node.loops > 1 else "", "")))
    blocks = own_blocks(plan)
    if any(blocks.values()):
        columns.append(Column("blocks", lambda node: (compact(blocks[node]) if blocks[node] else "", "")))
    return columns


def own_blocks(plan: Plan) -> Mapping[PlanNode, float]:
    """Blocks (of 8 kB) that each node hit or read itself."""
    return {node: own_count(node, BLOCKS) for node in plan.walk()}


def own_count(node: PlanNode, names: Sequence[str]) -> float:
    """What a node counted itself, without what EXPLAIN counts along of all below it."""
    below = sum(child.number(name) for child in node.children for name in names)
    return max(0.0, sum(node.number(name) for name in names) - below)


def tree(plan: Plan) -> Iterator[Row]:
    """The nodes from the top down, with the lines that lead to them; without recursion."""
    waiting: list[Row] = [Row(plan.root, "", "")]
    while waiting:
        row = waiting.pop()
        yield row
        last = len(row.node.children) - 1
        for number, child in reversed(list(enumerate(row.node.children))):
            turn, onward = ("└ ", "  ") if number == last else ("├ ", "│ ")
            waiting.append(Row(child, shortened(row.below + turn), shortened(row.below + onward)))


def shortened(guides: str) -> str:
    return guides if len(guides) <= DEEPEST_GUIDES else "… " + guides[len(guides) - DEEPEST_GUIDES + 2 :]


def of_node(row: Row, room: int, figures: Iterable[tuple[str, str, int]], marks: Mapping[object, str]) -> Line:
    node = row.node
    mark = marks.get(node.location)
    style = mark or ("dim" if node.analyzed and not node.loops else "label")
    text = cut_end((FLAG if mark else "") + title(row, room)[0], room - len(row.guides))
    padding = " " * max(room - len(row.guides) - cells(text), 0)
    line: Line = [("gutter", row.guides), (style, text), ("", padding)]
    return [*line, *((style, f"  {' ' * (size - cells(text))}{text}") for text, style, size in figures)]


def title(row: Row, room: int) -> tuple[str, str]:
    """The node's title, and the pieces of it that go below because they do not fit."""
    name = row.node.text("Subplan Name")
    parts = parts_of_title(row.node)
    for kept in range(len(parts), 0, -1):
        whole = one_line((f"{name.partition(' (')[0]}: " if name else "") + " ".join(parts[:kept]))
        if kept == 1 or cells(FLAG + whole) <= room - len(row.guides):
            break
    return whole, " ".join(parts[kept:])


def of_details(row: Row, room: int, width: int) -> Iterator[Line]:
    """The lines below a node: what it compares and throws away, how it sorts and hashes, what it could not keep in memory."""
    lead = row.below + ("│ " if row.node.children else "  ")
    rest = title(row, room)[1]
    for text, style in [*([(rest, "label")] if rest else []), *details(row.node)]:
        yield [("gutter", lead), (style, cut_end(one_line(text), max(width - len(lead), LEAST_TITLE)))]


def details(node: PlanNode) -> Iterator[tuple[str, str]]:
    for name in CONDITIONS:
        if (value := node.text(name)) is not None:
            removed = node.number(REMOVED.get(name, ""))
            yield f"{name}: {value}" + (f", removes {compact(removed)}" if removed else ""), "dim"
    if node.type == "Bitmap Heap Scan" and (removed := node.number("Rows Removed by Index Recheck")):
        yield f"Recheck removes {compact(removed)}", "dim"
    for name, more in (("Sort Key", sort_method(node)), ("Group Key", "")):
        if isinstance(value := node.fields.get(name), list):
            yield f"{name}: {', '.join(map(str, value))}" + (f" · {more}" if more else ""), "dim"
    yield from ((text, "warning") for text in troubles(node))


def sort_method(node: PlanNode) -> str:
    method, used, kind = node.text("Sort Method"), node.number("Sort Space Used"), node.text("Sort Space Type")
    if method is None:
        return ""
    return f"{method}, {kilobytes(used)} {'on disk' if kind == 'Disk' else 'in memory'}" if used else method


def troubles(node: PlanNode) -> Iterator[str]:
    """What was written to disk, read from disk, not launched, or switched off."""
    if node.number("Hash Batches") > 1:
        yield f"{node.number('Hash Batches'):,.0f} batches: the hash table did not fit into memory"
    if node.number("HashAgg Batches") > 1:
        yield f"{node.number('HashAgg Batches'):,.0f} batches, {kilobytes(node.number('Disk Usage'))} on disk"
    if (read := own_count(node, READ_BLOCKS)) > 0:
        yield f"{compact(read)} blocks came from outside shared buffers"
    if (temporary := own_count(node, ("Temp Read Blocks",))) > 0:
        yield f"{compact(temporary)} blocks read from temporary files"
    if lossy := node.number("Lossy Heap Blocks"):
        yield f"{compact(lossy)} lossy blocks: the bitmap did not fit into work_mem"
    if fetches := node.number("Heap Fetches"):
        yield f"{compact(fetches)} heap fetches: the visibility map is out of date"
    if node.number("Workers Planned") > node.number("Workers Launched") and "Workers Launched" in node.fields:
        yield f"{node.number('Workers Launched'):,.0f} of {node.number('Workers Planned'):,.0f} workers launched"
    if removed := node.number("Subplans Removed"):
        yield f"{removed:,.0f} partitions pruned at run time"
    if node.fields.get("Disabled") is True:
        yield "used although it is switched off: there was no other way"


def actual_rows(node: PlanNode) -> tuple[str, str]:
    return (compact(node.rows), "") if node.loops else ("never run", "dim")


def factor_word(node: PlanNode) -> str:
    """`×625` for 625 times as many rows as expected, `÷40` for 40 times as few; empty where the estimate was about right."""
    if (
        not node.analyzed
        or not node.loops
        or "Plan Rows" not in node.fields
        or node.type in ("BitmapAnd", "BitmapOr", "ModifyTable")
    ):
        return ""
    ratio = max(node.rows, 1.0) / max(node.estimated_rows, 1.0)
    if 1 / OFF < ratio < OFF:
        return ""
    return f"×{compact(ratio)}" if ratio > 1 else f"÷{compact(1 / ratio)}"


def factor(node: PlanNode) -> tuple[str, str]:
    ratio = max(node.rows, 1.0) / max(node.estimated_rows, 1.0)
    return factor_word(node), "error" if max(ratio, 1 / ratio) >= FAR_OFF else "warning"


def amount(own: float, total: float, *, is_time: bool) -> tuple[str, str]:
    return milliseconds(own) if is_time else f"{own:,.0f}", heat(own / total)


def bar(share: float, length: int) -> tuple[str, str]:
    """A share of the whole in eighths of a character, padded to the bar's length."""
    eighths = round(min(max(share, 0.0), 1.0) * length * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[rest] if rest else "")).ljust(length), heat(share)


def heat(share: float) -> str:
    return "error" if share >= HOT else "warning" if share >= WARM else ""


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


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
