"""ALTER TABLE as operations. In: a `Scene` of an `AlterTableStmt`. Out: its commands' operations, in PostgreSQL's own order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from advisor.model import (
    AddColumn,
    AddForeignKey,
    AlterColumnType,
    AlterConstraint,
    AlterIndex,
    AlterTable,
    AlterType,
    AttachPartition,
    Check,
    DetachPartition,
    Domain,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropNotNull,
    ForeignKey,
    Index,
    Inherit,
    Name,
    NotNull,
    Operation,
    ReplicaIdentity,
    SetAccessMethod,
    SetDefault,
    SetExpression,
    SetLogged,
    SetNotNull,
    SetRowSecurity,
    SetStorageParameters,
    SetTablespace,
    SetTrigger,
    Table,
    ValidateConstraint,
)
from advisor.model.migration.type_changes import rebuilds_indexes, work_of_type_change
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.catalog.relations import find_relation
from advisor.sources.sql.operations.bounds import proves_bound
from advisor.sources.sql.operations.constraints import added_constraints
from advisor.sources.sql.operations.scene import Scene, default_partition_of
from advisor.sources.sql.operations.volatility import kind_of_default
from advisor.sources.sql.spelling.printing import print_expression
from advisor.sources.sql.spelling.types import is_serial, names_of_type
from advisor.sources.sql.tables.alter import PASSES
from advisor.sources.sql.tables.columns import read_type
from advisor.sources.sql.tables.properties import storage_parameters
from advisor.sources.sql.text.tree import Node, fields_of, strings

NAME_ALONE = re.compile(r"[\w$.]+")
"""A type's name without quotes, brackets and parentheses."""


class Command(Struct, frozen=True):
    """One command, with the table before the statement (None where it is not known) and the tables that it changes along."""

    scene: Scene
    fields: Node
    table: Table | None
    children: tuple[Name, ...]
    new_keys: Iterator[AddForeignKey]
    """The foreign keys that the statement adds, in order."""

    @property
    def subtype(self) -> str:
        return str(self.fields["subtype"])

    @property
    def name(self) -> str:
        return str(self.fields.get("name", ""))

    @property
    def definition(self) -> Node:
        return fields_of(self.fields["def"]) if "def" in self.fields else {}

    @property
    def cascade(self) -> bool:
        return self.fields.get("behavior") == "DROP_CASCADE"

    def facts(self, action: str, column: str | None = None) -> tuple[object, ...]:
        """The first fields of every `AlterTable`."""
        return (self.scene.location, self.scene.name, action, column)


Describer = Callable[[Command], Iterator[Operation]]


def alter_table(scene: Scene) -> Iterator[Operation]:
    objtype = scene.fields["objtype"]
    if objtype == "OBJECT_TYPE":
        yield AlterType(scene.location, scene.name, "composite", "attributes")
        return
    if objtype == "OBJECT_INDEX" or scene.name in scene.before.index_tables:
        yield from (alter_index(scene, fields_of(node)) for node in scene.fields["cmds"])
        return
    table = scene.before.tables.get(scene.name)
    only = "inh" not in scene.fields["relation"]
    heirs = () if only else scene.before.heirs.get(scene.name, ())
    new_keys = iter(scene.made(AddForeignKey))
    for fields in sorted(map(fields_of, scene.fields["cmds"]), key=lambda fields: PASSES.get(fields["subtype"], 3)):
        command = Command(scene, fields, table, heirs, new_keys)
        yield from COMMANDS.get(command.subtype, other_command)(command)


def words_of(subtype: str) -> str:
    """`AT_SetStatistics` as `set statistics`."""
    return " ".join(re.findall(r"[A-Z][a-z]*", subtype.removeprefix("AT_"))).lower()


def other_command(command: Command) -> Iterator[Operation]:
    column = command.fields.get("name")
    yield AlterTable(command.scene.location, command.scene.name, words_of(command.subtype), column, children=command.children)


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
        generated=None if generated is None else "virtual" if generated.get("generated_kind") == "v" else "stored",
        identity=identity,
        serial=serial,
        constrained_domain=has_constrained_domain(command, fields),
        already_there=there,
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
        references=others(key.referenced_table for key in keys if key.referenced_table != scene.name),
        referencing=referring_to(command, [command.name]) if command.cascade else (),
    )  # fmt: skip


def others(names: Iterator[Name]) -> tuple[Name, ...]:
    return tuple(dict.fromkeys(names))


def referring_to(command: Command, columns: list[str]) -> tuple[Name, ...]:
    """The tables with a foreign key to one of the columns, as they were before."""
    scene = command.scene
    found = []
    for name in scene.before.referrers.get(scene.name, ()):
        table = scene.before.tables.get(name) or scene.catalog.table(name)
        keys = table.foreign_keys if table else ()
        gone = not any(key.referenced_table == scene.name for key in keys)
        if gone or any(key.referenced_table == scene.name and set(key.referenced_columns) & set(columns) for key in keys):
            found.append(name)
    return tuple(found)


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
        work=work,
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
    yield SetDefault(*facts, "set default", command.name, children=command.children, default=kind)


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


def add_constraint(command: Command) -> Iterator[Operation]:
    yield from added_constraints(command, command.definition, ())


def validate_constraint(command: Command) -> Iterator[Operation]:
    scene, table = command.scene, command.table
    key = next((key for key in table.foreign_keys if key.name == command.name), None) if table else None
    parts: tuple[ForeignKey | Check | NotNull, ...] = (*table.foreign_keys, *table.checks, *table.not_nulls) if table else ()
    done = next((part.validated for part in parts if part.name == command.name), False)
    yield ValidateConstraint(
        scene.location, scene.name, "validate constraint",
        children=command.children,
        name=command.name,
        referenced=key.referenced_table if key and key.referenced_table != scene.name else None,
        validated_before=done,
    )  # fmt: skip


def drop_constraint(command: Command) -> Iterator[Operation]:
    scene, table = command.scene, command.table
    kind, part = constraint_of(table, command.name) if table else (None, None)
    key = part if isinstance(part, ForeignKey) else None
    columns = [column for column in part.columns if column] if isinstance(part, Index) else []
    yield DropConstraint(
        scene.location, scene.name, "drop constraint",
        children=command.children,
        name=command.name,
        kind=kind,
        cascade=command.cascade,
        references=(key.referenced_table,) if key and key.referenced_table != scene.name else (),
        referencing=referring_to(command, columns) if command.cascade and columns else (),
    )  # fmt: skip


def constraint_of(table: Table, name: str) -> tuple[str | None, object]:
    """The kind of a table's constraint of that name, and the constraint."""
    for index in table.indexes:
        if index.constraint and index.name == name:
            return index.constraint, index
    for kind, parts in (("foreign key", table.foreign_keys), ("check", table.checks), ("not null", table.not_nulls)):
        for part in parts:
            if part.name == name:
                return kind, part
    return None, None


def alter_constraint(command: Command) -> Iterator[Operation]:
    fields, scene, table = command.definition, command.scene, command.table
    name = str(fields.get("conname", ""))
    _, part = constraint_of(table, name) if table else (None, None)
    references = (part.referenced_table,) if isinstance(part, ForeignKey) and part.referenced_table != scene.name else ()
    changes, enforces = "alterEnforceability" in fields, "is_enforced" in fields
    yield AlterConstraint(
        scene.location, scene.name, "alter constraint",
        children=command.children, name=name,
        enforces=changes and enforces, relaxes=changes and not enforces, references=references,
    )  # fmt: skip


def set_parameters(command: Command) -> Iterator[Operation]:
    nodes = command.definition.get("items", []) if "def" in command.fields else []
    resets = command.subtype == "AT_ResetRelOptions"
    parameters = tuple(fields_of(node)["defname"] for node in nodes) if resets else storage_parameters(nodes)
    action = "reset parameters" if resets else "set parameters"
    yield SetStorageParameters(command.scene.location, command.scene.name, action, parameters=parameters)


def set_persistence(command: Command) -> Iterator[Operation]:
    logged = command.subtype == "AT_SetLogged"
    yield SetLogged(command.scene.location, command.scene.name, "set logged" if logged else "set unlogged", logged=logged)


def set_tablespace(command: Command) -> Iterator[Operation]:
    yield SetTablespace(command.scene.location, command.scene.name, "set tablespace", tablespace=command.name)


def set_access_method(command: Command) -> Iterator[Operation]:
    has = command.table and (command.table.access_method or "heap")
    facts = (command.scene.location, command.scene.name, "set access method")
    yield SetAccessMethod(*facts, method=command.name or "default", same=has == command.name)


IDENTITIES = {"d": "default", "f": "full", "n": "nothing"}


def replica_identity(command: Command) -> Iterator[Operation]:
    fields = command.definition
    words = IDENTITIES.get(fields.get("identity_type", ""), f"index {fields.get('name', '')}")
    yield ReplicaIdentity(command.scene.location, command.scene.name, "replica identity", identity=words)


def row_security(command: Command) -> Iterator[Operation]:
    words = {
        "AT_EnableRowSecurity": "enable row security", "AT_DisableRowSecurity": "disable row security",
        "AT_ForceRowSecurity": "force row security", "AT_NoForceRowSecurity": "no force row security",
    }  # fmt: skip
    yield SetRowSecurity(command.scene.location, command.scene.name, words[command.subtype])


def inherit(command: Command) -> Iterator[Operation]:
    ends = command.subtype == "AT_DropInherit"
    parent = find_relation(command.scene.catalog, command.definition)
    yield Inherit(command.scene.location, command.scene.name, "no inherit" if ends else "inherit", parent=parent, ends=ends)


def attach_partition(command: Command) -> Iterator[Operation]:
    scene, partition = command.scene, command.scene.before.names[1]
    key = command.table.partition_key if command.table else None
    child = scene.before.tables.get(partition)
    bound = command.definition.get("bound")
    yield AttachPartition(
        scene.location, scene.name, "attach partition",
        partition=partition,
        proven=key is not None and child is not None and bound is not None and proves_bound(child, key, bound),
        default_partition=other_than(partition, default_partition_of(scene.catalog, scene.name)),
        builds=child is not None and command.table is not None and lacks_index(child, command.table),
        references=others(key.referenced_table for key in shared_keys(child, command.table, there=False)),
        merges=others(key.referenced_table for key in shared_keys(child, command.table, there=True)),
    )  # fmt: skip


def lacks_index(child: Table, parent: Table) -> bool:
    """Whether a partition to be has to build an index. A constraint is made of a like constraint alone."""
    had = {index.definition for index in child.indexes}
    return any(index.definition not in had for index in parent.indexes)


def shared_keys(child: Table | None, parent: Table | None, *, there: bool) -> Iterator[ForeignKey]:
    """The foreign keys of a parent, to other tables, that a partition to be has already, or has not."""
    had = {(key.columns, key.referenced_table, key.referenced_columns) for key in child.foreign_keys} if child else set()
    for key in parent.foreign_keys if parent else ():
        like = (key.columns, key.referenced_table, key.referenced_columns)
        if key.referenced_table != key.table and (like in had) == there:
            yield key


def detach_partition(command: Command) -> Iterator[Operation]:
    scene, partition = command.scene, command.scene.before.names[1]
    concurrently = "concurrent" in command.definition
    default = other_than(partition, default_partition_of(scene.catalog, scene.name))
    keys = command.table.foreign_keys if command.table else ()
    yield DetachPartition(
        scene.location, scene.name, "detach partition",
        partition=partition,
        concurrently=concurrently,
        default_partition=default,
        references=others(key.referenced_table for key in keys if key.referenced_table != scene.name),
    )  # fmt: skip


def other_than(name: Name, found: Name | None) -> Name | None:
    return None if found == name else found


def set_trigger(command: Command) -> Iterator[Operation]:
    enabled, rule = "Enable" in command.subtype, "Rule" in command.subtype
    yield SetTrigger(command.scene.location, command.scene.name, command.fields.get("name"), enabled=enabled, rule=rule)


INDEX_ACTIONS = {
    "AT_SetRelOptions": "set parameters",
    "AT_ResetRelOptions": "reset parameters",
    "AT_AttachPartition": "attach partition",
    "AT_SetTableSpace": "set tablespace",
    "AT_SetStatistics": "set statistics",
}


def alter_index(scene: Scene, command: Node) -> Operation:
    subtype = command["subtype"]
    action = INDEX_ACTIONS.get(subtype, words_of(subtype))
    return AlterIndex(scene.location, scene.name, action, scene.before.index_tables.get(scene.name))


TRIGGERS = (
    "EnableTrig",
    "EnableTrigAll",
    "EnableTrigUser",
    "EnableAlwaysTrig",
    "EnableReplicaTrig",
    "DisableTrig",
    "DisableTrigAll",
)
RULES = ("EnableRule", "EnableAlwaysRule", "EnableReplicaRule", "DisableRule")

COMMANDS: dict[str, Describer] = {
    "AT_AddColumn": add_column,
    "AT_AddConstraint": add_constraint,
    "AT_AddInherit": inherit,
    "AT_AlterColumnType": alter_type,
    "AT_AlterConstraint": alter_constraint,
    "AT_AttachPartition": attach_partition,
    "AT_ColumnDefault": change_default,
    "AT_DetachPartition": detach_partition,
    "AT_DropColumn": drop_column,
    "AT_DropConstraint": drop_constraint,
    "AT_DropInherit": inherit,
    "AT_DropNotNull": drop_not_null,
    "AT_ReplicaIdentity": replica_identity,
    "AT_ResetRelOptions": set_parameters,
    "AT_SetAccessMethod": set_access_method,
    "AT_SetExpression": set_expression,
    "AT_SetLogged": set_persistence,
    "AT_SetNotNull": set_not_null,
    "AT_SetRelOptions": set_parameters,
    "AT_SetTableSpace": set_tablespace,
    "AT_SetUnLogged": set_persistence,
    "AT_ValidateConstraint": validate_constraint,
    **{f"AT_{word}RowSecurity": row_security for word in ("Enable", "Disable", "Force", "NoForce")},
    **{f"AT_{word}": set_trigger for word in (*TRIGGERS, "DisableTrigUser", *RULES)},
}
"""What describes each kind of command."""
