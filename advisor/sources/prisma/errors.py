"""The error that the Prisma front end raises inside and turns into a problem at its edge."""

from __future__ import annotations

from advisor.sources.prisma.syntax import Attribute, Expression, Field, Model


class MeaningError(Exception):
    """Something that is well written and makes no sense: the node it stands at, why, and the model that the node is in.

    Without a model it is the one that is looked at.
    """

    def __init__(self, node: Attribute | Expression | Field, reason: str, model: Model | None = None) -> None:
        super().__init__(reason)
        self.node = node
        self.reason = reason
        self.model = model
