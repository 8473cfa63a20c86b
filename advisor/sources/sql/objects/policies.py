"""Row level security. In: CREATE, ALTER and DROP POLICY. Out: operations, and the tables' policies.

Policies are parsed when they are made: what their subqueries read is known under the search path of then. Source: PostgreSQL
documentation, "CREATE POLICY"; `CreatePolicy` and `RemovePolicyById` (policy.c).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from advisor.model import AlterTable, Expression, Location, Name, Operation, Policy, Table
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.principals import role_of_spec
from advisor.sources.sql.catalog.relations import find_relation, qualified
from advisor.sources.sql.references import (
    reads_column,
    references_kept,
    with_names_found,
    with_reference_renamed,
    with_relation_renamed,
)
from advisor.sources.sql.spelling.expressions import tree_of
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of, string


def create_policy(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    name = find_relation(catalog, fields["table"])
    table = catalog.table(name)
    if table is not None:
        if find_policy(table, fields["policy_name"]) is not None:
            reason = f'policy "{fields["policy_name"]}" for table "{name}" already exists'
            raise RefusedError(reason, statement.location)
        policy = read_policy(catalog, statement.location, fields, name)
        catalog.put(replace(table, policies=(*table.policies, policy)))
        note_readers(catalog, name, policy)
    return [AlterTable(statement.location, name, "create policy")]


def read_policy(catalog: Catalog, location: Location, fields: Node, table: Name) -> Policy:
    """What CREATE POLICY says."""
    return Policy(
        name=fields["policy_name"],
        location=location,
        permissive=bool(fields.get("permissive")),
        command=fields["cmd_name"],
        roles=read_roles(fields["roles"]),
        using=read_condition(catalog, fields.get("qual"), table),
        check=read_condition(catalog, fields.get("with_check"), table),
    )


def read_roles(nodes: list[Node]) -> tuple[str, ...]:
    """With PUBLIC among them no other counts."""
    roles = tuple(role_of_spec(fields_of(node)) for node in nodes)
    return ("public",) if "public" in roles else roles


def read_condition(catalog: Catalog, node: Node | None, table: Name) -> Expression | None:
    return with_names_found(catalog, node, table) if node is not None else None


def find_policy(table: Table, name: str) -> Policy | None:
    return next((policy for policy in table.policies if policy.name == name), None)


def note_readers(catalog: Catalog, table: Name, policy: Policy) -> None:
    """Remember which relations a policy reads, and no longer those that it read before."""
    for readers in catalog.objects.policy_readers.values():
        readers.discard((table, policy.name))
    for condition in (policy.using, policy.check):
        if condition is not None and "SELECT" in condition.text:
            for _, name in references_kept(catalog, tree_of(condition), table).relations:
                catalog.objects.policy_readers.setdefault(name, set()).add((table, policy.name))


def alter_policy(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    name = find_relation(catalog, fields["table"])
    table = catalog.table(name)
    if table is not None:
        policy = required_policy(table, fields["policy_name"], statement)
        changed = replace(
            policy,
            roles=read_roles(fields["roles"]) if "roles" in fields else policy.roles,
            using=read_condition(catalog, fields["qual"], name) if "qual" in fields else policy.using,
            check=read_condition(catalog, fields["with_check"], name) if "with_check" in fields else policy.check,
        )
        put_policies(catalog, table, {policy.name: changed})
        note_readers(catalog, name, changed)
    return [AlterTable(statement.location, name, "alter policy")]


def required_policy(table: Table, name: str, statement: Statement) -> Policy:
    policy = find_policy(table, name)
    if policy is None:
        raise RefusedError(f'policy "{name}" for table "{table.name}" does not exist', statement.location)
    return policy


def put_policies(catalog: Catalog, table: Table, changed: dict[str, Policy | None]) -> None:
    """Put other policies in the place of those with these names; None takes one away."""
    kept = (changed.get(policy.name, policy) for policy in table.policies)
    catalog.put(replace(table, policies=tuple(policy for policy in kept if policy is not None)))


def drop_policy(catalog: Catalog, statement: Statement, _fields: Node, target: Node) -> Iterator[Operation]:
    *relation, last = fields_of(target)["items"]
    name = catalog.find(*qualified(relation))
    yield AlterTable(statement.location, name, "drop policy")
    table = catalog.table(name)
    if table is not None:
        put_policies(catalog, table, {string(last): None})


def rename_policy(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    name, old, new = find_relation(catalog, fields["relation"]), fields["subname"], fields["newname"]
    yield AlterTable(statement.location, name, "rename policy")
    table = catalog.table(name)
    if table is None:
        return
    policy = required_policy(table, old, statement)
    if find_policy(table, new) is not None:
        raise RefusedError(f'policy "{new}" for table "{name}" already exists', statement.location)
    catalog.objects.remarks.rename_part("policy", old, new, name)
    changed = replace(policy, name=new)
    put_policies(catalog, table, {old: changed})
    note_readers(catalog, name, changed)


# What other statements do to policies


def policies_reading(catalog: Catalog, relation: Name) -> list[tuple[Table, Policy]]:
    """The policies of a table, and those of other tables that read it."""
    own = catalog.table(relation)
    found = [(own, policy) for policy in own.policies] if own is not None else []
    for name, policy_name in sorted(catalog.objects.policy_readers.get(relation, ())):
        table = catalog.table(name)
        policy = find_policy(table, policy_name) if table is not None and name != relation else None
        if table is not None and policy is not None:
            found.append((table, policy))
    return found


def drop_policies_reading_column(catalog: Catalog, relation: Name, column: str) -> None:
    """A column goes, with CASCADE, and the policies that read it."""
    for table, policy in list(policies_reading_column(catalog, relation, column)):
        put_policies(catalog, catalog.known(table.name), {policy.name: None})


def policies_reading_column(catalog: Catalog, relation: Name, column: str) -> Iterator[tuple[Table, Policy]]:
    for table, policy in policies_reading(catalog, relation):
        conditions = [condition for condition in (policy.using, policy.check) if condition is not None]
        if any(reads_column(catalog, condition, table.name, relation, column) for condition in conditions):
            yield table, policy


def drop_policies_reading(catalog: Catalog, relation: Name) -> None:
    """A table goes, with CASCADE, and the policies of others that read it."""
    for table, policy in policies_reading(catalog, relation):
        if table.name != relation:
            put_policies(catalog, catalog.known(table.name), {policy.name: None})
    catalog.objects.policy_readers.pop(relation, None)


def rename_column_in_policies(catalog: Catalog, relation: Name, old: str, new: str) -> None:
    """To be called while the column still has its old name."""
    for table, policy in policies_reading(catalog, relation):
        using, check = (
            with_reference_renamed(catalog, condition, table.name, relation, old, new) if condition is not None else None
            for condition in (policy.using, policy.check)
        )
        if (using, check) != (policy.using, policy.check):
            put_policies(catalog, catalog.known(table.name), {policy.name: replace(policy, using=using, check=check)})


def rename_relation_in_policies(catalog: Catalog, old: Name, new: Name) -> None:
    """To be called while the relation still has its old name."""
    for table, policy in policies_reading(catalog, old):
        using, check = (
            with_relation_renamed(catalog, condition, table.name, old, new) if condition is not None else None
            for condition in (policy.using, policy.check)
        )
        if (using, check) != (policy.using, policy.check):
            put_policies(catalog, catalog.known(table.name), {policy.name: replace(policy, using=using, check=check)})
