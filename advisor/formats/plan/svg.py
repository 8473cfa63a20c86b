"""Plans as a picture of its own. In: a review of EXPLAIN output. Out: one SVG document with the icicle of every plan, stacked.

It needs nothing else: no font, no script, no other file. Colours follow the reader's theme where the viewer tells it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup

from advisor.finding import Finding
from advisor.formats.digest import counted
from advisor.formats.excerpt import one_line
from advisor.formats.plan.facts import heading_words
from advisor.formats.plan.figures import findings_by_plan
from advisor.formats.plan.icicle import CHARACTER, WIDTH, Picture, picture_of
from advisor.formats.plan.words import cut
from advisor.formats.templates import asset, environment
from advisor.model import Plan

if TYPE_CHECKING:
    from advisor.engine.review import Review

HEADING, BETWEEN = 24.0, 28.0
"""Space above a picture, and between two."""
VARIABLE = re.compile(r"var\((--[\w-]+)\)")
DEFINITION = re.compile(r"^  (--[\w-]+): (?:light-dark\(([^,]+), ([^)]+)\)|(.+));$", re.MULTILINE)
SECTION = re.compile(r"/\* The picture of a plan \*/\n(.*?)\n\n", re.DOTALL)


def plans_svg(review: Review) -> str:
    """All plans, one below another."""
    return svg_of(findings_by_plan(review))


def svg_of(plans: Iterable[tuple[Plan, Iterable[Finding]]]) -> str:
    top, pictures = 0.0, []
    for plan, findings in plans:
        heading = f"{plan.location.path}:{plan.location.line}  {heading_words(plan)}"
        picture = picture_of(plan, findings, f"Plan {plan.location.path}:{plan.location.line}, {heading_words(plan)}")
        pictures.append((top, cut(one_line(heading), int(WIDTH / CHARACTER)), picture))
        top += HEADING + picture.height + picture.legend_height + BETWEEN
    template = environment().get_template("picture.svg.jinja")
    given = [picture for _, _, picture in pictures]
    words = {"title": title_of(given), "summary": " ".join(f"{picture.title}: {picture.summary}" for picture in given)}
    style = Markup(stand_alone_style())  # noqa: S704 our own file
    return template.render(pictures=pictures, height=max(top - BETWEEN, HEADING) + 32, style=style, **words)


def title_of(pictures: list[Picture]) -> str:
    return pictures[0].title if len(pictures) == 1 else counted(len(pictures), "plan")


@cache
def stand_alone_style() -> str:
    """The part of the report's style sheet that is about pictures, with its colours written out: first the light, then the dark.

    Viewers that know neither variables nor `light-dark()` see the light ones.
    """
    sheet = asset("report.css")
    found = SECTION.search(sheet)
    rules = found[1] if found else ""
    definitions = {name: (light or plain, dark or plain) for name, light, dark, plain in DEFINITION.findall(sheet)}
    light, dark = (VARIABLE.sub(lambda name, side=side: definitions[name[1]][side], rules) for side in (0, 1))
    coloured = "\n".join(line for line in dark.splitlines() if re.search(r"#[0-9a-f]{3,8}", line))
    return f"\n:root {{ color-scheme: light dark; }}\n{light}\n@media (prefers-color-scheme: dark) {{\n{coloured}\n}}\n"
