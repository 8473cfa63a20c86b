"""Plans as SVG: well-formed XML that needs nothing else, small, and safe."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from advisor.formats.plan.svg import stand_alone_style
from tests.formats.plan.plans import HOSTILE, PARTLY_RUN, TEXTS, TRIGGERED, large, text_of, written

SVG = "{http://www.w3.org/2000/svg}"


def tree_of(*texts: str) -> ElementTree.Element:
    return ElementTree.fromstring(written("svg", *texts))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_every_recorded_plan_becomes_a_document_with_a_title_on_every_box(path: str) -> None:
    root = tree_of(text_of(str(path)))
    boxes = [each for each in root.iter(f"{SVG}g") if each.get("role") == "treeitem"]
    assert boxes
    assert all(box.findtext(f"{SVG}title") for box in boxes)
    assert root.findtext(f"{SVG}title")
    assert root.findtext(f"{SVG}desc")


def test_several_plans_are_stacked_in_one_document() -> None:
    root = tree_of(TRIGGERED, PARTLY_RUN)
    tops = [each.get("transform") for each in root if each.get("role") == "tree"]
    assert tops == ["translate(0 0)", "translate(0 138)"]
    assert root.findtext(f"{SVG}title") == "2 plans"


def test_without_a_plan_there_is_an_empty_document() -> None:
    assert tree_of("not a plan at all").findtext(f"{SVG}title") == "0 plans"


def test_nothing_in_a_plan_becomes_markup() -> None:
    text = written("svg", HOSTILE)
    assert {each.tag for each in ElementTree.fromstring(text).iter()} <= {
        f"{SVG}{tag}" for tag in ("svg", "title", "desc", "style", "rect", "g", "text", "tspan")
    }
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e\ufffe\uffff]", text)


def test_it_asks_for_nothing_from_elsewhere() -> None:
    text = written("svg", HOSTILE, text_of("timed/misestimate.txt")).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|url\(|@import|@font-face|foreignObject|<script|<image", text)


def test_a_picture_of_nine_thousand_nodes_is_small() -> None:
    assert len(written("svg", large(9_000))) < 400_000


def test_its_style_has_no_variables_left_and_a_dark_form() -> None:
    style = stand_alone_style()
    assert "var(" not in style
    assert "light-dark(" not in style
    assert "@media (prefers-color-scheme: dark)" in style
    assert style.count(".heat-4 rect") == 2


def test_its_text_is_large_enough_to_read() -> None:
    [size] = set(re.findall(r"font: (\d+)px", stand_alone_style()))
    assert int(size) >= 11
