"""The report in a real browser: it opens from disk without an error or a request, and everything that can be clicked works."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect, sync_playwright

from advisor.engine.review import Review
from advisor.engine.run import NotRun
from advisor.model import Skipped
from advisor.report import render_report
from tests.report import example

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def found_browser() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


pytestmark = pytest.mark.skipif(found_browser() is None, reason=f"no browser found: looked for {', '.join(BROWSERS)}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found_browser(), args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    return saved(render_report(example.blog(), title="The blog"), tmp_path_factory.mktemp("report"))


def saved(html: str, folder: Path) -> str:
    path = folder / "report.html"
    path.write_text(html, encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser: Browser, report: str) -> Iterator[Page]:
    yield from opened(browser, report)


def opened(browser: Browser, address: str) -> Iterator[Page]:
    """A page that fails its test where the console complains, a script fails, or anything but the file is asked for."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, permissions=["clipboard-read", "clipboard-write"])
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if request.url.partition("#")[0] != address else None)
    page.goto(address)
    yield page
    context.close()
    assert complaints == []


def test_tabs_show_one_remedy_at_a_time_and_follow_the_keyboard(page: Page) -> None:
    group = page.locator("#recommendation-1 .blocks")
    expect(group.get_by_role("tab")).to_have_text(["Prisma schema", "SQL", "Way back"])
    for name, text in (("SQL", "CREATE INDEX"), ("Way back", "DROP INDEX"), ("Prisma schema", "@@index")):
        group.get_by_role("tab", name=name).click()
        expect(group.get_by_role("tabpanel")).to_have_count(1)
        expect(group.get_by_role("tabpanel")).to_contain_text(text)
    page.keyboard.press("ArrowLeft")
    expect(group.get_by_role("tab", name="Way back")).to_be_focused()
    expect(group.get_by_role("tabpanel")).to_contain_text("DROP INDEX")


def test_every_tab_can_be_opened(page: Page) -> None:
    for tab in page.get_by_role("tab").all():
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
        panel = page.locator(f"#{tab.get_attribute('aria-controls')}")
        expect(panel).to_be_visible()


def test_the_copy_button_copies_what_is_shown(page: Page) -> None:
    group = page.locator("#recommendation-1 .blocks")
    group.get_by_role("tab", name="SQL").click()
    button = group.get_by_role("button", name="Copy")
    button.click()
    expect(group.get_by_text("Copied", exact=True)).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == (
        "CREATE INDEX CONCURRENTLY posts_author_id_created_at_idx ON posts (author_id, created_at DESC);"
    )


def test_findings_are_filtered_by_severity_category_and_text(page: Page) -> None:
    shown, findings = page.locator("#shown"), page.locator(".finding:visible")
    expect(shown).to_have_text("7 of 7 shown")
    page.get_by_label("Warning").uncheck()
    expect(findings).to_have_count(2)
    expect(page.locator(".file:visible")).to_have_count(1)
    page.get_by_label("Warning").check()
    page.get_by_label("Category").select_option("indexes")
    expect(findings).to_have_count(3)
    page.get_by_label("Text").fill("foreign COMMENTS")
    expect(shown).to_have_text("1 of 7 shown")


def test_a_link_to_a_finding_that_is_filtered_out_shows_it(page: Page) -> None:
    page.get_by_label("Text").fill("nothing has this")
    expect(page.locator(".finding:visible")).to_have_count(0)
    page.locator("#recommendation-1 .evidence a").first.click()
    expect(page.locator(".finding:target")).to_be_in_viewport()
    expect(page.locator("#shown")).to_have_text("7 of 7 shown")


def test_links_lead_from_a_recommendation_to_a_table_and_from_the_diagram_too(page: Page) -> None:
    page.locator("#recommendation-1").get_by_role("link", name="posts", exact=True).click()
    table = page.locator("details.table:target")
    expect(table).to_have_attribute("open", "")
    expect(table.get_by_text("(author_id) references users (id), on delete cascade")).to_be_in_viewport()
    page.get_by_role("link", name="comments: 4 columns, 1 finding").click()
    expect(page.locator("details.table:target")).to_contain_text("post_id")


def test_the_theme_can_be_changed_and_is_remembered(page: Page) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Change to the dark theme").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark
    page.get_by_role("button", name="Change to the light theme").click()
    assert page.evaluate(ground) == light


def test_the_diagram_can_be_made_larger_and_smaller(page: Page) -> None:
    picture = page.locator("svg.er").first
    width = float(picture.get_attribute("width") or 0)
    page.get_by_role("button", name="Larger").click()
    assert float(picture.get_attribute("width") or 0) > width
    page.get_by_role("button", name="Smaller").click()
    page.get_by_role("button", name="Smaller").click()
    assert float(picture.get_attribute("width") or 0) < width
    page.get_by_role("button", name="Fit").click()
    page.get_by_role("button", name="Actual size").click()
    assert picture.get_attribute("width") == picture.get_attribute("data-width")


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_no_width_makes_the_page_scroll_sideways(browser: Browser, tmp_path: Path, width: int) -> None:
    for page in opened(browser, saved(render_report(long_names(), title="blog_" * 30), tmp_path)):
        page.set_viewport_size({"width": width, "height": 844})
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") == width


def long_names() -> Review:
    """The blog with names that no line can hold."""
    review, name = example.blog(), "x" * 150
    findings = tuple(
        replace(finding, message=f"{finding.message} {name}", rule=f"{finding.rule}-{name}") for finding in review.findings
    )
    lost = Skipped(f"src/{name}.ts", f"not understood: {name}")
    advice = tuple(replace(each, title=f"Build {name}") for each in review.recommendations)
    return replace(review, findings=findings, recommendations=advice, skipped=(lost,), not_run=(NotRun(name, "plans"),))


def test_the_system_chooses_the_theme_at_first(browser: Browser, report: str) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(report)
    expect(page.get_by_role("button", name="Change to the light theme")).to_be_visible()
    context.close()


def test_paper_has_no_controls_and_every_remedy(page: Page) -> None:
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.emulate_media(media="print")
    for control in (".bar-of-sections", "#filter", ".tabs", ".copy", ".zoom"):
        expect(page.locator(control).first).to_be_hidden()
    for text in ("@@index([authorId, createdAt(sort: Desc)])", "DROP INDEX CONCURRENTLY posts_author_id_created_at_idx;"):
        expect(page.locator("#recommendation-1").get_by_text(text)).to_be_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert page.evaluate("getComputedStyle(document.querySelector('.block code')).whiteSpace") == "pre-wrap"


def test_without_scripts_everything_is_there_and_no_control_that_would_not_work(browser: Browser, report: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report)
    expect(page.locator("#recommendation-1 .block:visible")).to_have_count(3)
    expect(page.locator(".finding:visible")).to_have_count(7)
    expect(page.locator("button:visible")).to_have_count(0)
    context.close()


def test_hostile_input_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    for page in opened(browser, saved(render_report(example.evil()), tmp_path)):
        page.on("dialog", lambda dialog: pytest.fail(f"the input ran: {dialog.message}"))
        page.reload()
        expect(page.locator(".finding")).to_have_count(1)
        assert page.evaluate("document.scripts.length") == 1
