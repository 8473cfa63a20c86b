"""The report as one HTML page. In: a Review. Out: a file that needs nothing else: style, script and drawings are in it.

A content security policy in the page allows its own style sheet and script, by their hashes, and nothing from anywhere else.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from advisor import __version__
from advisor.formats.digest import counted
from advisor.formats.excerpt import one_line, spelled_out
from advisor.formats.pages import rules_of
from advisor.report.prose import breakable, inline
from advisor.report.view import report_view

if TYPE_CHECKING:
    from advisor.engine.review import Review

TEMPLATES = "templates"


def render_report(review: Review, *, title: str | None = None) -> str:
    """The whole page. The same review and title give the same bytes."""
    style, script = asset("report.css"), asset("report.js")
    policy = f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}'; base-uri 'none'; form-action 'none'"
    return (
        environment()
        .get_template("report.html.jinja")
        .render(
            report=report_view(review, rules_of(review), title or "Database review"),
            style=Markup(style),  # noqa: S704 our own files
            script=Markup(script),  # noqa: S704
            policy=policy,
            version=__version__,
        )
    )


@cache
def environment() -> Environment:
    made = Environment(
        loader=PackageLoader("advisor.reports", TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(inline=inline, breakable=breakable, counted=counted, one_line=one_line)
    return made


def finalize(value: object) -> object:
    """Spell out control characters in every text that templates print; autoescape then does the rest."""
    return spelled_out(value) if type(value) is str else value


def asset(name: str) -> str:
    return files("advisor.reports").joinpath(TEMPLATES, name).read_text(encoding="utf-8").strip()


def digest(text: str) -> str:
    """A source expression of a content security policy: the hash of exactly what stands between the tags."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
