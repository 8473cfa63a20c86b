"""Writes docs/migrations.md: the migration tools that are recognised, and how each runs a migration, from the rules' own data.

python scripts/document_tools.py
"""

from __future__ import annotations

from pathlib import Path

from advisor.model.migration.tools import TOOLS, Tool

TARGET = Path(__file__).parents[1] / "docs" / "migrations.md"

HEAD = """\
# Migration tools

Which files are one history, in which order they run, and what surrounds their statements, is decided by the tool that runs them.
This is what the program knows of each (`advisor/model/migration/tools.py`); a test keeps the page in step.

How a history reaches the server:

- *each in a transaction*: BEGIN and COMMIT around every migration.
- *whole history in one*: all pending migrations share one transaction.
- *one batch*: a file is sent in one piece, which PostgreSQL runs as one transaction, unless it is a single statement or says BEGIN.
- *statement by statement*: every statement commits by itself.

A way back that is written (a down file, a down section) is read apart and never applied.

"""


def page() -> str:
    """The whole page."""
    rows = "\n".join(map(row, TOOLS))
    return f"{HEAD}| tool | runs | opts out with | order | way back | source |\n| --- | --- | --- | --- | --- | --- |\n{rows}\n"


def row(tool: Tool) -> str:
    opt_out = f"`{tool.opt_out}`" if tool.opt_out else "-"
    source = f"<{tool.source}>" if tool.source.startswith("https://") and " " not in tool.source else tool.source
    runs = "; ".join([tool.runs, *(f"since {major}.{minor} {later}" for (major, minor), later in tool.later)])
    return f"| {tool.title} | {runs} | {opt_out} | {tool.order} | {'yes' if tool.has_down else '-'} | {source} |"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
