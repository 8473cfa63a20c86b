"""The layout of diagrams: layers, order, coordinates."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.report.layering import Size, components, draw, layers_of, stacked

GRAPHS = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=30)


def test_connected_parts_keep_the_order_of_the_nodes() -> None:
    assert components("abcde", [("c", "a"), ("e", "d")]) == [["a", "c"], ["b"], ["d", "e"]]


def test_what_refers_stands_to_the_right_of_what_it_refers_to() -> None:
    layers = layers_of("abcd", [("a", "b"), ("b", "c"), ("a", "c"), ("d", "c")])
    assert layers == {"a": 0, "b": 1, "c": 2, "d": 1}


def test_a_cycle_is_laid_out_all_the_same() -> None:
    layers = layers_of("ab", [("a", "b"), ("b", "a")])
    assert sorted(layers.values()) == [0, 1]


def test_stacked_boxes_stay_as_near_as_they_can_to_where_they_want_to_be() -> None:
    assert stacked([0, 100], [10, 10]) == [0, 100]
    assert stacked([50, 50], [10, 10]) == [45, 55]
    assert stacked([], []) == []


def test_a_line_over_two_layers_passes_between_the_boxes() -> None:
    sizes = dict.fromkeys("abc", Size(100, 50))
    drawing = draw(sizes, [("a", "b"), ("b", "c"), ("a", "c")])
    [bend] = drawing.bends["a", "c"]
    middle = drawing.corners["b"]
    assert bend.left == middle.x
    assert not middle.y <= bend.y <= middle.y + 50


def test_few_lines_cross() -> None:
    edges = [("a", "x"), ("b", "y"), ("c", "z")]
    drawing = draw(dict.fromkeys("abczyx", Size(10, 10)), [*edges, ("a", "y"), ("b", "z")])
    tops = [drawing.corners[node].y for node in "xyz"]
    assert tops in (sorted(tops), sorted(tops, reverse=True))


@settings(deadline=None)
@given(GRAPHS)
def test_boxes_of_any_graph_lie_inside_the_drawing_and_never_overlap(edges: list[tuple[int, int]]) -> None:
    sizes = {node: Size(40 + node, 20 + 3 * node) for node in range(12)}
    drawing = draw(sizes, edges)
    boxes = [(drawing.corners[node], size) for node, size in sizes.items()]
    for corner, size in boxes:
        assert corner.x >= 0
        assert corner.y >= 0
        assert corner.x + size.width <= drawing.size.width + 0.001
        assert corner.y + size.height <= drawing.size.height + 0.001
    for (one, size), (other, other_size) in combinations(boxes, 2):
        beside = one.x + size.width <= other.x or other.x + other_size.width <= one.x
        above = one.y + size.height <= other.y + 0.001 or other.y + other_size.height <= one.y + 0.001
        assert beside or above


@settings(deadline=None)
@given(GRAPHS)
def test_the_same_graph_is_drawn_the_same(edges: list[tuple[int, int]]) -> None:
    sizes = {node: Size(40, 20) for node in range(12)}
    assert draw(sizes, edges) == draw(sizes, edges)


def test_a_chain_of_thousands_needs_no_recursion() -> None:
    nodes = range(1500)
    drawing = draw(dict.fromkeys(nodes, Size(10, 10)), [(node, node + 1) for node in nodes[:-1]])
    assert len(drawing.corners) == 1500
