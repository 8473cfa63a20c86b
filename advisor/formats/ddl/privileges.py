"""Privileges. In: grants of the model. Out: REVOKE, GRANT, ALTER DEFAULT PRIVILEGES. The roles that they name must exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from advisor.formats.ddl.words import columns_sql, role_sql
from advisor.model import DefaultGrant, Grant, Schema
from advisor.remedies.sql import quote

PLURALS = {
    "table": "TABLES", "sequence": "SEQUENCES", "function": "FUNCTIONS", "type": "TYPES", "schema": "SCHEMAS",
    "large object": "LARGE OBJECTS",
}  # fmt: skip


class Deal(Struct, frozen=True):
    """What one GRANT says, but for who gets it."""

    kind: str
    object: str
    grantable: bool
    actions: tuple[str, ...] = ()
    """Privileges, each with the columns that it is confined to: `SELECT (id, title)`."""


def privileges_sql(schema: Schema, spelling: Mapping[str, str]) -> Iterator[str]:
    """First what everybody has and shall not, then what was granted, object by object. `spelling` says how objects are written."""
    procedures = frozenset(found.signature for found in schema.functions if found.kind == "procedure")
    for deal, roles in in_kinds(schema.revoked):
        yield f"REVOKE {deal_sql(deal, spelling, procedures)} FROM {roles};"
    for deal, roles in in_kinds(schema.grants):
        yield f"GRANT {deal_sql(deal, spelling, procedures)} TO {roles}{' WITH GRANT OPTION' if deal.grantable else ''};"


def in_kinds(grants: Iterable[Grant]) -> list[tuple[Deal, str]]:
    """By kind and object, whatever the order in which they were granted."""
    return sorted(
        joined(sorted(grants, key=grant_order)), key=lambda pair: (pair[0].kind != "schema", pair[0].kind, pair[0].object)
    )


def grant_order(grant: Grant) -> tuple[str, str, bool, str, str]:
    return (grant.object, grant.grantee, grant.grantable, grant.privilege, grant.column or "")


def joined(grants: Iterable[Grant]) -> Iterator[tuple[Deal, str]]:
    """Grants as few statements: an object's privileges by grantee, then the grantees that have the same."""
    columns: dict[tuple[Deal, str], dict[tuple[str, bool], list[str]]] = {}
    for grant in grants:
        deal = Deal(grant.kind, grant.object, grant.grantable)
        found = columns.setdefault((deal, grant.grantee), {}).setdefault((grant.privilege, grant.column is not None), [])
        found += [grant.column] if grant.column is not None else []
    grantees: dict[Deal, list[str]] = {}
    for (deal, grantee), actions in columns.items():
        words = tuple(f"{privilege} ({columns_sql(names)})" if names else privilege for (privilege, _), names in actions.items())
        grantees.setdefault(Deal(deal.kind, deal.object, deal.grantable, words), []).append(role_sql(grantee))
    for deal, roles in grantees.items():
        yield deal, ", ".join(roles)


def deal_sql(deal: Deal, spelling: Mapping[str, str], procedures: frozenset[str]) -> str:
    kind = "procedure" if deal.object in procedures else deal.kind
    word = "" if kind == "table" else f"{kind.upper()} "
    return f"{', '.join(deal.actions)} ON {word}{spelling.get(deal.object, deal.object)}"


def default_privileges_sql(grants: Iterable[DefaultGrant]) -> Iterator[str]:
    """What is granted on what is made later; joined by privilege."""
    privileges: dict[tuple[object, ...], list[DefaultGrant]] = {}
    for grant in grants:
        same = (grant.kind, grant.grantee, grant.role, grant.schema, grant.grantable, grant.revoked)
        privileges.setdefault(same, []).append(grant)
    for found in privileges.values():
        yield default_sql(found[0], ", ".join(grant.privilege for grant in found))


def default_sql(grant: DefaultGrant, privileges: str) -> str:
    words = ["ALTER DEFAULT PRIVILEGES"]
    words += [f"FOR ROLE {role_sql(grant.role)}"] if grant.role else []
    words += [f"IN SCHEMA {quote(grant.schema)}"] if grant.schema else []
    what = f"{privileges} ON {PLURALS.get(grant.kind, f'{grant.kind.upper()}S')}"
    if grant.revoked:
        words.append(f"REVOKE {what} FROM {role_sql(grant.grantee)}")
    else:
        words.append(f"GRANT {what} TO {role_sql(grant.grantee)}{' WITH GRANT OPTION' if grant.grantable else ''}")
    return f"{' '.join(words)};"


def roles_named(schema: Schema) -> list[str]:
    """The roles that must exist before the statements can run."""
    names = {grant.grantee for grant in (*schema.grants, *schema.revoked)}
    names |= {role for grant in schema.default_grants for role in (grant.grantee, grant.role) if role}
    names |= {role for table in schema.tables for policy in table.policies for role in policy.roles}
    return sorted(role for role in names if role_sql(role) == quote(role))
