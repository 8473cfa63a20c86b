"""Configuration settings as PostgreSQL stores them with a function. In: `VariableSetStmt` nodes. Out: `search_path=app, public`.

Source: `flatten_set_variable_args` (guc_funcs.c), `GUCArrayAdd` and the list of variables marked GUC_LIST_QUOTE (guc_tables.c).
"""

from __future__ import annotations

from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.text.quoting import quote_identifier
from advisor.sources.sql.text.tree import Node, constant, fields_of

LISTS_OF_NAMES = frozenset(
    {"local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries", "temp_tablespaces"}
)
"""Settings whose value is a list of identifiers, each quoted where it has to be."""

CANONICAL_NAMES = {"datestyle": "DateStyle", "intervalstyle": "IntervalStyle", "timezone": "TimeZone"}


def changed_settings(catalog: Catalog, settings: tuple[str, ...], fields: Node) -> tuple[str, ...]:
    """A function's settings after SET or RESET of one of them, or RESET ALL."""
    if fields["kind"] == "VAR_RESET_ALL":
        return ()
    written = str(fields["name"])
    name = CANONICAL_NAMES.get(written.lower(), written)
    value = setting_value(catalog, name, fields)
    there = any(setting.partition("=")[0] == name for setting in settings)
    if value is None:
        return tuple(setting for setting in settings if setting.partition("=")[0] != name)
    if not there:
        return (*settings, f"{name}={value}")
    return tuple(f"{name}={value}" if setting.partition("=")[0] == name else setting for setting in settings)


def setting_value(catalog: Catalog, name: str, fields: Node) -> str | None:
    """The value; None where it is given back to the session."""
    if fields["kind"] == "VAR_SET_CURRENT":
        return current_value(catalog, name)
    if fields["kind"] != "VAR_SET_VALUE":
        return None
    return ", ".join(value_text(name, node) for node in fields["args"])


def value_text(name: str, node: Node) -> str:
    """One element: a name, a number as written, or `INTERVAL '2' HOUR` for the time zone."""
    if "TypeCast" in node:
        return f"INTERVAL '{value_text(name, node['TypeCast']['arg'])}'"
    kind = next((part for part in ("fval", "ival") if part in fields_of(node)), None)
    if kind is not None:
        return str(fields_of(node)[kind].get(kind, 0))
    text = str(constant(node))
    return quote_identifier(text) if name in LISTS_OF_NAMES else text


def current_value(catalog: Catalog, name: str) -> str | None:
    """What the session has; only its search path is known here."""
    return catalog.session.path_text if name == "search_path" else None
