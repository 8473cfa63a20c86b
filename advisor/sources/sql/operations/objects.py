"""Types, triggers, policies, privileges, transactions, settings, changes of rows. In: a `Scene`. Out: operations."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.model import (
    AddEnumValue,
    AlterSequence,
    AlterType,
    Begin,
    ChangePrivileges,
    CommentOn,
    Commit,
    CreateDatabase,
    CreateExtension,
    CreateFunction,
    CreatePolicy,
    CreateRule,
    CreateSchema,
    CreateSequence,
    CreateStatistics,
    CreateTrigger,
    CreateType,
    DropObject,
    DropPolicy,
    DropTrigger,
    Name,
    Operation,
    OtherStatement,
    RenameEnumValue,
    Rollback,
    Savepoint,
    SetSetting,
)
from advisor.sources.sql.catalog.relations import find_relation, new_relation, qualified
from advisor.sources.sql.objects.policies import read_policy
from advisor.sources.sql.operations.scene import Scene
from advisor.sources.sql.spelling.printing import print_expression
from advisor.sources.sql.spelling.types import array_element
from advisor.sources.sql.text.quoting import quote_name
from advisor.sources.sql.text.tree import Node, constant, fields_of, string, strings


def create_type(scene: Scene) -> Iterator[Operation]:
    fields = scene.fields
    kinds = {"CreateEnumStmt": "enum", "CreateDomainStmt": "domain", "CreateRangeStmt": "range", "CompositeTypeStmt": "composite"}
    if "typevar" in fields:
        name = new_relation(scene.catalog, fields["typevar"])
    else:
        name = scene.catalog.new_name(*qualified(fields.get("domainname") or fields["typeName"]))
    yield CreateType(scene.location, name, next((kind for word, kind in kinds.items() if word == scene.kind), "type"))


def alter_enum(scene: Scene) -> Iterator[Operation]:
    fields = scene.fields
    name = named_type(scene, fields["typeName"])
    if "oldVal" in fields:
        yield RenameEnumValue(scene.location, name, fields["oldVal"], fields["newVal"])
    else:
        there = "skipIfNewValExists" in fields
        yield AddEnumValue(scene.location, name, fields.get("newVal", ""), "newValNeighbor" in fields, there)


def drop_of_cluster(scene: Scene) -> Iterator[Operation]:
    """What belongs to no database."""
    kind, name = ("database", "dbname") if scene.kind == "DropdbStmt" else ("tablespace", "tablespacename")
    yield DropObject(scene.location, kind, scene.fields[name])


def named_type(scene: Scene, nodes: list[Node]) -> Name:
    schema, bare = qualified(nodes)
    return scene.catalog.find_type(schema, bare) or scene.catalog.new_name(schema, bare)


DOMAIN_ACTIONS = {
    "T": "set default",
    "N": "drop not null",
    "O": "set not null",
    "C": "add constraint",
    "X": "drop constraint",
    "V": "validate constraint",
}


def alter_domain(scene: Scene) -> Iterator[Operation]:
    fields = scene.fields
    name, subtype = named_type(scene, fields["typeName"]), fields["subtype"]
    constraint = fields_of(fields["def"]) if subtype == "C" else {}
    validates = subtype in ("O", "V") or (subtype == "C" and "skip_validation" not in constraint)
    users = users_of(scene, name) if validates else ()
    yield AlterType(
        scene.location, name, "domain", DOMAIN_ACTIONS.get(subtype, "alter"), users, validates,
        constraint=constraint.get("conname"),
        expression=print_expression(constraint["raw_expr"]) if "raw_expr" in constraint else None,
    )  # fmt: skip


def users_of(scene: Scene, name: Name) -> tuple[Name, ...]:
    text = quote_name(name)
    return tuple(
        table.name
        for table in scene.catalog.tables()
        if table.kind != "view" and any(array_element(column.type) == text for column in table.columns)
    )


def create_trigger(scene: Scene) -> Iterator[Operation]:
    other = scene.fields.get("constrrel")
    references = find_relation(scene.catalog, other) if other else None
    yield CreateTrigger(scene.location, scene.fields["trigname"], scene.name, references)


def create_policy(scene: Scene) -> Iterator[Operation]:
    table = find_relation(scene.catalog, scene.fields["table"])
    changes = scene.kind == "AlterPolicyStmt"
    unseen = not changes and scene.catalog.table(table) is None
    policy = read_policy(scene.catalog, scene.location, scene.fields, table) if unseen else None
    yield CreatePolicy(scene.location, scene.fields["policy_name"], table, changes, policy)


def create_rule(scene: Scene) -> Iterator[Operation]:
    yield CreateRule(scene.location, scene.fields["rulename"], scene.name)


def drop_of_table(scene: Scene) -> Iterator[Operation]:
    """DROP TRIGGER, DROP POLICY, DROP RULE: the table's name, then the object's."""
    kinds: dict[str, type[DropTrigger] | type[DropPolicy]] = {"OBJECT_TRIGGER": DropTrigger, "OBJECT_POLICY": DropPolicy}
    kind = kinds.get(scene.fields["removeType"])
    for target in scene.fields["objects"]:
        *table, name = fields_of(target)["items"]
        found = scene.catalog.find(*qualified(table))
        if kind is None:
            yield DropObject(scene.location, "rule", f"{found}.{string(name)}", scene.fields.get("behavior") == "DROP_CASCADE")
        else:
            yield kind(scene.location, string(name), found)


def change_privileges(scene: Scene) -> Iterator[Operation]:
    fields = scene.fields
    kind = fields["objtype"].removeprefix("OBJECT_").removesuffix("_ACL").replace("_", " ").lower()
    in_schema = fields.get("targtype") == "ACL_TARGET_ALL_IN_SCHEMA"
    yield ChangePrivileges(
        scene.location,
        f"all {kind}s in schema" if in_schema else kind,
        tuple(granted_object(scene, node) for node in fields.get("objects", [])),
        tuple(fields_of(node).get("priv_name", "all") for node in fields.get("privileges", [])),
        tuple(fields_of(node).get("rolename", "public") for node in fields.get("grantees", [])),
        revokes="is_grant" not in fields,
    )


def granted_object(scene: Scene, node: Node) -> str:
    fields = fields_of(node)
    if "RangeVar" in node:
        return find_relation(scene.catalog, fields).qualified
    return string(node) or ".".join(strings(fields.get("objname") or fields.get("names") or fields.get("items") or []))


def create_statistics(scene: Scene) -> Iterator[Operation]:
    fields = scene.fields
    name = scene.catalog.new_name(*qualified(fields["defnames"])) if "defnames" in fields else None
    relations = [fields_of(node) for node in fields.get("relations", []) if "RangeVar" in node]
    yield CreateStatistics(scene.location, name, find_relation(scene.catalog, relations[0]) if relations else None)


def create_function(scene: Scene) -> Iterator[Operation]:
    name = scene.catalog.new_name(*qualified(scene.fields["funcname"]))
    yield CreateFunction(scene.location, name, "replace" in scene.fields)


def create_extension(scene: Scene) -> Iterator[Operation]:
    yield CreateExtension(scene.location, scene.fields["extname"])


def create_database(scene: Scene) -> Iterator[Operation]:
    options = {option["defname"]: option.get("arg", {}) for option in map(fields_of, scene.fields.get("options", []))}
    given = options.get("encoding", {})
    number = given.get("Integer")
    encoding = string(given) or (None if number is None else str(number.get("ival", 0)))
    yield CreateDatabase(scene.location, scene.fields["dbname"], encoding)


def create_schema(scene: Scene) -> Iterator[Operation]:
    """What the statement makes in the schema is done too."""
    name = scene.fields.get("schemaname") or scene.fields.get("authrole", {}).get("rolename", "")
    yield CreateSchema(scene.location, name)
    yield from (operation for operation in scene.done if type(operation).__name__ != "OtherStatement")


def create_sequence(scene: Scene) -> Iterator[Operation]:
    yield CreateSequence(scene.location, new_relation(scene.catalog, scene.fields["sequence"]))


def alter_sequence(scene: Scene) -> Iterator[Operation]:
    yield AlterSequence(scene.location, find_relation(scene.catalog, scene.fields["sequence"]))


def comment_on(scene: Scene) -> Iterator[Operation]:
    kind = scene.fields["objtype"].removeprefix("OBJECT_").replace("_", " ").lower()
    nodes = fields_of(scene.fields["object"]).get("items", []) if "List" in scene.fields.get("object", {}) else []
    relations = {"table": nodes, "view": nodes, "matview": nodes, "foreign table": nodes, "column": nodes[:-1]}
    found = relations.get(kind)
    yield CommentOn(scene.location, kind, scene.catalog.find(*qualified(found)) if found else None)


def transaction(scene: Scene) -> Iterator[Operation]:
    kind, name = scene.fields["kind"].removeprefix("TRANS_STMT_"), scene.fields.get("savepoint_name", "")
    if kind in ("BEGIN", "START"):
        yield Begin(scene.location)
    elif kind in ("COMMIT", "PREPARE", "COMMIT_PREPARED"):
        yield Commit(scene.location)
    elif kind.startswith("ROLLBACK"):
        yield Rollback(scene.location, name or None)
    else:
        yield Savepoint(scene.location, name, kind == "RELEASE")


def set_setting(scene: Scene) -> Iterator[Operation]:
    fields = scene.fields
    name = fields.get("name", "").lower() or None
    local = "is_local" in fields
    if fields["kind"] in ("VAR_SET_VALUE", "VAR_SET_CURRENT"):
        values = (str(constant(node)) for node in fields.get("args", []))
        yield SetSetting(scene.location, name, ", ".join(values), local)
    elif fields["kind"] == "VAR_SET_MULTI":
        for option in map(fields_of, fields.get("args", [])):
            if "defname" in option:
                yield SetSetting(scene.location, option["defname"], str(constant(option.get("arg", {}))), local)
    else:
        yield SetSetting(scene.location, name, None, local)


def select(scene: Scene) -> Iterator[Operation]:
    """`SELECT set_config(...)`, and SELECT INTO, which makes a table; any other query changes nothing."""
    settings = list(settings_in(scene))
    yield from settings or [OtherStatement(scene.location, scene.kind)]


def settings_in(scene: Scene) -> Iterator[Operation]:
    for target in map(fields_of, scene.fields.get("targetList", [])):
        call = target.get("val", {}).get("FuncCall", {})
        arguments = [constant(node) for node in call.get("args", [])]
        if call and string(call["funcname"][-1]) == "set_config" and len(arguments) == 3:
            value = None if arguments[1] is None else str(arguments[1])
            yield SetSetting(scene.location, str(arguments[0]).lower(), value, local=bool(arguments[2]))
