"""Operations on what is no table: types, views, functions, triggers, policies, privileges."""

from __future__ import annotations

from advisor.model.migration.operations import Operation
from advisor.model.schema import Name, Policy


class CreateType(Operation, frozen=True):
    """An enum, domain, composite or range type; `kind` says which."""

    name: Name
    kind: str


class AlterType(Operation, frozen=True):
    """Any change of a type but the two below; `action` in words (`rename`, `add constraint`, `add attribute`, ...)."""

    name: Name
    kind: str
    action: str
    users: tuple[Name, ...] = ()
    """Tables with a column of the type."""
    validates: bool = False
    """A domain's new constraint, or NOT NULL, that is checked in every table that uses it."""
    constraint: str | None = None
    """The name of a new constraint of a domain, where the statement gives one."""
    expression: str | None = None
    """Of a new CHECK of a domain."""


class AddEnumValue(Operation, frozen=True):
    name: Name
    value: str
    placed: bool = False
    """Whether BEFORE or AFTER says where it goes."""
    if_not_exists: bool = False


class RenameEnumValue(Operation, frozen=True):
    name: Name
    value: str
    new_value: str


class DropType(Operation, frozen=True):
    name: Name
    cascade: bool = False
    guarded: bool = False


class CreateView(Operation, frozen=True):
    """CREATE [OR REPLACE] VIEW; a materialized view is a `CreateTable` of that kind."""

    view: Name
    replaces: bool = False
    """It was there before: its readers wait."""


class RefreshMaterializedView(Operation, frozen=True):
    view: Name
    concurrently: bool = False
    with_data: bool = True
    has_unique_index: bool | None = None
    """Whether CONCURRENTLY has the unique index over plain columns that it needs; None where the view is not known."""


class CreateFunction(Operation, frozen=True):
    """A function or procedure."""

    name: Name
    replaces: bool = False


class CreateTrigger(Operation, frozen=True):
    name: str
    table: Name
    references: Name | None = None
    """Of a constraint trigger: FROM other table."""


class DropTrigger(Operation, frozen=True):
    name: str
    table: Name


class SetTrigger(Operation, frozen=True):
    """ENABLE or DISABLE TRIGGER or RULE; `name` is None for ALL and USER."""

    table: Name
    name: str | None
    enabled: bool
    rule: bool = False


class CreatePolicy(Operation, frozen=True):
    name: str
    table: Name
    changes: bool = False
    """ALTER POLICY."""
    policy: Policy | None = None
    """The policy that CREATE POLICY makes on a table that the input never creates; another table has it among its own."""


class DropPolicy(Operation, frozen=True):
    name: str
    table: Name


class CreateRule(Operation, frozen=True):
    name: str
    table: Name


class ChangePrivileges(Operation, frozen=True):
    """GRANT or, with `revokes`, REVOKE. `on` are the objects as named, for tables with their schema."""

    kind: str
    on: tuple[str, ...]
    privileges: tuple[str, ...]
    """Empty for ALL."""
    roles: tuple[str, ...]
    revokes: bool = False


class CreateStatistics(Operation, frozen=True):
    name: Name | None
    table: Name | None


class CreateExtension(Operation, frozen=True):
    name: str


class CreateDatabase(Operation, frozen=True):
    """CREATE DATABASE; `encoding` as written, by name or number; None where it is the template's."""

    name: str
    encoding: str | None = None


class CreateSchema(Operation, frozen=True):
    name: str


class RenameSchema(Operation, frozen=True):
    name: str
    new_name: str


class CreateSequence(Operation, frozen=True):
    name: Name


class AlterSequence(Operation, frozen=True):
    name: Name


class CommentOn(Operation, frozen=True):
    """COMMENT ON; `table` where it is on a table, a view or one of their columns."""

    kind: str
    table: Name | None = None


class DropObject(Operation, frozen=True):
    """DROP of what has no class of its own: `kind` is `function`, `schema`, `extension`, `sequence`, ..."""

    kind: str
    name: str
    cascade: bool = False
    guarded: bool = False


class RenameObject(Operation, frozen=True):
    """ALTER ... RENAME of what has no class of its own."""

    kind: str
    name: str
    new_name: str
