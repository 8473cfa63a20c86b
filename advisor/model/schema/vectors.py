"""pgvector's types. In: a type as the model has it. Out: which of them it is, and its dimensions."""

from __future__ import annotations

from msgspec import Struct

from advisor.model.schema.columns import MODIFIERS

INDEXED_DIMENSIONS = {"vector": 2_000, "halfvec": 4_000, "bit": 64_000}
"""The most dimensions that hnsw and ivfflat take, by type: https://github.com/pgvector/pgvector#hnsw, "Index Build"."""

METHODS = ("hnsw", "ivfflat")


class VectorType(Struct, frozen=True):
    """`vector(1536)`; `dimensions` is None where the type does not say."""

    name: str
    dimensions: int | None = None

    @classmethod
    def of(cls, text: str) -> VectorType | None:
        """Whatever schema the extension is in; None for arrays and for types that are not pgvector's (and not `bit`)."""
        found = MODIFIERS.search(text)
        name = MODIFIERS.sub("", text).rpartition(".")[2].strip('"')
        if name not in ("vector", "halfvec", "sparsevec", "bit"):
            return None
        return cls(name, int(found[1]) if found and found[1].strip().isdigit() else None)

    @property
    def too_wide(self) -> bool:
        """Whether no index can be built over it as it is."""
        return self.dimensions is not None and self.dimensions > INDEXED_DIMENSIONS.get(self.name, self.dimensions)
