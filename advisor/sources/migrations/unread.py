"""Migrations that are written in a language that is not read. In: files beside the SQL. Out: what is said of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from advisor.model import Skipped, SourceText

LANGUAGES = {".go": "Go", ".java": "Java", ".kt": "Kotlin", ".kts": "Kotlin", ".groovy": "Groovy", ".scala": "Scala"}
GOOSE = re.compile(r"\bgoose\.Add\w*Migration")
ROWS_LEFT = "changes of rows through the tool's own calls are not examined"
"""Said of a migration in code that changes rows: the schema stays as it is."""
FLYWAY_CLASS = re.compile(r"\bBaseJavaMigration\b|\bJavaMigration\b")


def unread_migrations(files: Iterable[SourceText]) -> Iterator[Skipped]:
    """Goose's in Go, Flyway's in Java and the like."""
    for file in files:
        language = LANGUAGES.get(file.path[file.path.rfind(".") :])
        if language and (GOOSE.search(file.text) or FLYWAY_CLASS.search(file.text)):
            yield Skipped(file.path, f"a migration in {language} is not read: what it changes is not known", "left alone")
