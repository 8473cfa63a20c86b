"""Changes of text that a person makes: a statement or a piece of code written another way."""

from __future__ import annotations

from typing import ClassVar

from advisor.model import Location, Schema
from advisor.remedies.remedy import Edit, Remedy


class RewriteCode(Remedy, frozen=True):
    """Application code to write another way: `code` is what to write, in the terms of the code found there."""

    kind: ClassVar[str] = "rewrite-code"
    effort: ClassVar[str] = "medium"

    what: str
    at: Location
    code: str
    language: str = "typescript"

    def title(self) -> str:
        return self.what

    def up(self) -> str:
        return self.code


class RewriteStatement(Remedy, frozen=True):
    """A SQL statement to replace, whole, by others that do the same more safely.

    `in_place`: writing the new text where the old one stands is all there is to do. It is not where the statement must move to a
    migration of its own; then there is no edit to apply.
    """

    kind: ClassVar[str] = "rewrite-statement"
    effort: ClassVar[str] = "low"

    what: str
    at: Location
    sql: str
    back: str | None = None
    in_place: bool = True

    def title(self) -> str:
        return self.what

    def up(self) -> str:
        return self.sql

    def down(self) -> str | None:
        return self.back

    def edits(self, schema: Schema | None) -> tuple[Edit, ...]:  # noqa: ARG002 - others need it
        return (Edit(self.at, self.sql),) if self.in_place else ()


class EditPrisma(Remedy, frozen=True):
    """A stretch of a Prisma schema to write another way. `shown` is what people read where the stretch alone says too little."""

    kind: ClassVar[str] = "edit-prisma"
    effort: ClassVar[str] = "low"

    what: str
    at: Location
    text: str
    shown: str | None = None

    def title(self) -> str:
        return self.what

    def up(self) -> str:
        return self.shown or self.text

    def prisma(self, schema: Schema) -> str | None:  # noqa: ARG002 - others need it
        return self.up()

    def edits(self, schema: Schema | None) -> tuple[Edit, ...]:  # noqa: ARG002 - others need it
        return (Edit(self.at, self.text),)


class ReplaceText(Remedy, frozen=True):
    """A stretch of SQL to write another way, where that is all there is to do."""

    kind: ClassVar[str] = "replace-text"
    effort: ClassVar[str] = "low"

    what: str
    at: Location
    text: str

    def title(self) -> str:
        return self.what

    def up(self) -> str:
        return self.text

    def edits(self, schema: Schema | None) -> tuple[Edit, ...]:  # noqa: ARG002 - others need it
        return (Edit(self.at, self.text),)


class RunSql(Remedy, frozen=True):
    """SQL to run once: statistics to create, a setting to change, a key to add."""

    kind: ClassVar[str] = "run-sql"
    effort: ClassVar[str] = "low"

    what: str
    sql: str
    back: str | None = None

    def title(self) -> str:
        return self.what

    def up(self) -> str:
        return self.sql

    def down(self) -> str | None:
        return self.back
