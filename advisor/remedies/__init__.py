"""Typed changes that end a problem, and how each is written: SQL up and down, Prisma, edits of files."""

from advisor.remedies.columns import ChangeColumnType, ChangeColumnTypes
from advisor.remedies.indexes import CreateIndex, DropIndex, ReplaceIndex
from advisor.remedies.remedy import Edit, Remedy
from advisor.remedies.rewrites import EditPrisma, ReplaceText, RewriteCode, RewriteStatement, RunSql

__all__ = [
    "ChangeColumnType",
    "ChangeColumnTypes",
    "CreateIndex",
    "DropIndex",
    "Edit",
    "EditPrisma",
    "Remedy",
    "ReplaceIndex",
    "ReplaceText",
    "RewriteCode",
    "RewriteStatement",
    "RunSql",
]
