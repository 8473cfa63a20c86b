"""Pages that are made from data say what the data say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_page_about_migration_tools_is_in_step_with_them() -> None:
    path = ROOT / "scripts" / "document_tools.py"
    specification = importlib.util.spec_from_file_location("document_tools", path)
    assert specification is not None
    assert specification.loader is not None
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)
    assert (ROOT / "docs" / "migrations.md").read_text(encoding="utf-8") == script.page(), "run python scripts/document_tools.py"
