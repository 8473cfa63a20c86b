"""Jinja templates for HTML and SVG. In: a template's name and what it prints. Out: markup in which everything foreign is escaped.

The templates, the style sheet and the script are those of `reports/templates`; a page carries its own copies and asks for nothing.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from advisor.formats.digest import counted
from advisor.formats.excerpt import one_line, spelled_out

TEMPLATES = "templates"
NO_CHARACTERS = re.compile("[\ufffe\uffff]")
"""What XML does not allow and `spelled_out` leaves."""


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
    return NO_CHARACTERS.sub("\ufffd", spelled_out(value)) if type(value) is str else value


def asset(name: str) -> str:
    return files("advisor.reports").joinpath(TEMPLATES, name).read_text(encoding="utf-8").strip()


def digest(text: str) -> str:
    """A source expression of a content security policy: the hash of exactly what stands between the tags."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def policy_for(style: str, script: str) -> str:
    """A content security policy that allows this style sheet and this script, and nothing from anywhere else."""
    return f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}'; base-uri 'none'; form-action 'none'"


def inline(text: str) -> Markup:
    """Text with `code` between backticks set as code; everything in it is escaped."""
    pieces = re.split(r"`([^`]+)`", one_line(text))
    return Markup().join(
        Markup("<code>{}</code>").format(piece) if number % 2 else escape(piece) for number, piece in enumerate(pieces)
    )


def breakable(path: str) -> Markup:
    """A path that may break behind its slashes, and an identifier behind its dots and underscores."""
    pieces = re.split(r"(?<=[/._(])", one_line(path))
    return Markup("<wbr>").join(escape(piece) for piece in pieces)
