"""The Prisma schema language: text in, the model's Schema and PrismaSchema out."""

from advisor.sources.prisma.reader import PrismaReading, read_prisma

__all__ = ["PrismaReading", "read_prisma"]
