"""Plans, with the findings about them, as a person or a program reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from advisor.engine.review import Review


def render_plans(review: Review, format_: str, stream: TextIO) -> str:
    """Every plan of a review as text, JSON, HTML, SVG or Markdown. Text is made for the stream that it is written to."""
    match format_:
        case "json":
            from advisor.formats.plan.json import plans_json

            return plans_json(review)
        case "html":
            from advisor.formats.plan.html import plans_html

            return plans_html(review)
        case "svg":
            from advisor.formats.plan.svg import plans_svg

            return plans_svg(review)
        case "markdown":
            from advisor.formats.plan.markdown import plans_markdown

            return plans_markdown(review)
        case _:
            from advisor.formats.plan.text import to_stream

            return to_stream(review, stream)
