"""The sections of a written schema, in order. What is required may stand in an earlier one than its own."""

from __future__ import annotations

SCHEMAS, EXTENSIONS, COLLATIONS, TYPES, DEFINITIONS, SEQUENCES, TABLES, FUNCTIONS, VIEWS = range(9)

HEADINGS = {TYPES: "Types", SEQUENCES: "Sequences", TABLES: "Tables", FUNCTIONS: "Functions", VIEWS: "Views"}
"""Those that are worth a heading."""

LATE_KINDS = frozenset({"rule", "event trigger", "publication", "subscription"})
"""Kinds of definitions that come after everything: they speak of tables, or act on what is made later."""
