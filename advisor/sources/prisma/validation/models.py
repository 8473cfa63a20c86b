"""Models that cannot be. In: a model with its fields and keys. Out: mistakes.

Source: `validations/models.rs`, `fields.rs`, `indexes.rs`, `relation_fields.rs`, `views.rs` in prisma/prisma-engines.
"""

from __future__ import annotations

from collections import Counter

from msgspec import Struct, field

from advisor.remedies.sql import MAX_IDENTIFIER_BYTES
from advisor.sources.prisma.syntax import Attribute
from advisor.sources.prisma.types import SCALARS
from advisor.sources.prisma.validation.constraint_names import ConstraintNames
from advisor.sources.prisma.validation.defaults import TYPES_OF_FUNCTION, literal_mistakes
from advisor.sources.prisma.validation.mistakes import AmbiguousRelationsError, Mistakes
from advisor.sources.prisma.validation.native_types import known_native, names_native_type, reason_against_native
from advisor.sources.prisma.validation.operators import goes_with
from advisor.sources.prisma.validation.resolved import Entity, Key, Scalar, Side


class Setup(Struct, frozen=True):
    """What the datasource and the generators say that matters to models. `datasource` is its name."""

    datasource: str | None = None
    schemas: tuple[str, ...] | None = None
    foreign_keys: bool = True
    cockroach: bool = False
    features: frozenset[str] = field(default_factory=frozenset)


class ModelChecks:
    """The checks of one model after another; they share the names that are taken."""

    def __init__(self, names: ConstraintNames, setup: Setup, mistakes: Mistakes, entity_of: dict[int, Entity]) -> None:
        self.names = names
        self.setup = setup
        self.mistakes = mistakes
        self.entity_of = entity_of

    def check(self, entity: Entity) -> None:
        if entity.is_view:
            self.check_view(entity)
        else:
            self.check_has_unique_key(entity)
        self.check_schema(entity)
        if entity.shard_key is not None:
            self.report(entity, "PostgreSQL has no shard keys: they are for MySQL on PlanetScale", entity.shard_key)
        if entity.id is not None and not entity.is_view:
            self.check_id(entity, entity.id)
        keys = [] if entity.is_view else entity.keys
        for key in keys:
            self.check_types_of_key(entity, key)
        for scalar in entity.scalars.values():
            self.check_scalar(entity, scalar)
        self.check_sides(entity)
        for key in keys:
            self.check_key(entity, key)

    def report(self, entity: Entity, reason: str, node: Attribute | None = None) -> None:
        self.mistakes.add(entity.model, node or entity.model.name, reason)

    def check_view(self, entity: Entity) -> None:
        if "views" not in self.setup.features:
            self.report(entity, 'views are a preview feature: `previewFeatures = ["views"]`')
        if entity.id is not None:
            self.report(entity, "a view has no primary key", entity.id.attribute)
        for key in entity.keys:
            self.check_client_word(entity, key)
            if key.kind != "unique":
                self.report(entity, "a view has no indexes", key.attribute)
            elif key.mapped or key.clustered or any(one.sorted or one.length or one.operators for one in key.fields):
                self.report(
                    entity, "what is unique in a view has no index: `map`, `sort`, `length`, `ops` are not for it", key.attribute
                )

    def check_has_unique_key(self, entity: Entity) -> None:
        if entity.ignored:
            return
        for key in entity.unique_keys:
            sound = all(scalar.arity != "optional" and scalar.kind != "unsupported" for scalar in key.scalars)
            if sound:
                return
        self.report(entity, f"{entity.name} has nothing that tells its rows apart: an `@id`, or `@unique` on required fields")

    def check_schema(self, entity: Entity) -> None:
        if entity.schema is not None and self.setup.datasource is not None and entity.schema not in (self.setup.schemas or ()):
            attribute = next(one for one in entity.model.attributes if one.name == "schema")
            self.report(entity, f"the datasource does not list `{entity.schema}` among its `schemas`", attribute)
        elif entity.schema is None and self.setup.schemas is not None:
            self.report(entity, f"{entity.name} does not say its `@@schema`, and the datasource lists several")

    def check_id(self, entity: Entity, key: Key) -> None:
        if not key.fields:
            self.report(entity, "a primary key has at least one field", key.attribute)
        name = self.names.of_id(entity, key)
        self.check_constraint_name(entity, key, name)
        if not self.names.is_taken(entity, name) and self.names.is_taken_in_model(entity, name):
            self.report(entity, f"two constraints of {entity.name} would be called `{name}`: give one another `map`", key.attribute)
        self.check_client_name(entity, key)
        if not self.setup.cockroach and any(one.sorted for one in key.fields):
            self.report(entity, "a primary key is not sorted: `sort` is for indexes", key.attribute)
        self.check_common_options(entity, key)

    def check_common_options(self, entity: Entity, key: Key) -> None:
        if any(one.length for one in key.fields):
            self.report(entity, "PostgreSQL indexes whole values: `length` is MySQL's", key.attribute)
        if key.clustered:
            self.report(entity, "PostgreSQL has no clustered keys: `clustered` is SQL Server's", key.attribute)
        if key.partial and "partialindexes" not in self.setup.features:
            reason = '`where` is a preview feature: `previewFeatures = ["partialIndexes"]`, from Prisma 7 on'
            self.report(entity, reason, key.attribute)

    def check_client_name(self, entity: Entity, key: Key) -> None:
        if key.name is not None and self.names.client_names[entity.name, key.name] > 1:
            self.report(entity, f"{entity.name} has two keys called `{key.name}`", key.attribute)
        self.check_client_word(entity, key)

    def check_client_word(self, entity: Entity, key: Key) -> None:
        """The client calls a key of several fields after them, or by its `name`."""
        if len(key.fields) > 1 and key.kind in ("id", "unique") and "_".join(key.names) in entity.scalars:
            self.report(entity, f"the client calls this key `{'_'.join(key.names)}`, as a field is called", key.attribute)
        if key.name is not None and (key.name in entity.scalars or key.name in entity.sides):
            self.report(entity, f"`{key.name}` is the name of a key and of a field of {entity.name}")

    def check_constraint_name(self, entity: Entity, key: Key, name: str) -> None:
        if key.mapped and len(key.mapped.encode()) > MAX_IDENTIFIER_BYTES:
            self.report(entity, f"`{key.mapped}` is longer than the {MAX_IDENTIFIER_BYTES} bytes of a name", key.attribute)
        if self.names.is_taken(entity, name):
            self.report(entity, f"two constraints or indexes would be called `{name}`: give one another `map`", key.attribute)

    def check_key(self, entity: Entity, key: Key) -> None:
        if not key.fields:
            self.report(entity, "an index has at least one field", key.attribute)
        if key.kind == "fulltext":
            self.report(entity, "`@@fulltext` is for MySQL and MongoDB; on PostgreSQL an index of `type: Gin`", key.attribute)
        self.check_constraint_name(entity, key, self.names.of_key(entity, key))
        self.check_client_name(entity, key)
        self.check_common_options(entity, key)
        if key.method == "Hash" and any(one.sorted for one in key.fields):
            self.report(entity, "a hash index has no order: `sort` is not for it", key.attribute)
        if key.kind != "index" and any(one.operators for one in key.fields):
            self.report(entity, "`ops` is for `@@index`", key.attribute)
        if self.setup.cockroach and key.method not in ("BTree", "Gin"):
            self.report(entity, f"CockroachDB has no index type `{key.method}`", key.attribute)

    def check_types_of_key(self, entity: Entity, key: Key) -> None:
        """Whether the index type takes the types of its fields."""
        if self.setup.cockroach:
            return
        xml = next((scalar for scalar in key.scalars if scalar.native_name == "Xml"), None)
        if xml is not None:
            self.mistakes.add(entity.model, xml.field, "PostgreSQL cannot index a column of type xml")
        if key.method == "SpGist" and len(key.fields) != 1:
            self.report(entity, "an SP-GiST index has one column", key.attribute)
        for one in key.fields:
            scalar = one.scalar
            kind = {"unsupported": "Unsupported", "scalar": scalar.type}.get(scalar.kind, "")
            is_list = scalar.arity == "list"
            if one.operators != "raw" and not goes_with(key.method, kind, known_native(scalar), one.operators, is_list=is_list):
                what = f"the operator class `{one.operators}`" if one.operators else f"an index of type `{key.method}`"
                self.report(entity, f"{what} does not take `{scalar.name}`", key.attribute)

    def check_scalar(self, entity: Entity, scalar: Scalar) -> None:
        cockroach = self.setup.cockroach
        if scalar.native is not None:
            reason = reason_against_native(scalar, scalar.native, self.setup.datasource, cockroach=cockroach)
            if reason is not None:
                self.mistakes.add(entity.model, scalar.native, reason)
        if scalar.kind == "unsupported" and self.setup.datasource and (name := names_native_type(scalar.type, cockroach=cockroach)):
            self.mistakes.add(entity.model, scalar.field, f"Prisma has this type: `@{self.setup.datasource}.{name}`")
        if cockroach and scalar.kind == "scalar" and scalar.type == "Json" and scalar.arity == "list":
            self.mistakes.add(entity.model, scalar.field, "CockroachDB has no lists of Json")
        if scalar.kind in ("scalar", "enum"):
            self.check_default(entity, scalar)

    def check_default(self, entity: Entity, scalar: Scalar) -> None:
        value = scalar.default
        known = (*TYPES_OF_FUNCTION, "dbgenerated", *(["sequence"] if self.setup.cockroach else []))
        call = getattr(value, "name", None) if hasattr(value, "arguments") else None
        if value is not None and call is not None and call not in known:
            reason = "`auto()` is for MongoDB only" if call == "auto" else f"no function is called `{call}()` ({', '.join(known)})"
            self.mistakes.add(entity.model, value, reason)
        if value is not None and call == "autoincrement" and self.setup.cockroach and scalar.type != "BigInt":
            self.mistakes.add(entity.model, value, "on CockroachDB only a BigInt has `autoincrement()`: an Int has `sequence()`")
        if scalar.kind == "scalar" and scalar.type in SCALARS:
            for node, reason in literal_mistakes(value, scalar.type):
                self.mistakes.add(entity.model, node, reason)

    def check_sides(self, entity: Entity) -> None:
        names = Counter((id(side.target), side.name) for side in entity.sides.values())
        for side in entity.sides.values():
            count = names[id(side.target), side.name]
            own = side.target is entity.model
            if count > 1 and not (own and side.name is not None and count == 2):
                self.mistakes.add(entity.model, side.field, ambiguity(side, count))
                raise AmbiguousRelationsError
            self.check_side(entity, side)

    def check_side(self, entity: Entity, side: Side) -> None:
        target = self.entity_of.get(id(side.target))
        if target is not None and target.ignored and not side.ignored and not entity.ignored:
            self.mistakes.add(entity.model, side.field, f"{target.name} is ignored, so `{side.label}` must be too: `@ignore`")
        for action in (side.on_delete, side.on_update):
            if action in ("NoAction", "SetDefault") and not self.setup.foreign_keys:
                self.mistakes.add(entity.model, side.field, f'`{action}` is not possible under `relationMode = "prisma"`')
        if side.mapped and len(side.mapped.encode()) > MAX_IDENTIFIER_BYTES:
            self.mistakes.add(
                entity.model, side.field, f"`{side.mapped}` is longer than the {MAX_IDENTIFIER_BYTES} bytes of a name"
            )


def ambiguity(side: Side, count: int) -> str:
    """Why a relation field cannot be paired."""
    if side.name is not None:
        return f"{count} relation fields of {side.model.name.text} to {side.target.name.text} are called `{side.name}`"
    what = f"{count} relation fields of {side.model.name.text} lead to {side.target.name.text}"
    return f'{what}: `@relation("...")` must say which of them belong together'
