"""The page of a plan: whole, self-contained and safe."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from typing_extensions import override

from tests.formats.plan.plans import HOSTILE, PARTLY_RUN, TEXTS, TRIGGERED, large, text_of, written

VOID = {"meta", "wbr", "br", "hr", "input", "link", "img"}


class Checker(HTMLParser):
    """Ids, inner links and whether every element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.tags: set[str] = set()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open += [] if tag in VOID else [tag]
        given = dict(attrs)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given["href"] or ""] if "href" in given else []

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def checked(page: str) -> Checker:
    checker = Checker()
    checker.feed(page)
    assert checker.open == []
    return checker


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_every_recorded_plan_becomes_a_page_whose_links_lead_somewhere(path: str) -> None:
    found = checked(written("html", text_of(str(path))))
    assert len(found.ids) == len(set(found.ids))
    assert {link.removeprefix("#") for link in found.links} <= set(found.ids)


def test_a_page_of_several_plans_keeps_them_apart() -> None:
    found = checked(written("html", TRIGGERED, PARTLY_RUN, text_of("timed/misestimate.txt"), large(600)))
    assert len(found.ids) == len(set(found.ids))
    assert {"plan-1", "plan-2", "plan-3", "plan-4"} <= set(found.ids)
    assert {link.removeprefix("#") for link in found.links} <= set(found.ids)


def test_it_holds_picture_findings_remedies_tree_and_source() -> None:
    page = written("html", text_of("timed/misestimate.txt"))
    assert 'role="treeitem"' in page
    assert "CREATE INDEX CONCURRENTLY posts_views_idx ON posts (views);" in page
    assert page.count("<tr id=") == 4
    assert "-&gt;  Materialize  (cost=" in page


def test_it_asks_for_nothing_from_elsewhere() -> None:
    page = written("html", HOSTILE, text_of("timed/misestimate.txt"))
    assert "default-src &#39;none&#39;" in page
    assert not re.search(r'(?:src|href)="(?!#)', page)


def test_nothing_in_a_plan_becomes_markup() -> None:
    page = written("html", HOSTILE)
    assert "<script>alert" not in page
    assert "<img" not in page
    checked(page)


def test_what_could_not_be_read_is_on_the_page() -> None:
    page = written("html", "no plan here")
    assert "Not examined" in page


def test_a_page_of_nine_thousand_nodes_stays_small() -> None:
    assert len(written("html", large(9_000))) < 1_000_000
