"""Schemas. In: CREATE, ALTER and DROP SCHEMA. Out: the catalog's schemas, and what is in them moved or gone.

A schema that no statement makes is taken on trust, as tables are.
"""

from __future__ import annotations

from advisor.model import Name
from advisor.sources.sql.catalog.addresses import in_full
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.principals import SESSION_WORDS, maker, role_of_spec
from advisor.sources.sql.objects.functions import remove_function
from advisor.sources.sql.objects.kept import forget, give_name, kept_in
from advisor.sources.sql.objects.rewording import in_renamed_schema
from advisor.sources.sql.objects.statistics import change_statistics, give_statistics_name
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node

ALWAYS_THERE = frozenset({"public", "information_schema", "pg_catalog"})


def add_schema(catalog: Catalog, statement: Statement, fields: Node) -> str:
    """Make a schema and give its name, which may be that of its owner."""
    owner = fields.get("authrole")
    name = str(fields.get("schemaname") or (name_of_owner(catalog, owner) if owner else ""))
    if name in catalog.objects.schemas and not fields.get("if_not_exists"):
        raise RefusedError(f'schema "{name}" already exists', statement.location)
    catalog.objects.gone_schemas.discard(name)
    if name not in catalog.objects.schemas and name not in ALWAYS_THERE:
        catalog.objects.schemas[name] = None
        catalog.objects.privileges.create("schema", name, None)
        if owner is not None:
            catalog.objects.privileges.change_owner("schema", name, maker(owner))
        catalog.changed()
    return name


def name_of_owner(catalog: Catalog, owner: Node) -> str:
    """AUTHORIZATION CURRENT_ROLE names it after the role that SET ROLE made the current one."""
    role = role_of_spec(owner)
    return catalog.objects.privileges.role or role if role in SESSION_WORDS else role


def forget_schema(catalog: Catalog, schema: str) -> None:
    """What is left of a schema once its tables, sequences and types are gone: functions, statistics, what is kept as statements."""
    for function in catalog.objects.functions_in(schema):
        remove_function(catalog, function)
    for name in [name for name in catalog.objects.statistics if name.schema == schema]:
        change_statistics(catalog, name, None)
    for key in kept_in(catalog, schema):
        forget(catalog, key)
    for sequence in catalog.sequences_in(schema):
        catalog.forget_sequence(sequence)
    for extension in catalog.extensions_in(schema):
        catalog.remove_extension(extension)
    catalog.objects.schemas.pop(schema, None)
    catalog.objects.gone_schemas.add(schema)
    catalog.objects.remarks.forget("schema", in_full(Name("", schema)))
    catalog.objects.privileges.forget("schema", schema)
    catalog.objects.privileges.forget_default_schema(schema)
    catalog.changed()


def rename_what_is_left(catalog: Catalog, statement: Statement, old: str, new: str) -> None:
    """ALTER SCHEMA ... RENAME: what is neither table nor sequence nor type nor function."""
    for name in [name for name in catalog.objects.statistics if name.schema == old]:
        give_statistics_name(catalog, name, Name(new, name.name), statement.location)
    for key in kept_in(catalog, old):
        if key[0] != "rule":
            give_name(catalog, key, Name(new, key[1].name), None)
    for key, definition in catalog.kept.all():
        catalog.kept.define(in_renamed_schema(definition, old, new), key[2])
    for extension in catalog.extensions_in(old):
        catalog.move_extension(extension, new)
    catalog.objects.schemas = {new if schema == old else schema: None for schema in catalog.objects.schemas}
    catalog.objects.gone_schemas = (catalog.objects.gone_schemas | {old}) - {new}
    catalog.objects.remarks.rename("schema", in_full(Name("", old)), in_full(Name("", new)))
    catalog.objects.privileges.rename("schema", old, new)
    catalog.objects.privileges.rename_default_schema(old, new)
    catalog.changed()


def require_free(catalog: Catalog, statement: Statement, schema: str) -> None:
    if schema in catalog.objects.schemas:
        raise RefusedError(f'schema "{schema}" already exists', statement.location)
