"""A schema as an entity-relationship diagram. In: a Schema and its tables' findings. Out: boxes and lines, in pixels.

What makes a large schema unreadable is lines. A table that very many others refer to gets none: each reference is written in the
row of its key instead ("-> users", a link). What remains falls into small connected parts, each a drawing of its own, and single
tables. Small schemas show all columns; large ones keys and the columns that findings are about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from advisor.formats.digest import counted
from advisor.formats.excerpt import cut_end, one_line
from advisor.model import Column, ForeignKey, Name, Schema, Table
from advisor.report.layering import Bend, Drawing, Point, Size, components, draw

ALL_COLUMNS_UP_TO = 12
"""Tables in a schema, up to which all columns are shown."""
LINES_UP_TO = 5
"""Tables that refer to one, up to which lines are drawn to it in a schema of more than ALL_COLUMNS_UP_TO tables."""
MOST_ROWS = 24
MOST_NAME, MOST_TYPE = 36, 22

CHARACTER, ROW, HEAD, PAD = 7.25, 20.0, 28.0, 10.0
"""Pixels: a character of the diagram's 12 px monospaced type, a row, a table's name, the space at a box's sides."""
MARK = 26.0
SHORT_TYPES = (
    ("character varying", "varchar"),
    ("double precision", "float8"),
    ("timestamp with time zone", "timestamptz"),
    (" without time zone", ""),
    (" with time zone", " tz"),
)
MARGIN = 26.0
FOOT, REACH = 6.0, 12.0


class Flag(Struct, frozen=True):
    """What findings say of a table: how many there are, the word for the worst, and the columns they are about."""

    count: int
    worst: str
    columns: tuple[str, ...]


class Row(Struct, frozen=True):
    """A row of a box. `mark` is PK, FK, rel (an ORM's relation) or empty; a `target` is a reference written instead of drawn."""

    mark: str
    name: str
    type: str
    flagged: bool = False
    target: str | None = None
    target_anchor: str | None = None
    y: float = 0.0


class Box(Struct, frozen=True):
    """A table. `x` and `y` are its top left corner."""

    anchor: str
    title: str
    label: str
    rows: tuple[Row, ...]
    size: Size
    flag: Flag | None
    x: float = 0.0
    y: float = 0.0


class Edge(Struct, frozen=True):
    """A foreign key: the path of its line, and of the signs at its ends. One that only the ORM knows of is not `enforced`."""

    path: str
    ends: str
    label: str
    enforced: bool


class Picture(Struct, frozen=True):
    """One connected part of a schema."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]


class Diagram(Struct, frozen=True):
    """A schema: its connected parts, largest first, and the tables without lines."""

    parts: tuple[Picture, ...]
    singles: tuple[Picture, ...]
    tables: int
    all_columns: bool
    unenforced: bool
    """Some references are known to the ORM only."""


def diagram_of(schema: Schema, flags: Mapping[Name, Flag], anchors: Mapping[Name, str]) -> Diagram:
    """Draw a schema. `anchors` are the ids of the places in the page that tables link to."""
    tables = {table.name: table for table in schema.tables if table.kind != "partition"}
    whole = len(tables) <= ALL_COLUMNS_UP_TO
    keys = keys_between(tables)
    referring = Counter(target for _, target in {(key.table, key.referenced_table) for key in keys})
    drawn = [key for key in keys if whole or referring[key.referenced_table] <= LINES_UP_TO]
    without = {name: number for name, number in referring.items() if not whole and number > LINES_UP_TO}
    drawer = Boxes(whole, frozenset(drawn), flags, anchors, without)
    boxes = {name: drawer.box(table) for name, table in tables.items()}
    parts = components(list(tables), [(key.referenced_table, key.table) for key in drawn])
    by_table: dict[Name, list[ForeignKey]] = {}
    for key in drawn:
        by_table.setdefault(key.table, []).append(key)
    connected = [part for part in parts if len(part) > 1]
    pictures = [picture_of(part, boxes, tables, [key for name in part for key in by_table.get(name, ())]) for part in connected]
    widest = max((boxes[part[0]].size.width for part in parts if len(part) == 1), default=0.0)
    singles = sorted((part[0] for part in parts if len(part) == 1), key=str)
    return Diagram(
        parts=tuple(sorted(pictures, key=lambda picture: -len(picture.boxes))),
        singles=tuple(picture_of_one(boxes[name], widest) for name in singles),
        tables=len(tables),
        all_columns=whole,
        unenforced=any(len(references_of(table)) > len(table.foreign_keys) for table in tables.values()),
    )


def keys_between(tables: Mapping[Name, Table]) -> list[ForeignKey]:
    """The references that could have a line: those between two different tables that are known."""
    keys = [key for table in tables.values() for key in references_of(table)]
    return [key for key in keys if key.referenced_table in tables and key.referenced_table != key.table]


def references_of(table: Table) -> list[ForeignKey]:
    """A table's foreign keys, and the relations of its ORM model that none of them enforces (relationMode = "prisma")."""
    enforced = {(key.columns, key.referenced_table) for key in table.foreign_keys}
    relations = [each for each in table.relations if each.columns and (each.columns, each.target) not in enforced]
    return [
        *table.foreign_keys,
        *(ForeignKey(None, table.name, each.columns, each.target, each.referenced_columns, each.location) for each in relations),
    ]


class Boxes(Struct, frozen=True):
    """How the tables of one schema become boxes. `without` are the tables that no line leads to, with how many refer to each."""

    whole: bool
    drawn: frozenset[ForeignKey]
    flags: Mapping[Name, Flag]
    anchors: Mapping[Name, str]
    without: Mapping[Name, int]

    def box(self, table: Table) -> Box:
        flag, name = self.flags.get(table.name), one_line(str(table.name))
        title = cut_end(name, MOST_NAME)
        rows = self.rows(table, flag)
        badge = len(str(flag.count)) + 3 if flag else 0
        lengths = [MARK / CHARACTER + len(row.name) + len(row.target or row.type) + 2 for row in rows]
        widest = max([len(title) * 1.05 + badge, *lengths])
        size = Size(round(2 * PAD + widest * CHARACTER), HEAD + ROW * len(rows) + 4)
        findings = f", {counted(flag.count, 'finding')}" if flag else ""
        label = f"{name}: {counted(len(table.columns), 'column')}{findings}"
        placed = tuple(replace(row, y=HEAD + ROW * number) for number, row in enumerate(rows))
        return Box(self.anchors[table.name], title, label, placed, size, flag)

    def rows(self, table: Table, flag: Flag | None) -> list[Row]:
        every = [self.row(column, table, flag) for column in table.columns]
        shown = [row for row in every if self.whole or row.mark or row.flagged][:MOST_ROWS]
        if len(shown) < len(every):
            shown.append(Row("", f"+ {counted(len(every) - len(shown), 'column')}", ""))
        if table.name in self.without:
            shown.append(Row("", f"← {counted(self.without[table.name], 'table')}", ""))
        return shown

    def row(self, column: Column, table: Table, flag: Flag | None) -> Row:
        key = next((key for key in references_of(table) if column.name in key.columns), None)
        primary = table.primary_key is not None and column.name in table.primary_key.columns
        foreign = "" if key is None else "FK" if key in table.foreign_keys else "rel"
        written = None if key is None or key in self.drawn else key.referenced_table
        return Row(
            mark="PK" if primary else foreign,
            name=cut_end(one_line(column.name), MOST_NAME),
            type=cut_end(short_type(column), MOST_TYPE),
            flagged=flag is not None and column.name in flag.columns,
            target=cut_end(f"→ {one_line(str(written))}", MOST_TYPE) if written else None,
            target_anchor=self.anchors.get(written) if written else None,
        )


def short_type(column: Column) -> str:
    """The type as people write it, with a question mark where NULL may stand."""
    name = one_line(column.type)
    for long, short in SHORT_TYPES:
        name = name.replace(long, short)
    return name + ("?" if column.nullable else "")


def picture_of_one(box: Box, width: float) -> Picture:
    """A table alone, as wide as its fellows."""
    placed = moved(box, Point(1, 1), width)
    return Picture(round(width) + 2, round(box.size.height) + 2, (placed,), ())


def picture_of(
    part: Sequence[Name], boxes: Mapping[Name, Box], tables: Mapping[Name, Table], keys: Sequence[ForeignKey]
) -> Picture:
    drawing = draw({name: boxes[name].size for name in part}, [(key.referenced_table, key.table) for key in keys])
    placed = {name: moved(boxes[name], shifted(drawing.corners[name]), boxes[name].size.width) for name in part}
    bends = [bends_of(key, drawing) for key in keys]
    starts = parents_ends(keys, tables, placed, bends)
    edges = tuple(
        edge_of(key, tables[key.table], start, along, placed) for key, start, along in zip(keys, starts, bends, strict=True)
    )
    width, height = drawing.size.width + 2 * MARGIN, drawing.size.height + 2
    return Picture(round(width), round(height), tuple(placed.values()), edges)


def bends_of(key: ForeignKey, drawing: Drawing[Name]) -> list[Bend]:
    """Where a key's line passes through layers, from left to right."""
    return [Bend(b.left + MARGIN, b.right + MARGIN, b.y + 1) for b in drawing.bends.get((key.referenced_table, key.table), ())]


def parents_ends(
    keys: Sequence[ForeignKey], tables: Mapping[Name, Table], placed: Mapping[Name, Box], bends: Sequence[Sequence[Bend]]
) -> list[Point]:
    """Where each line leaves its parent: spread over its side in the order in which lines go on, so that signs stay apart."""
    sides: dict[tuple[Name, bool], list[tuple[float, int]]] = {}
    for number, (key, along) in enumerate(zip(keys, bends, strict=True)):
        child, parent = placed[key.table], placed[key.referenced_table]
        at_left = child.x < parent.x
        onward = along[-1 if at_left else 0].y if along else height_of(child, key.columns, tables[key.table])
        sides.setdefault((key.referenced_table, at_left), []).append((onward, number))
    found: dict[int, Point] = {}
    for (name, at_left), lines in sides.items():
        parent = placed[name]
        x = parent.x if at_left else parent.x + parent.size.width
        for position, (_, number) in enumerate(sorted(lines), 1):
            found[number] = Point(x, parent.y + parent.size.height * position / (len(lines) + 1))
    return [found[number] for number in range(len(keys))]


def shifted(corner: Point) -> Point:
    """Room at the left and right for lines between boxes of one column."""
    return Point(corner.x + MARGIN, corner.y + 1)


def moved(box: Box, corner: Point, width: float) -> Box:
    return replace(box, size=Size(width, box.size.height), x=round(corner.x, 1), y=round(corner.y, 1))


def edge_of(key: ForeignKey, table: Table, start: Point, bends: Sequence[Bend], placed: Mapping[Name, Box]) -> Edge:
    """A line from where it leaves the parent to the key's row of the child."""
    child, parent = placed[key.table], placed[key.referenced_table]
    child_right, parent_left = child.x <= parent.x, child.x < parent.x
    end = Point(child.x + child.size.width if child_right else child.x, height_of(child, key.columns, table))
    optional = any(column.nullable for name in key.columns if (column := table.column(name)))
    at_parent = end_one(start, -1 if parent_left else 1, optional)
    at_child = end_many(end, 1 if child_right else -1, table.is_unique(key.columns))
    enforced = key in table.foreign_keys
    rest = f"on delete {key.on_delete.lower()}" if enforced else "not enforced by a foreign key"
    label = one_line(f"{key.table}.{', '.join(key.columns)} refers to {key.referenced_table}, {rest}")
    return Edge(line_of(start, end, bends, parent_left, child_right), at_parent + at_child, label, enforced)


def height_of(box: Box, columns: Sequence[str], table: Table) -> float:
    """The middle of the row of a key; the table's name where no row of it is shown."""
    names = [cut_end(one_line(name), MOST_NAME) for name in columns if table.column(name)]
    row = next((row for row in box.rows if row.name in names), None)
    return box.y + (row.y + ROW / 2 if row else HEAD / 2)


def line_of(start: Point, end: Point, bends: Sequence[Bend], start_left: bool, end_right: bool) -> str:
    """A smooth line from a parent to a child, level where it passes through a layer."""
    out, into = (-1 if start_left else 1), (1 if end_right else -1)
    first, last = Point(start.x + out * REACH, start.y), Point(end.x + into * REACH, end.y)
    along = bends if not start_left else [Bend(bend.right, bend.left, bend.y) for bend in reversed(bends)]
    stops = [(first.x, first.x, first.y), *((bend.left, bend.right, bend.y) for bend in along), (last.x, last.x, last.y)]
    path = f"M{start.x:.1f} {start.y:.1f}H{first.x:.1f}"
    for (_, x1, y1), (x2, x3, y2) in pairwise(stops):
        if (x2, y2) == (x1, y1):
            continue
        # Ends on one side of the same column bulge outwards; all others meet half-way.
        same_side = out == into and len(stops) == 2
        c1, c2 = (max(x1, x2) + 16, max(x1, x2) + 16) if same_side else ((x1 + x2) / 2, (x1 + x2) / 2)
        path += f"C{c1:.1f} {y1:.1f} {c2:.1f} {y2:.1f} {x2:.1f} {y2:.1f}" + (f"H{x3:.1f}" if x3 != x2 else "")
    return path + f"H{end.x:.1f}"


def end_one(at: Point, out: int, optional: bool) -> str:
    """The parent's end: one bar; a second one, or a ring where the key may be NULL."""
    first, second = at.x + out * 5, at.x + out * 9
    return bar(first, at.y) + (ring(second + out * 2, at.y) if optional else bar(second, at.y))


def end_many(at: Point, out: int, unique: bool) -> str:
    """The child's end: a crow's foot, or a bar where the key is unique; the ring says that there may be none."""
    tip = at.x + out * 9
    foot = f"M{at.x:.1f} {at.y - FOOT:.1f}L{tip:.1f} {at.y:.1f}L{at.x:.1f} {at.y + FOOT:.1f}"
    return (bar(at.x + out * 5, at.y) if unique else foot) + ring(tip + out * 3, at.y)


def bar(x: float, y: float) -> str:
    return f"M{x:.1f} {y - FOOT + 1:.1f}V{y + FOOT - 1:.1f}"


def ring(x: float, y: float) -> str:
    return f"M{x - 3:.1f} {y:.1f}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0"
