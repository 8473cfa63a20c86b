"""Tables, views and indexes made, dropped, renamed and looked after, as operations. In: a `Scene`. Out: operations."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import (
    AlterType,
    Cluster,
    CreateIndex,
    CreateTable,
    CreateView,
    DropIndex,
    DropObject,
    DropTable,
    DropType,
    LockTable,
    Name,
    Operation,
    RefreshMaterializedView,
    Reindex,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameObject,
    RenameSchema,
    RenameTable,
    Table,
    Truncate,
    Vacuum,
)
from advisor.model.migration.locks import Lock
from advisor.sources.sql.catalog.relations import find_relation, new_relation, qualified
from advisor.sources.sql.operations.scene import Scene, default_partition_of, heirs_of
from advisor.sources.sql.text.tree import Node, fields_of, string, strings, unwrap


def create_table(scene: Scene) -> Iterator[Operation]:
    """What the handler made, with the facts that its effect hangs on. Nothing was made where IF NOT EXISTS found it there."""
    for made in scene.made(CreateTable):
        table = scene.catalog.table(made.table)
        if table is None:
            yield made
            continue
        parent = table.partition_of
        default = default_partition_of(scene.catalog, parent) if parent else None
        yield replace(
            made,
            kind=table.kind,
            references=references_of(table),
            partition_of=parent,
            inherits=table.inherits,
            default_partition=None if default == made.table else default,
        )


def create_table_as(scene: Scene) -> Iterator[Operation]:
    for made in create_table(scene):
        yield replace(made, from_query=True) if isinstance(made, CreateTable) else made


def references_of(table: Table) -> tuple[Name, ...]:
    return tuple(dict.fromkeys(key.referenced_table for key in table.foreign_keys if key.referenced_table != table.name))


def own_references_of(scene: Scene, table: Table) -> tuple[Name, ...]:
    """Without those of keys that a partition has from its parent, where they stay."""
    parent = scene.catalog.table(table.partition_of) if table.partition_of else None
    return tuple(name for name in references_of(table) if parent is None or name not in references_of(parent))


def create_view(scene: Scene) -> Iterator[Operation]:
    """A new view is made like a table; one that was there is replaced."""
    made = scene.made(CreateTable)
    if made:
        yield from create_table(scene)
    else:
        yield CreateView(scene.location, new_relation(scene.catalog, scene.fields["view"]), replaces=True)


def create_index(scene: Scene) -> Iterator[Operation]:
    heirs = scene.before.heirs.get(scene.name, ())
    there = scene.catalog.index(Name(scene.name.schema, scene.fields.get("idxname", "")))
    if not scene.done and there is not None:
        yield CreateIndex(scene.location, replace(there, table=scene.name), "concurrent" in scene.fields, already_there=True)
    for made in scene.made(CreateIndex):
        yield made if made.on_only or "inh" not in scene.fields["relation"] else replace(made, children=partitions(scene, heirs))


def partitions(scene: Scene, names: tuple[Name, ...]) -> tuple[Name, ...]:
    """Those that are partitions: an index of a parent is not one of the tables that merely inherit."""
    found = ((name, scene.catalog.table(name)) for name in names)
    return tuple(name for name, table in found if table is not None and table.partition_of is not None)


def drop(scene: Scene) -> Iterator[Operation]:
    cascade = scene.fields.get("behavior") == "DROP_CASCADE"
    kind = scene.fields["removeType"].removeprefix("OBJECT_").replace("_", " ").lower()
    if kind == "index":
        yield from (replace(made, children=drop_index_children(scene, made)) for made in scene.made(DropIndex))
    elif scene.before.names:
        yield from (drop_table(scene, name, cascade=cascade) for name in scene.before.names)
    elif kind in ("type", "domain"):
        for target in scene.fields["objects"]:
            yield DropType(scene.location, scene.catalog.new_name(*qualified(fields_of(target)["names"])), cascade)
    else:
        yield from (DropObject(scene.location, kind, text_of(target), cascade) for target in scene.fields["objects"])


def drop_index_children(scene: Scene, made: DropIndex) -> tuple[Name, ...]:
    return partitions(scene, scene.before.heirs.get(made.table, ())) if made.table else ()


def drop_table(scene: Scene, name: Name, *, cascade: bool) -> DropTable:
    table = scene.before.tables.get(name)
    kinds = {"OBJECT_VIEW": "view", "OBJECT_MATVIEW": "materialized view", "OBJECT_FOREIGN_TABLE": "foreign table"}
    return DropTable(
        scene.location,
        name,
        cascade=cascade,
        kind=table.kind if table else kinds.get(scene.fields["removeType"], "table"),
        referencing=scene.before.referrers.get(name, ()) if cascade else (),
        references=own_references_of(scene, table) if table else (),
        partition_of=table.partition_of if table else None,
        default_partition=default_partition_of(scene.catalog, table.partition_of) if table and table.partition_of else None,
        children=scene.before.heirs.get(name, ()),
    )


def text_of(target: Node) -> str:
    """An object's name as text: `schema.name`."""
    kind, fields = unwrap(target)
    if kind == "String":
        return string(target)
    nodes = fields.get("items") or fields.get("names") or fields.get("objname") or []
    return ".".join(strings(node for node in nodes if "String" in node))


def rename(scene: Scene) -> Iterator[Operation]:
    fields, at = scene.fields, scene.location
    kind, new = fields["renameType"].removeprefix("OBJECT_").replace("_", " ").lower(), fields["newname"]
    if kind == "schema":
        yield RenameSchema(at, fields["subname"], new)
    elif "relation" not in fields:
        yield from renamed_object(scene, kind, new)
    elif kind == "column":
        children = scene.before.heirs.get(scene.name, ())
        yield RenameColumn(at, scene.name, "rename column", fields["subname"], children=children, new_name=new)
    elif kind == "tabconstraint":
        yield RenameConstraint(at, scene.name, "rename constraint", name=fields["subname"], new_name=new)
    elif scene.name in scene.before.index_tables or kind == "index":
        yield RenameIndex(at, scene.name, new, scene.before.index_tables.get(scene.name))
    elif kind in ("table", "view", "matview", "foreign table"):
        known = scene.before.tables.get(scene.name)
        yield RenameTable(at, scene.name, Name(scene.name.schema, new), known.kind if known else "table")
    else:
        yield RenameObject(at, kind, str(fields.get("subname") or scene.name), new)


def renamed_object(scene: Scene, kind: str, new: str) -> Iterator[Operation]:
    target = scene.fields.get("object", {})
    if kind in ("type", "domain"):
        yield AlterType(scene.location, Name(*type_name(scene, target)), kind, "rename")
    else:
        yield RenameObject(scene.location, kind, text_of(target) if target else str(scene.fields.get("subname", "")), new)


def type_name(scene: Scene, target: Node) -> tuple[str, str]:
    name = scene.catalog.new_name(*qualified(fields_of(target).get("items", [])))
    return name.schema, name.name


def set_schema(scene: Scene) -> Iterator[Operation]:
    fields = scene.fields
    kind, schema = fields["objectType"].removeprefix("OBJECT_").replace("_", " ").lower(), fields["newschema"]
    if kind in ("table", "view", "matview", "foreign table") and scene.before.names:
        yield RenameTable(scene.location, scene.name, Name(schema, scene.name.name))
    elif kind in ("type", "domain"):
        yield AlterType(scene.location, Name(*type_name(scene, fields["object"])), kind, "set schema")
    else:
        target = fields.get("object")
        name = text_of(target) if target else str(scene.name) if scene.before.names else ""
        yield RenameObject(scene.location, kind, name, schema)


def truncate(scene: Scene) -> Iterator[Operation]:
    cascade = scene.fields.get("behavior") == "DROP_CASCADE"
    for relation in map(fields_of, scene.fields["relations"]):
        name = find_relation(scene.catalog, relation)
        heirs = heirs_of(scene.catalog, name) if "inh" in relation else ()
        yield Truncate(scene.location, name, cascade, heirs, referring(scene, name) if cascade else ())


def referring(scene: Scene, name: Name) -> tuple[Name, ...]:
    """The tables that refer to a table, those that refer to them, and so on."""
    found: dict[Name, None] = {}
    waiting = [name]
    while waiting:
        for other in scene.catalog.referrers(waiting.pop()):
            if other not in found and other != name:
                found[other] = None
                waiting.append(other)
    return tuple(found)


MODES = {lock.value: lock.sql for lock in Lock}


def lock_table(scene: Scene) -> Iterator[Operation]:
    for relation in map(fields_of, scene.fields["relations"]):
        name = find_relation(scene.catalog, relation)
        heirs = heirs_of(scene.catalog, name) if "inh" in relation else ()
        yield LockTable(scene.location, name, MODES.get(scene.fields.get("mode", 8), "ACCESS EXCLUSIVE"), heirs)


def reindex(scene: Scene) -> Iterator[Operation]:
    fields = scene.fields
    target = fields["kind"].removeprefix("REINDEX_OBJECT_").lower()
    concurrently = any(
        option["defname"] == "concurrently" and is_true(option) for option in map(fields_of, fields.get("params", []))
    )
    name = scene.name if scene.before.names else None
    table = name if target == "table" else scene.before.index_tables.get(name) if name else None
    yield Reindex(scene.location, target, name, table, concurrently, fields.get("name"))


def is_true(option: Node) -> bool:
    """Whether an option that may have a value is on (`defGetBoolean`, src/backend/commands/define.c)."""
    if "arg" not in option:
        return True
    kind, value = unwrap(option["arg"])
    if kind == "Boolean":
        return bool(value.get("boolval"))
    return str(value.get("ival", 0) if kind == "Integer" else value.get("sval", "")).lower() in ("1", "true", "on")


def cluster(scene: Scene) -> Iterator[Operation]:
    yield Cluster(scene.location, scene.name if scene.before.names else None, scene.fields.get("indexname"))


def vacuum(scene: Scene) -> Iterator[Operation]:
    fields = scene.fields
    full = any(option["defname"] == "full" and is_true(option) for option in map(fields_of, fields.get("options", [])))
    analyze_only = "is_vacuumcmd" not in fields
    relations = [fields_of(node).get("relation") for node in fields.get("rels", [])]
    for relation in relations or [None]:
        yield Vacuum(scene.location, find_relation(scene.catalog, relation) if relation else None, full, analyze_only)


def refresh(scene: Scene) -> Iterator[Operation]:
    view = scene.catalog.table(scene.name)
    unique = (
        None
        if view is None
        else any(index.unique and index.predicate is None and None not in index.columns for index in view.indexes)
    )
    fields = scene.fields
    yield RefreshMaterializedView(
        scene.location, scene.name, "concurrent" in fields, with_data="skipData" not in fields, has_unique_index=unique
    )
