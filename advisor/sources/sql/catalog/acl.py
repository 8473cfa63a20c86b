"""Who may do what, while statements are applied. In: grants, revocations, new and dropped objects. Out: the model's `Grant`s.

All is taken as granted by the owner: a superuser's grants are recorded so too, and who else passes on what was granted to him is
not known from SQL (SET ROLE says who makes things, not who may). The owner's own privileges are not listed, and that an owner took
some from himself is not kept. Source: PostgreSQL documentation, section 5.8 "Privileges"; `acldefault` and `aclnewowner` (acl.c),
`get_user_default_acl` (aclchk.c).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeAlias

from advisor.model import DefaultGrant, Grant
from advisor.model.schema.privileges import ObjectKind

PUBLIC = "public"

Item: TypeAlias = tuple[str, str, str | None]
"""A grantee, a privilege, and a column or None."""

EVERYBODY_HAS: dict[ObjectKind, tuple[str, ...]] = {
    "function": ("EXECUTE",),
    "type": ("USAGE",),
    "language": ("USAGE",),
    "database": ("CONNECT", "TEMPORARY"),
}
"""What PUBLIC has by PostgreSQL's own default; and USAGE on the schema `public`, as initdb leaves it."""


@dataclass(slots=True)
class ObjectPrivileges:
    """The privileges on one object: items with whether they may be passed on, and which of everybody's are taken away."""

    granted: dict[Item, bool] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    owner: str | None = None
    listed: tuple[Grant, ...] | None = None
    """What is granted as the model says it, until it changes."""


@dataclass(slots=True)
class DefaultPrivileges:
    """What one role's new objects of a kind begin with."""

    granted: dict[tuple[str, str], bool] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)


class Privileges:
    """The privileges of all objects that any statement speaks of, and the defaults for those to come."""

    def __init__(self) -> None:
        self._objects: dict[ObjectKind, dict[str, ObjectPrivileges]] = {}
        self._defaults: dict[tuple[str | None, str | None, ObjectKind], DefaultPrivileges] = {}
        self.role: str | None = None
        """Who makes things, where SET ROLE has said it."""
        self._listed: tuple[Grant, ...] | None = ()
        """All that is granted, until it changes."""

    def of(self, kind: ObjectKind, address: str) -> ObjectPrivileges:
        """The privileges on an object, to be changed."""
        found = self._objects.setdefault(kind, {}).setdefault(address, ObjectPrivileges())
        self._listed = found.listed = None
        return found

    def grant(self, kind: ObjectKind, address: str, item: Item, *, grantable: bool) -> None:
        found = self.of(kind, address)
        grantee, privilege, column = item
        if grantee == found.owner:
            return
        if grantee == PUBLIC and column is None and privilege in everybody_has(kind, address):
            found.revoked.discard(privilege)
            return
        found.granted[item] = found.granted.get(item, False) or grantable

    def revoke(self, kind: ObjectKind, address: str, item: Item, *, option_only: bool) -> None:
        """Take back a privilege, or the right to pass it on. With a table's go those of its columns."""
        found = self.of(kind, address)
        grantee, privilege, column = item
        taken = [other for other in found.granted if other[:2] == item[:2] and column in (None, other[2])]
        for other in taken:
            if option_only:
                found.granted[other] = False
            else:
                del found.granted[other]
        if grantee == PUBLIC and column is None and not option_only and privilege in everybody_has(kind, address):
            found.revoked.add(privilege)

    def change_owner(self, kind: ObjectKind, address: str, role: str | None) -> None:
        """What the new owner was granted is the owner's now."""
        found = self.of(kind, address)
        found.owner = role
        found.granted = {item: grantable for item, grantable in found.granted.items() if item[0] != role}

    def create(self, kind: ObjectKind, address: str, schema: str | None) -> None:
        """A new object begins with what ALTER DEFAULT PRIVILEGES says of those that its owner makes."""
        if self.role is not None:
            self.of(kind, address).owner = self.role
        for folder in (None, schema) if schema is not None else (None,):
            defaults = self._defaults.get((self.role, folder, kind))
            if defaults is None:
                continue
            for (grantee, privilege), grantable in defaults.granted.items():
                self.grant(kind, address, (grantee, privilege, None), grantable=grantable)
            self.of(kind, address).revoked.update(defaults.revoked)

    def forget(self, kind: ObjectKind, address: str) -> None:
        self._objects.get(kind, {}).pop(address, None)
        self._listed = None

    def rename(self, kind: ObjectKind, old: str, new: str) -> None:
        objects = self._objects.get(kind, {})
        if old in objects:
            objects[new] = objects.pop(old)
            self.of(kind, new)

    def rename_column(self, address: str, old: str, new: str) -> None:
        if address in self._objects.get("table", {}):
            found = self.of("table", address)
            items = found.granted.items()
            found.granted = {(*item[:2], new) if item[2] == old else item: grantable for item, grantable in items}

    def forget_column(self, address: str, column: str) -> None:
        if address in self._objects.get("table", {}):
            found = self.of("table", address)
            found.granted = {item: grantable for item, grantable in found.granted.items() if item[2] != column}

    def owned_by(self, role: str) -> list[tuple[ObjectKind, str]]:
        """What a role is known to own: made under SET ROLE, or given by OWNER TO."""
        return [
            (kind, address) for kind, objects in self._objects.items() for address, found in objects.items() if found.owner == role
        ]

    def forget_role(self, role: str) -> None:
        """DROP OWNED BY: nothing is granted to the role any more."""
        for kind, objects in self._objects.items():
            for address in objects:
                found = self.of(kind, address)
                found.granted = {item: grantable for item, grantable in found.granted.items() if item[0] != role}
        for place, defaults in list(self._defaults.items()):
            defaults.granted = {item: grantable for item, grantable in defaults.granted.items() if item[0] != role}
            if place[0] == role:
                del self._defaults[place]

    def defaults(self, role: str | None, schema: str | None, kind: ObjectKind) -> DefaultPrivileges:
        return self._defaults.setdefault((role, schema, kind), DefaultPrivileges())

    def forget_default_schema(self, schema: str) -> None:
        for place in [place for place in self._defaults if place[1] == schema]:
            del self._defaults[place]

    def rename_default_schema(self, old: str, new: str) -> None:
        self._defaults = {
            (role, new if schema == old else schema, kind): value for (role, schema, kind), value in self._defaults.items()
        }

    def begin_with(self, grants: Iterable[Grant], revoked: Iterable[Grant], defaults: Iterable[DefaultGrant]) -> None:
        for grant in grants:
            self.grant(grant.kind, grant.object, (grant.grantee, grant.privilege, grant.column), grantable=grant.grantable)
        for grant in revoked:
            self.of(grant.kind, grant.object).revoked.add(grant.privilege)
        for default in defaults:
            place = self.defaults(default.role, default.schema, default.kind)
            if default.revoked:
                place.revoked.add(default.privilege)
            else:
                place.granted[(default.grantee, default.privilege)] = default.grantable

    def grants(self) -> tuple[Grant, ...]:
        if self._listed is None:
            objects = ((kind, *item) for kind, objects in self._objects.items() for item in objects.items())
            self._listed = tuple(chain.from_iterable(grants_on(*found) for found in objects))
        return self._listed

    def revocations(self) -> tuple[Grant, ...]:
        return tuple(
            Grant(kind, address, privilege, PUBLIC)
            for kind, objects in self._objects.items()
            for address, found in objects.items()
            for privilege in sorted(found.revoked)
        )

    def default_grants(self) -> tuple[DefaultGrant, ...]:
        given = [
            DefaultGrant(kind, privilege, grantee, role, schema, grantable)
            for (role, schema, kind), defaults in self._defaults.items()
            for (grantee, privilege), grantable in defaults.granted.items()
            if grantee != role
        ]
        taken = [
            DefaultGrant(kind, privilege, PUBLIC, role, schema, revoked=True)
            for (role, schema, kind), defaults in self._defaults.items()
            for privilege in sorted(defaults.revoked)
        ]
        return (*given, *taken)


def grants_on(kind: ObjectKind, address: str, found: ObjectPrivileges) -> tuple[Grant, ...]:
    if found.listed is None:
        found.listed = tuple(
            Grant(kind, address, privilege, grantee, column, grantable)
            for (grantee, privilege, column), grantable in found.granted.items()
        )
    return found.listed


def everybody_has(kind: ObjectKind, address: str) -> tuple[str, ...]:
    return ("USAGE",) if kind == "schema" and address == PUBLIC else EVERYBODY_HAS.get(kind, ())
