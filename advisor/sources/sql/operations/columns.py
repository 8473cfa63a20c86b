"""Commands of ALTER TABLE about columns. In: a `Command`. Out: its operations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from advisor.model import (
    AddColumn,
    AlterColumnType,
    Domain,
    DropColumn,
    DropDefault,
    DropNotNull,
    Name,
    Operation,
    SetDefault,
    SetExpression,
    SetNotNull,
    Table,
)
from advisor.model.migration.type_changes import between_timestamps, rebuilds_indexes, work_of_type_change
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.operations.added_constraints import added_constraints
from advisor.sources.sql.operations.commands import Command, others, referring_to
from advisor.sources.sql.operations.volatility import kind_of_default
from advisor.sources.sql.spelling.expressions import expression
from advisor.sources.sql.spelling.printing import print_expression
from advisor.sources.sql.spelling.types import is_serial, names_of_type
from advisor.sources.sql.tables.columns import read_type
from advisor.sources.sql.text.tree import Node, fields_of, strings

NAME_ALONE = re.compile(r"[\w$.]+")
"""A type's name without quotes, brackets and parentheses."""


def add_column(command: Command) -> Iterator[Operation]:
    scene, fields = command.scene, command.definition
    name = fields["colname"]
    written = [fields_of(node) for node in fields.get("constraints", [])]
    by_kind = {part["contype"]: part for part in written}
    serial, identity = is_serial(fields["typeName"]), "CONSTR_IDENTITY" in by_kind
    generated = by_kind.get("CONSTR_GENERATED")
    default = by_kind.get("CONSTR_DEFAULT")
    kind = kind_of_default(scene.catalog, default["raw_expr"]) if default else "volatile" if serial else "none"
    not_null = serial or identity or not by_kind.keys().isdisjoint({"CONSTR_NOTNULL", "CONSTR_PRIMARY"})
    there = command.table is not None and command.table.column(name) is not None
    yield AddColumn(
        scene.location, scene.name, "add column", name,
        needs_empty_table=not_null and kind == "none" and not (identity or generated or there),
        children=command.children,
        type=read_type(scene.catalog, fields["typeName"])[0],
        not_null=not_null,
        default=kind,
        default_text=print_expression(default["raw_expr"]) if default else None,
        generated_text=print_expression(generated["raw_expr"]) if generated else None,
        generated=None if generated is None else "virtual" if generated.get("generated_kind") == "v" else "stored",
        identity=identity,
        always=identity and by_kind["CONSTR_IDENTITY"].get("generated_when") == "a",
        serial=serial,
        constrained_domain=has_constrained_domain(command, fields),
        already_there=there,
        guarded=command.guarded,
    )  # fmt: skip
    if not there:
        for part in written:
            yield from added_constraints(command, part, (name,), of_empty_column=kind == "none" and not (identity or generated))


def has_constrained_domain(command: Command, fields: Node) -> bool:
    catalog = command.scene.catalog
    domain = domain_of(catalog, catalog.find_type(*names_of_type(fields["typeName"])))
    return domain is not None and has_constraint(domain)


def domain_of(catalog: Catalog, name: Name | None) -> Domain | None:
    found = catalog.types.get(name) if name is not None else None
    return found if isinstance(found, Domain) else None


def has_constraint(domain: Domain) -> bool:
    return bool(domain.checks) or not domain.nullable


def drop_column(command: Command) -> Iterator[Operation]:
    table, scene = command.table, command.scene
    keys = [key for key in table.foreign_keys if command.name in key.columns] if table else []
    yield DropColumn(
        scene.location, scene.name, "drop column", command.name,
        children=command.children,
        cascade=command.cascade,
        guarded=command.guarded,
        references=others(key.referenced_table for key in keys if key.referenced_table != scene.name),
        referencing=referring_to(command, [command.name]) if command.cascade else (),
    )  # fmt: skip


def alter_type(command: Command) -> Iterator[Operation]:
    scene, table = command.scene, command.table
    new = read_type(scene.catalog, command.definition["typeName"])[0]
    column = table.column(command.name) if table else None
    old = column.type if column else None
    using = command.definition.get("raw_default")
    plain = using is None or is_cast_of(using, command.name)
    work = work_of_type_change(base_type(scene.catalog, old), base_type(scene.catalog, new)) if plain else "rewrite"
    if (target := domain_of(scene.catalog, catalog_type(scene.catalog, new))) and has_constraint(target) and old != new:
        work = "rewrite"
    indexes = [index for index in table.indexes if command.name in index.columns] if table else []
    rebuilt = work == "by time zone" or rebuilds_indexes(old, new)
    keys = [key for key in table.foreign_keys if command.name in key.columns] if table else []
    yield AlterColumnType(
        scene.location, scene.name, "alter type", command.name,
        children=command.children,
        old_type=old,
        new_type=new,
        using=print_expression(using) if using is not None else None,
        reads=expression(using).columns if using is not None else (),
        work=work,
        by_time_zone=plain and between_timestamps(base_type(scene.catalog, old), base_type(scene.catalog, new)),
        rebuilds=tuple(index.name or "" for index in indexes) if rebuilt or work == "rewrite" else (),
        references=others(key.referenced_table for key in keys if key.referenced_table != scene.name),
        referencing=referring_to(command, [command.name]),
    )  # fmt: skip


def catalog_type(catalog: Catalog, text: str | None) -> Name | None:
    """The user's own type that a printed name means."""
    if text is None or not NAME_ALONE.fullmatch(text):
        return None
    schema, _, name = text.rpartition(".")
    return catalog.find_type(schema or None, name)


def base_type(catalog: Catalog, text: str | None) -> str:
    """The type below a domain, which holds the same bytes."""
    domain = domain_of(catalog, catalog_type(catalog, text))
    return domain.type if domain is not None else text or ""


def is_cast_of(node: Node, column: str) -> bool:
    """`a` or `a::type`: what ALTER TYPE does without USING. A cast to yet another type is judged by that type's own cast too."""
    inner = node["TypeCast"]["arg"] if "TypeCast" in node else node
    return "ColumnRef" in inner and strings(inner["ColumnRef"]["fields"])[-1:] == (column,)


def change_default(command: Command) -> Iterator[Operation]:
    facts = (command.scene.location, command.scene.name)
    if "def" not in command.fields:
        yield DropDefault(*facts, "drop default", command.name, children=command.children)
        return
    kind = kind_of_default(command.scene.catalog, command.fields["def"])
    text = print_expression(command.fields["def"])
    yield SetDefault(*facts, "set default", command.name, children=command.children, default=kind, default_text=text)


def set_not_null(command: Command) -> Iterator[Operation]:
    table = command.table
    column = table.column(command.name) if table else None
    proven = column is not None and (not column.nullable or (table is not None and check_proves(table, command.name)))
    yield SetNotNull(
        command.scene.location, command.scene.name, "set not null", command.name, children=command.children, proven=proven
    )


def check_proves(table: Table, column: str) -> bool:
    """Whether a validated CHECK says just that the column is not NULL (`ConstraintImpliedByRelConstraint`, from version 12)."""
    return any(check.validated and check.enforced and column in check.expression.implied_not_null for check in table.checks)


def drop_not_null(command: Command) -> Iterator[Operation]:
    yield DropNotNull(command.scene.location, command.scene.name, "drop not null", command.name, children=command.children)


def set_expression(command: Command) -> Iterator[Operation]:
    column = command.table.column(command.name) if command.table else None
    stored = column is None or not column.virtual
    facts = (command.scene.location, command.scene.name, "set expression", command.name)
    yield SetExpression(*facts, children=command.children, stored=stored)
