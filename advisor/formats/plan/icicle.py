"""The icicle of a plan: a Plan in; boxes with their places, colours and words out.

Each node is a box as wide as the part of the whole that it took with all below it; its children hang side by side below it, so what
they leave uncovered is what it took itself. A row is a level of the tree. Whatever hangs in the tree is drawn once, where it hangs,
with the time that was charged to it (`advisor.model.plan.times`): an InitPlan or a CTE has its own box and its readers do not have
its time again, so the widths add up. Neighbours too narrow to be seen are joined, and where even that is too narrow, the box above
tells of them; nodes that never ran are a flat box; triggers that fired after the plan had ended stand beside its root.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from advisor.finding import Finding
from advisor.formats.digest import severity_of, severity_word
from advisor.formats.excerpt import cut_end, one_line
from advisor.formats.plan.figures import Figures, figures_of, findings_by_node
from advisor.formats.plan.words import amount, compact, counts_of, cut, details, full_title, off_words, percent
from advisor.formats.text import cells
from advisor.model import Plan, PlanNode

WIDTH = 1000.0
ROW, GAP = 36.0, 2.0
"""Height of a row, and the space between two."""
FLAT = 7.0
"""Height of the box of nodes that never ran."""
FLAT_WIDTH = 40.0
CHARACTER = 7.25
"""Width of a character of 12 px, as wide as the widest of the usual fixed-width fonts has it."""
PADDING = 5.0
LEAST_LABEL = 3
"""Characters below which a label says nothing."""
LEAST_ROOT = 8.0
NARROWEST = 3.0
"""Width from which a box is drawn on its own."""
MOST_BOXES = 1_000
"""More than that are joined further, so that the picture stays small however large the plan."""
DEEPEST = 40
"""Levels that are drawn; what lies deeper is one box."""
STEPS = (0.01, 0.05, 0.2, 0.5)
"""Own shares of the whole from which a box has the next colour."""
MARKS = {"error": "◆", "warning": "▲", "note": "●"}
"""Severities have shapes too, since not everybody sees their colours."""
TOLD, DETAIL_LENGTH = 5, 160
DETAILS, FEW_DETAILS, MANY_BOXES = 6, 1, 150
"""Lines about a node, in a picture of a few boxes and in one of many."""


class Box(Struct, frozen=True):
    """A node, or several joined. Places are in units of a picture `WIDTH` wide. `kind` is node, joined, flat or trigger.

    `first` and `second` are the lines of its label as far as they fit, `off` and `mark` what they say of estimate and findings;
    `about` are the lines that tell all of it, the first one its name. `row` is the number of its node in the tree, 0 for none.
    """

    x: float
    y: float
    width: float
    height: float
    level: int
    kind: str
    heat: int
    first: str
    second: str
    off: str
    severity: str
    mark: str
    about: tuple[str, ...]
    row: int


class Picture(Struct, frozen=True):
    """A whole picture. `measure` is what widths are of: time, cost, or empty where the plan tells neither."""

    title: str
    summary: str
    measure: str
    height: float
    boxes: tuple[Box, ...]

    @property
    def legend_height(self) -> float:
        """Space below the boxes for the line about colours, and one about marks where there are any."""
        return 48.0 if self.marks else 30.0

    @property
    def marks(self) -> tuple[tuple[str, str], ...]:
        """The marks that occur, with what they mean."""
        occur = {box.severity for box in self.boxes}
        found = [(mark, word) for word, mark in MARKS.items() if word in occur]
        if any(box.off for box in self.boxes):
            found.append(("×10", "more rows than expected"))
        if any(box.kind == "flat" for box in self.boxes):
            found.append(("┄", "never executed"))
        return tuple(found)


class Spot(Struct, frozen=True, eq=False):
    """A place that is to be filled: one node, or several side by side that are joined."""

    nodes: tuple[PlanNode, ...]
    x: float
    width: float
    level: int
    joined: bool


class Measured(Struct, frozen=True, eq=False):
    """A plan with what its boxes need: how wide each node is, and what there is to say of it."""

    plan: Plan
    figures: Figures
    weights: Mapping[PlanNode, float]
    sizes: Mapping[PlanNode, int]
    concerned: Mapping[PlanNode, bool]
    """Whether there is a finding at a node or below it."""
    findings: Mapping[PlanNode, Sequence[Finding]]
    whole: float
    numbers: Mapping[PlanNode, int]


def picture_of(plan: Plan, findings: Iterable[Finding], title: str) -> Picture:
    measured = measure(plan, findings)
    narrowest = NARROWEST
    spots = list(spots_of(measured, narrowest))
    while len(spots) > MOST_BOXES and narrowest < WIDTH:
        narrowest *= 2
        spots = list(spots_of(measured, narrowest))
    drawer = Drawer(measured, {node for spot in spots for node in spot.nodes}, DETAILS if len(spots) <= MANY_BOXES else FEW_DETAILS)
    boxes = (*(drawer.box(spot) for spot in spots), *drawer.triggers())
    levels = max(spot.level for spot in spots)
    return Picture(one_line(title), drawer.summary(), measured.figures.measure, levels * (ROW + GAP), boxes)


def measure(plan: Plan, findings: Iterable[Finding]) -> Measured:
    """Weights from the leaves up; without times and costs every leaf weighs the same."""
    figures = figures_of(plan)
    nodes = list(plan.walk())
    weights: dict[PlanNode, float] = {}
    sizes: dict[PlanNode, int] = {}
    about = findings_by_node(plan, findings)
    concerned: dict[PlanNode, bool] = {}
    for node in reversed(nodes):
        concerned[node] = node in about or any(concerned[child] for child in node.children)
        own = figures.own.get(node, 0.0) if figures.total > 0 else float(not node.children)
        weights[node] = own + sum(weights[child] for child in node.children)
        sizes[node] = 1 + sum(sizes[child] for child in node.children)
    later = sum(trigger.time or 0.0 for trigger in figures.later) if figures.measure == "time" else 0.0
    numbers = {node: place for place, node in enumerate(nodes, 1)}
    return Measured(plan, figures, weights, sizes, concerned, about, weights[plan.root] + later, numbers)


def spots_of(measured: Measured, narrowest: float) -> Iterator[Spot]:
    """The places from the top down. Neighbours that are too narrow share one; what has no width at all is left for the flat box."""
    root = measured.plan.root
    scale = WIDTH / measured.whole if measured.whole > 0 else 0.0
    waiting = [Spot((root,), 0.0, root_width(measured), 1, joined=False)]
    while waiting:
        spot = waiting.pop()
        yield spot
        if spot.joined or not spot.nodes[0].children:
            continue
        found = [each for each in below(measured, spot, scale, narrowest) if is_seen(each, measured, narrowest)]
        waiting.extend(reversed(found))


def root_width(measured: Measured) -> float:
    """The root's width, beside the triggers; never so narrow that it cannot be found."""
    return max(WIDTH * measured.weights[measured.plan.root] / measured.whole, LEAST_ROOT) if measured.whole > 0 else WIDTH


def below(measured: Measured, spot: Spot, scale: float, narrowest: float) -> Iterator[Spot]:
    x, level = spot.x, spot.level + 1
    run: list[PlanNode] = []
    started = x
    idle = [child for child in spot.nodes[0].children if never_ran(child) and not measured.weights[child]]
    for child in spot.nodes[0].children:
        width = measured.weights[child] * scale
        if width >= narrowest and level < DEEPEST:
            yield Spot(tuple(run), started, x - started, level, joined=True)
            run, started = [], x + width
            yield Spot((child,), x, width, level, joined=False)
        elif child not in idle:
            run.append(child)
        x += width
    yield Spot(tuple(run), started, x - started, level, joined=True)
    room = spot.x + spot.width - x
    if idle and room >= narrowest:
        yield Spot(tuple(idle), x, min(room, FLAT_WIDTH), level, joined=True)


def is_seen(spot: Spot, measured: Measured, narrowest: float) -> bool:
    """Whether a place is wide enough to be drawn, or has to be because there are findings in it."""
    if not spot.joined or spot.width >= narrowest:
        return bool(spot.nodes)
    return any(measured.concerned[node] for node in spot.nodes)


def never_ran(node: PlanNode) -> bool:
    return node.analyzed and not node.loops


class Drawer:
    """Makes boxes of the spots of one plan."""

    def __init__(self, measured: Measured, drawn: Collection[PlanNode], most_details: int) -> None:
        self.measured = measured
        self.drawn = drawn
        self.figures = measured.figures
        self.counts = counts_of(measured.plan)
        self.most_details = most_details

    def box(self, spot: Spot) -> Box:
        return self.joined(spot) if spot.joined else self.single(spot)

    def single(self, spot: Spot) -> Box:
        [node] = spot.nodes
        own = self.figures.own.get(node, 0.0)
        share = self.figures.share(own)
        found = self.measured.findings.get(node, ())
        off = off_words(self.measured.plan, node)
        severity = worst(found)
        figures = [took(own, self.figures.measure), percent(share)] if self.figures.measure else []
        first, second = labels(spot.width, MARKS.get(severity, ""), full_title(node), [*figures, off])
        return self.placed(
            spot,
            "idle" if never_ran(node) else "node",
            heat_of(share),
            (first, second),
            off if off in second else "",
            severity,
            self.about(node, found),
        )

    def joined(self, spot: Spot) -> Box:
        """Several nodes in one box, that is flat where none of them ran."""
        nodes = [inner for node in spot.nodes for inner in node.walk()]
        own = sum(self.figures.own.get(node, 0.0) for node in nodes)
        found = [finding for node in nodes for finding in self.measured.findings.get(node, ())]
        flat = all(never_ran(node) for node in spot.nodes)
        title = f"… {len(nodes):,} node{'s' * (len(nodes) != 1)}" if len(nodes) > 1 or flat else full_title(nodes[0])
        together = took(own, self.figures.measure) if self.figures.measure else ""
        first, second = ("", "") if flat else labels(spot.width, MARKS.get(worst(found), ""), title, [together])
        words = f"{title}, never executed" if flat else f"{title}, {together} together" if together else title
        names = [cut_end(full_title(node), DETAIL_LENGTH) for node in spot.nodes[:TOLD]]
        names += [f"and {len(nodes) - len(names):,} more"] if len(nodes) > len(names) else []
        lines = (words, *names, *finding_lines(found))
        return self.placed(
            spot, "flat" if flat else "joined", heat_of(self.figures.share(own)), (first, second), "", worst(found), lines
        )

    def placed(
        self, spot: Spot, kind: str, heat: int, label: tuple[str, str], off: str, severity: str, about: Sequence[str]
    ) -> Box:
        return Box(
            x=spot.x,
            y=(spot.level - 1) * (ROW + GAP),
            width=spot.width,
            height=FLAT if kind == "flat" else ROW,
            level=spot.level,
            kind=kind,
            heat=heat,
            first=label[0],
            second=label[1],
            off=off,
            severity=severity,
            mark=MARKS.get(severity, ""),
            about=tuple(one_line(line) for line in about),
            row=self.measured.numbers[spot.nodes[0]],
        )

    def about(self, node: PlanNode, found: Sequence[Finding]) -> tuple[str, ...]:
        """Everything in words: for the tool-tip, and for those who listen to the picture."""
        lines = [full_title(node)]
        lines += [self.amounts(node), self.rows(node)]
        said = list(details(node, self.counts))[: self.most_details]
        lines += [cut_end(one_line(detail.text), DETAIL_LENGTH) for detail in said]
        hidden = [child for child in node.children if child not in self.drawn]
        if hidden:
            count = sum(self.measured.sizes[child] for child in hidden)
            lines.append(f"below it {count:,} node{'s' * (count != 1)} too narrow to be drawn")
        return tuple(line for line in (*lines, *finding_lines(found)) if line)

    def amounts(self, node: PlanNode) -> str:
        """`own 18.0 ms (83 %), with all below 18.0 ms`; empty where the plan tells neither times nor costs."""
        measure = self.figures.measure
        if not measure:
            return ""
        own = amount(self.figures.own[node], measure)
        share = percent(self.figures.share_of(node)) or "0 %"
        return f"own {measure} {own} ({share}), with all below {amount(self.measured.weights[node], measure)}"

    def rows(self, node: PlanNode) -> str:
        """`1,250 rows where 2 were expected (×625), 38 loops`."""
        if never_ran(node):
            return "never executed"
        expected = compact(node.estimated_rows) if "Plan Rows" in node.fields else ""
        if not node.analyzed:
            return f"{expected} rows expected" if expected else ""
        off = off_words(self.measured.plan, node)
        where = f" where {expected} {'was' if expected == '1' else 'were'} expected" if expected else ""
        loops = f", in each of {compact(node.loops)} loops" if node.loops > 1 else ""
        return f"{compact(node.rows)} rows{where}{f' ({off})' if off else ''}{loops}"

    def triggers(self) -> Iterator[Box]:
        """Beside the root, in the order of their time."""
        x = root_width(self.measured)
        later = self.figures.later if self.figures.measure == "time" else ()
        scale = (WIDTH - x) / sum(trigger.time or 0.0 for trigger in later) if later else 0.0
        for trigger in later:
            time = trigger.time or 0.0
            width, share = scale * time, self.figures.share(time)
            figures = [amount(time, "time"), percent(share)]
            first, second = labels(width, "", trigger.title, figures)
            lines = (one_line(trigger.title), f"{figures[0]} ({figures[1]}) after the plan had ended")
            yield Box(x, 0.0, width, ROW, 1, "trigger", heat_of(share), first, second, "", "", "", lines, 0)
            x += width

    def summary(self) -> str:
        """The picture in a sentence or two, for those who do not see it."""
        nodes = self.measured.sizes[self.measured.plan.root]
        hottest = sorted(self.figures.own, key=self.figures.own.__getitem__, reverse=True)[:3]
        parts = [
            f"{full_title(node)} {percent(self.figures.share_of(node))}"
            for node in hottest
            if self.figures.share_of(node) >= STEPS[1]
        ]
        what = {"time": "time", "cost": "estimated cost"}.get(self.figures.measure)
        counted = f"{nodes:,} node{'s' * (nodes != 1)}"
        return f"{counted}. Most of the {what}: {'; '.join(parts)}." if what and parts else f"{counted}."


def worst(findings: Sequence[Finding]) -> str:
    return severity_word(max(findings, key=lambda each: severity_of(each).rank)) if findings else ""


def finding_lines(findings: Sequence[Finding]) -> list[str]:
    lines = [f"{severity_word(each)} {each.rule}: {cut_end(one_line(each.message), 2 * DETAIL_LENGTH)}" for each in findings[:TOLD]]
    return [*lines, f"and {len(findings) - TOLD:,} more findings"] if len(findings) > TOLD else lines


def took(own: float, measure: str) -> str:
    """`18.0 ms`, `cost 120`."""
    return amount(own, measure) if measure == "time" else f"cost {amount(own, measure)}"


def heat_of(share: float) -> int:
    return sum(share >= step for step in STEPS)


def labels(width: float, mark: str, title: str, figures: Sequence[str]) -> tuple[str, str]:
    """The two lines of a box, as far as its width holds them: title, and figures, of which the last ones give way."""
    room = int((width - 2 * PADDING) / CHARACTER)
    title_room = room - (2 if mark else 0)
    first = cut(one_line(title), title_room) if title_room >= LEAST_LABEL else ""
    second = [text for text in figures if text]
    while second and cells(" · ".join(second)) > room:
        # What was counted is told before its share, and an estimate that was off before both.
        second.pop(1 if len(second) > 2 else 0 if second[-1][:1] in "×÷" else -1)
    return first, " · ".join(second)
