"""The report as one HTML page. In: a Review. Out: a file that needs nothing else: style, script and drawings are in it.

A content security policy in the page allows its own style sheet and script, by their hashes, and nothing from anywhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from advisor import __version__
from advisor.formats.pages import rules_of
from advisor.formats.templates import asset, environment, policy_for
from advisor.report.view import report_view

if TYPE_CHECKING:
    from advisor.engine.review import Review


def render_report(review: Review, *, title: str | None = None) -> str:
    """The whole page. The same review and title give the same bytes."""
    style, script = asset("report.css"), asset("report.js")
    return (
        environment()
        .get_template("report.html.jinja")
        .render(
            report=report_view(review, rules_of(review), title or "Database review"),
            style=Markup(style),  # noqa: S704 our own files
            script=Markup(script),  # noqa: S704
            policy=policy_for(style, script),
            version=__version__,
        )
    )
