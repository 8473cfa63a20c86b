"""Writing a review down. In: a Review and a format's name. Out: text, the same for the same review.

Each format is a module of its own, imported when it is asked for.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal, get_args

from advisor.errors import ConfigurationError

if TYPE_CHECKING:
    from advisor.engine.review import Review

Format = Literal["text", "json", "sarif", "github"]

FORMATS: tuple[str, ...] = get_args(Format)
"""The names that `--format` takes."""


def render(review: Review, format: str, *, colour: bool = False) -> str:  # noqa: A002 the option's own name
    """The review as one text. A ConfigurationError names the formats where there is none of that name.

    With `colour`, `text` is what standard output should have: coloured and wrapped for a terminal, plain for a pipe.
    """
    match format:
        case "text":
            from advisor.formats.text import to_stream, to_text

            return to_stream(review, sys.stdout) if colour else to_text(review)
        case "json":
            from advisor.formats.json import to_json

            return to_json(review)
        case "sarif":
            from advisor.formats.pages import rules_of
            from advisor.formats.sarif import to_sarif

            return to_sarif(review, rules_of(review))
        case "github":
            from advisor.formats.github import to_github

            return to_github(review)
    raise ConfigurationError(f'no format is named "{format}"; there are {", ".join(FORMATS)}')
