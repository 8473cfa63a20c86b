"""Drawing a graph in layers, left to right. In: boxes with sizes, and who refers to whom. Out: where each box and each line goes.

The method is Sugiyama's: no cycles, layers, an order within each layer that crosses few lines, coordinates. It is deterministic and
does not recurse.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Generic, TypeVar

from msgspec import Struct

Node = TypeVar("Node", bound=Hashable)

SWEEPS = 12
LAYER_GAP = 72.0
BOX_GAP = 22.0
LINE_GAP = 12.0


class Size(Struct, frozen=True):
    width: float
    height: float


class Point(Struct, frozen=True):
    x: float
    y: float


class Bend(Struct, frozen=True):
    """A layer that a line passes through: where it enters and where it leaves, at one height."""

    left: float
    right: float
    y: float


@dataclass(frozen=True)
class Drawing(Generic[Node]):
    """Top left corners of boxes, and for each edge the layers between its ends, from left to right."""

    corners: Mapping[Node, Point]
    bends: Mapping[tuple[Node, Node], tuple[Bend, ...]]
    size: Size


Item = tuple[int, int]
"""A box or a line's passage through a layer: its layer, and a number of its own."""


def components(nodes: Sequence[Node], edges: Iterable[tuple[Node, Node]]) -> list[list[Node]]:
    """The connected parts of a graph, each in the order of `nodes`."""
    neighbours: dict[Node, list[Node]] = {node: [] for node in nodes}
    for one, other in edges:
        neighbours[one].append(other)
        neighbours[other].append(one)
    part: dict[Node, int] = {}
    for number, start in enumerate(nodes):
        waiting = [] if start in part else [start]
        while waiting:
            node = waiting.pop()
            if node not in part:
                part[node] = number
                waiting += neighbours[node]
    found: dict[int, list[Node]] = {}
    for node in nodes:
        found.setdefault(part[node], []).append(node)
    return list(found.values())


def layers_of(nodes: Sequence[Node], edges: Iterable[tuple[Node, Node]]) -> dict[Node, int]:
    """A layer for each node, so that an edge (left, right) leads to the right; one that closes a cycle may lead back."""
    left: dict[Node, set[Node]] = {node: set() for node in nodes}
    right: dict[Node, dict[Node, None]] = {node: {} for node in nodes}
    for one, other in edges:
        if one != other:
            left[other].add(one)
            right[one][other] = None
    waits = {node: len(left[node]) for node in nodes}
    layer: dict[Node, int] = {}
    free = deque(node for node in nodes if not waits[node])
    while len(layer) < len(nodes):
        if not free:
            # In a cycle nobody is free: the one that most others hang on goes first.
            free.append(max((node for node in nodes if node not in layer), key=lambda node: len(right[node]) - waits[node]))
        node = free.popleft()
        layer[node] = 1 + max((layer[other] for other in left[node] if other in layer), default=-1)
        for other in right[node]:
            waits[other] -= 1
            if not waits[other] and other not in layer:
                free.append(other)
    for node in nodes:
        if not left[node] and right[node]:
            layer[node] = max(0, min(layer[other] for other in right[node]) - 1)
    return layer


class Layered(Generic[Node]):
    """One connected graph on its way to a drawing: its boxes and the passages of its long lines, layer by layer."""

    def __init__(self, sizes: Mapping[Node, Size], edges: Sequence[tuple[Node, Node]]) -> None:
        nodes = list(sizes)
        layer = layers_of(nodes, edges)
        self.items: dict[Node, Item] = {node: (layer[node], number) for number, node in enumerate(nodes)}
        self.height: dict[Item, float] = {item: sizes[node].height for node, item in self.items.items()}
        self.width: dict[Item, float] = {item: sizes[node].width for node, item in self.items.items()}
        self.chains: dict[tuple[Node, Node], list[Item]] = {}
        self.links: list[tuple[Item, Item]] = []
        for edge in dict.fromkeys(edge for edge in edges if edge[0] != edge[1]):
            self.chains[edge] = self._chain(edge)
        self.layers: list[list[Item]] = [[] for _ in range(1 + max(item[0] for item in self.height))]
        for item in sorted(self.height):
            self.layers[item[0]].append(item)
        self.left: dict[Item, list[Item]] = {item: [] for item in self.height}
        self.right: dict[Item, list[Item]] = {item: [] for item in self.height}
        for one, other in self.links:
            self.right[one].append(other)
            self.left[other].append(one)

    def _chain(self, edge: tuple[Node, Node]) -> list[Item]:
        """The passages of an edge through the layers between its ends, from left to right."""
        first, last = sorted((self.items[edge[0]], self.items[edge[1]]))
        passages = [(layer, len(self.height) + offset) for offset, layer in enumerate(range(first[0] + 1, last[0]))]
        for passage in passages:
            self.height[passage] = self.width[passage] = 0.0
        whole = [first, *passages, last]
        self.links += pairwise(whole) if first[0] != last[0] else []
        return passages

    def order(self) -> None:
        """Sort each layer by where its neighbours stand, back and forth, and keep the order with the fewest crossings."""
        places = {item: float(position) for layer in self.layers for position, item in enumerate(layer)}
        best, fewest = [list(layer) for layer in self.layers], self.crossings(places)
        for sweep in range(SWEEPS):
            forth = sweep % 2 == 0
            beside = self.left if forth else self.right
            for layer in self.layers if forth else reversed(self.layers):
                layer.sort(key=lambda item: mean([places[other] for other in beside[item]], places[item]))
                places.update({item: float(position) for position, item in enumerate(layer)})
            crossings = self.crossings(places)
            if crossings < fewest:
                best, fewest = [list(layer) for layer in self.layers], crossings
        self.layers = best

    def crossings(self, places: Mapping[Item, float]) -> int:
        """How many pairs of lines cross, counted layer by layer. `places` are the positions of items in their layers."""
        total = 0
        for layer in self.layers:
            seen: list[float] = []
            for item in layer:
                ends = sorted(places[other] for other in self.right[item])
                total += sum(len(seen) - bisect_left(seen, end + 0.5) for end in ends)
                for end in ends:
                    insort(seen, end)
        return total

    def heights(self) -> dict[Item, float]:
        """The top of each item: near the middle of its neighbours, in the order of its layer, without overlap."""
        top: dict[Item, float] = {}
        for layer in self.layers:
            for item, y in zip(layer, stacked([0.0] * len(layer), [self._space(item) for item in layer]), strict=True):
                top[item] = y
        for sweep in range(SWEEPS):
            forth = sweep % 2 == 0
            beside = self.left if forth else self.right
            for layer in self.layers if forth else reversed(self.layers):
                middles = [mean([top[o] + self.height[o] / 2 for o in beside[i]], top[i] + self.height[i] / 2) for i in layer]
                wanted = [middle - self.height[item] / 2 for middle, item in zip(middles, layer, strict=True)]
                for item, y in zip(layer, stacked(wanted, [self._space(item) for item in layer]), strict=True):
                    top[item] = y
        highest = min(top.values())
        return {item: y - highest for item, y in top.items()}

    def _space(self, item: Item) -> float:
        return self.height[item] + (BOX_GAP if self.height[item] else LINE_GAP)


def draw(sizes: Mapping[Node, Size], edges: Sequence[tuple[Node, Node]]) -> Drawing[Node]:
    """Lay out one connected graph. An edge is (left, right): the right one is drawn to the right of the left one."""
    graph = Layered(sizes, edges)
    graph.order()
    top = graph.heights()
    widths = [max(graph.width[item] for item in layer) for layer in graph.layers]
    lefts = list(accumulate((width + LAYER_GAP for width in widths[:-1]), initial=0.0))
    corners = {node: Point(lefts[item[0]], top[item]) for node, item in graph.items.items()}
    bends = {
        edge: tuple(Bend(lefts[layer], lefts[layer] + widths[layer], top[layer, number]) for layer, number in chain)
        for edge, chain in graph.chains.items()
    }
    height = max(top[item] + graph.height[item] for item in top)
    return Drawing(corners, bends, Size(lefts[-1] + widths[-1], height))


def mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def stacked(wanted: Sequence[float], space: Sequence[float]) -> list[float]:
    """Tops as near to those wanted as they can be (least squares), each at least its predecessor's space below it.

    With the spaces taken off, the tops must not decrease: neighbours that would overlap are pooled at their mean.
    """
    offsets = [below - own for below, own in zip(accumulate(space), space, strict=True)]
    pools: list[tuple[float, int]] = []
    for target, offset in zip(wanted, offsets, strict=True):
        total, count = target - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            before, members = pools.pop()
            total, count = total + before, count + members
        pools.append((total, count))
    level = [total / count for total, count in pools for _ in range(count)]
    return [y + offset for y, offset in zip(level, offsets, strict=True)]
