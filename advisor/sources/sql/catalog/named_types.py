"""Domains, composite types, ranges and collations while statements are applied. In: changes. Out: what a `Schema` has of them.

Columns name types by the text that `format_type` prints, so they are found by it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.model import Collation, CompositeType, Domain, Name, RangeType, Schema
from advisor.sources.sql.text.quoting import quote_name

if TYPE_CHECKING:
    from advisor.sources.sql.catalog.catalog import Catalog

NamedType = Domain | CompositeType | RangeType


class NamedTypes:
    """Types by name and by spelling; enums are the catalog's own."""

    def __init__(self) -> None:
        self._types: dict[Name, NamedType] = {}
        self._spelled: dict[str, Name] = {}
        self.collations: dict[Name, Collation] = {}

    def begin_with(self, schema: Schema) -> None:
        found: tuple[NamedType, ...] = (*schema.domains, *schema.composites, *schema.ranges)
        for value in found:
            self.put(value)
        self.collations = {collation.name: collation for collation in schema.collations}

    def put(self, value: NamedType) -> None:
        self._types[value.name] = value
        self._spelled[quote_name(value.name)] = value.name

    def get(self, name: Name) -> NamedType | None:
        return self._types.get(name)

    def forget(self, name: Name) -> None:
        self._types.pop(name, None)
        self._spelled.pop(quote_name(name), None)

    def rename(self, old: Name, value: NamedType) -> None:
        """Put a type under its new name; it keeps its place in the order."""
        self._types = {value.name if name == old else name: known for name, known in self._types.items()}
        self._spelled.pop(quote_name(old), None)
        self.put(value)

    def names(self) -> tuple[Name, ...]:
        return tuple(self._types)

    def domains(self) -> tuple[Domain, ...]:
        return tuple(found for found in self._types.values() if isinstance(found, Domain))

    def composites(self) -> tuple[CompositeType, ...]:
        return tuple(found for found in self._types.values() if isinstance(found, CompositeType))

    def ranges(self) -> tuple[RangeType, ...]:
        return tuple(found for found in self._types.values() if isinstance(found, RangeType))

    def called(self, spelling: str) -> NamedType | None:
        return self._types.get(self._spelled.get(spelling, Name("", "")))

    def domain_called(self, spelling: str) -> Domain | None:
        found = self.called(spelling)
        return found if isinstance(found, Domain) else None

    def composite_called(self, spelling: str) -> CompositeType | None:
        found = self.called(spelling)
        return found if isinstance(found, CompositeType) else None

    def subtype_of(self, spelling: str) -> str | None:
        found = self.called(spelling)
        return found.subtype if isinstance(found, RangeType) else None

    def category(self, catalog: Catalog, spelling: str) -> str | None:
        """`E` for an enum, `C` for a composite type or a table's rows, `R` for a range (`pg_type.typcategory`)."""
        found = self.called(spelling)
        if isinstance(found, RangeType):
            return "R"
        if isinstance(found, CompositeType) or catalog.table_of_type(spelling) is not None:
            return "C"
        return "E" if catalog.enum_called(spelling) is not None else None
