"""Operations on what is no table: types, views, functions, triggers, policies, privileges."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.model.migration.operations import Operation
from advisor.model.schema import Name


@dataclass(frozen=True, slots=True)
class CreateType(Operation):
    """An enum, domain, composite or range type; `kind` says which."""

    name: Name
    kind: str


@dataclass(frozen=True, slots=True)
class AlterType(Operation):
    """Any change of a type but the two below; `action` in words (`rename`, `add constraint`, `add attribute`, ...)."""

    name: Name
    kind: str
    action: str
    users: tuple[Name, ...] = ()
    """Tables with a column of the type."""
    validates: bool = False
    """A domain's new constraint, or NOT NULL, that is checked in every table that uses it."""


@dataclass(frozen=True, slots=True)
class AddEnumValue(Operation):
    name: Name
    value: str
    placed: bool = False
    """Whether BEFORE or AFTER says where it goes."""
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class RenameEnumValue(Operation):
    name: Name
    value: str
    new_value: str


@dataclass(frozen=True, slots=True)
class DropType(Operation):
    name: Name
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class CreateView(Operation):
    """CREATE [OR REPLACE] VIEW; a materialized view is a `CreateTable` of that kind."""

    view: Name
    replaces: bool = False
    """It was there before: its readers wait."""


@dataclass(frozen=True, slots=True)
class RefreshMaterializedView(Operation):
    view: Name
    concurrently: bool = False
    with_data: bool = True
    has_unique_index: bool | None = None
    """Whether CONCURRENTLY has the unique index over plain columns that it needs; None where the view is not known."""


@dataclass(frozen=True, slots=True)
class CreateFunction(Operation):
    """A function or procedure."""

    name: Name
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class CreateTrigger(Operation):
    name: str
    table: Name
    references: Name | None = None
    """Of a constraint trigger: FROM other table."""


@dataclass(frozen=True, slots=True)
class DropTrigger(Operation):
    name: str
    table: Name


@dataclass(frozen=True, slots=True)
class SetTrigger(Operation):
    """ENABLE or DISABLE TRIGGER or RULE; `name` is None for ALL and USER."""

    table: Name
    name: str | None
    enabled: bool
    rule: bool = False


@dataclass(frozen=True, slots=True)
class CreatePolicy(Operation):
    name: str
    table: Name
    changes: bool = False
    """ALTER POLICY."""


@dataclass(frozen=True, slots=True)
class DropPolicy(Operation):
    name: str
    table: Name


@dataclass(frozen=True, slots=True)
class CreateRule(Operation):
    name: str
    table: Name


@dataclass(frozen=True, slots=True)
class ChangePrivileges(Operation):
    """GRANT or, with `revokes`, REVOKE. `on` are the objects as named, for tables with their schema."""

    kind: str
    on: tuple[str, ...]
    privileges: tuple[str, ...]
    """Empty for ALL."""
    roles: tuple[str, ...]
    revokes: bool = False


@dataclass(frozen=True, slots=True)
class CreateStatistics(Operation):
    name: Name | None
    table: Name | None


@dataclass(frozen=True, slots=True)
class CreateExtension(Operation):
    name: str


@dataclass(frozen=True, slots=True)
class CreateSchema(Operation):
    name: str


@dataclass(frozen=True, slots=True)
class RenameSchema(Operation):
    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class CreateSequence(Operation):
    name: Name


@dataclass(frozen=True, slots=True)
class AlterSequence(Operation):
    name: Name


@dataclass(frozen=True, slots=True)
class CommentOn(Operation):
    """COMMENT ON; `table` where it is on a table, a view or one of their columns."""

    kind: str
    table: Name | None = None


@dataclass(frozen=True, slots=True)
class DropObject(Operation):
    """DROP of what has no class of its own: `kind` is `function`, `schema`, `extension`, `sequence`, ..."""

    kind: str
    name: str
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class RenameObject(Operation):
    """ALTER ... RENAME of what has no class of its own."""

    kind: str
    name: str
    new_name: str
