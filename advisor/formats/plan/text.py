"""Plans for a terminal. In: a Plan, or a review of some. Out: the tree with where the time goes, what was expected and what came.

The tree stands on the left and the figures on the right; the conditions stand below each node over the whole width.
Columns that would be empty are left out, and on a narrow terminal those that say least; a large tree is folded.
Layout and colours are those of `advisor.formats.text`: lines of styled segments. Nothing is said by colour alone.
"""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from msgspec import Struct

from advisor.finding import Finding
from advisor.formats.digest import answers, severity_of, severity_word
from advisor.formats.excerpt import one_line
from advisor.formats.plan.comparison import lay_out_change, view_of_change
from advisor.formats.plan.facts import facts_of, time_words, times_of
from advisor.formats.plan.figures import Figures, Trigger, figures_of, findings_by_node, findings_by_plan
from advisor.formats.plan.rows import Row, fold_words, rows_of
from advisor.formats.plan.words import amount, compact, counts_of, cut, details, full_title, name_of, off_words
from advisor.formats.text import Layout, Line, cells, coloured, of_failures, of_finding, of_summary, plain, wants_colour
from advisor.model import Plan, PlanNode
from advisor.model.plan.estimates import factor_of
from advisor.model.plan.titles import parts_of_title

if TYPE_CHECKING:
    from advisor.engine.review import Review

DEFAULT_WIDTH = 80
MIN_WIDTH = 60
BARS = ((160, 16), (100, 8), (0, 5))
"""Widths of a terminal, and the characters that a whole bar has from there on."""
EIGHTHS = " ▏▎▍▌▋▊▉█"
HOT, WARM = 0.5, 0.2
"""Shares of the whole from which a node's bar is red, and yellow."""
FAR_OFF = 100.0
"""The factor between rows and estimate from which it is told in red."""
DEEPEST_GUIDES = 24
"""Columns of lines that lead to a node; below that, a tree is drawn no deeper."""
LEAST_TITLE, NARROW_TITLE = 20, 22
"""Columns that a title gets at least, and those below which a column of figures gives way to it."""
GIVING_WAY = ("blocks", "loops", "expected")
MOST_LINES = 4
"""Lines that the settings of a plan take at most."""
FLAG = "▶ "
"""Stands before a node that a finding is about."""


class Column(Struct, frozen=True):
    """A column of figures: its heading, and what it shows of a row with the style to show it in."""

    heading: str
    show: Callable[[Row], tuple[str, str]]


class Table(Struct, frozen=True):
    """The tree's columns as they are laid out: the room that titles have, and the figures with their widths."""

    room: int
    columns: Sequence[Column]
    widths: Sequence[int]


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
    """Each plan with the findings about it, then those about no plan, what was not examined, and one summary of all.

    Two plans that are compared stand as one tree, with the findings about the later one.
    """
    layout = Layout(review, width, answers(review))
    below_tree = replace(layout, quotes=False)
    told: set[int] = set()
    changes = {id(change.after): change for change in review.project.plan_changes}
    found = {id(plan): findings for plan, findings in findings_by_plan(review)}
    earlier = {id(change.before) for change in changes.values()}
    for plan, findings in findings_by_plan(review):
        told.update(map(id, findings))
        if id(plan) in earlier:
            continue
        if (change := changes.get(id(plan))) is not None:
            earlier_rules = [one.rule for one in found[id(change.before)]]
            view = view_of_change(change, earlier_rules, [one.rule for one in findings])
            yield from lay_out_change(view, width or DEFAULT_WIDTH)
        else:
            yield from lay_out_plan(plan, width or DEFAULT_WIDTH, findings)
        yield []
        yield from lay_out_findings(findings, below_tree)
    yield from lay_out_findings([finding for finding in review.findings if id(finding) not in told], layout)
    lines = list(of_failures(layout))
    yield from [*lines, []] if lines else []
    if not earlier:  # what was wrong before is told as solved, and is not counted
        yield from of_summary(review)


def lay_out_findings(findings: Iterable[Finding], layout: Layout) -> Iterator[Line]:
    for finding in findings:
        yield from of_finding(finding, layout)
        yield []


def lay_out_plan(plan: Plan, width: int, findings: Sequence[Finding] = ()) -> Iterator[Line]:
    """Heading, column headings, then each node with what it did, and the triggers; nodes that findings are about are marked."""
    yield from of_heading(plan, width)
    yield from lay_out_tree(plan, width, findings)


def lay_out_tree(plan: Plan, width: int, findings: Sequence[Finding] = (), *, most: int | None = None) -> Iterator[Line]:
    figures, counts = figures_of(plan), counts_of(plan)
    about = findings_by_node(plan, findings)
    marks = {node: severity_word(max(found, key=lambda each: severity_of(each).rank)) for node, found in about.items()}
    limits = {} if most is None else {"most": most}
    rows = list(rows_of(plan, figures, about, deepest=DEEPEST_GUIDES, **limits))
    table = table_of(plan, rows, width)
    headings = [("dim", f"  {column.heading:>{size}}") for column, size in zip(table.columns, table.widths, strict=True)]
    yield [("", " " * table.room), *headings]
    for row in rows:
        yield of_row(row, table, figures, marks)
        if row.node is not None:
            said = [(detail.text, "warning" if detail.trouble else "dim") for detail in details(row.node, counts)]
            yield from of_details(row, said, table.room, width)
    for trigger in figures.triggers:
        if trigger.time is not None and figures.measure == "time":
            yield of_trigger(trigger, table, figures)


def of_heading(plan: Plan, width: int) -> Iterator[Line]:
    """Where the plan stands, what it took, the statement's beginning, and what else has to be known."""
    place = cut(one_line(f"{plan.location.path}:{plan.location.line}"), width)
    line: Line = [("place", place)]
    for number, fact in enumerate(times_of(plan)):
        line += [("", "  " if number == 0 else ", "), ("warning" if fact.matters else "", time_words(fact))]
    yield from [line] if cells("".join(text for _, text in line)) <= width else [line[:1], line[1:]]
    if plan.statement:
        yield [("dim", cut(one_line(plan.statement), width))]
    for fact in facts_of(plan, figures_of(plan)):
        text = one_line(f"{fact.name}: {fact.words}")
        for part in textwrap.wrap(text, width, subsequent_indent="  ", max_lines=MOST_LINES, placeholder=" …"):
            yield [("warning" if fact.matters else "dim", cut(part, width))]


def table_of(plan: Plan, rows: Sequence[Row], width: int) -> Table:
    """As many columns as leave the titles their room."""
    columns = columns_of(plan, rows, next(length for least, length in BARS if width >= least))
    wanted = max(
        *(wanted_room(row) for row in rows), *(cells(trigger.title) for trigger in figures_of(plan).triggers), NARROW_TITLE
    )
    triggers = [len(amount(trigger.time or 0.0, "time")) for trigger in figures_of(plan).triggers]
    while True:
        widths = [max(cells(column.heading), *(cells(column.show(row)[0]) for row in rows)) for column in columns]
        widths = [
            max(size, *triggers) if triggers and column.heading == "own time" else size
            for column, size in zip(columns, widths, strict=True)
        ]
        room = width - sum(widths) - 2 * len(widths)
        least = next((column for name in GIVING_WAY for column in columns if column.heading == name), None)
        if room >= NARROW_TITLE or least is None:
            return Table(min(max(room, LEAST_TITLE), wanted), columns, widths)
        columns = [column for column in columns if column is not least]


def wanted_room(row: Row) -> int:
    """The columns that a row's guides and title take in full."""
    return len(row.guides) + (cells(FLAG + full_title(row.node)) if row.node is not None else 0)


def columns_of(plan: Plan, rows: Sequence[Row], bar_length: int) -> list[Column]:
    """The columns that have something to show in these rows."""
    figures, blocks = figures_of(plan), counts_of(plan).blocks
    nodes = [row.node for row in rows if row.node is not None]
    columns = []
    if figures.measure:
        columns.append(Column(f"own {figures.measure}", lambda row: own_amount(row, figures)))
        columns.append(Column("", lambda row: bar(figures.share(row.own(figures)), bar_length)))
    if plan.root.analyzed:
        columns.append(Column("rows", of_single(actual_rows)))
    if any("Plan Rows" in node.fields for node in nodes):
        columns.append(Column("expected", of_single(lambda node: (compact(node.estimated_rows), "dim"))))
    if any(off_words(plan, node) for node in nodes):
        columns.append(Column("off by", of_single(lambda node: factor(plan, node))))
    if any(node.loops > 1 for node in nodes):
        columns.append(Column("loops", of_single(lambda node: (compact(node.loops) if node.loops > 1 else "", ""))))
    if any(blocks.values()):
        columns.append(Column("blocks", lambda row: blocks_of(row, blocks)))
    return columns


def of_single(show: Callable[[PlanNode], tuple[str, str]]) -> Callable[[Row], tuple[str, str]]:
    """What is shown of one node, and of several folded ones is not."""
    return lambda row: show(row.node) if row.node is not None else ("", "")


def own_amount(row: Row, figures: Figures) -> tuple[str, str]:
    own = row.own(figures)
    if row.node is not None and row.node.analyzed and not row.node.loops and not own:
        return "", ""
    return amount(own, figures.measure), heat(figures.share(own))


def blocks_of(row: Row, blocks: Mapping[PlanNode, float]) -> tuple[str, str]:
    total = sum(blocks[node] for node in row.nodes)
    return compact(total) if total else "", ""


def of_row(row: Row, table: Table, figures: Figures, marks: Mapping[PlanNode, str]) -> Line:
    room = table.room - len(row.guides)
    if row.node is None:
        words = fold_words(row, figures)
        style, text = "dim", words if cells(words) <= room else words.partition(" below")[0]
    else:
        mark = marks.get(row.node)
        style = mark or ("dim" if row.node.analyzed and not row.node.loops else "label")
        text = (FLAG if mark else "") + title(row.node, row, table.room)[0]
    return [
        ("gutter", row.guides),
        *padded(text, style, room),
        *figures_line(table, [column.show(row) for column in table.columns]),
    ]


def padded(text: str, style: str, room: int) -> Line:
    text = cut(text, room)
    return [(style, text), ("", " " * max(room - cells(text), 0))]


def figures_line(table: Table, shown: Iterable[tuple[str, str]]) -> Line:
    return [(style, f"  {' ' * (size - cells(text))}{text}") for (text, style), size in zip(shown, table.widths, strict=True)]


def of_trigger(trigger: Trigger, table: Table, figures: Figures) -> Line:
    """A row below the tree. A trigger that fires before each row is part of the node's time, and says so."""
    words = f"{trigger.title}{', within the time above' if trigger.within else ''}"
    time = trigger.time or 0.0
    share = figures.share(time)
    bar_length = next((size for column, size in zip(table.columns, table.widths, strict=True) if not column.heading), 0)
    values = {"own time": (amount(time, "time"), heat(share)), "": bar(share, bar_length)}
    shown = [values.get(column.heading, ("", "")) for column in table.columns]
    return [*padded(one_line(words), "label", table.room), *figures_line(table, shown)]


def title(node: PlanNode, row: Row, room: int) -> tuple[str, str]:
    """The node's title, and the pieces of it that go below because they do not fit."""
    parts = parts_of_title(node)
    for kept in range(len(parts), 0, -1):
        whole = name_of(node) + one_line(" ".join(parts[:kept]))
        if kept == 1 or cells(FLAG + whole) <= room - len(row.guides):
            break
    return whole, " ".join(parts[kept:])


def of_details(row: Row, said: Sequence[tuple[str, str]], room: int, width: int) -> Iterator[Line]:
    """The lines below a node: the rest of its title, and what there is to say of it."""
    lead = row.below + ("│ " if row.leads_on else "  ")
    rest = title(row.node, row, room)[1] if row.node is not None else ""
    for text, style in [*([(rest, "label")] if rest else []), *said]:
        yield [("gutter", lead), (style, cut(one_line(text), max(width - len(lead), LEAST_TITLE)))]


def actual_rows(node: PlanNode) -> tuple[str, str]:
    return (compact(node.rows), "") if node.loops else ("never run", "dim")


def factor(plan: Plan, node: PlanNode) -> tuple[str, str]:
    return off_words(plan, node), "error" if factor_of(node) >= FAR_OFF else "warning"


def bar(share: float, length: int) -> tuple[str, str]:
    """A share of the whole in eighths of a character, padded to the bar's length."""
    eighths = round(min(max(share, 0.0), 1.0) * length * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[rest] if rest else "")).ljust(length), heat(share)


def heat(share: float) -> str:
    return "error" if share >= HOT else "warning" if share >= WARM else ""
