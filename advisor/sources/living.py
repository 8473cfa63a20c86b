"""A live database beside the files that describe it. In: the databases of a project, and what a server has. Out: whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from advisor.model import Database, Name, Schema
from advisor.model.schema.tools_own import TOOLS_OWN

if TYPE_CHECKING:
    from advisor.sources.postgres import Introspection


def join_live(databases: Sequence[Database], found: Introspection) -> list[Database]:
    """The databases, the one that the server's resembles most with its live schema; a further one where it resembles none."""
    live = found.schema
    shares = [shared_tables(database.schema, play_public(live, found.asked, database.schema)) for database in databases]
    if not any(shares):
        return [*databases, Database(found.shown, live, live=live)]
    best = shares.index(max(shares))
    its_own = play_public(live, found.asked, databases[best].schema)
    return [replace(database, live=its_own) if place == best else database for place, database in enumerate(databases)]


def shared_tables(described: Schema, live: Schema) -> int:
    """How many tables both have, those of migration tools apart."""
    names = {table.name for table in described.tables if table.name.name.lower() not in TOOLS_OWN}
    return sum(table.name in names for table in live.tables)


def play_public(live: Schema, asked: str | None, described: Schema) -> Schema:
    """The live schema as the files speak of it: `?schema=app` makes `app` the schema of all tables that are named without one."""
    if asked in (None, "public") or any(table.name.schema == asked for table in described.tables):
        return live
    moved: Schema = in_public(live, asked or "")
    return moved


def in_public(value: Any, schema: str) -> Any:
    """A value with the names of one schema moved to `public`, in types and expressions too."""
    if isinstance(value, Name):
        return Name("public", value.name) if value.schema == schema else value
    if isinstance(value, str):
        return value.replace(f"{schema}.", "")
    if isinstance(value, tuple):
        return tuple(in_public(item, schema) for item in value)
    if isinstance(value, Struct):
        return type(value)(**{name: in_public(getattr(value, name), schema) for name in value.__struct_fields__})
    return value
