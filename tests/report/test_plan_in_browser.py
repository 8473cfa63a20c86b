"""The page of a plan in a real browser: no complaint, no request, and the picture can be read by eye, by keyboard and by ear."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from advisor.report import render_report
from tests.formats.plan.plans import PARTLY_RUN, TRIGGERED, large, text_of, written
from tests.report import example
from tests.report.test_in_browser import BROWSERS, browser, found_browser, opened

pytestmark = pytest.mark.skipif(found_browser() is None, reason=f"no browser found: looked for {', '.join(BROWSERS)}")

__all__ = ["browser"]


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    yield from shown(browser, tmp_path, written("html", text_of("timed/misestimate.txt")))


def shown(browser: Browser, folder: Path, html: str) -> Iterator[Page]:
    path = folder / "plan.html"
    path.write_text(html, encoding="utf-8")
    yield from opened(browser, path.as_uri())


def tree_of(page: Page) -> list[tuple[str, str, Any]]:
    """Role, first words of the name, and level of what a screen reader finds in the picture."""
    session = page.context.new_cdp_session(page)
    found = []
    for node in session.send("Accessibility.getFullAXTree")["nodes"]:
        role = node.get("role", {}).get("value")
        if role in ("tree", "treeitem"):
            level = next((each["value"]["value"] for each in node.get("properties", []) if each["name"] == "level"), None)
            found.append((role, " ".join(node["name"]["value"].split()[:3]), level))
    return found


def test_a_screen_reader_finds_every_node_with_its_name_and_level(page: Page) -> None:
    assert tree_of(page) == [
        ("tree", "Plan plan-1.txt:1, planned", None),
        ("treeitem", "Nested Loop own", 1),
        ("treeitem", "Seq Scan on", 2),
        ("treeitem", "Materialize own time", 2),
        ("treeitem", "Seq Scan on", 3),
    ]


def test_arrow_keys_lead_through_the_picture_and_tell_what_they_reach(page: Page) -> None:
    page.locator(".box").first.focus()
    for key, title in [
        ("ArrowDown", "Seq Scan on posts p"),
        ("ArrowRight", "Materialize"),
        ("ArrowDown", "Seq Scan on authors a"),
        ("ArrowDown", "Seq Scan on authors a"),
        ("ArrowUp", "Materialize"),
        ("ArrowLeft", "Seq Scan on posts p"),
        ("Home", "Nested Loop"),
        ("End", "Seq Scan on authors a"),
    ]:
        page.keyboard.press(key)
        expect(page.locator(".box:focus title")).to_contain_text(title)
        expect(page.locator(".readout")).to_contain_text(title)
    assert page.locator('.box[tabindex="0"]').count() == 1


def test_a_box_leads_to_its_row_in_the_tree(page: Page) -> None:
    page.locator(".box").nth(1).click()
    expect(page.locator("tr:target th")).to_contain_text("Seq Scan on posts p")


def test_pointing_at_a_box_tells_what_it_is(page: Page) -> None:
    page.locator(".box").nth(1).hover()
    expect(page.locator(".readout")).to_contain_text("warning slow-sequential-scan")


def test_labels_stay_inside_their_boxes(page: Page) -> None:
    overflowing = page.evaluate("""() => [...document.querySelectorAll(".box")].flatMap((box) => {
        const right = box.querySelector("rect").getBoundingClientRect().right;
        const texts = [...box.querySelectorAll("text")].filter((text) => text.getBoundingClientRect().right > right);
        return texts.map((text) => text.textContent);
    })""")
    assert overflowing == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_does_not_scroll_sideways(browser: Browser, tmp_path: Path, width: int) -> None:
    for page in shown(browser, tmp_path, written("html", TRIGGERED, PARTLY_RUN, large(600))):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_text_in_every_box_stands_out_from_its_colour_in_both_themes(page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for step in range(5):
            page.evaluate("(step) => document.querySelector('.box').setAttribute('class', `box node heat-${step}`)", step)
            ground = page.evaluate("getComputedStyle(document.querySelector('.box rect')).fill")
            ink = page.evaluate("getComputedStyle(document.querySelector('.box text')).fill")
            assert contrast(ground, ink) >= 4.5, (scheme, step)


def contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_report_shows_the_same_picture(browser: Browser, tmp_path: Path) -> None:
    for page in shown(browser, tmp_path, render_report(example.blog(), title="The blog")):
        assert [name for role, name, _ in tree_of(page) if role == "treeitem"] == ["Limit own time", "Sort own time", "Seq Scan on"]
        page.locator("#plans .box").nth(2).click()
        expect(page.locator("tr:target th")).to_contain_text("Seq Scan on posts")
