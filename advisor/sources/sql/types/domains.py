"""Domains. In: CREATE and ALTER DOMAIN. Out: the model's `Domain`, its constraints named as PostgreSQL names them.

Source: `DefineDomain`, `domainAddCheckConstraint` and `domainAddNotNullConstraint` (src/backend/commands/typecmds.c).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from advisor.model import Check, Domain, Expression, Name, Operation, OtherStatement
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.relations import qualified
from advisor.sources.sql.catalog.remarks import domain_place
from advisor.sources.sql.spelling.expressions import expression
from advisor.sources.sql.tables.columns import read_collation, read_default, read_type
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of, string


def create_domain(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    name = catalog.new_name(*qualified(fields["domainname"]))
    refuse_second(catalog, statement, name)
    domain = Domain(
        name,
        read_type(catalog, fields["typeName"])[0],
        statement.location,
        collation=read_collation(fields.get("collClause")),
    )
    for constraint in map(fields_of, fields.get("constraints", [])):
        if constraint["contype"] == "CONSTR_DEFAULT":
            domain = replace(domain, default=read_default(constraint["raw_expr"]))
        domain = with_constraint(catalog, statement, domain, constraint)
    catalog.note_type(name)
    catalog.types.put(domain)
    catalog.changed()
    return [OtherStatement(statement.location, "CreateDomainStmt")]


def refuse_second(catalog: Catalog, statement: Statement, name: Name) -> None:
    if catalog.find_type(name.schema, name.name) is not None or catalog.table(name) is not None:
        raise RefusedError(f'type "{name}" already exists', statement.location)


def with_constraint(catalog: Catalog, statement: Statement, domain: Domain, fields: Node) -> Domain:
    """A domain with one more CHECK or NOT NULL; any other kind adds none."""
    given = fields.get("conname")
    if fields["contype"] == "CONSTR_NOTNULL" and domain.nullable:
        name = given or catalog.names.choose_constraint_name(domain.name.schema, domain.name.name, None, "not_null")
        catalog.names.take_constraint_name(Name(domain.name.schema, name))
        return replace(domain, nullable=False, not_null_name=name)
    if fields["contype"] != "CONSTR_CHECK":
        return domain
    name = given or catalog.names.choose_constraint_name(domain.name.schema, domain.name.name, None, "check")
    if any(check.name == name for check in domain.checks):
        raise RefusedError(f'constraint "{name}" for domain "{domain.name}" already exists', statement.location)
    catalog.names.take_constraint_name(Name(domain.name.schema, name))
    check = Check(name, condition(fields["raw_expr"]), statement.location, validated="skip_validation" not in fields)
    return replace(domain, checks=(*domain.checks, check))


def condition(node: Node) -> Expression:
    """A domain's check: VALUE is no column."""
    return expression(with_value(node))


def with_value(node: Any) -> Any:
    if isinstance(node, list):
        return [with_value(child) for child in node]
    if not isinstance(node, dict):
        return node
    if "ColumnRef" in node and len(node["ColumnRef"]["fields"]) == 1 and string(node["ColumnRef"]["fields"][0]) == "value":
        return {"CoerceToDomainValue": {}}
    return {name: with_value(child) for name, child in node.items()}


def alter_domain(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    name = catalog.find_type(*qualified(fields["typeName"]))
    domain = catalog.types.get(name) if name is not None else None
    if isinstance(domain, Domain):
        catalog.types.put(changed(catalog, statement, domain, fields))
        catalog.changed()
    return [OtherStatement(statement.location, "AlterDomainStmt")]


def changed(catalog: Catalog, statement: Statement, domain: Domain, fields: Node) -> Domain:
    """A domain after one ALTER DOMAIN; the letters are those of `AlterDomainStmt.subtype`."""
    kind = fields["subtype"]
    if kind == "T":
        return replace(domain, default=read_default(fields["def"]) if "def" in fields else None)
    if kind == "C":
        return with_constraint(catalog, statement, domain, fields_of(fields["def"]))
    if kind == "O":
        return with_constraint(catalog, statement, domain, {"contype": "CONSTR_NOTNULL"})
    if kind == "N":
        return without_constraint(catalog, domain, domain.not_null_name)
    name = fields["name"]
    if name not in (domain.not_null_name, *(check.name for check in domain.checks)):
        if kind == "X" and fields.get("missing_ok"):
            return domain
        raise RefusedError(f'constraint "{name}" of domain "{domain.name}" does not exist', statement.location)
    if kind == "X":
        return without_constraint(catalog, domain, name)
    return replace(domain, checks=tuple(replace(check, validated=True) if check.name == name else check for check in domain.checks))


def without_constraint(catalog: Catalog, domain: Domain, name: str | None) -> Domain:
    if name is not None:
        catalog.names.free_constraint_name(Name(domain.name.schema, name))
        catalog.objects.remarks.put_on_part("constraint", name, domain_place(domain.name), None)
    if name == domain.not_null_name:
        return replace(domain, nullable=True, not_null_name=None)
    return replace(domain, checks=tuple(check for check in domain.checks if check.name != name))


def rename_domain_constraint(catalog: Catalog, domain: Domain, old: str, new: str) -> None:
    catalog.names.free_constraint_name(Name(domain.name.schema, old))
    catalog.names.take_constraint_name(Name(domain.name.schema, new))
    catalog.objects.remarks.rename_part("constraint", old, new, domain_place(domain.name))
    catalog.types.put(
        replace(
            domain,
            not_null_name=new if domain.not_null_name == old else domain.not_null_name,
            checks=tuple(replace(check, name=new) if check.name == old else check for check in domain.checks),
        )
    )
    catalog.changed()
