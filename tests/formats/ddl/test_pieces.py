"""The order of pieces: their own, except that what is required comes first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.formats.ddl.pieces import CircleError, Key, Piece, in_order


def key(name: str) -> Key:
    return ("relation", name)


def piece(name: str, section: int = 0, requires: str = "", prefers: str = "") -> Piece:
    return Piece(key(name), section, (), frozenset(map(key, requires.split())), frozenset(map(key, prefers.split())))


def names(*pieces: Piece) -> str:
    return " ".join(found.key[1] for found in in_order(pieces))


def test_without_requirements_the_order_is_by_section_and_then_as_given() -> None:
    assert names(piece("table_b", 1), piece("type_b"), piece("table_a", 1), piece("type_a")) == "type_b type_a table_b table_a"


def test_what_is_required_stands_just_before_the_first_that_requires_it() -> None:
    assert names(piece("a"), piece("b", requires="f"), piece("c"), piece("d", requires="f"), piece("f", 1)) == "a f b c d"


def test_requirements_of_requirements_come_first_too() -> None:
    assert names(piece("a", requires="b"), piece("b", requires="c"), piece("c")) == "c b a"


def test_what_was_brought_forward_counts_to_the_section_where_it_stands() -> None:
    assert [found.section for found in in_order([piece("table", 1, requires="function"), piece("function", 2)])] == [1, 1]


def test_what_nobody_makes_is_no_requirement() -> None:
    assert names(piece("a", requires="nothing")) == "a"


def test_a_preference_is_kept_where_it_can_be() -> None:
    assert names(piece("a", prefers="b"), piece("b")) == "b a"
    assert names(piece("a", prefers="b"), piece("b", requires="a")) == "a b"


def test_a_circle_is_named() -> None:
    with pytest.raises(CircleError) as error:
        in_order([piece("a", requires="b"), piece("b", requires="a")])
    assert set(error.value.keys) == {key("a"), key("b")}


def test_a_chain_of_ten_thousand_is_no_deeper_than_one() -> None:
    chain = [piece(str(number), requires=str(number + 1)) for number in range(10_000)]
    assert [found.key[1] for found in in_order(chain)] == [str(number) for number in reversed(range(10_000))]


@given(st.lists(st.tuples(st.integers(0, 3), st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30))), max_size=30))
def test_every_piece_comes_once_and_after_what_it_requires(drawn: list[tuple[int, set[int], set[int]]]) -> None:
    pieces = [
        piece(str(number), section, " ".join(str(other) for other in required if other < number), " ".join(map(str, preferred)))
        for number, (section, required, preferred) in enumerate(drawn)
    ]
    ordered = in_order(pieces)
    places = {found.key: place for place, found in enumerate(ordered)}
    assert sorted(places) == sorted(found.key for found in pieces)
    assert len(ordered) == len(pieces)
    assert all(places[needed] < places[found.key] for found in pieces for needed in found.requires)
