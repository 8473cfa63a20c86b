"""GRANT, REVOKE, ALTER DEFAULT PRIVILEGES and OWNER TO. In: their nodes. Out: the ledger of privileges after them.

What `acl.Privileges` keeps and what not is said there. Grants of roles to roles, and what is granted on objects of PostgreSQL's
own or on large objects, are no part of a schema. Source: PostgreSQL documentation, "GRANT", "REVOKE", "ALTER DEFAULT PRIVILEGES";
`ExecuteGrantStmt` (aclchk.c).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import TypeAlias

from advisor.model import Name, Operation, OtherStatement
from advisor.model.schema.privileges import ObjectKind
from advisor.sources.sql.catalog.acl import EVERYBODY_HAS, PUBLIC, DefaultPrivileges
from advisor.sources.sql.catalog.addresses import routine_address
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.principals import SESSION_WORDS, maker, role_of_spec
from advisor.sources.sql.catalog.relations import find_relation, qualified
from advisor.sources.sql.objects.functions import KINDS, argument_types, find_routine
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of, string, strings
from advisor.sources.sql.views.builtins import built_in_functions

Target: TypeAlias = tuple[ObjectKind, str]
"""What has privileges: its kind and address."""

OBJECT_KINDS: dict[str, ObjectKind] = {
    "OBJECT_DATABASE": "database",
    "OBJECT_DOMAIN": "type",
    "OBJECT_FDW": "foreign data wrapper",
    "OBJECT_FOREIGN_SERVER": "foreign server",
    "OBJECT_FUNCTION": "function",
    "OBJECT_LANGUAGE": "language",
    "OBJECT_PARAMETER_ACL": "parameter",
    "OBJECT_PROCEDURE": "function",
    "OBJECT_ROUTINE": "function",
    "OBJECT_SCHEMA": "schema",
    "OBJECT_SEQUENCE": "sequence",
    "OBJECT_TABLE": "table",
    "OBJECT_TABLESPACE": "tablespace",
    "OBJECT_TYPE": "type",
}

ALL: dict[ObjectKind, tuple[str, ...]] = {
    "database": ("CREATE", "CONNECT", "TEMPORARY"),
    "foreign data wrapper": ("USAGE",),
    "foreign server": ("USAGE",),
    "function": ("EXECUTE",),
    "language": ("USAGE",),
    "large object": ("SELECT", "UPDATE"),
    "parameter": ("SET", "ALTER SYSTEM"),
    "schema": ("USAGE", "CREATE"),
    "sequence": ("SELECT", "UPDATE", "USAGE"),
    "table": ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"),
    "tablespace": ("CREATE",),
    "type": ("USAGE",),
}
"""What ALL PRIVILEGES means for each kind."""

ALL_OF_COLUMNS = ("SELECT", "INSERT", "UPDATE", "REFERENCES")
OTHER_WORDS = {"TEMP": "TEMPORARY"}

SYSTEM_SCHEMAS = ("pg_catalog.", "information_schema.")


def grant(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """GRANT and REVOKE on objects."""
    roles = [role_of_spec(fields_of(node)) for node in fields["grantees"]]
    if fields.get("is_grant") and fields.get("grant_option") and PUBLIC in roles:
        raise RefusedError("grant options can only be granted to roles", statement.location)
    for kind, address in targets(catalog, statement, fields):
        if address.startswith(SYSTEM_SCHEMAS):
            continue
        for privilege, column in wanted(kind, fields):
            for role in roles:
                change_privilege(catalog, (kind, address), (role, privilege, column), fields)
    catalog.changed()
    return [OtherStatement(statement.location, "GrantStmt")]


def change_privilege(catalog: Catalog, target: Target, item: tuple[str, str, str | None], fields: Node) -> None:
    kind, address = target
    ledger = catalog.objects.privileges
    if item[0] in SESSION_WORDS and ledger.of(kind, address).owner is None:
        return
    with_option = bool(fields.get("grant_option"))
    if fields.get("is_grant"):
        ledger.grant(kind, address, item, grantable=with_option)
    else:
        ledger.revoke(kind, address, item, option_only=with_option)


def wanted(kind: ObjectKind, fields: Node) -> Iterator[tuple[str, str | None]]:
    """The privileges that a statement speaks of for an object of a kind, each with a column or None."""
    if "privileges" not in fields:
        yield from ((privilege, None) for privilege in ALL[kind])
        return
    for access in map(fields_of, fields["privileges"]):
        columns = strings(access.get("cols", []))
        word = str(access.get("priv_name", "")).upper()
        everything = ALL_OF_COLUMNS if columns else ALL[kind]
        for privilege in (OTHER_WORDS.get(word, word),) if word else everything:
            if privilege in everything:
                yield from ((privilege, column) for column in columns or (None,))


def targets(catalog: Catalog, statement: Statement, fields: Node) -> list[Target]:
    """The objects that a statement names, or all of a kind in the schemas that it names."""
    word = fields["objtype"]
    kind = OBJECT_KINDS.get(word)
    if kind is None:
        return []
    if fields["targtype"] == "ACL_TARGET_ALL_IN_SCHEMA":
        return [(kind, address) for node in fields["objects"] for address in all_in_schema(catalog, word, string(node))]
    found: list[Target] = []
    for node in fields.get("objects", []):
        found.append(target_of(catalog, statement, word, kind, node))
    return found


def target_of(catalog: Catalog, statement: Statement, word: str, kind: ObjectKind, node: Node) -> Target:
    if "RangeVar" in node:
        name = find_relation(catalog, fields_of(node))
        if name.name.startswith("pg_") and "schemaname" not in fields_of(node) and not catalog.is_relation(name):
            name = Name("pg_catalog", name.name)
        # GRANT ON TABLE takes sequences, too.
        is_sequence = kind == "table" and catalog.table(name) is None and catalog.is_relation(name)
        return "sequence" if is_sequence else kind, name.qualified
    if "ObjectWithArgs" in node:
        return kind, routine_target(catalog, statement, word, fields_of(node))
    if "List" in node:
        schema, bare = qualified(fields_of(node)["items"])
        return kind, (catalog.find_type(schema, bare) or catalog.new_name(schema, bare)).qualified
    return kind, string(node) if "String" in node else str(fields_of(node).get("ival", ""))


def routine_target(catalog: Catalog, statement: Statement, word: str, described: Node) -> str:
    """A known function's address, an aggregate's, or what the statement says."""
    function = find_routine(catalog, described, word, statement.location)
    if function is not None:
        return function.signature
    schema, bare = qualified(described["objname"])
    name = catalog.find(schema, bare, lambda found: bool(catalog.kept.called("aggregate", found)))
    if schema is None and not catalog.kept.called("aggregate", name) and (bare.startswith("pg_") or built_in_functions(bare)):
        name = Name("pg_catalog", bare)
    return routine_address(name, argument_types(catalog, described))


def all_in_schema(catalog: Catalog, word: str, schema: str) -> list[str]:
    if word == "OBJECT_TABLE":
        return [name.qualified for name in catalog.tables_in(schema)]
    if word == "OBJECT_SEQUENCE":
        return [name.qualified for name in catalog.sequences_in(schema)]
    found = [function.signature for function in catalog.objects.functions_in(schema) if function.kind in KINDS[word]]
    if word != "OBJECT_PROCEDURE":
        found += [routine_address(name, types) for name, types in catalog.kept.aggregates_in(schema)]
    return found


# Default privileges


def alter_default_privileges(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    action = fields["action"]
    kind = OBJECT_KINDS.get(action["objtype"])
    options = {option["defname"]: option["arg"] for option in map(fields_of, fields.get("options", []))}
    makers = [maker(fields_of(node)) for node in items_of(options, "roles")] or [catalog.objects.privileges.role]
    schemas: list[str | None] = [string(node) for node in items_of(options, "schemas")] or [None]
    if kind is not None:
        for role, schema in product(makers, schemas):
            defaults = catalog.objects.privileges.defaults(role, schema, kind)
            change_defaults(defaults, kind, action, everywhere=schema is None)
        catalog.changed()
    return [OtherStatement(statement.location, "AlterDefaultPrivilegesStmt")]


def items_of(options: dict[str, Node], name: str) -> list[Node]:
    return list(fields_of(options[name])["items"]) if name in options else []


def change_defaults(defaults: DefaultPrivileges, kind: ObjectKind, action: Node, *, everywhere: bool) -> None:
    """Only where no schema is named can what everybody has be taken away."""
    with_option = bool(action.get("grant_option"))
    for privilege, _ in wanted(kind, action):
        for role in (role_of_spec(fields_of(node)) for node in action["grantees"]):
            usual = everywhere and role == PUBLIC and privilege in EVERYBODY_HAS.get(kind, ())
            item = (role, privilege)
            if action.get("is_grant"):
                if usual:
                    defaults.revoked.discard(privilege)
                else:
                    defaults.granted[item] = defaults.granted.get(item, False) or with_option
            elif with_option:
                defaults.granted.update({item: False} if item in defaults.granted else {})
            else:
                defaults.granted.pop(item, None)
                defaults.revoked.update((privilege,) if usual else ())


# Owners


def alter_owner(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """ALTER ... OWNER TO of what is no relation."""
    kind = OBJECT_KINDS.get(fields["objectType"]) or ("function" if fields["objectType"] == "OBJECT_AGGREGATE" else None)
    if kind is not None:
        word = fields["objectType"] if fields["objectType"] in KINDS else "OBJECT_ROUTINE"
        _, address = target_of(catalog, statement, word, kind, fields["object"])
        catalog.objects.privileges.change_owner(kind, address, maker(fields["newowner"]))
        catalog.changed()
    return [OtherStatement(statement.location, "AlterOwnerStmt")]


def own_relation(catalog: Catalog, name: Name, owner: Node) -> None:
    """ALTER TABLE ... OWNER TO: the sequences of a table's columns follow."""
    role, ledger = maker(owner), catalog.objects.privileges
    if catalog.table(name) is None and catalog.is_relation(name):
        ledger.change_owner("sequence", name.qualified, role)
    else:
        ledger.change_owner("table", name.qualified, role)
    for sequence in catalog.sequences_of(name):
        ledger.change_owner("sequence", sequence.qualified, role)
    catalog.changed()
