"""Names of constraints and indexes, which no two may share. In: all models. Out: which names are taken more than once.

PostgreSQL keeps indexes of one schema in one namespace, and constraints of one table in another.
Source: `constraint_namespace.rs` and `CONSTRAINT_SCOPES` of `postgres_datamodel_connector.rs` in prisma/prisma-engines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from advisor.sources.prisma.names import foreign_key_name, index_name, primary_key_name, unique_index_name
from advisor.sources.prisma.validation.pairs import Pair
from advisor.sources.prisma.validation.resolved import Entity, Key


class ConstraintNames:
    """The names that a schema gives, counted."""

    def __init__(self, entities: Iterable[Entity], pairs: Iterable[Pair], entity_of: dict[int, Entity]) -> None:
        self.entity_of = entity_of
        self.in_schema: Counter[tuple[str | None, str]] = Counter()
        self.in_model: Counter[tuple[str, str]] = Counter()
        self.client_names: Counter[tuple[str, str]] = Counter()
        for entity in entities:
            if entity.id is not None:
                self._count(entity, entity.id, self.of_id(entity, entity.id))
            for key in entity.keys:
                self._count(entity, key, self.of_key(entity, key))
        for pair in pairs:
            if pair.kind != "many to many":
                entity, name = self.of_pair(pair)
                # Prisma counts a relation whose keyed side is missing with the model that has its other side.
                owner = entity if pair.forward or not pair.back else entity_of[id(pair.back.model)]
                self.in_model[owner.name, name] += 1

    def _count(self, entity: Entity, key: Key, name: str) -> None:
        self.in_schema[entity.schema, name] += 1
        self.in_model[entity.name, name] += 1
        if key.name is not None:
            self.client_names[entity.name, key.name] += 1

    def of_id(self, entity: Entity, key: Key) -> str:
        return key.mapped or primary_key_name(entity.table)

    def of_key(self, entity: Entity, key: Key) -> str:
        columns = [scalar.column for scalar in key.scalars]
        return key.mapped or (unique_index_name if key.kind == "unique" else index_name)(entity.table, columns)

    def of_pair(self, pair: Pair) -> tuple[Entity, str]:
        """The name of a foreign key, and the model that has it. Where the side with the key is missing, it has no columns."""
        if pair.forward is not None:
            entity = self.entity_of[id(pair.forward.model)]
            columns = [scalar.column for scalar in pair.forward.fields or ()]
            return entity, pair.forward.mapped or foreign_key_name(entity.table, columns)
        entity = self.entity_of[id(pair.back.target)] if pair.back else next(iter(self.entity_of.values()))
        return entity, foreign_key_name(entity.table, [])

    def is_taken(self, entity: Entity, name: str) -> bool:
        """Whether a key or index would have to share its name."""
        return self.in_schema[entity.schema, name] > 1

    def is_taken_in_model(self, entity: Entity, name: str) -> bool:
        return self.in_model[entity.name, name] > 1
