"""Objects that are kept as the statements that make them: aggregates, operators, casts, rules, servers, publications, ...

In: CREATE, ALTER and DROP of them. Out: operations, and the model's `Definition`s. A later ALTER or RENAME is added to the
statement that makes the object, so that both together make it as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from advisor.model import Definition, Name, Operation, OtherStatement
from advisor.model.schema.privileges import ObjectKind
from advisor.sources.sql.catalog.addresses import in_full, on_relation, routine_address
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.objects import DefinitionKey, Types
from advisor.sources.sql.catalog.principals import role_of_spec
from advisor.sources.sql.catalog.relations import find_relation, qualified
from advisor.sources.sql.objects.function_types import signature_type
from advisor.sources.sql.objects.rewording import rename_relation_in_kept, with_relation_renamed
from advisor.sources.sql.text.quoting import quote_identifier
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of, string

WORDS = {
    "OBJECT_ACCESS_METHOD": "access method",
    "OBJECT_AGGREGATE": "aggregate",
    "OBJECT_CAST": "cast",
    "OBJECT_CONVERSION": "conversion",
    "OBJECT_EVENT_TRIGGER": "event trigger",
    "OBJECT_FDW": "foreign data wrapper",
    "OBJECT_FOREIGN_SERVER": "server",
    "OBJECT_LANGUAGE": "language",
    "OBJECT_OPCLASS": "operator class",
    "OBJECT_OPERATOR": "operator",
    "OBJECT_OPFAMILY": "operator family",
    "OBJECT_PUBLICATION": "publication",
    "OBJECT_RULE": "rule",
    "OBJECT_SUBSCRIPTION": "subscription",
    "OBJECT_TRANSFORM": "transform",
    "OBJECT_TSCONFIGURATION": "text search configuration",
    "OBJECT_TSDICTIONARY": "text search dictionary",
    "OBJECT_TSPARSER": "text search parser",
    "OBJECT_TSTEMPLATE": "text search template",
}
"""SQL's words for what is kept."""

WITH_PRIVILEGES: dict[str, ObjectKind] = {
    "aggregate": "function",
    "foreign data wrapper": "foreign data wrapper",
    "language": "language",
    "server": "foreign server",
}

NO_TYPES: Types = ()

NOWHERE = "public"
"""The schema that the model gives to what stands in none."""

OF_THE_DATABASE = frozenset(
    {
        "access method", "cast", "event trigger", "foreign data wrapper", "language", "publication", "server", "subscription",
        "transform", "user mapping",
    }
)  # fmt: skip
"""What stands in no schema."""


def global_key(kind: str, field: str) -> Callable[[Catalog, Node], DefinitionKey]:
    """The key of what stands in no schema, from the field that names it."""
    return lambda _, fields: (kind, Name(NOWHERE, fields[field]), NO_TYPES)


def named_key(kind: str, field: str) -> Callable[[Catalog, Node], DefinitionKey]:
    """The key of what stands in a schema; operator classes and families also tell their access method."""

    def key(catalog: Catalog, fields: Node) -> DefinitionKey:
        return kind, catalog.new_name(*qualified(fields[field])), (fields["amname"],) if "amname" in fields else NO_TYPES

    return key


def defined_key(catalog: Catalog, fields: Node) -> DefinitionKey:
    """`DefineStmt`: an aggregate has argument types, an operator those of its sides."""
    kind, types = WORDS[fields["kind"]], NO_TYPES
    if kind == "aggregate":
        types = aggregate_types(catalog, fields)
    elif kind == "operator":
        sides = {option["defname"]: option.get("arg", {}) for option in map(fields_of, fields["definition"])}
        types = tuple(side_type(catalog, sides.get(side)) for side in ("leftarg", "rightarg"))
    return kind, catalog.new_name(*qualified(fields["defnames"])), types


def aggregate_types(catalog: Catalog, fields: Node) -> Types:
    """Of the old form (`BASETYPE = ...`) the one type."""
    if fields.get("oldstyle"):
        options = {option["defname"]: option.get("arg", {}) for option in map(fields_of, fields["definition"])}
        base = options.get("basetype", {})
        return (signature_type(catalog, fields_of(base)),) if "TypeName" in base else NO_TYPES
    parameters = fields["args"][0].get("List", {}).get("items", [])
    return tuple(signature_type(catalog, fields_of(node)["argType"]) for node in parameters)


def side_type(catalog: Catalog, node: Node | None) -> str:
    return signature_type(catalog, fields_of(node)) if node else "NONE"


def cast_key(catalog: Catalog, fields: Node) -> DefinitionKey:
    source, target = (signature_type(catalog, fields[part]) for part in ("sourcetype", "targettype"))
    return "cast", Name(NOWHERE, f"{source} AS {target}"), NO_TYPES


def transform_key(catalog: Catalog, fields: Node) -> DefinitionKey:
    return "transform", Name(NOWHERE, f"FOR {signature_type(catalog, fields['type_name'])} LANGUAGE {fields['lang']}"), NO_TYPES


def mapping_key(_catalog: Catalog, fields: Node) -> DefinitionKey:
    return "user mapping", Name(NOWHERE, f"FOR {role_of_spec(fields['user'])} SERVER {fields['servername']}"), NO_TYPES


def rule_key(catalog: Catalog, fields: Node) -> DefinitionKey:
    table = find_relation(catalog, fields["relation"])
    return "rule", Name(table.schema, fields["rulename"]), (table.name,)


KEYS: dict[str, Callable[[Catalog, Node], DefinitionKey]] = {
    "AlterEventTrigStmt": global_key("event trigger", "trigname"),
    "AlterFdwStmt": global_key("foreign data wrapper", "fdwname"),
    "AlterForeignServerStmt": global_key("server", "servername"),
    "AlterOpFamilyStmt": named_key("operator family", "opfamilyname"),
    "AlterPublicationStmt": global_key("publication", "pubname"),
    "AlterSubscriptionStmt": global_key("subscription", "subname"),
    "AlterTSConfigurationStmt": named_key("text search configuration", "cfgname"),
    "AlterTSDictionaryStmt": named_key("text search dictionary", "dictname"),
    "AlterUserMappingStmt": mapping_key,
    "CreateAmStmt": global_key("access method", "amname"),
    "CreateCastStmt": cast_key,
    "CreateConversionStmt": named_key("conversion", "conversion_name"),
    "CreateEventTrigStmt": global_key("event trigger", "trigname"),
    "CreateFdwStmt": global_key("foreign data wrapper", "fdwname"),
    "CreateForeignServerStmt": global_key("server", "servername"),
    "CreateOpClassStmt": named_key("operator class", "opclassname"),
    "CreateOpFamilyStmt": named_key("operator family", "opfamilyname"),
    "CreatePLangStmt": global_key("language", "plname"),
    "CreatePublicationStmt": global_key("publication", "pubname"),
    "CreateSubscriptionStmt": global_key("subscription", "subname"),
    "CreateTransformStmt": transform_key,
    "CreateUserMappingStmt": mapping_key,
    "DefineStmt": defined_key,
    "DropSubscriptionStmt": global_key("subscription", "subname"),
    "DropUserMappingStmt": mapping_key,
    "RuleStmt": rule_key,
}
"""What each kind of statement speaks of."""


def handler(kind: str, act: Callable[[Catalog, Statement, DefinitionKey, Node], None]) -> Callable[..., Sequence[Operation]]:
    """A function that applies one kind of statement."""

    def apply(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
        act(catalog, statement, KEYS[kind](catalog, fields), fields)
        return [OtherStatement(statement.location, kind)]

    return apply


def keep(catalog: Catalog, statement: Statement, key: DefinitionKey, fields: Node) -> None:
    """CREATE of something that is kept."""
    kind, name, types = key
    if any(known == key for known, _ in catalog.kept.called(kind, name)):
        if fields.get("if_not_exists"):
            return
        if not fields.get("replace"):
            raise RefusedError(f'{kind} "{name.name}" already exists', statement.location)
    elif kind in WITH_PRIVILEGES:
        catalog.objects.privileges.create(WITH_PRIVILEGES[kind], privilege_address(key), name.schema)
    table = find_relation(catalog, fields["relation"]) if kind == "rule" else None
    if kind == "operator class" and "opfamilyname" not in fields:
        keep_family(catalog, name, types)
    definition = Definition(kind, name, bare_text(statement), catalog.search_path, table)
    # Another table may come to stand before a rule's own on the search path.
    found_further = table is not None and table.schema in catalog.search_path[1:]
    catalog.kept.define(with_relation_renamed(definition, table, table) if table and found_further else definition, types)
    if table is not None:
        catalog.objects.note_rule(table, key)


def keep_family(catalog: Catalog, name: Name, method: Types) -> None:
    """An operator class that names no family gets one of its own name (`DefineOpClass`, opclasscmds.c)."""
    key = ("operator family", name, method)
    if found_key(catalog, key) is None:
        text = f"CREATE OPERATOR FAMILY {in_full(name)} USING {quote_identifier(method[0])}"
        catalog.kept.define(Definition("operator family", name, text, catalog.search_path), method)


def change(catalog: Catalog, statement: Statement, key: DefinitionKey, _fields: Node) -> None:
    """ALTER of something that is kept."""
    known = found_key(catalog, key)
    if known is not None:
        definition = dict(catalog.kept.called(*known[:2]))[known]
        catalog.kept.define(replace(definition, sql=f"{definition.sql};\n{bare_text(statement)}"), known[2])


def found_key(catalog: Catalog, key: DefinitionKey) -> DefinitionKey | None:
    """The key of a known object: a name without a schema is looked for along the search path."""
    kind, name, types = key
    for folder in (name.schema, *catalog.search_path):
        for known, _ in catalog.kept.called(kind, Name(folder, name.name)):
            if known[2] == types:
                return known
    return None


def bare_text(statement: Statement) -> str:
    return statement.text.strip().removesuffix(";").rstrip()


def forget(catalog: Catalog, key: DefinitionKey) -> None:
    kind, name, types = key
    catalog.kept.forget(kind, name, types)
    catalog.objects.remarks.forget(kind, kept_address(key))
    if kind in WITH_PRIVILEGES:
        catalog.objects.privileges.forget(WITH_PRIVILEGES[kind], privilege_address(key))


def drop_kept(catalog: Catalog, statement: Statement, fields: Node, target: Node) -> Iterator[Operation]:
    yield OtherStatement(statement.location, "DropStmt")
    key = found_key(catalog, target_key(catalog, fields["removeType"], target))
    if key is not None:
        forget(catalog, key)
        if key[0] == "rule":
            catalog.objects.remarks.put_on_part("rule", key[1].name, Name(key[1].schema, key[2][0]), None)


def drop_by_statement(catalog: Catalog, _statement: Statement, key: DefinitionKey, _fields: Node) -> None:
    """DROP USER MAPPING and DROP SUBSCRIPTION are statements of their own."""
    forget(catalog, key)


def target_key(catalog: Catalog, word: str, target: Node) -> DefinitionKey:
    """What DROP, COMMENT and ALTER name: a `String`, a `List` of names and types, an `ObjectWithArgs`."""
    kind, fields = WORDS[word], fields_of(target)
    if "String" in target:
        return kind, Name(NOWHERE, string(target)), NO_TYPES
    if "ObjectWithArgs" in target:
        types = tuple(side_type(catalog, node) for node in fields.get("objargs", []))
        return kind, catalog.new_name(*qualified(fields["objname"])), types
    items = fields["items"]
    if kind == "cast":
        return cast_key(catalog, {"sourcetype": fields_of(items[0]), "targettype": fields_of(items[1])})
    if kind == "transform":
        return transform_key(catalog, {"type_name": fields_of(items[0]), "lang": string(items[1])})
    if kind in ("operator class", "operator family"):
        return kind, catalog.new_name(*qualified(items[1:])), (string(items[0]),)
    if kind == "rule":
        table = catalog.find(*qualified(items[:-1]))
        return kind, Name(table.schema, string(items[-1])), (table.name,)
    return kind, catalog.new_name(*qualified(items)), NO_TYPES


def kept_address(key: DefinitionKey) -> str:
    """How COMMENT and GRANT name it."""
    kind, name, types = key
    if kind == "aggregate":
        return routine_address(name, types or ("*",))
    if kind == "operator":
        return f"{quote_identifier(name.schema)}.{name.name}({','.join(types)})"
    if kind in ("operator class", "operator family"):
        return f"{in_full(name)} USING {types[0]}"
    if kind == "cast":
        return f"({name.name})"
    if kind in ("transform", "user mapping"):
        return name.name
    if kind in OF_THE_DATABASE:
        return quote_identifier(name.name)
    return on_relation(name.name, Name(name.schema, types[0])) if kind == "rule" else in_full(name)


def privilege_address(key: DefinitionKey) -> str:
    """How GRANT names it: an aggregate as a function."""
    return routine_address(key[1], key[2]) if key[0] == "aggregate" else key[1].name


def kept_in(catalog: Catalog, schema: str) -> list[DefinitionKey]:
    """What is kept and stands in a schema."""
    words = frozenset(WORDS.values()) - OF_THE_DATABASE
    return [key for key in catalog.kept.in_schema(schema) if key[0] in words]


def rename_kept(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    yield OtherStatement(statement.location, "RenameStmt")
    if fields["renameType"] == "OBJECT_RULE":
        key = rule_key(catalog, {"relation": fields["relation"], "rulename": fields["subname"]})
    else:
        key = target_key(catalog, fields["renameType"], fields["object"])
    known = found_key(catalog, key)
    if known is not None:
        give_name(catalog, known, Name(known[1].schema, fields["newname"]), bare_text(statement))


def move_kept(catalog: Catalog, statement: Statement, fields: Node) -> None:
    """ALTER ... SET SCHEMA."""
    known = found_key(catalog, target_key(catalog, fields["objectType"], fields["object"]))
    if known is not None:
        give_name(catalog, known, Name(fields["newschema"], known[1].name), bare_text(statement))


def give_name(catalog: Catalog, key: DefinitionKey, new: Name, sql: str | None) -> None:
    """Another name for something kept; `sql` is the statement that gives it, None where its schema is renamed."""
    kind, name, types = key
    definition = dict(catalog.kept.called(kind, name))[key]
    catalog.kept.forget(kind, name, types)
    text = f"{definition.sql};\n{sql}" if sql else definition.sql
    catalog.kept.define(replace(definition, name=new, sql=text), types)
    renamed = (kind, new, types)
    if kind == "rule":
        table = Name(new.schema, types[0])
        catalog.objects.note_rule(table, renamed)
        catalog.objects.remarks.rename_part("rule", name.name, new.name, table)
        return
    catalog.objects.remarks.rename(kind, kept_address(key), kept_address(renamed))
    if kind in WITH_PRIVILEGES:
        old_address, new_address = privilege_address(key), privilege_address(renamed)
        catalog.objects.privileges.rename(WITH_PRIVILEGES[kind], old_address, new_address)


def rename_table_in_rules(catalog: Catalog, old: Name, new: Name) -> None:
    """Rules are known by their table; what else they speak of may be the table, too."""
    rename_relation_in_kept(catalog, old, new)
    for key in catalog.objects.rules_of(new):
        kind, name, types = key
        for known, definition in catalog.kept.called(kind, name):
            if types == (old.name,) and known == key:
                catalog.kept.forget(kind, name, types)
                catalog.kept.define(replace(definition, name=Name(new.schema, name.name), table=new), (new.name,))
                catalog.objects.note_rule(new, (kind, Name(new.schema, name.name), (new.name,)))


HANDLERS = {
    **{kind: handler(kind, keep) for kind in KEYS if kind.startswith("Create") or kind == "RuleStmt"},
    **{kind: handler(kind, change) for kind in KEYS if kind.startswith("Alter")},
    "DropSubscriptionStmt": handler("DropSubscriptionStmt", drop_by_statement),
    "DropUserMappingStmt": handler("DropUserMappingStmt", drop_by_statement),
}
"""What applies each kind of statement; `DefineStmt` also makes types and collations, and is told apart by who calls."""

define_kept = handler("DefineStmt", keep)
