"""DROP OWNED and REASSIGN OWNED. In: their nodes. Out: the catalog without what a role owned, or with another owner for it.

Who owns something is known where SET ROLE or OWNER TO has said it.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from advisor.model import Name, Operation, OtherStatement
from advisor.model.schema.privileges import ObjectKind
from advisor.sources.sql.callers import drop_with_callers
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.catalog.principals import maker, role_of_spec
from advisor.sources.sql.drops import remove_schema, remove_server, remove_table, remove_type
from advisor.sources.sql.objects.kept import forget
from advisor.sources.sql.objects.policies import put_policies
from advisor.sources.sql.tables.column_changes import remove_sequences
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of


def drop_owned(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """What the roles own, and what was granted to them."""
    for role in (role_of_spec(fields_of(node)) for node in fields["roles"]):
        for kind, address in catalog.objects.privileges.owned_by(role):
            remove(catalog, kind, address)
        catalog.objects.privileges.forget_role(role)
        forget_in_policies(catalog, role)
    catalog.changed()
    return [OtherStatement(statement.location, "DropOwnedStmt")]


def forget_in_policies(catalog: Catalog, role: str) -> None:
    """A policy for nobody else goes (`RemoveRoleFromObjectPolicy`, policy.c)."""
    for table in catalog.tables():
        for policy in [policy for policy in table.policies if role in policy.roles]:
            others = tuple(other for other in policy.roles if other != role)
            changed = replace(policy, roles=others) if others else None
            put_policies(catalog, catalog.known(table.name), {policy.name: changed})


def remove(catalog: Catalog, kind: ObjectKind, address: str) -> None:
    """Something that may have gone with something else before."""
    schema, _, bare = address.partition(".")
    name = Name(schema, bare)
    if kind == "table":
        remove_table(catalog, name, cascade=True)
    elif kind == "sequence" and name in catalog.sequences.options:
        remove_sequences(catalog, [name], cascade=True)
    elif kind == "type" and catalog.find_type(schema, bare) is not None:
        remove_type(catalog, name)
    elif kind == "schema":
        remove_schema(catalog, address)
    elif kind == "function":
        for function in [function for function in catalog.objects.functions() if function.signature == address]:
            drop_with_callers(catalog, function)
    elif kind in ("foreign server", "foreign data wrapper"):
        remove_foreign(catalog, "server" if kind == "foreign server" else kind, address)


def remove_foreign(catalog: Catalog, kind: str, name: str) -> None:
    for key, _ in catalog.kept.called(kind, Name("public", name)):
        if kind == "server":
            remove_server(catalog, key)
        else:
            forget(catalog, key)


def reassign_owned(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    ledger, heir = catalog.objects.privileges, maker(fields["newrole"])
    for role in (role_of_spec(fields_of(node)) for node in fields["roles"]):
        for kind, address in ledger.owned_by(role):
            ledger.change_owner(kind, address, heir)
    catalog.changed()
    return [OtherStatement(statement.location, "ReassignOwnedStmt")]
