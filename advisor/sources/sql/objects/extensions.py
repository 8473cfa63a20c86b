"""Extensions. In: CREATE, ALTER and DROP EXTENSION. Out: the catalog's extensions and their schemas.

What an extension makes is not in the model. Source for what some bring along and where they insist to be: their control files
(`requires`, `schema`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from advisor.model import Name, Operation, OtherStatement
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.spelling.types import array_element
from advisor.sources.sql.tables.column_changes import remove_column
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of, string
from advisor.sources.sql.views.builtins import plain

ALWAYS_THERE = "plpgsql"
"""The extension that every database is made with."""

REQUIRES = {
    "address_standardizer_data_us": ("address_standardizer",),
    "earthdistance": ("cube",),
    "hstore_plperl": ("hstore", "plperl"),
    "hstore_plpython3u": ("hstore", "plpython3u"),
    "jsonb_plpython3u": ("plpython3u",),
    "ltree_plpython3u": ("ltree", "plpython3u"),
    "pgrouting": ("postgis",),
    "postgis_raster": ("postgis",),
    "postgis_sfcgal": ("postgis",),
    "postgis_tiger_geocoder": ("fuzzystrmatch", "postgis"),
    "postgis_topology": ("postgis",),
    "supabase_vault": ("pgsodium",),
    "vectorscale": ("vector",),
}

OWN_SCHEMAS = {
    "adminpack": "pg_catalog",
    "pg_cron": "pg_catalog",
    "pgmq": "pgmq",
    "pgsodium": "pgsodium",
    "plperl": "pg_catalog",
    "plpython3u": "pg_catalog",
    "pltcl": "pg_catalog",
    "postgis_tiger_geocoder": "tiger",
    "postgis_topology": "topology",
    "supabase_vault": "vault",
}


TYPES = {
    "citext": ("citext",),
    "cube": ("cube",),
    "hstore": ("hstore",),
    "ltree": ("lquery", "ltree", "ltxtquery"),
    "postgis": ("box2d", "box3d", "geography", "geometry"),
    "seg": ("seg",),
    "vector": ("halfvec", "sparsevec", "vector"),
}
"""What columns may be of, and go with the extension: its `CREATE TYPE` statements, of those that columns mostly are of."""


def create_extension(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    options = {option["defname"]: option.get("arg", {}) for option in map(fields_of, fields.get("options", []))}
    name = fields["extname"]
    if name != ALWAYS_THERE:
        schema = string(options.get("schema", {}))
        for required in REQUIRES.get(name, ()) if "cascade" in options else ():
            add_extension(catalog, required, schema)
        add_extension(catalog, name, schema)
    return [OtherStatement(statement.location, "CreateExtensionStmt")]


def add_extension(catalog: Catalog, name: str, schema: str) -> None:
    """Where nothing is said it goes where other new things go."""
    catalog.add_extension(name, schema or OWN_SCHEMAS.get(name) or catalog.new_name(None, name).schema)


def move_extension(catalog: Catalog, fields: Node) -> None:
    """ALTER EXTENSION ... SET SCHEMA."""
    catalog.move_extension(string(fields["object"]), fields["newschema"])


def drop_extension(catalog: Catalog, statement: Statement, fields: Node, target: Node) -> Iterator[Operation]:
    """With CASCADE go the columns of its types."""
    yield OtherStatement(statement.location, "DropStmt")
    name = string(target)
    columns = list(columns_of_types(catalog, TYPES.get(name, ())))
    if columns and fields.get("behavior") != "DROP_CASCADE":
        raise RefusedError(f"cannot drop extension {name} because other objects depend on it", statement.location)
    for table, column in columns:
        if catalog.known(table).column(column) is not None:
            remove_column(catalog, table, column, cascade=True)
    catalog.remove_extension(name)


def columns_of_types(catalog: Catalog, types: Sequence[str]) -> Iterator[tuple[Name, str]]:
    for table in catalog.tables() if types else ():
        for column in table.columns:
            if table.view is None and array_element(plain(column.type)).rpartition(".")[2] in types:
                yield table.name, column.name
