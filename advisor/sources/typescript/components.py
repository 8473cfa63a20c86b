"""The code in a Vue or Svelte component. In: its text. Out: a text of the same length that has only the script blocks.

Everything else becomes spaces, so that a place in the code is the same place in the file.
"""

from __future__ import annotations

import re

EXTENSIONS = (".vue", ".svelte")
ATTRIBUTES = r"""(?:"[^"]*"|'[^']*'|[^'">])*"""
BLOCK = re.compile(rf"<!--.*?-->|<script\b(?P<attributes>{ATTRIBUTES})>(?P<code>.*?)(?:</script\s*>|\Z)", re.DOTALL | re.IGNORECASE)
"""A comment, for the script that it may hold is none, or a script block."""
NOT_CODE = re.compile(r"\btype\s*=\s*[\"']?(?!module|text/(?:java|type)script|application/javascript)[\w./+-]", re.IGNORECASE)
"""Blocks of data (`type="application/ld+json"`)."""
JSX = re.compile(r"\blang\s*=\s*[\"']?[jt]sx\b", re.IGNORECASE)
VISIBLE = re.compile(r"[^\r\n]")


def is_component(path: str) -> bool:
    return path.lower().endswith(EXTENSIONS)


def script_of(text: str) -> str:
    """The text of a component with spaces for all that is no script."""
    pieces: list[str] = []
    end = 0
    for block in BLOCK.finditer(text):
        if block["code"] is None or NOT_CODE.search(block["attributes"]):
            continue
        start, stop = block.span("code")
        pieces += [VISIBLE.sub(" ", text[end:start]), text[start:stop]]
        end = stop
    return "".join([*pieces, VISIBLE.sub(" ", text[end:])])


def has_jsx(text: str) -> bool:
    """Whether the script of a component is written in JSX."""
    return any(block["code"] is not None and JSX.search(block["attributes"]) for block in BLOCK.finditer(text))
